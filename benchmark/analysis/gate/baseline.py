"""The baseline: what a suite scored when all was well, in a file that is committed."""

import json
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from benchmark import textfile
from benchmark.analysis.compare import metric_of
from benchmark.analysis.gate.measured import KEY, FoldNumber, Measured, Pair, Run
from benchmark.catalogue.registry import Metric
from benchmark.errors import BenchmarkError
from benchmark.journal.keys import digest
from benchmark.suite import CrossValidation, Suite

FORMAT = 1
MOST_BYTES = 64 * 2**20
AGAIN = "make it again with: python -m benchmark baseline"
Score = Annotated[float, Field(allow_inf_nan=False)] | None
Scores = tuple[tuple[Score, ...], ...]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Of(_Part):
    """Which scores of which suite these are.

    Attributes:
        costs: what the metric is computed with besides predictions; empty for most.
    """

    suite: str
    metric: str
    threshold: str
    seed: int
    cv: CrossValidation
    costs: str

    @classmethod
    def suite_as_run(cls, suite: Suite) -> "Of":
        """What the scores of a suite are."""
        needs = metric_of(suite.headline).needs
        used: dict[str, Any] = {need: [[getattr(part, need), getattr(part, "name", "")] for part in
                       (suite, *suite.datasets)] for need in needs}  # fmt: skip
        return cls(suite=suite.name, metric=suite.headline, threshold=suite.rule, seed=suite.seed,
                   cv=suite.cv, costs=digest(used)[:KEY] if used else "")  # fmt: skip

    def differences(self, other: "Of") -> list[str]:
        """In what the scores of another suite are not comparable to these."""
        mine, theirs = self.model_dump(), other.model_dump()
        return [f"{name}: {mine[name]} → {theirs[name]}" for name in mine
                if name != "suite" and mine[name] != theirs[name]]  # fmt: skip


class PairScores(_Part):
    """The scores of a dataset, strategy and model.

    Attributes:
        key: what the first seed's scores were computed from.
        scores, again: with either seed, a list for each repeat; None where a fold has none.
        seconds: of fitting one fold, the median of both seeds.
        memory_bytes: the peak.
    """

    dataset: str
    strategy: str
    model: str
    key: str
    seconds: float | None = Field(gt=0, le=1e9)
    memory_bytes: int = Field(ge=0, le=2**60)
    scores: Scores
    again: Scores

    @property
    def names(self) -> Pair:
        """The dataset, strategy and model."""
        return (self.dataset, self.strategy, self.model)

    @cached_property
    def folds(self) -> dict[FoldNumber, tuple[float, float]]:
        """Repeat and fold → the scores of both seeds, where there are both."""
        return {
            (repeat, fold): (first, second)
            for repeat, rows in enumerate(zip(self.scores, self.again, strict=True))
            for fold, (first, second) in enumerate(zip(*rows, strict=True))
            if first is not None and second is not None
        }

    @model_validator(mode="after")
    def _shaped_alike(self) -> "PairScores":
        if [len(row) for row in self.scores] != [len(row) for row in self.again]:
            raise ValueError("scores and again must have the same number of folds")
        if not self.folds:
            raise ValueError("no fold has the scores of both seeds")
        return self


