"""What an invocation measured, cell by cell, as the gate needs it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmark.analysis.blocks import cells
from benchmark.journal.keys import MACHINE, digest
from benchmark.journal.rows import Row
from benchmark.journal.store import Journal
from benchmark.suite import Suite

Pair = tuple[str, str, str]
FoldNumber = tuple[int, int]
KEY = 16  # letters of a key that are kept
EARLIER = "was computed by an earlier invocation"


@dataclass(frozen=True)
class Measured:
    """One cell.

    Attributes:
        value: the headline metric at the leaderboard's threshold; None where there is none.
        trouble: why the cell does not count; empty where it does.
        seconds: of its fits and its resampling, in units of the machine's calibration.
    """

    value: float | None
    key: str
    trouble: str
    seconds: float | None
    memory_bytes: int


@dataclass(frozen=True)
class Run:
    """What the journal holds of a suite.

    Attributes:
        changed: parts of the suite that are no longer as they were run.
        invocation: the last one.
        environment: what computed the cells; several values are joined by commas.
        fingerprints: of each dataset.
        pairs: pair → repeat and fold → its cell; without what was computed elsewhere.
        skips: pair → why it cannot be.
    """

    suite: Suite
    changed: Sequence[str]
    invocation: str
    environment: Mapping[str, str]
    fingerprints: Mapping[str, str]
    pairs: Mapping[Pair, Mapping[FoldNumber, Measured]]
    skips: Mapping[Pair, str]

    @property
    def calibration_seconds(self) -> float | None:
        """How long the machine took for a fixed piece of work; None where that is not known."""
        return _seconds(self.environment)

    def key(self, pair: Pair, folds: Iterable[FoldNumber]) -> str:
        """What the scores of these folds of a pair were computed from."""
        return digest({"cells": [self.pairs[pair][fold].key for fold in sorted(folds)]})[:KEY]


def measured(journal: Journal, suite: Suite, changed: Sequence[str], *, earlier: bool) -> Run:
    """What a journal holds of the suite that it noted.

    Outcomes of invocations before the last one count if `earlier`.
    """
    last = journal.last_invocation()
    imported = {found.fit_key for found in journal.imports()}
    rows = [row for row in journal.rows() if row.fit_key not in imported]
    invocations = sorted({row.invocation for row in rows} - {""})
    known = {name: journal.environment(name) for name in invocations}
    table = cells(rows, suite)
    values = {
        (tuple(names), (repeat, fold)): value
        for *names, repeat, fold, value in table[
            ["dataset", "strategy", "model", "repeat", "fold", "value"]
        ].itertuples(index=False, name=None)
    }
    pairs: dict[Pair, dict[FoldNumber, Measured]] = {}
    for row in rows:
        fold = (row.cell.repeat, row.cell.fold)
        value = values.get((row.cell.pair, fold), np.nan)
        trouble = _trouble(row, suite, value, "" if earlier else last)
        seconds, memory = _costs(journal, row, known.get(row.invocation, {}))
        pairs.setdefault(row.cell.pair, {})[fold] = Measured(
            None if trouble else float(value), row.fit_key + row.score_key, trouble, seconds, memory
        )
    return Run(
        suite,
        changed,
        last,
        _joined(known.values()),
        {name: _fingerprint(facts) for name, facts in journal.fact("datasets").items()},
        pairs,
        {skip.pair: skip.reason for skip in journal.skips()},
    )


def _fingerprint(facts: Mapping[str, Any]) -> str:
    """What a dataset holds and, where its training parts are thinned, how much."""
    ratio = facts.get("tail_ratio")
    fingerprint: str = facts["fingerprint"]
    return fingerprint if ratio is None else digest({"of": fingerprint, "tail_ratio": ratio})


def _trouble(row: Row, suite: Suite, value: float, last: str) -> str:
    """Why a cell has no score that counts."""
    if row.status == "pending":
        return "was not computed"
    if row.status != "ok":
        return f"{row.status}: {row.error}" if row.error else row.status
    if last and row.invocation != last:
        return EARLIER
    if np.isnan(value):
        return f"has no {suite.headline}"
    return ""


def _costs(journal: Journal, row: Row, environment: Mapping[str, str]) -> tuple[float | None, int]:
    """Calibrated seconds of fitting, and peak memory."""
    outcome = journal.outcome(row.cell, row.fit_key, predictions=False)
    if outcome is None or outcome.status != "ok":
        return None, 0
    unit = _seconds(environment)
    seconds = sum(outcome.seconds.get(stage, 0.0) for stage in ("fit", "resample"))
    return seconds / unit if unit else None, outcome.memory_bytes


def _seconds(environment: Mapping[str, str]) -> float | None:
    values = [
        float(part) for part in environment.get("calibration_seconds", "").split(", ") if part
    ]
    return float(np.mean(values)) if values else None


def _joined(environments: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Each name with all of its values."""
    found: dict[str, dict[str, None]] = {}
    for environment in environments:
        for name, value in environment.items():
            found.setdefault(name, {})[value] = None
    return {name: ", ".join(sorted(values)) for name, values in sorted(found.items())}


def versions(environment: Mapping[str, str]) -> dict[str, str]:
    """Python and the libraries."""
    return {name: value for name, value in environment.items() if name not in MACHINE and value}


def processor(environment: Mapping[str, str]) -> tuple[str, ...]:
    """What the last bits of a score depend on besides versions."""
    return tuple(environment.get(name, "") for name in ("processor", "kernel", "libc"))
