"""Strategies that take the rare class for the anomaly."""

from typing import Any, Literal

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import IsolationForest
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import KFold
from sklearn.neighbors import LocalOutlierFactor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import OneClassSVM

from benchmark.catalogue.registry import strategy
from benchmark.catalogue.wrapper import Wrapper
from benchmark.errors import Incompatible
from benchmark.space import Scope
from benchmark.types import Floats, Task

TrainOn = Literal["majority", "all"]


def learnt(detector: Any, X: Any, y: Any, train_on: TrainOn) -> Any:
    """A clone of the detector, fitted on the rows of the largest class or on all rows."""
    rows = X if train_on == "all" else X[y == np.bincount(y).argmax()]
    return clone(detector).fit(rows)


def strangeness(detector: Any, X: Any) -> Floats:
    """How little rows resemble what a fitted detector has seen, shape (rows,); high is strange."""
    scores: Floats = -np.asarray(detector.score_samples(X), dtype=np.float64)
    return scores


def out_of_fold(detector: Any, X: Any, y: Any, train_on: TrainOn, folds: KFold) -> Floats:
    """The strangeness of each row to a detector that has not seen it.

    A detector finds the rows that it learnt too familiar: local outlier factor counts a row as
    its own neighbour.
    """
    scores = np.empty(len(X))
    for fit, kept in folds.split(X):
        scores[kept] = strangeness(learnt(detector, X[fit], y[fit], train_on), X[kept])
    return scores


class ScaledOneClassSVM(OneClassSVM):  # type: ignore[misc]  # scikit-learn is untyped
    """Scores by weights of support vectors that add up to 1, as in Schölkopf et al. (2001).

    scikit-learn's add up to nu times the rows, so no two fits share a scale.
    """

    def score_samples(self, X: Any) -> Floats:
        """Mean similarity to the support vectors, shape (rows,)."""
        scores: Floats = super().score_samples(X) / self.dual_coef_.sum()
        return scores


