"""The search for hyper-parameters; the only place that imports Optuna."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import exp, log
from time import perf_counter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from benchmark.engine.seeds import seed_for
from benchmark.space import Defaults, Parameter, Space
from benchmark.suite import Tuning
from benchmark.types import Trial

if TYPE_CHECKING:
    import optuna

P = TypeVar("P")


@dataclass(frozen=True)
class Reached(Generic[P]):
    """What a set of hyper-parameters reached under one rule.

    Attributes:
        quality: greater is better.
        payload: what the caller wants back if this is the best.
        params: what was chosen inside the trial, such as a booster's rounds.
    """

    quality: float
    payload: P
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Tried(Generic[P]):
    """What a set of hyper-parameters came to.

    Attributes:
        default: what it reached at the default decision; None if the trial failed.
        tuned: what it reached at the best threshold.
        pruned_after: the inner folds after which it was given up, a share of the first where it
            met a part of its rows; 0 if it met all.
    """

    default: Reached[P] | None
    tuned: Reached[P] | None
    fit_seconds: float = 0.0
    error: str = ""
    pruned_after: float = 0.0


@dataclass(frozen=True)
class Best(Generic[P]):
    """The winning trial under one rule."""

    params: Mapping[str, Any]
    payload: P


@dataclass(frozen=True)
class Search(Generic[P]):
    """All trials, the winners, and a note where the search ended early."""

    trials: tuple[Trial, ...]
    default: Best[P] | None
    tuned: Best[P] | None
    note: str


class _Stream(Space):
    """Draws each parameter from a stream seeded by its scoped name.

    Every strategy thus meets the same settings of a model in the same trial.
    """

    def __init__(self, fixed: Mapping[str, Any], seed: int, number: int) -> None:
        super().__init__(fixed)
        self._seed = seed
        self._number = number

    def suggest(self, parameter: Parameter) -> Any:
        """Draw evenly over the range, or over its orders of magnitude."""
        seed = seed_for(self._seed, parameter.name, 0, self._number, None, "search")
        share = float(np.random.default_rng(seed).random())
        if parameter.kind == "choice":
            return parameter.options[int(share * len(parameter.options))]
        whole = parameter.kind == "integer"
        low, high = parameter.low, parameter.high + (1 if whole else 0)
        if parameter.log:
            value = exp(log(low) + share * (log(high) - log(low)))
        else:
            value = low + share * (high - low)
        return min(int(value), int(parameter.high)) if whole else min(value, parameter.high)


class _Suggested(Space):
    """Asks a trial of Optuna."""

    def __init__(self, fixed: Mapping[str, Any], trial: "optuna.Trial") -> None:
        super().__init__(fixed)
        self._trial = trial

    def suggest(self, parameter: Parameter) -> Any:
        """Ask Optuna."""
        if parameter.kind == "choice":
            return self._trial.suggest_categorical(parameter.name, parameter.options)
        if parameter.kind == "integer":
            low, high = int(parameter.low), int(parameter.high)
            return self._trial.suggest_int(parameter.name, low, high, log=parameter.log)
        return self._trial.suggest_float(
            parameter.name, parameter.low, parameter.high, log=parameter.log
        )


class _Study:
    """An in-memory TPE study that is fed with trials made elsewhere; made when first needed."""

    def __init__(self, seed: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._optuna = optuna
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=1)
        self._study = optuna.create_study(direction="maximize", sampler=sampler)

    def add(self, space: Space, trial: Trial) -> None:
        """Tell the study of a trial that it did not suggest."""
        self._study.add_trial(
            self._optuna.trial.create_trial(
                params={name: space.chosen[name] for name in space.open},
                distributions={name: self._distribution(p) for name, p in space.open.items()},
                value=None if trial.pruned_after else trial.tuned,
                intermediate_values=_reported(trial),
                state=self._state(trial),
            )
        )

    def ask(self) -> "optuna.Trial":
        """Start a trial."""
        return self._study.ask()

    def tell(self, asked: "optuna.Trial", trial: Trial) -> None:
        """Finish a trial."""
        for step, quality in _reported(trial).items():
            asked.report(quality, step)
        value = None if trial.pruned_after else trial.tuned
        self._study.tell(asked, value, self._state(trial))

    def _state(self, trial: Trial) -> Any:
        state = self._optuna.trial.TrialState
        if trial.tuned is None:
            return state.FAIL
        return state.PRUNED if trial.pruned_after else state.COMPLETE

    def _distribution(self, p: Parameter) -> Any:
        kinds = self._optuna.distributions
        if p.kind == "choice":
            return kinds.CategoricalDistribution(p.options)
        if p.kind == "integer":
            return kinds.IntDistribution(int(p.low), int(p.high), log=p.log)
        return kinds.FloatDistribution(p.low, p.high, log=p.log)


def _reported(trial: Trial) -> dict[int, float]:
    """The quality of a pruned trial, by the number of whole inner folds that it is of."""
    if not trial.pruned_after or trial.tuned is None:
        return {}
    return {int(trial.pruned_after): trial.tuned}


class _Ledger(Generic[P]):
    """Remembers trials and the winners."""

    def __init__(
        self, objective: Callable[[Space], Tried[P]], settle: Callable[[Space], None] | None
    ) -> None:
        self._objective = objective
        self._settle = settle
        self._bar: dict[str, float] = {}
        self._seen: dict[str, Trial] = {}
        self.trials: list[Trial] = []
        self.best: dict[str, Best[P]] = {}

    def run(self, space: Space) -> Trial:
        """Try what `space` answers; a trial that an earlier one was comes to the same."""
        if self._settle is not None:
            self._settle(space)
        number = len(self.trials)
        seen = self._seen.get(_answers(space))
        if seen is None or self._settle is None:
            trial = self._tried(space, number)
            self._seen[_answers(space)] = trial
        else:
            trial = replace(seen, number=number, fit_seconds=0.0)
        self.trials.append(trial)
        return trial

    def _tried(self, space: Space, number: int) -> Trial:
        tried = self._objective(space)
        params = {name: space.chosen[name] for name in space.open}
        for rule, reached in (("default", tried.default), ("tuned", tried.tuned)):
            if reached is None or tried.pruned_after:
                continue
            if reached.quality > self._bar.get(rule, -np.inf):
                self._bar[rule] = reached.quality
                self.best[rule] = Best({**params, **reached.params}, reached.payload)
        return Trial(
            number,
            {**params, **(tried.tuned.params if tried.tuned else {})},
            None if tried.default is None else tried.default.quality,
            None if tried.tuned is None else tried.tuned.quality,
            tried.fit_seconds,
            tried.error,
            tried.pruned_after,
        )


def _answers(space: Space) -> str:
    return repr(sorted(space.chosen.items()))


def search(
    objective: Callable[[Space], Tried[P]],
    fixed: Mapping[str, Any],
    tuning: Tuning | None,
    seed: int,
    settle: Callable[[Space], None] | None = None,
) -> Search[P]:
    """Try the defaults, then up to half of the trials at random, then TPE.

    TPE maximises the quality at the best threshold. A pair without open parameters takes one
    trial; `tuning.seconds` is looked at between trials. `settle` asks a space for all that the
    objective asks, at no cost: with it, nothing is tried twice.
    """
    ledger = _Ledger(objective, settle)
    started = perf_counter()
    space: Space = Defaults(fixed)
    tried = [(space, ledger.run(space))]
    wanted = tuning.trials if tuning and space.open else 1
    study: _Study | None = None
    for number in range(1, wanted):
        if tuning and tuning.seconds is not None and perf_counter() - started > tuning.seconds:
            break
        if number <= wanted // 2:
            space = _Stream(fixed, seed, number)
            tried.append((space, ledger.run(space)))
            continue
        study = study or _fed(seed, tried)
        asked = study.ask()
        study.tell(asked, ledger.run(_Suggested(fixed, asked)))
    short = len(ledger.trials) < wanted
    note = f"{len(ledger.trials)} of {wanted} trials (time)" if short else ""
    return Search(tuple(ledger.trials), ledger.best.get("default"), ledger.best.get("tuned"), note)


def _fed(seed: int, tried: list[tuple[Space, Trial]]) -> _Study:
    """A study that knows the trials so far."""
    study = _Study(seed)
    for space, trial in tried:
        study.add(space, trial)
    return study
