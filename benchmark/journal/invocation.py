"""Names of invocations: they sort in the order in which they began, whatever the clock says."""

import time
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

_STAMP, _LENGTH = "%Y%m%d-%H%M%S", 15


def new_invocation(earlier: Iterable[str] = ()) -> str:
    """A name for what is about to be kept in a journal; it sorts after those of earlier ones.

    It tells the time, or the second after the last one where the clock was set back.
    """
    stamp, last = time.strftime(_STAMP), max(earlier, default="")
    return f"{stamp if stamp > last else _after(last)}-{uuid.uuid4().hex[:6]}"


def _after(name: str) -> str:
    """The second after another's; for a name that tells no time, one that sorts after it."""
    try:
        then = datetime.strptime(name[:_LENGTH], _STAMP)
        return (then + timedelta(seconds=1)).strftime(_STAMP)
    except (ValueError, OverflowError):
        return f"{name}-again"
