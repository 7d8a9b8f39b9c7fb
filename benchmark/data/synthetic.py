"""Tables that are made to order, for tests and for questions that no real table answers."""

import numpy as np
import pandas as pd

from benchmark.data.card import Synthetic

DECIMALS = 6
WORDS = ("very low", "low", "middle", "high", "very high")


def table(asked: Synthetic) -> pd.DataFrame:
    """Gaussian clusters on the corners of a hypercube, with the column `target`.

    The same on every machine: the last bits of its matrix products, which depend on the processor,
    are rounded off.
    """
    from sklearn.datasets import make_classification

    others = (1 - asked.minority) / (asked.classes - 1)
    X, y = make_classification(
        n_samples=asked.rows,
        n_features=asked.columns,
        n_informative=asked.informative,
        n_redundant=min(asked.columns // 5, asked.columns - asked.informative),
        n_classes=asked.classes,
        n_clusters_per_class=asked.clusters,
        weights=[others] * (asked.classes - 1),
        flip_y=asked.label_noise,
        class_sep=max(2 - 2 * asked.overlap, 1e-12),  # zero itself is refused
        random_state=asked.seed,
    )
    X = X.round(DECIMALS) + 0.0  # there is one zero
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(asked.columns)])
    for name in frame.columns[asked.columns - asked.categorical :]:
        frame[name] = pd.qcut(frame[name], len(WORDS), labels=WORDS).astype(object)
    if asked.missing:
        drawn = np.random.default_rng(asked.seed).random(frame.shape)
        frame = frame.mask(drawn < asked.missing)
    return frame.assign(target=y)
