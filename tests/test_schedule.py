"""Which cell a worker takes next."""

from hypothesis import given
from hypothesis import strategies as st

from benchmark.engine.backends.schedule import Schedule
from benchmark.types import Cell, Outcome


def cells(
    strategies: str = "ab", models: int = 2, folds: int = 3, dataset: str = "d"
) -> list[Cell]:
    return [
        Cell(dataset, strategy, f"m{model}", 0, fold)
        for fold in range(folds)
        for strategy in strategies
        for model in range(models)
    ]


def ended(schedule: Schedule, cell: Cell | None, seconds: float = 1.0) -> None:
    assert cell is not None
    schedule.ended(Outcome(cell, "ok", seconds={"fit": seconds}))


def test_a_worker_takes_all_cells_of_a_group_before_another() -> None:
    schedule = Schedule(cells(models=3))

    taken = [(schedule.take("one"), schedule.take("two")) for _ in range(3)]

    assert {cell.group for cell, _ in taken if cell} == {("d", 0, 0, "a")}
    assert {cell.group for _, cell in taken if cell} == {("d", 0, 0, "b")}


def test_one_group_of_each_kind_comes_first_then_the_longest() -> None:
    schedule = Schedule(cells("abc", models=1))
    for strategy, seconds in (("a", 1.0), ("b", 9.0), ("c", 4.0)):
        cell = schedule.take("one")
        assert cell is not None and cell.strategy == strategy
        ended(schedule, cell, seconds)

    rest = [schedule.take("one") for _ in range(6)]

    assert "".join(cell.strategy for cell in rest if cell) == "bbccaa"


def test_the_last_group_is_shared_by_those_who_have_nothing_left_to_do() -> None:
    schedule = Schedule(cells("a", models=4, folds=1))

    taken = [schedule.take(worker) for worker in ("one", "two", "two", "one", "two")]

    assert [cell.model if cell else None for cell in taken] == ["m0", "m3", "m2", "m1", None]


def test_a_group_whose_kind_is_still_running_is_taken_when_nothing_else_is_left() -> None:
    schedule = Schedule(cells("a", models=1, folds=2))

    assert [schedule.take(worker) for worker in ("one", "two")] == cells("a", models=1, folds=2)


@given(
    data=st.data(),
    strategies=st.sampled_from(["a", "ab", "abcd"]),
    models=st.integers(1, 3),
    folds=st.integers(1, 4),
    workers=st.integers(1, 4),
)
def test_every_cell_is_dealt_exactly_once(
    data: st.DataObject, strategies: str, models: int, folds: int, workers: int
) -> None:
    wanted = cells(strategies, models, folds) + cells(strategies, models, folds, "e")
    schedule, dealt = Schedule(wanted), []
    while cell := schedule.take(data.draw(st.integers(1, workers))):
        dealt.append(cell)
        if data.draw(st.booleans()):
            ended(schedule, data.draw(st.sampled_from(dealt)), data.draw(st.floats(0, 10)))

    assert sorted(dealt) == sorted(wanted)
    assert schedule.take(0) is None


def test_the_longest_cells_of_a_group_come_first_so_that_the_last_ones_are_short() -> None:
    schedule = Schedule(cells("a", models=3, folds=2))
    for seconds in (1.0, 9.0, 4.0):
        ended(schedule, schedule.take("one"), seconds)

    taken = [schedule.take(worker) for worker in ("one", "two", "one")]

    assert [cell.model if cell else None for cell in taken] == ["m1", "m2", "m0"]


def test_the_longest_cell_left_is_taken_from_whoever_has_the_longest_work_left() -> None:
    schedule = Schedule(cells("ab", models=3, folds=2))
    for seconds in (1.0, 1.0, 1.0, 3.0, 9.0, 5.0):
        ended(schedule, schedule.take("one"), seconds)
    taken = [schedule.take(worker) for worker in ("one", "two", "two", "two")]
    assert [(c.strategy, c.model) for c in taken if c] == [
        ("b", "m1"), ("a", "m0"), ("a", "m1"), ("a", "m2"),
    ]  # fmt: skip

    assert schedule.take("two") == Cell("d", "b", "m2", 0, 1)
