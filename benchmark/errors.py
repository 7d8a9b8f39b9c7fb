"""What can go wrong, in words a user can act on."""

from collections.abc import Iterable
from difflib import get_close_matches


class BenchmarkError(Exception):
    """A mistake of the user or of the environment; its text is one clear line."""


class Incompatible(BenchmarkError):  # noqa: N818 - it is a finding about a pair, not an error
    """A strategy and a model (or a dataset) that cannot be combined, with the reason."""


class DatasetError(BenchmarkError):
    """A dataset that cannot be found, read or used as asked."""


class TrackingError(BenchmarkError):
    """A tracking server that does not answer; the journal is complete without it."""


class NotMeasured(BenchmarkError):  # noqa: N818 - it is a finding about a run, not an error
    """A suite that could not be run, or was not: there is nothing to judge."""


class SuiteError(BenchmarkError):
    """All mistakes of a suite file, a line each."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


def brief(value: object, most: int = 200) -> str:
    """A value as Python writes it, cut where it is long: one line, with no control characters."""
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]}…"


def unknown(kind: str, name: object, allowed: Iterable[str]) -> str:
    """Say that `name` is no known `kind`, and which name was probably meant."""
    names = sorted(allowed)
    near = get_close_matches(str(name), names, n=1, cutoff=0.6)
    if near:
        return f"unknown {kind} {brief(name)}. Did you mean {near[0]!r}?"
    shown = ", ".join(plain(name, 60) for name in names[:12]) + (", …" if len(names) > 12 else "")
    return f"unknown {kind} {brief(name)}; known: {shown or 'none'}"


def plain(text: str, longest: int = 600) -> str:
    """A text on one line, without what a terminal would obey; a long one without its middle."""
    if len(text) > longest:
        text = f"{text[: longest // 2]} … {text[-(longest // 2) :]}"
    characters = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return "".join(characters)
