"""The global random states, from which code of others may draw instead of from a seed."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

_begun = 0


def begin(seed: int) -> None:
    """Start a fit: what it draws depends on the seed, not on the fits before it."""
    global _begun
    _begun = seed
    _start(seed)


@contextmanager
def apart() -> Iterator[None]:
    """Draw in the block as at the start of the fit, after it as if nothing had been drawn in it.

    So what is made in the block may come from another fit as well.
    """
    here, numpy_here = random.getstate(), np.random.get_state()
    _start(_begun)
    try:
        yield
    finally:
        random.setstate(here)
        np.random.set_state(numpy_here)


def _start(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
