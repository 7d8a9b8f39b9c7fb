"""Members of archives, read in memory: nothing is unpacked to a disk, and no bomb goes off."""

import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmark.data import room
from benchmark.errors import DatasetError, brief

MOST_BYTES = 4 * 2**30
HARMLESS_BYTES = 100 * 2**20  # up to here the ratio does not matter
MOST_RATIO = 500  # DEFLATE makes 1,032 of one byte at most, and of tables less than 100
_HEADER_BYTES = 512


def zipped(archive: zipfile.ZipFile, names: Iterable[str]) -> dict[str, bytes]:
    """The members of a zip with these names. Raises DatasetError where one is there twice."""
    wanted = list(names)
    infos = [info for info in archive.infolist() if info.filename in set(wanted)]
    _refuse_doubles(info.filename for info in infos)
    packed = sum(info.compress_size for info in infos)
    refuse_bomb(sum(info.file_size for info in infos), packed)
    return {name: archive.read(name) for name in wanted}


def tarred(path: Path, member: str) -> bytes | None:
    """A file of a tar archive, packed or not; None where there is no such regular file.

    A link is none: what it leads to may be anywhere.
    """
    packed = path.stat().st_size
    found = None
    with tarfile.open(path) as archive:
        for info in _within(archive, packed):
            if info.name != member or not info.isreg():
                continue
            if found is not None:
                raise DatasetError(f"it has {brief(member)} twice")
            file = archive.extractfile(info)
            found = file.read() if file is not None else None
    return found


def refuse_bomb(unpacked: int, packed: int) -> None:
    """Raise DatasetError for what would unpack to more than a table does."""
    if unpacked > MOST_BYTES:
        raise DatasetError(f"it unpacks to more than {MOST_BYTES // 2**20:,} MiB")
    if unpacked > HARMLESS_BYTES and unpacked > MOST_RATIO * packed:
        raise DatasetError(f"it unpacks to more than {MOST_RATIO} times its size")
    room.refuse(unpacked, "it unpacks to")


def _within(archive: tarfile.TarFile, packed: int) -> Iterator[tarfile.TarInfo]:
    """The members, as long as all so far are no bomb; none is passed over before it is judged."""
    total = 0
    for info in archive:
        if info.size < 0:  # the reader would go round in circles
            raise DatasetError(f"its member {brief(info.name)} has a negative size")
        total += _HEADER_BYTES + info.size
        refuse_bomb(total, packed)
        yield info


def _refuse_doubles(names: Iterable[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DatasetError(f"it has {brief(twice[0])} twice")
