"""Boosting, plain and on balanced rows."""

from typing import Any

import numpy as np
from imblearn.ensemble import EasyEnsembleClassifier
from imblearn.over_sampling import SMOTE
from imblearn.under_sampling import RandomUnderSampler
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import has_fit_parameter

from benchmark.catalogue.committee import Committee, members, say
from benchmark.catalogue.registry import strategy
from benchmark.catalogue.resampling import balance
from benchmark.errors import Incompatible
from benchmark.space import Scope
from benchmark.types import Floats, Task

_EPSILON = np.finfo(np.float64).eps
_MOST = np.iinfo(np.int32).max


class Boosted(Committee):
    """AdaBoost.M2 (Freund and Schapire 1997); each round on rows that a sampler draws anew.

    With RandomUnderSampler this is RUSBoost (Seiffert et al. 2010), with SMOTE SMOTEBoost (Chawla
    et al. 2003). For two classes and members that only vote it is the AdaBoost of scikit-learn
    and the RUSBoost of imbalanced-learn, but for two things: weights have the mean 1, since a
    model's penalty outweighs rows whose weights sum to 1; and neither a member that is worse than
    chance, which counts as its opposite, nor a perfect one ends the boosting.

    Attributes:
        estimator_weights_: log(1 / beta) of each member.
    """

    def __init__(
        self,
        estimator: Any,
        n_estimators: int = 10,
        sampler: Any = None,
        random_state: int | None = None,
    ) -> None:
        super().__init__(estimator, n_estimators, random_state)
        self.sampler = sampler

    def fit(self, X: Any, y: Any) -> "Boosted":
        """Fit the members; `wrong` weighs each row's false labels, with a sum of 1 a row."""
        random = check_random_state(self.random_state)
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.estimator_, self.estimators_, weights = self.estimator, [], []
        truth = np.arange(len(self.classes_)) == codes[:, np.newaxis]
        wrong = ~truth / (len(self.classes_) - 1)
        for _ in range(self.n_estimators):
            member = self._make_estimator(random_state=random)
            row_weights = np.maximum(wrong.sum(axis=1), _EPSILON)
            X_drawn, y_drawn, drawn_weights = self._drawn(X, y, row_weights, random)
            member.fit(X_drawn, y_drawn, sample_weight=drawn_weights)
            given = say(member, X)
            loss = (1 - given[truth][:, np.newaxis] + given) / 2
            error = np.clip(np.sum(wrong * loss) / len(y), _EPSILON, 1 - _EPSILON)
            beta = error / (1 - error)
            weights.append(-np.log(beta))
            wrong = wrong * beta ** (1 - loss)
            wrong *= len(y) / wrong.sum()
        self.estimator_weights_ = np.array(weights)
        return self

    def _drawn(self, X: Any, y: Any, weights: Floats, random: Any) -> tuple[Any, Any, Floats]:
        """Rows, labels and weights of a round; synthetic rows weigh 1 (Galar et al. 2012)."""
        if self.sampler is None:
            return X, y, weights
        sampler = clone(self.sampler).set_params(random_state=random.randint(_MOST))
        X_drawn, y_drawn = sampler.fit_resample(X, y)
        if hasattr(sampler, "sample_indices_"):
            weights = weights[sampler.sample_indices_]
            return X_drawn, y_drawn, weights / weights.mean()
        return X_drawn, y_drawn, np.append(weights, np.ones(len(y_drawn) - len(y)))

    def shares(self, X: Any) -> Floats:
        """The weighted mean of the members; one with a negative weight votes for the others."""
        weights = self.estimator_weights_[:, np.newaxis, np.newaxis]
        given = np.array([say(member, X) for member in self.estimators_])
        heard = np.where(weights < 0, 1 - given, given)
        total = np.sum(np.maximum(np.abs(weights), _EPSILON) * heard, axis=0)
        return np.asarray(total / total.sum(axis=1, keepdims=True))


