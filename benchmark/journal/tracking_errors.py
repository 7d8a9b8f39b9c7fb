"""What goes wrong with a tracking store, in one line without secrets."""

import re
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

from benchmark.errors import TrackingError
from benchmark.journal.address import redacted

_CONNECTION = re.compile(r"^HTTPS?Connection(Pool)?\(.*?\): ")


@contextmanager
def told_in_one_line(uri: str) -> Iterator[None]:
    """Whatever a store does in the block is one TrackingError, without the secrets of its URI."""
    try:
        yield
    except TrackingError:
        raise
    except Exception as error:  # noqa: BLE001 - what MLflow raises quotes passwords: not chained
        raise TrackingError(f"MLflow at {redacted(uri)}: {_reason(uri, error)}") from None


def _reason(uri: str, error: Exception) -> str:
    reason = _innermost(error)
    text = str(reason).strip().split("\n")[0].split(". Response body")[0]
    if reason is error and type(error).__name__ not in ("MlflowException", "RestException"):
        text = f"{type(error).__name__}: {text}"
    return textwrap.shorten(redacted(uri, _CONNECTION.sub("", text)), 300, placeholder=" …")


def _innermost(error: BaseException) -> BaseException:
    """What a library for HTTP says where MLflow wraps it up in what it was doing."""
    cause = error.__cause__ or error.__context__
    if cause is None or not type(cause).__module__.startswith("requests"):
        return error
    while True:
        inner = getattr(cause, "reason", None) or (cause.args[0] if cause.args else None)
        if not isinstance(inner, BaseException):
            return cause
        cause = inner
