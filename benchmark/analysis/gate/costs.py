"""What a run costs beside the baseline: fit seconds by the machine's own measure, and memory."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from benchmark.analysis.gate.baseline import Baseline, PairScores
from benchmark.analysis.gate.measured import Run

Cost = Literal["time", "memory"]
LEAST_SECONDS = 0.1  # a shorter fit is not timed well enough to fail alone


@dataclass(frozen=True)
class Costs:
    """Now and in the baseline; 0 where it is not known.

    Attributes:
        units: fit time of a fold over the time of the machine's calibration.
        seconds: of a fold, in the baseline.
        memory: peak, in bytes.
    """

    units: tuple[float, float]
    seconds: float
    memory: tuple[float, float]

    @property
    def time(self) -> float | None:
        """How many times as long as in the baseline; None where it is not known."""
        return _ratio(*self.units)

    @property
    def space(self) -> float | None:
        """How many times as much memory; None where it is not known."""
        return _ratio(*self.memory)

    @classmethod
    def of(cls, run: Run, baseline: Baseline, pair: PairScores) -> "Costs":
        """Those of a pair that was measured."""
        cells = [run.pairs[pair.names][fold] for fold in pair.folds]
        units = [cell.seconds for cell in cells if cell.seconds is not None]
        then = (pair.seconds or 0.0) / (baseline.calibration_seconds or 1.0)
        known = bool(units and then and baseline.calibration_seconds)
        return cls(
            (float(np.median(units)), then) if known else (0.0, 0.0),
            pair.seconds or 0.0,
            (max(cell.memory_bytes for cell in cells), pair.memory_bytes),
        )

    @classmethod
    def total(cls, each: Iterable["Costs"]) -> "Costs":
        """All pairs together: the sum of times, the greatest memory."""
        kept = list(each)
        now, then = (sum(costs.units[i] for costs in kept) for i in (0, 1))
        peak, peak_then = (max((costs.memory[i] for costs in kept), default=0.0) for i in (0, 1))
        return cls((now, then), sum(costs.seconds for costs in kept), (peak, peak_then))

    def beyond(self, bounds: Mapping[Cost, float]) -> Iterator[tuple[Cost, str]]:
        """What is above a bound, in words."""
        slowest = self.seconds * max(1.0, self.time or 0.0)
        time = self.time if slowest > LEAST_SECONDS else None
        now, then = (f"{part / 2**30:.2f}" for part in self.memory)
        each: tuple[tuple[Cost, float | None, str], ...] = (
            ("time", time, "by the machine's own measure"),
            ("memory", self.space, f"{then} → {now} GiB"),
        )
        for kind, ratio, more in each:
            bound = bounds.get(kind)
            if bound is not None and ratio is not None and ratio > bound:
                yield kind, f"{kind} x{ratio:.2f} of the baseline's ({more}), allowed x{bound:g}"


def _ratio(now: float, then: float) -> float | None:
    return now / then if now and then else None