class Voter(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """A model that gives its label and nothing else."""

    def __init__(self, classifier: Any) -> None:
        self.classifier = classifier

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "Voter":
        """Fit a clone of the model."""
        self.classifier_ = clone(self.classifier).fit(X, y, sample_weight=sample_weight)
        self.classes_ = self.classifier_.classes_
        return self

    def predict(self, X: Any) -> Any:
        """Predict class codes."""
        return self.classifier_.predict(X)


def _heard(classifier: Any, space: Scope) -> Any:
    """The model as boosting hears it: with its probabilities, or by its vote alone."""
    voting = space.choice("voting", ["soft", "hard"], default="soft", tune=False)
    return Voter(classifier) if voting == "hard" else classifier


def _require_weights(classifier: Any) -> None:
    if not has_fit_parameter(classifier, "sample_weight"):
        name = type(classifier).__name__
        raise Incompatible(f"boosting weights the rows of each round, and {name} takes no weights")


@strategy("adaboost", level="hybrid", on="any", reference="10.1006/jcss.1997.1504")
def adaboost(classifier: Any, space: Scope, task: Task) -> Boosted:
    """Boost the model: each round weighs up the rows that the one before got wrong.

    The control for the boosted strategies: what it gains is due to boosting, not to balancing.
    For weak models, such as a decision tree with `max_depth: 4`; one that fits all its training
    rows leaves nothing to boost. `voting: hard` hears labels only, as scikit-learn's does. Costs
    one fit a round.
    """
    rounds, member = members(space), _heard(classifier, space)
    _require_weights(classifier)
    return Boosted(member, rounds, random_state=task.seed)


@strategy(
    "rus_boost",
    level="hybrid",
    on="any",
    needs_imbalance=True,
    reference="10.1109/TSMCA.2009.2029559",
)
def rus_boost(classifier: Any, space: Scope, task: Task) -> Boosted:
    """Boost the model, each round on all rare rows and as many common ones drawn anew.

    For weak models on large data. Compare it with `adaboost`. AdaBoost.M2 as published; for two
    classes `voting: hard` makes it imbalanced-learn's, and with `replacement: true`, which redraws
    the rare rows too, it is the one of imbalanced-ensemble. Costs one fit on few rows and one prediction of all a round.
    """
    rounds, member = members(space), _heard(classifier, space)
    replacement = space.choice("replacement", [False, True], default=False, tune=False)
    sampler = RandomUnderSampler(
        sampling_strategy=balance(space, over=False, every=replacement), replacement=replacement
    )
    _require_weights(classifier)
    return Boosted(member, rounds, sampler, task.seed)


@strategy(
    "smote_boost",
    level="hybrid",
    rows="made",
    needs_imbalance=True,
    reference="10.1007/978-3-540-39804-2_12",
)
def smote_boost(classifier: Any, space: Scope, task: Task) -> Boosted:
    """Boost the model, each round with other synthetic rare rows.

    For weak models where the rare class has little data. Compare it with `adaboost`, and with
    `smote` under the model `adaboost`, which makes synthetic rows once and boosts them like real
    ones (imbalanced-ensemble's SMOTEBoost). Costs one neighbour search among rare rows and one
    fit on many rows a round.
    """
    rounds, member = members(space), _heard(classifier, space)
    sampler = SMOTE(
        sampling_strategy=balance(space),
        k_neighbors=space.integer("k_neighbors", 1, 10, default=5),
    )
    _require_weights(classifier)
    return Boosted(member, rounds, sampler, task.seed)


@strategy(
    "easy_ensemble",
    level="hybrid",
    on="any",
    needs_imbalance=True,
    reference="10.1109/TSMCB.2008.2007853",
)
def easy_ensemble(classifier: Any, space: Scope, task: Task) -> EasyEnsembleClassifier:
    """Boost the model on all rare rows and as many common ones, and average over several draws.

    Uses more of the common class than one undersampling, with less bias than `under_bagging` when
    the model is weak. Boosts as `adaboost` does. imbalanced-ensemble thins bootstrap samples
    instead: `balanced_bagging` of the model `adaboost` with 10 rounds. Costs `rounds` fits on few
    rows a member.
    """
    member = _heard(classifier, space)
    ensemble = EasyEnsembleClassifier(
        n_estimators=members(space),
        estimator=Boosted(member, space.integer("rounds", 5, 50, default=10, tune=False)),
        sampling_strategy=balance(space, over=False),
        n_jobs=1,
        random_state=task.seed,
    )
    _require_weights(classifier)
    return ensemble