class Baseline(_Part):
    """All that the gate compares with.

    Attributes:
        made: the day.
        environment: versions, processor, kernel.
        calibration_seconds: how long the machine took for a fixed piece of work.
        datasets: name → fingerprint.
    """

    format: Literal[1] = 1
    of: Of
    made: str
    environment: Mapping[str, str]
    calibration_seconds: float | None = Field(gt=0, le=1e6)
    datasets: Mapping[str, str]
    pairs: tuple[PairScores, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _known_datasets(self) -> "Baseline":
        unknown = {pair.dataset for pair in self.pairs} - set(self.datasets)
        if unknown:
            raise ValueError(f"no fingerprint of dataset {min(unknown)!r}")
        names = [pair.names for pair in self.pairs]
        if len(set(names)) < len(names):
            raise ValueError("a pair is there twice")
        return self

    @model_validator(mode="after")
    def _in_the_range_of_the_metric(self) -> "Baseline":
        metric = metric_of(self.of.metric)
        for pair in self.pairs:
            outside = [v for both in pair.folds.values() for v in both if not _within(metric, v)]
            if outside:
                range_of = f"{metric.name} is from {metric.low:g} to {metric.high:g}"
                raise ValueError(f"{' / '.join(pair.names)} scores {outside[0]:g}, but {range_of}")
        return self

    @property
    def text(self) -> str:
        """JSON: sorted, a line for each list of numbers."""
        plain = json.dumps(self.model_dump(), indent=1, sort_keys=True, ensure_ascii=False)
        return re.sub(r"\[\n\s+([^\[\]{}]*?)\n\s+\]", _on_a_line, plain) + "\n"


def _within(metric: Metric, value: float) -> bool:
    return metric.low - 1e-9 <= value <= metric.high + 1e-9


def _on_a_line(found: re.Match[str]) -> str:
    return "[" + ", ".join(part.strip() for part in found[1].split(",\n")) + "]"


def baseline(run: Run, again: Run, made: str) -> tuple[Baseline, list[str]]:
    """The baseline of a run and of its second seed, and a line for each pair without all scores.

    Raises BenchmarkError where nothing has both.
    """
    left, pairs = [], []
    for names in sorted(run.pairs):
        cells, others = run.pairs[names], again.pairs[names]
        both = [fold for fold in cells if not (cells[fold].trouble or others[fold].trouble)]
        if len(both) < len(cells):
            troubles = dict.fromkeys(c.trouble for f in cells for c in (cells[f], others[f]))
            reasons = "; ".join(filter(None, troubles))
            left.append(f"{' / '.join(names)}: {len(cells) - len(both)} folds left out: {reasons}")
        if both:
            pairs.append(_of_pair(run, again, names, both))
    if not pairs:
        raise BenchmarkError("no cell has a score, so there is no baseline to make")
    return Baseline(
        of=Of.suite_as_run(run.suite),
        made=made,
        environment={k: v for k, v in run.environment.items() if k != "calibration_seconds"},
        calibration_seconds=run.calibration_seconds,
        datasets={name: run.fingerprints[name] for name in sorted({p.dataset for p in pairs})},
        pairs=tuple(pairs),
    ), left


def _of_pair(run: Run, again: Run, names: Pair, both: list[FoldNumber]) -> PairScores:
    cells, others = run.pairs[names], again.pairs[names]
    computed = [part[fold] for part in (cells, others) for fold in both]
    units = [cell.seconds for cell in computed if cell.seconds is not None]
    calibration = run.calibration_seconds
    seconds = float(np.median(units)) * calibration if units and calibration else None
    dataset, strategy, model = names
    return PairScores(
        dataset=dataset,
        strategy=strategy,
        model=model,
        key=run.key(names, both),
        seconds=float(f"{seconds:.3g}") if seconds else None,
        memory_bytes=max(cell.memory_bytes for cell in computed),
        scores=_nested(cells, both),
        again=_nested(others, both),
    )


def _nested(cells: Mapping[FoldNumber, Measured], both: list[FoldNumber]) -> Scores:
    """Scores as a list for each repeat."""
    repeats = range(1 + max(repeat for repeat, _ in cells))
    return tuple(
        tuple(
            cells[r, f].value if (r, f) in both else None for r, f in sorted(cells) if r == repeat
        )
        for repeat in repeats
    )


def write(text: str, path: Path) -> None:
    """Write the file whole, or leave the one that is there. Raises BenchmarkError."""
    part = refuse_unwritable(path)
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def refuse_unwritable(path: Path) -> Path:
    """Raise BenchmarkError where a baseline cannot be written; return the file it grows in."""
    part = Path(f"{path}.part")
    try:
        if path.is_dir():
            raise IsADirectoryError("it is a folder")
        if path.exists() and not path.is_file():
            raise FileExistsError("it is a device or a pipe")  # and would be replaced by a file
        path.parent.mkdir(parents=True, exist_ok=True)
        part.touch()
    except OSError as error:
        raise BenchmarkError(f"baseline {str(path)!r} cannot be written: {error}") from error
    return part


def read(path: Path, suite: str) -> Baseline:
    """Read the baseline of a suite; raises BenchmarkError with one line for whatever is wrong."""
    named = f"baseline {str(path)!r}"
    if not path.exists():
        raise BenchmarkError(f"there is no {named}; make one with: python -m benchmark baseline")
    try:
        text = textfile.read(path, MOST_BYTES)
        data: Any = json.loads(text)
    except textfile.UnreadableError as error:
        raise BenchmarkError(f"{named} {error}; {AGAIN}") from error
    except (ValueError, RecursionError) as error:
        raise BenchmarkError(f"{named} is not whole JSON ({error}); {AGAIN}") from error
    found = data.get("format") if isinstance(data, dict) else None
    if type(found) is not int or found < 1:
        raise BenchmarkError(f"{named} is no baseline: it has no format; {AGAIN}")
    if found > FORMAT:
        raise BenchmarkError(f"{named} has format {found}; this version reads up to {FORMAT}")
    try:
        made = Baseline.model_validate_json(text)
    except BenchmarkError as error:
        raise BenchmarkError(f"{named}: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "it"
        raise BenchmarkError(f"{named} is damaged: {place}: {first['msg']}; {AGAIN}") from error
    if made.of.suite != suite:
        raise BenchmarkError(f"{named} is of suite {made.of.suite!r}, and this is {suite!r}")
    return made
