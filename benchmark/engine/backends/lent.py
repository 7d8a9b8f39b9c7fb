"""Datasets in a file that all processes of a machine map, instead of a copy in each."""

import os
import pickle  # nosec B403 # of a file without a name that this run wrote
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import IO

from benchmark.types import Dataset

ALIGNED = 64  # bytes
Place = tuple[int, int]


@dataclass(frozen=True)
class Lent:
    """Where a dataset lies; travels to another process of the machine.

    Attributes:
        file: is there as long as `lending` has not ended.
        places: offset and length in bytes of the pickled dataset, and of each of its arrays.
    """

    file: Path
    places: tuple[Place, ...]

    def taken(self) -> Dataset | None:
        """The dataset with arrays that are read from the file and cannot be changed.

        None where the file is not to be had; the dataset must then be loaded.
        """
        try:
            with self.file.open("rb") as file:
                whole = memoryview(mmap(file.fileno(), 0, access=ACCESS_READ))
        except OSError:
            return None
        pickled, *arrays = (whole[start : start + length] for start, length in self.places)
        lent: Dataset = pickle.loads(pickled, buffers=arrays)  # nosec B301 # this run wrote it
        return lent


@contextmanager
def lending(datasets: Mapping[str, Dataset]) -> Iterator[dict[str, Lent]]:
    """Write datasets to a temporary file without a name, of which nothing can be left behind.

    None is lent where other processes cannot open such a file, or where it has no room.
    """
    with tempfile.TemporaryFile(buffering=0) as file:
        lent: dict[str, Lent] = {}
        if sys.platform == "linux":
            path = Path(f"/proc/{os.getpid()}/fd/{file.fileno()}")
            try:
                lent = {name: Lent(path, _written(d, file)) for name, d in datasets.items()}
            except OSError:
                file.truncate(0)
        yield lent


def _written(dataset: Dataset, file: IO[bytes]) -> tuple[Place, ...]:
    arrays: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(dataset, protocol=5, buffer_callback=arrays.append)
    return _place(pickled, file), *(_place(array.raw(), file) for array in arrays)


def _place(content: bytes | memoryview, file: IO[bytes]) -> Place:
    """Write at the next place where vector instructions read fast."""
    start = -(-file.tell() // ALIGNED) * ALIGNED
    file.seek(start)
    left = memoryview(content).cast("B")
    length = len(left)
    while left:  # one call writes at most 2 GiB
        left = left[file.write(left) :]
    return start, length
