"""How many rounds of a booster to keep: a trial fits once, and each of its prefixes is scored."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmark.catalogue.registry import Model
from benchmark.catalogue.wrapper import Wrapper
from benchmark.engine.fit import class_scores, seen_inside
from benchmark.space import Parameter, Space
from benchmark.types import Floats, Task

CANDIDATES = 12


@dataclass(frozen=True, eq=False)
class Rounds:
    """The open number of rounds of a booster that only wrappers stand around.

    Attributes:
        fitted: as many as the trial draws, and the default at least: shorter ones come for nothing.
    """

    parameter: Parameter
    fitted: int
    entry: Model
    classifier: Any

    @classmethod
    def of(cls, classifier: Any, entry: Model | None, space: Space) -> "Rounds | None":
        """None for a model without rounds, one that an ensemble wraps, or a fixed number."""
        asked = (p for p in space.asked.values() if p.prefix and p.name not in space.fixed)
        parameter = next(asked, None)
        if parameter is None or entry is None or entry.prefixes is None:
            return None
        booster = unwrapped(classifier)
        if booster is None or _is_around(booster, parameter):
            return None
        fitted = max(space.chosen[parameter.name], parameter.default)
        return cls(parameter, fitted, entry, classifier)

    @property
    def candidates(self) -> tuple[int, ...]:
        """The numbers to choose from, evenly spread over orders of magnitude."""
        spread = np.rint(np.geomspace(self.parameter.low, self.parameter.high, CANDIDATES))
        shorter = {rounds for rounds in spread.astype(int).tolist() if rounds < self.fitted}
        return tuple(sorted({*shorter, self.fitted}))

    def lengthen(self) -> None:
        """Have the unfitted booster learn as many rounds as there are to choose from."""
        unwrapped(self.classifier).set_params(**{self.parameter.short_name: self.fitted})

    def scores(self, X: Any, task: Task) -> dict[int, Floats]:
        """Scores of the fitted booster after each number of rounds."""
        booster, X = seen_inside(self.classifier, X)
        assert self.entry.prefixes is not None
        found = self.entry.prefixes(booster, X, self.candidates)
        return {
            rounds: class_scores(booster.classes_, raw, task)
            for rounds, raw in zip(self.candidates, found, strict=True)
        }


def _is_around(ensemble: Any, rounds: Parameter) -> bool:
    """Whether the booster, which has such a parameter, is inside an ensemble."""
    inside: Any = getattr(ensemble, "estimator", None)
    names = inside.get_params() if hasattr(inside, "get_params") else ()
    return any(name.rpartition("__")[2] == rounds.short_name for name in names)


def unwrapped(classifier: Any) -> Any:
    """The model inside wrappers; None where something between changes what it says."""
    while isinstance(classifier, Wrapper):
        if classifier.changes_scores:
            return None
        classifier = classifier.classifier
    return classifier
