"""The terminal, or the file that stands in for it."""

import sys

from rich.console import Console

WIDE = 160


def console(*, err: bool = False) -> Console:
    """A console; lines are not broken where the output is no terminal."""
    stream = sys.stderr if err else sys.stdout
    width = None if stream.isatty() else WIDE
    return Console(stderr=err, width=width, highlight=False, soft_wrap=False)
