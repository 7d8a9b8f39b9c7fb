"""What is kept, and what goes when there is no room."""

from copy import deepcopy

from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from benchmark.catalogue.resampling import Resampled
from benchmark.engine.shelf import Shared, Shelf


def made(shelf: Shelf, key: str, size: int = 10) -> bool:
    """Whether asking for a key had it made, in a group that was turned to before."""
    return shelf.get(key, lambda: key, lambda value: size).seconds > 0


def test_what_was_made_is_kept_and_each_cell_owes_what_it_took_once() -> None:
    shelf = Shelf()

    def asked() -> Shared[object]:
        return shelf.get("a", lambda: object(), lambda value: 1)

    shelf.turn_to("group")
    made, same = asked(), asked()
    shelf.turn_to("group")
    first, second = asked(), asked()

    assert made.value is same.value is first.value is second.value
    assert made.seconds > 0
    assert made.owed == same.seconds == same.owed == 0
    assert (first.seconds, first.owed) == (0, made.seconds)
    assert (second.seconds, second.owed) == (0, 0)


def test_what_a_group_made_first_stays_when_the_room_is_full() -> None:
    shelf = Shelf(max_bytes=20)
    shelf.turn_to("group")

    assert [made(shelf, key) for key in "abcabc"] == [True, True, True, False, False, True]


def test_another_group_takes_the_room_of_what_was_not_used_longest() -> None:
    shelf = Shelf(max_bytes=30)
    shelf.turn_to("one")
    assert all(made(shelf, key) for key in "abc")
    assert not made(shelf, "a")
    shelf.turn_to("two")
    assert made(shelf, "d")

    assert not made(shelf, "c")
    assert not made(shelf, "a")
    assert not made(shelf, "d")
    assert made(shelf, "b")


def test_what_another_group_uses_too_is_its_own_then() -> None:
    shelf = Shelf(max_bytes=20)
    shelf.turn_to("one")
    assert made(shelf, "rows")
    shelf.turn_to("two")
    assert not made(shelf, "rows")

    assert [made(shelf, key) for key in ("x", "y", "rows", "x")] == [True, True, False, False]


def test_without_room_all_is_made_each_time() -> None:
    shelf = Shelf(max_bytes=0)

    assert [made(shelf, "a", size=1) for _ in range(2)] == [True, True]
    assert shelf.room == 0


def test_something_too_large_evicts_nothing() -> None:
    shelf = Shelf(max_bytes=20)
    shelf.turn_to("one")
    made(shelf, "a")
    shelf.turn_to("two")

    assert made(shelf, "huge", size=21)
    assert not made(shelf, "a")
    assert shelf.room == 10


def test_copies_of_an_estimator_share_what_it_shares() -> None:
    shelf = Shelf()
    classifier = Resampled(None, LogisticRegression(), shelf)

    assert clone(classifier).memory is shelf
    assert deepcopy(classifier).memory is shelf
