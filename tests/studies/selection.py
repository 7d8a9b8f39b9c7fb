"""What the best of many equal pairs seems to be worth: 100 pairs on one dataset, none better.

python tests/studies/selection.py  → results/published/selection.md
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binom, norm

from benchmark.analysis.selection import Selected, selection_corrected
from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.metrics.label import f_beta
from benchmark.types import Floats

PUBLISHED = Path(__file__).parents[2] / "results" / "published" / "selection.md"
FOLDS, POSITIVES, NEGATIVES = 5, 10, 90  # a fold holds 10 positives and 90 negatives
FOUND, ALARMED = 0.7, 0.1  # share of positives found, and of negatives taken for positives
REPETITIONS = 4_000
PAIRS = (1, 10, 100)
ALIKE = (0.0, 0.5, 0.9)
HEAD = f"""# What the best of many equal pairs seems to be worth

Made by `python tests/studies/selection.py`.

A dataset has {FOLDS} folds of {POSITIVES} positives and {NEGATIVES} negatives. Every pair finds
a positive with probability {FOUND} and takes a negative for one with probability {ALARMED}, so no
pair is better than another, and the true mean of F2 over folds is known: {{truth:.4f}}. Pairs that
are alike find the same rows easy: the column is the correlation of what lies behind two pairs'
decisions on a row.

The raw maximum is the best mean over the folds. The selection-corrected score takes, in each fold,
the F2 of the pair that is best on the rows of the other folds. Bias is the mean over
{REPETITIONS:,} datasets less the true value, with its standard error in parentheses.

| pairs | alike | bias of the raw maximum | bias of the selection-corrected score |
|---:|---:|---:|---:|
"""


@dataclass(frozen=True)
class Bias:
    """Errors of both scores over the repetitions, shape (repetitions,)."""

    raw: Floats
    corrected: Floats


def true_f2() -> float:
    """The expected F2 of a fold, over all counts that its decisions can have."""
    tp, fp = np.meshgrid(np.arange(POSITIVES + 1), np.arange(NEGATIVES + 1), indexing="ij")
    chance = binom.pmf(tp, POSITIVES, FOUND) * binom.pmf(fp, NEGATIVES, ALARMED)
    return float((chance * f2(tp, fp, 1)).sum())


def f2(tp: Floats, fp: Floats, folds: int) -> Floats:
    """F2 of decisions on so many folds."""
    positives, negatives = folds * POSITIVES, folds * NEGATIVES
    return f_beta(Confusion.binary(tp, fp, positives - tp, negatives - fp), beta=2)


def decided(
    rows: int, share: float, pairs: int, alike: float, random: np.random.Generator
) -> Floats:
    """How many of a fold's rows are decided positive, shape (folds, pairs)."""
    shared = random.normal(size=(FOLDS, rows, 1)) * np.sqrt(alike)
    own = random.normal(size=(FOLDS, rows, pairs)) * np.sqrt(1 - alike)
    return np.asarray((shared + own < norm.ppf(share)).sum(axis=1), dtype=np.float64)


def simulate(pairs: int, alike: float, repetitions: int, seed: int) -> Bias:
    """Cross-validate equal pairs on new datasets, again and again."""
    random = np.random.default_rng(seed)
    truth = true_f2()
    errors = []
    for _ in range(repetitions):
        tp = decided(POSITIVES, FOUND, pairs, alike, random)
        fp = decided(NEGATIVES, ALARMED, pairs, alike, random)
        outer = f2(tp, fp, 1)
        inner = f2(tp.sum(axis=0) - tp, fp.sum(axis=0) - fp, FOLDS - 1)
        found = selection_corrected(pd.DataFrame(inner), pd.DataFrame(outer))
        assert isinstance(found, Selected)
        errors.append((found.optimistic - truth, found.mean - truth))
    return Bias(*np.array(errors).T)


def standard_error(errors: Floats) -> float:
    """Of their mean."""
    return float(errors.std(ddof=1) / np.sqrt(len(errors)))


def line(pairs: int, alike: float, bias: Bias) -> str:
    """A row of the table."""
    said = [f"{e.mean():+.4f} ({standard_error(e):.4f})" for e in (bias.raw, bias.corrected)]
    return f"| {pairs} | {alike:.1f} | {' | '.join(said)} |\n"


if __name__ == "__main__":
    settings = [(pairs, alike) for pairs in PAIRS for alike in ALIKE if pairs > 1 or not alike]
    lines = [line(*each, simulate(*each, REPETITIONS, seed)) for seed, each in enumerate(settings)]
    PUBLISHED.write_text(HEAD.format(truth=true_f2()) + "".join(lines), encoding="utf-8")
    print(PUBLISHED.read_text(encoding="utf-8"))
