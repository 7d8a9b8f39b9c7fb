"""The search: defaults first, then the same luck for every strategy, then TPE."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import optuna
import pytest
from scipy.stats import chisquare, kstest

from benchmark.engine import tune
from benchmark.engine.tune import Reached, Search, Tried, search
from benchmark.space import Chosen, Space
from benchmark.suite import Tuning

Objective = Callable[[Space], Tried[str]]


def model_of(space: Space) -> tuple[int, float, str]:
    """Ask for one parameter of each kind."""
    scope = space.scoped("model")
    return (
        scope.integer("depth", 1, 10, default=3),
        scope.real("rate", 1e-3, 1e3, default=1.0, log=True),
        scope.choice("kernel", ["linear", "rbf", "poly"], default="rbf"),
    )


def quality_of(space: Space) -> float:
    """A smooth objective with its best value 0 at depth 7, rate 10 and a polynomial kernel."""
    depth, rate, kernel = model_of(space)
    return -((depth - 7) ** 2) - (np.log10(rate) - 1) ** 2 - (kernel != "poly")


def reached(default: float, tuned: float, payload: str, seconds: float = 0.0) -> Tried[str]:
    return Tried(Reached(default, payload), Reached(tuned, payload), seconds)


def objective(space: Space) -> Tried[str]:
    quality = quality_of(space)
    return reached(-quality, quality, f"{quality:.6f}", 0.5)


def tried(found: Search[str]) -> list[dict[str, Any]]:
    return [dict(trial.params) for trial in found.trials]


def test_trial_zero_is_the_defaults() -> None:
    found = search(objective, {}, Tuning(trials=1), seed=1)

    assert tried(found) == [{"model.depth": 3, "model.rate": 1.0, "model.kernel": "rbf"}]
    assert found.trials[0].number == 0
    assert found.trials[0].fit_seconds == 0.5
    assert found.note == ""


def test_each_rule_has_its_own_winner() -> None:
    found = search(objective, {}, Tuning(trials=12), seed=1)

    best = max(found.trials, key=lambda trial: trial.tuned)
    worst = max(found.trials, key=lambda trial: trial.default)
    assert found.tuned.params == best.params
    assert found.default.params == worst.params
    assert found.tuned.payload == f"{best.tuned:.6f}"
    assert found.default.payload == f"{-worst.default:.6f}"


def test_the_first_of_equal_trials_wins() -> None:
    def indifferent(space: Space) -> Tried[str]:
        return reached(1.0, 1.0, str(model_of(space)))

    found = search(indifferent, {}, Tuning(trials=6), seed=1)

    assert found.default.params == found.tuned.params == found.trials[0].params


def test_every_strategy_meets_the_same_model_settings_in_the_random_half() -> None:
    def with_strategy(space: Space) -> Tried[str]:
        space.scoped("strategy").real("balance", 0, 1, default=1.0)
        space.scoped("strategy").integer("k_neighbors", 1, 10, default=5)
        return objective(space)

    one = tried(search(objective, {}, Tuning(trials=10), seed=1))
    two = tried(search(with_strategy, {}, Tuning(trials=10), seed=1))

    model = [{k: v for k, v in params.items() if k.startswith("model.")} for params in two]
    assert len(one) == len(two) == 10
    assert model[:6] == one[:6]
    assert model[6:] != one[6:]
    assert len({str(params) for params in one}) == 10


def test_another_seed_draws_other_settings() -> None:
    one, two = (tried(search(objective, {}, Tuning(trials=5), seed=seed)) for seed in (1, 2))

    assert one[0] == two[0]
    assert one[1] != two[1]


def test_the_same_seed_gives_the_same_trials() -> None:
    one, two = (search(objective, {}, Tuning(trials=12), seed=1) for _ in range(2))

    assert one == two


def test_the_second_half_is_what_optunas_tpe_suggests_after_the_first() -> None:
    found = search(objective, {}, Tuning(trials=11), seed=42)

    kinds = optuna.distributions
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=42, n_startup_trials=1)
    )
    distributions = {
        "model.depth": kinds.IntDistribution(1, 10),
        "model.rate": kinds.FloatDistribution(1e-3, 1e3, log=True),
        "model.kernel": kinds.CategoricalDistribution(["linear", "rbf", "poly"]),
    }
    for trial in found.trials[:6]:
        study.add_trial(
            optuna.trial.create_trial(
                params=dict(trial.params), distributions=distributions, value=trial.tuned
            )
        )
    suggested = []
    for _ in range(5):
        asked = study.ask(distributions)
        suggested.append(asked.params)
        study.tell(asked, quality_of(Chosen(asked.params)))
    assert tried(found)[6:] == suggested


def test_the_search_finds_the_best_setting_of_a_smooth_objective() -> None:
    found = search(objective, {}, Tuning(trials=80), seed=3)

    assert found.tuned.params["model.depth"] == 7
    assert found.tuned.params["model.kernel"] == "poly"
    assert float(found.tuned.payload) > -0.1


@pytest.fixture(scope="module")
def drawn() -> list[dict[str, Any]]:
    """The first random setting of many searches."""
    return [tried(search(objective, {}, Tuning(trials=2), seed=seed))[1] for seed in range(2000)]


def test_whole_numbers_and_options_are_drawn_evenly(drawn: list[dict[str, Any]]) -> None:
    depths = np.unique([params["model.depth"] for params in drawn], return_counts=True)
    kernels = np.unique([params["model.kernel"] for params in drawn], return_counts=True)

    assert depths[0].tolist() == list(range(1, 11))
    assert chisquare(depths[1]).pvalue > 0.01
    assert len(kernels[0]) == 3
    assert chisquare(kernels[1]).pvalue > 0.01


def test_a_logarithmic_range_is_drawn_evenly_in_orders_of_magnitude(
    drawn: list[dict[str, Any]],
) -> None:
    exponents = [np.log10(params["model.rate"]) for params in drawn]

    assert kstest(exponents, "uniform", args=(-3, 6)).pvalue > 0.01


def test_linear_reals_and_logarithmic_integers_stay_in_their_ranges() -> None:
    def asking(space: Space) -> Tried[str]:
        share = space.scoped("model").real("share", 0.5, 1.0, default=1.0)
        leaf = space.scoped("model").integer("leaf", 1, 20, default=1, log=True)
        return reached(share, share, f"{share} {leaf}")

    drawn = [tried(search(asking, {}, Tuning(trials=2), seed=seed))[1] for seed in range(1000)]

    shares = [params["model.share"] for params in drawn]
    leaves = [params["model.leaf"] for params in drawn]
    assert kstest(shares, "uniform", args=(0.5, 0.5)).pvalue > 0.01
    # The integer below exp(u) with u even between log 1 and log 21.
    expected = 1000 * np.diff(np.log(np.arange(1, 22))) / np.log(21)
    assert chisquare(np.bincount(leaves, minlength=21)[1:], expected).pvalue > 0.01


def test_a_fixed_parameter_is_neither_searched_nor_listed() -> None:
    depths = []

    def watching(space: Space) -> Tried[str]:
        result = objective(space)
        depths.append(space.chosen["model.depth"])
        return result

    found = search(watching, {"model.depth": 9}, Tuning(trials=6), seed=1)

    assert depths == [9] * 6
    assert all(set(params) == {"model.rate", "model.kernel"} for params in tried(found))


@pytest.mark.parametrize("tuning", [Tuning(trials=20), None])
def test_a_pair_without_open_parameters_takes_one_trial(tuning: Tuning | None) -> None:
    fixed = {"model.depth": 9, "model.rate": 1.0, "model.kernel": "rbf"}

    found = search(objective, fixed, tuning, seed=1)

    assert tried(found) == [{}]
    assert found.default.params == found.tuned.params == {}
    assert found.note == ""


def test_without_tuning_only_the_defaults_are_tried() -> None:
    assert len(search(objective, {}, None, seed=1).trials) == 1


def test_a_failed_trial_is_recorded_and_the_others_compete_without_it() -> None:
    def picky(space: Space) -> Tried[str]:
        depth, _, kernel = model_of(space)
        failed = Tried(None, None, 0.1, f"ValueError: {kernel} is too deep")
        return {True: failed, False: reached(float(depth), float(depth), kernel)}[depth > 5]

    found = search(picky, {}, Tuning(trials=16), seed=1)

    failed = [trial for trial in found.trials if trial.error]
    fine = [trial for trial in found.trials if not trial.error]
    assert len(found.trials) == 16
    assert {trial.number < 8 for trial in failed} == {True, False}
    assert all(trial.params["model.depth"] > 5 and trial.tuned is None for trial in failed)
    assert found.tuned.params["model.depth"] == max(t.params["model.depth"] for t in fine) <= 5


def test_a_search_without_a_finished_trial_has_no_winner() -> None:
    def broken(space: Space) -> Tried[str]:
        model_of(space)
        return Tried(None, None, 0.0, "ValueError: never")

    found = search(broken, {}, Tuning(trials=4), seed=1)

    assert (found.default, found.tuned) == (None, None)
    assert [trial.error for trial in found.trials] == ["ValueError: never"] * 4


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that goes on by a second whenever it is read."""
    ticks = iter(range(1000))
    monkeypatch.setattr(tune, "perf_counter", lambda: float(next(ticks)))