class RareAsAnomaly(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Calls the rows positive that a detector finds strangest: as many as are positive.

    Attributes:
        threshold_: the strangeness above which the training rows' share of positives lies.
    """

    def __init__(
        self,
        detector: Any,
        train_on: TrainOn = "majority",
        folds: int = 5,
        random_state: int | None = None,
    ) -> None:
        self.detector = detector
        self.train_on = train_on
        self.folds = folds
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> "RareAsAnomaly":
        """Fit the detector; its threshold comes from out-of-fold scores."""
        folds = KFold(self.folds, shuffle=True, random_state=self.random_state)
        scores = out_of_fold(self.detector, X, y, self.train_on, folds)
        self.threshold_ = float(np.quantile(scores, 1 - np.mean(y == 1)))
        self.detector_ = learnt(self.detector, X, y, self.train_on)
        self.classes_ = np.array([0, 1])
        return self

    def decision_function(self, X: Any) -> Floats:
        """Strangeness above the threshold."""
        return strangeness(self.detector_, X) - self.threshold_

    def predict(self, X: Any) -> Any:
        """Predict class codes."""
        return self.classes_[(self.decision_function(X) > 0).astype(int)]


class AnomalyFeatures(Wrapper):
    """Fits a classifier on rows with their anomaly scores as further columns.

    The scores of training rows are out of fold, those of new rows come from detectors that were
    fitted on all training rows, as in stacking (Wolpert, 1992); they are standardised, because
    the detectors have no common unit.
    """

    changes_scores = True

    def __init__(
        self,
        detectors: Any,
        classifier: Any,
        train_on: TrainOn = "all",
        folds: int = 5,
        random_state: int | None = None,
    ) -> None:
        super().__init__(classifier)
        self.detectors = detectors
        self.train_on = train_on
        self.folds = folds
        self.random_state = random_state

    def fit(self, X: Any, y: Any, row_weights: Any = None) -> "AnomalyFeatures":
        """Fit the detectors, then the classifier; rows keep their weights."""
        folds = KFold(self.folds, shuffle=True, random_state=self.random_state)
        seen = [out_of_fold(d, X, y, self.train_on, folds) for d in self.detectors]
        self.detectors_ = [learnt(d, X, y, self.train_on) for d in self.detectors]
        self.scaler_ = StandardScaler()
        columns = self.scaler_.fit_transform(np.column_stack(seen))
        self.fit_classifier(np.hstack([X, columns]), y, row_weights)
        return self

    def seen(self, X: Any) -> Any:
        """Rows with their anomaly scores."""
        scores = [strangeness(detector, X) for detector in self.detectors_]
        return np.hstack([X, self.scaler_.transform(np.column_stack(scores))])


def _rare_as_anomaly(detector: Any, space: Scope, task: Task, default: TrainOn) -> RareAsAnomaly:
    train_on = space.choice("train_on", ["majority", "all"], default=default)
    rest, positives = task.class_counts[0], task.class_counts[1]
    if positives > rest:
        raise Incompatible(
            f"an anomaly is rare, and {positives} of {rest + positives} rows are positive"
        )
    return RareAsAnomaly(detector, train_on, random_state=task.seed)


@strategy(
    "isolation_forest",
    level="hybrid",
    replaces_model=True,
    two_classes=True,
    reference="10.1109/ICDM.2008.17",
)
def isolation_forest(classifier: Any, space: Scope, task: Task) -> RareAsAnomaly:
    """Rows that random cuts set apart early are positive.

    Brings its own model. For rare rows that lie outside the common ones, and when new kinds of
    them must be expected; labels only set the threshold unless it trains on the majority. Costs
    six forests.
    """
    detector = IsolationForest(
        n_estimators=space.integer("n_estimators", 10, 500, default=100, tune=False),
        max_samples=space.choice("max_samples", ["auto", 64, 1.0], default="auto"),
        max_features=space.real("max_features", 0.1, 1.0, default=1.0),
        n_jobs=1,
        random_state=task.seed,
    )
    return _rare_as_anomaly(detector, space, task, "all")


@strategy(
    "one_class_svm",
    level="hybrid",
    replaces_model=True,
    two_classes=True,
    quadratic=True,
    reference="10.1162/089976601750264965",
)
def one_class_svm(classifier: Any, space: Scope, task: Task) -> RareAsAnomaly:
    """Rows outside a smooth border around the common class are positive.

    Brings its own model. For a common class in a few regions of scaled columns. Costs the square
    of the rows, six times: below ten thousand rows.
    """
    detector = ScaledOneClassSVM(
        nu=space.real("nu", 0.01, 0.9, default=0.5, log=True),
        gamma=space.choice("gamma", ["scale", "auto", 0.01, 0.1, 1.0], default="scale"),
    )
    return _rare_as_anomaly(detector, space, task, "majority")


@strategy(
    "local_outlier_factor",
    level="hybrid",
    replaces_model=True,
    two_classes=True,
    quadratic=True,
    reference="10.1145/342009.335388",
)
def local_outlier_factor(classifier: Any, space: Scope, task: Task) -> RareAsAnomaly:
    """Rows in emptier places than their neighbours are positive.

    Brings its own model. For a common class of regions with different densities. Costs a
    neighbour search among all rows, six times.
    """
    detector = LocalOutlierFactor(
        n_neighbors=space.integer("n_neighbors", 5, 100, default=20, log=True),
        novelty=True,
        n_jobs=1,
    )
    return _rare_as_anomaly(detector, space, task, "majority")


@strategy(
    "gaussian_mixture",
    level="hybrid",
    replaces_model=True,
    two_classes=True,
    reference="10.1049/ip-vis:19941330",
)
def gaussian_mixture(classifier: Any, space: Scope, task: Task) -> RareAsAnomaly:
    """Rows where a mixture of Gaussians finds few common rows are positive.

    Brings its own model. For few columns with bell shapes; one-hot columns are none. Costs
    little; the full covariances grow with the square of the columns.
    """
    detector = GaussianMixture(
        n_components=space.integer("n_components", 1, 10, default=1),
        covariance_type=space.choice(
            "covariance_type", ["full", "tied", "diag", "spherical"], default="full"
        ),
        reg_covar=space.real("reg_covar", 1e-6, 1e-1, default=1e-6, log=True),
        random_state=task.seed,
    )
    return _rare_as_anomaly(detector, space, task, "majority")


@strategy(
    "anomaly_features",
    level="hybrid",
    rows="kept",
    quadratic=True,
    reference="10.1109/IJCNN.2018.8489605",
)
def anomaly_features(classifier: Any, space: Scope, task: Task) -> AnomalyFeatures:
    """Add anomaly scores of detectors as columns for the model (XGBOD).

    For trees above all, which cannot make such a column themselves. Which detectors take part
    is fixed by their names. Unlike the paper's, the scores of training rows are out of fold.
    Costs six fits of each detector.
    """
    trees = space.integer("n_estimators", 10, 500, default=100, tune=False)
    detectors = {
        "isolation_forest": IsolationForest(n_estimators=trees, n_jobs=1, random_state=task.seed),
        "local_outlier_factor": LocalOutlierFactor(novelty=True, n_jobs=1),
        "gaussian_mixture": GaussianMixture(random_state=task.seed),
        "one_class_svm": ScaledOneClassSVM(),
    }
    cheap = detectors.keys() - {"one_class_svm"}
    wanted = [
        detector
        for name, detector in detectors.items()
        if space.choice(name, [True, False], default=name in cheap, tune=False)
    ]
    train_on = space.choice("train_on", ["all", "majority"], default="all")
    if not wanted:
        raise Incompatible("anomaly_features needs at least 1 detector")
    return AnomalyFeatures(wanted, classifier, train_on, random_state=task.seed)
