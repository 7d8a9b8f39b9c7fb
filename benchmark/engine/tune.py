"""The search for hyper-parameters; the only place that imports Optuna."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
    """

    default: Reached[P] | None
    tuned: Reached[P] | None
    fit_seconds: float = 0.0
    error: str = ""

    @property
    def quality(self) -> float | None:
        """What the search maximises."""
        return None if self.tuned is None else self.tuned.quality


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

    def add(self, space: Space, quality: float | None) -> None:
        """Tell the study of a finished trial."""
        params = {name: space.chosen[name] for name in space.open}
        distributions = {name: self._distribution(p) for name, p in space.open.items()}
        state = self._optuna.trial.TrialState
        self._study.add_trial(
            self._optuna.trial.create_trial(
                params=params,
                distributions=distributions,
                value=quality,
                state=state.FAIL if quality is None else state.COMPLETE,
            )
        )

    def ask(self) -> "optuna.Trial":
        """Start a trial."""
        return self._study.ask()

    def tell(self, trial: "optuna.Trial", quality: float | None) -> None:
        """Finish a trial."""
        state = self._optuna.trial.TrialState
        self._study.tell(trial, quality, state.FAIL if quality is None else state.COMPLETE)

    def _distribution(self, p: Parameter) -> Any:
        kinds = self._optuna.distributions
        if p.kind == "choice":
            return kinds.CategoricalDistribution(p.options)
        if p.kind == "integer":
            return kinds.IntDistribution(int(p.low), int(p.high), log=p.log)
        return kinds.FloatDistribution(p.low, p.high, log=p.log)


class _Ledger(Generic[P]):
    """Remembers trials and the winners."""

    def __init__(self, objective: Callable[[Space], Tried[P]]) -> None:
        self._objective = objective
        self._bar: dict[str, float] = {}
        self.trials: list[Trial] = []
        self.best: dict[str, Best[P]] = {}

    def run(self, space: Space) -> Tried[P]:
        """Try what `space` answers."""
        tried = self._objective(space)
        params = {name: space.chosen[name] for name in space.open}
        for rule, reached in (("default", tried.default), ("tuned", tried.tuned)):
            if reached is not None and reached.quality > self._bar.get(rule, -np.inf):
                self._bar[rule] = reached.quality
                self.best[rule] = Best({**params, **reached.params}, reached.payload)
        inside = tried.tuned.params if tried.tuned else {}
        self.trials.append(
            Trial(
                len(self.trials),
                {**params, **inside},
                None if tried.default is None else tried.default.quality,
                tried.quality,
                tried.fit_seconds,
                tried.error,
            )
        )
        return tried


def search(
    objective: Callable[[Space], Tried[P]],
    fixed: Mapping[str, Any],
    tuning: Tuning | None,
    seed: int,
) -> Search[P]:
    """Try the defaults, then up to half of the trials at random, then TPE.

    TPE maximises the quality at the best threshold. A pair without open parameters takes one
    trial; `tuning.seconds` is looked at between trials.
    """
    ledger = _Ledger(objective)
    started = perf_counter()
    spaces: list[tuple[Space, float | None]] = []
    space: Space = Defaults(fixed)
    spaces.append((space, ledger.run(space).quality))
    wanted = tuning.trials if tuning and space.open else 1
    study: _Study | None = None
    for number in range(1, wanted):
        if tuning and tuning.seconds is not None and perf_counter() - started > tuning.seconds:
            break
        if number <= wanted // 2:
            space = _Stream(fixed, seed, number)
            spaces.append((space, ledger.run(space).quality))
            continue
        study = study or _fed(seed, spaces)
        asked = study.ask()
        study.tell(asked, ledger.run(_Suggested(fixed, asked)).quality)
    short = len(ledger.trials) < wanted
    note = f"{len(ledger.trials)} of {wanted} trials (time)" if short else ""
    return Search(tuple(ledger.trials), ledger.best.get("default"), ledger.best.get("tuned"), note)


def _fed(seed: int, spaces: list[tuple[Space, float | None]]) -> _Study:
    """A study that knows the trials so far."""
    study = _Study(seed)
    for space, quality in spaces:
        study.add(space, quality)
    return study