def test_a_search_out_of_time_says_how_many_trials_it_made(ticking: None) -> None:
    found = search(objective, {}, Tuning(trials=20, seconds=2.5), seed=1)

    assert len(found.trials) == 3
    assert found.note == "3 of 20 trials (time)"


def test_a_search_within_its_time_says_nothing(ticking: None) -> None:
    found = search(objective, {}, Tuning(trials=5, seconds=4.0), seed=1)

    assert len(found.trials) == 5
    assert found.note == ""


def test_time_has_no_say_in_what_is_tried(ticking: None) -> None:
    short = search(objective, {}, Tuning(trials=20, seconds=12.5), seed=1)

    whole = search(objective, {}, Tuning(trials=20), seed=1)

    assert short.trials == whole.trials[:13]


def test_a_trial_that_an_earlier_one_was_is_not_made_again() -> None:
    asked = []

    def coarse(space: Space) -> Tried[str]:
        depth = space.scoped("model").integer("depth", 1, 3, default=2)
        asked.append(depth)
        return reached(0.0, -abs(depth - 3), str(depth), 0.5)

    def settle(space: Space) -> None:
        space.scoped("model").integer("depth", 1, 3, default=2)

    once = search(coarse, {}, Tuning(trials=12), seed=1, settle=settle)
    assert sorted(asked) == [1, 2, 3]
    each = search(coarse, {}, Tuning(trials=12), seed=1)

    assert tried(once) == tried(each)
    assert [t.tuned for t in once.trials] == [t.tuned for t in each.trials]
    assert once.tuned == each.tuned
    assert sum(trial.fit_seconds for trial in once.trials) == 3 * 0.5


