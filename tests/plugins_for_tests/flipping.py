"""SMOTE that can be broken: it gives a share of its synthetic rows the wrong label."""

import numpy as np
from imblearn.over_sampling import SMOTE
from sklearn.base import BaseEstimator

from benchmark.catalogue.registry import strategy
from benchmark.catalogue.resampling import Resampled

SHARE = 0.0
FAILS = False


class Flipping(BaseEstimator):
    """SMOTE, then flipped labels."""

    def __init__(self, share=0.0, random_state=None):
        self.share = share
        self.random_state = random_state

    def fit_resample(self, X, y):
        if FAILS:
            raise ValueError("it is broken")
        X_more, y_more = SMOTE(random_state=self.random_state).fit_resample(X, y)
        synthetic = np.arange(len(y), len(y_more))
        count = int(self.share * len(synthetic))
        flipped = np.random.default_rng(self.random_state).choice(synthetic, count, replace=False)
        y_more[flipped] = 1 - y_more[flipped]
        return X_more, y_more


@strategy("flipping", level="data", equalises=True)
def flipping(classifier, space, task):
    """SMOTE that can be broken."""
    return Resampled(Flipping(SHARE, task.seed), classifier)
