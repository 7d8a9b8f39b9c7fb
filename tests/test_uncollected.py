"""The garbage collector is left off for a while, and is then as it was."""

import gc
from collections.abc import Iterator

import pytest

from benchmark.uncollected import uncollected


@pytest.fixture(autouse=True)
def _collector_as_it_was() -> Iterator[None]:
    yield
    gc.enable()


def test_it_is_off_inside_and_on_again_after_an_error() -> None:
    with pytest.raises(ValueError, match="broken"), uncollected():
        inside = gc.isenabled()
        raise ValueError("broken")

    assert not inside
    assert gc.isenabled()


def test_the_outermost_alone_turns_it_on_again() -> None:
    with uncollected():
        with uncollected():
            pass
        assert not gc.isenabled()

    assert gc.isenabled()


def test_who_turned_it_off_before_finds_it_off() -> None:
    gc.disable()

    with uncollected():
        pass

    assert not gc.isenabled()
