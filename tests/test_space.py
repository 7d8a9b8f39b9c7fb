"""What a catalogue entry asks for, and what it is answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.errors import BenchmarkError
from benchmark.space import Chosen, Defaults, Parameter, Scope, Space

DEPTH = Parameter("model.depth", "integer", 3, 1, 10)
RATE = Parameter("model.rate", "real", 0.1, 0.01, 1.0, log=True)
SOLVER = Parameter("model.solver", "choice", "lbfgs", options=("lbfgs", None, 2, 0.5, True))


def ask(scope: Scope) -> tuple[int, float, str]:
    """Three requests, the last of which no search may answer."""
    return (
        scope.integer("depth", 1, 10, default=3),
        scope.real("rate", 0.01, 1.0, default=0.1, log=True),
        scope.choice("solver", ["lbfgs", "liblinear"], default="lbfgs", tune=False),
    )


def test_defaults_are_answered_under_scoped_names() -> None:
    space = Defaults()

    answers = ask(space.scoped("strategy").scoped("smote"))

    assert answers == (3, 0.1, "lbfgs")
    assert space.chosen == {
        "strategy.smote.depth": 3,
        "strategy.smote.rate": 0.1,
        "strategy.smote.solver": "lbfgs",
    }


def test_a_fixed_value_wins_over_the_default_and_closes_the_parameter() -> None:
    space = Defaults({"model.depth": 7.0})

    answers = ask(space.scoped("model"))

    assert answers == (7, 0.1, "lbfgs")
    assert list(space.open) == ["model.rate"]
    assert space.scoped("model").fixed == {"model.depth": 7.0}


def test_a_chosen_trial_is_answered_again_and_what_nobody_searched_has_its_default() -> None:
    space = Chosen({"model.depth": 9}, {"model.rate": 0.5})

    assert ask(space.scoped("model")) == (9, 0.5, "lbfgs")


def test_the_same_request_has_the_same_answer() -> None:
    class Counter(Space):
        def suggest(self, parameter: Parameter) -> int:
            return len(self.chosen) + 1

    scope = Counter().scoped("model")

    answers = [scope.integer(name, 1, 10, default=1) for name in ("a", "b", "a", "b")]

    assert answers == [1, 2, 1, 2]


def test_a_request_that_fails_leaves_nothing_open() -> None:
    class Broken(Space):
        def suggest(self, parameter: Parameter) -> int:
            raise ValueError("no answer")

    space = Broken()

    with pytest.raises(ValueError, match="no answer"):
        space.scoped("model").integer("depth", 1, 10, default=3)
    assert space.open == {}


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        (DEPTH, "1 to 10"),
        (RATE, "0.01 to 1 (log)"),
        (SOLVER, "lbfgs, None, 2, 0.5, True"),
    ],
)
def test_a_range_reads_as_a_person_writes_it(parameter: Parameter, text: str) -> None:
    assert parameter.range == text


@given(st.integers(-(2**53), 2**53))
def test_a_whole_number_is_taken_as_it_is_even_outside_the_range(value: int) -> None:
    assert DEPTH.checked(value) == value
    assert DEPTH.checked(float(value)) == value
    assert isinstance(DEPTH.checked(float(value)), int)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_finite_number_is_taken_as_it_is(value: float) -> None:
    assert RATE.checked(value) == value


@pytest.mark.parametrize("option", SOLVER.options)
def test_an_option_is_taken_as_it_is(option: object) -> None:
    assert SOLVER.checked(option) is option


@pytest.mark.parametrize(
    ("parameter", "value", "text"),
    [
        (DEPTH, 2.5, "parameter 'depth' is 2.5; allowed: a whole number, usually 1 to 10"),
        (DEPTH, True, "parameter 'depth' is True; allowed: a whole number, usually 1 to 10"),
        (DEPTH, "3", "parameter 'depth' is '3'; allowed: a whole number, usually 1 to 10"),
        (DEPTH, None, "parameter 'depth' is None; allowed: a whole number, usually 1 to 10"),
        (
            DEPTH,
            float("inf"),
            "parameter 'depth' is inf; allowed: a whole number, usually 1 to 10",
        ),
        (
            RATE,
            float("nan"),
            "parameter 'rate' is nan; allowed: a number, usually 0.01 to 1 (log)",
        ),
        (RATE, False, "parameter 'rate' is False; allowed: a number, usually 0.01 to 1 (log)"),
        (
            SOLVER,
            "sag",
            "parameter 'solver' is 'sag'; allowed: one of lbfgs, None, 2, 0.5, True",
        ),
        (SOLVER, 1, "parameter 'solver' is 1; allowed: one of lbfgs, None, 2, 0.5, True"),
        (SOLVER, 2.0, "parameter 'solver' is 2.0; allowed: one of lbfgs, None, 2, 0.5, True"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_allowed(
    parameter: Parameter, value: object, text: str
) -> None:
    space = Defaults({parameter.name: value})

    with pytest.raises(BenchmarkError) as caught:
        space.answer(parameter)
    assert str(caught.value) == text


@pytest.mark.parametrize("parameter", [DEPTH, RATE])
def test_a_number_beyond_floating_point_is_refused_too(parameter: Parameter) -> None:
    with pytest.raises(BenchmarkError, match=f"parameter '{parameter.short_name}' is 1000"):
        parameter.checked(10**400)


def test_a_fixed_value_that_nothing_asks_for_is_refused_with_the_nearest_name() -> None:
    space = Defaults({"model.dept": 3})
    ask(space.scoped("model"))

    with pytest.raises(BenchmarkError) as caught:
        space.refuse_unasked()
    assert str(caught.value) == "unknown parameter 'dept'. Did you mean 'depth'?"


def test_fixed_values_that_were_asked_for_are_not_refused() -> None:
    space = Defaults({"model.depth": 4})
    ask(space.scoped("model"))

    space.refuse_unasked()

    assert space.chosen["model.depth"] == 4
