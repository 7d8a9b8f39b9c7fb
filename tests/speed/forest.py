"""Times our forests against scikit-learn's, fit by fit; `python tests/speed/forest.py`.

A hundred trees on tables of 20 numbers with a tenth of positives, on one thread; the quickest of
five fits of each, in turns. The trees and their predictions are compared too.
"""

import time
from typing import Any

import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from benchmark.catalogue.quick_forest import QuickExtraTrees, QuickRandomForest
from benchmark.engine.backends import machine

ROWS = (100, 300, 1_000, 3_000, 10_000)
PAIRS = (
    ("random_forest", RandomForestClassifier, QuickRandomForest),
    ("extra_trees", ExtraTreesClassifier, QuickExtraTrees),
)
TURNS = 5


def seconds(forest: Any, X: Any, y: Any) -> float:
    """Of one fit."""
    started = time.perf_counter()
    forest.fit(X, y)
    return time.perf_counter() - started


def main() -> None:
    """Print a table."""
    print(f"100 trees, 20 columns; {machine.description()['processor']}\n")
    print("| model | rows | scikit-learn, seconds | ours, seconds | times faster |")
    print("|---|---:|---:|---:|---:|")
    for name, theirs, ours in PAIRS:
        for rows in ROWS:
            X, y = make_classification(rows, 20, n_informative=10, weights=[0.9], random_state=1)
            forests = [made(100, n_jobs=1, random_state=1) for made in (theirs, ours)]
            turns = [[seconds(forest, X, y) for forest in forests] for _ in range(TURNS)]
            library, quick = np.min(turns, axis=0)
            one, other = (forest.predict_proba(X) for forest in forests)
            assert np.array_equal(one, other), (name, rows)
            ratio = library / quick
            print(f"| {name} | {rows:,} | {library:.3f} | {quick:.3f} | {ratio:.2f} |", flush=True)


if __name__ == "__main__":
    main()
