"""Small text files that users write: read whole, or refused in a few words."""

import stat
from pathlib import Path


class UnreadableError(Exception):
    """Why a file cannot be read, to be said after its name."""


def read(path: Path, most_bytes: int) -> str:
    """The text of a regular file of UTF-8, with or without a byte order mark.

    A pipe would wait for ever and a device never end, so neither is opened.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableError("cannot be read: it is no regular file")
        with path.open("rb") as file:
            found = file.read(most_bytes + 1)
    except FileNotFoundError as error:
        raise UnreadableError("cannot be read: No such file or directory") from error
    except (OSError, ValueError) as error:  # a path with a zero byte is a ValueError
        reason = getattr(error, "strerror", None) or error
        raise UnreadableError(f"cannot be read: {reason}") from error
    if len(found) > most_bytes:
        raise UnreadableError(f"is larger than {most_bytes // 2**10:,} KiB, the most that is read")
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = found.count(b"\n", 0, error.start) + 1
        raise UnreadableError(f"is not UTF-8 text: {error.reason} in line {line}") from error