def test_a_pruned_trial_wins_nothing_and_says_after_how_many_folds() -> None:
    def promising_at_first(space: Space) -> Tried[str]:
        depth, *_ = model_of(space)
        return replace(reached(depth, depth, str(depth)), pruned_after=int(depth > 5))

    found = search(promising_at_first, {}, Tuning(trials=10), seed=1)

    depths = [trial.params["model.depth"] for trial in found.trials]
    assert max(depths) > 5
    assert [trial.pruned_after for trial in found.trials] == [int(depth > 5) for depth in depths]
    assert found.tuned.payload == str(max(depth for depth in depths if depth <= 5))


def test_optunas_tpe_is_told_of_pruned_trials_as_pruned() -> None:
    def pruning(space: Space) -> Tried[str]:
        quality = quality_of(space)
        return replace(objective(space), pruned_after=2 * int(quality < -12))

    found = search(pruning, {}, Tuning(trials=13), seed=3)
    assert {trial.pruned_after for trial in found.trials[:7]} == {0, 2}

    kinds, states = optuna.distributions, optuna.trial.TrialState
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=3, n_startup_trials=1)
    )
    distributions = {
        "model.depth": kinds.IntDistribution(1, 10),
        "model.rate": kinds.FloatDistribution(1e-3, 1e3, log=True),
        "model.kernel": kinds.CategoricalDistribution(["linear", "rbf", "poly"]),
    }

    def told(trial: optuna.Trial) -> float:
        params = trial.params or {n: trial._suggest(n, d) for n, d in distributions.items()}
        quality = quality_of(Chosen(params))
        if quality < -12:
            trial.report(quality, 2)
            raise optuna.TrialPruned
        return quality

    for trial in found.trials[:7]:
        pruned = bool(trial.pruned_after)
        study.add_trial(
            optuna.trial.create_trial(
                params=dict(trial.params),
                distributions=distributions,
                value=None if pruned else trial.tuned,
                intermediate_values={2: trial.tuned} if pruned else {},
                state=states.PRUNED if pruned else states.COMPLETE,
            )
        )
    study.optimize(told, n_trials=6)

    assert tried(found)[7:] == [trial.params for trial in study.trials[7:]]
    assert [bool(trial.pruned_after) for trial in found.trials] == [
        trial.state == states.PRUNED for trial in study.trials
    ]
