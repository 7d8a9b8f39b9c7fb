"""Who may write a journal: one process, for as long as it lives; nothing of it is left behind."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from benchmark.errors import BenchmarkError

_LOCKS = Path("/proc/locks")
_SOMEBODY = "another process"


@contextmanager
def held(journal: Path) -> Iterator[None]:
    """Let no other process write a journal meanwhile. Raises BenchmarkError where one does.

    The lock is on its folder, needs no file, and ends with this process however that ends. A
    folder that is made for it and stays empty is taken away again.
    """
    folder = journal.parent
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BenchmarkError(
            f"journal {str(journal)!r} cannot be opened: {error.strerror}"
        ) from error
    with _locked(folder) as holder:
        if holder:
            raise BenchmarkError(
                f"journal {str(journal)!r} is in use by {holder} on {socket.gethostname()}; wait "
                "until it ends, or name another folder with --results"
            )
        try:
            yield
        finally:
            with suppress(OSError):
                for place in made:
                    place.rmdir()


@contextmanager
def _locked(folder: Path) -> Iterator[str]:
    """Lock a folder; what holds it, where that is another process, else nothing."""
    handle = None if sys.platform == "win32" else os.open(folder, os.O_RDONLY)
    try:
        holder = None if handle is None else _holder(handle, folder)
        if holder is not None:
            yield holder
        else:
            with _lock_file(folder) as holder:
                yield holder
    finally:
        if handle is not None:
            os.close(handle)


def _holder(handle: int, folder: Path) -> str | None:
    """Lock an open folder; None where it cannot be locked, as on some file systems of networks."""
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _process(os.fstat(handle).st_ino)
    except OSError:
        return None
    there = folder.exists() and os.path.samestat(os.fstat(handle), folder.stat())
    return "" if there else _SOMEBODY  # which had made the folder and took it away again


def _process(inode: int) -> str:
    """The process that has locked a file, as far as the system tells."""
    try:
        lines = [line.split() for line in _LOCKS.read_text(encoding="ascii").splitlines()]
    except OSError:
        return _SOMEBODY
    found = [
        line[4] for line in lines if line[1] == "FLOCK" and line[5].rpartition(":")[2] == str(inode)
    ]
    return f"process {found[0]}" if found else _SOMEBODY


@contextmanager
def _lock_file(folder: Path) -> Iterator[str]:
    """Lock a file in a folder instead of it."""
    lock = FileLock(folder / "journal.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield _SOMEBODY
        return
    try:
        yield ""
    finally:
        with suppress(OSError):
            (folder / "journal.lock").unlink()  # while it is held: who waits for it sees that
        lock.release()
