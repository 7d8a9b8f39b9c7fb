"""Plain library code for weights, calibration and boosters, for test_reference."""

from collections.abc import Callable
from typing import Any

from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import RandomUnderSampler
from lightgbm import LGBMClassifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, GradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier


def calibrated(seed: int, method: str, *steps: Any) -> CalibratedClassifierCV:
    """Calibrate resampling and model together, with one fit on all rows."""
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    return CalibratedClassifierCV(make_pipeline(*steps), method=method, cv=folds, ensemble=False)


def lightgbm(seed: int, **settings: Any) -> LGBMClassifier:
    return LGBMClassifier(n_jobs=1, verbosity=-1, random_state=seed, **settings)


# strategy and model → the steps, given the seed of the sampler and the seed of the model
PLAIN: dict[tuple[str, str], Callable[[int, int], list[Any]]] = {
    ("none", "adaboost"): lambda s, m: [
        AdaBoostClassifier(DecisionTreeClassifier(max_depth=1), random_state=m)
    ],
    ("none", "bagged_trees"): lambda s, m: [
        BaggingClassifier(DecisionTreeClassifier(), random_state=m)
    ],
    ("none", "gradient_boosting"): lambda s, m: [GradientBoostingClassifier(random_state=m)],
    ("none", "lightgbm"): lambda s, m: [lightgbm(m)],
    ("none", "linear_svm"): lambda s, m: [LinearSVC(random_state=m)],
    ("none", "multilayer_perceptron"): lambda s, m: [MLPClassifier(random_state=m)],
    ("class_weight", "lightgbm"): lambda s, m: [lightgbm(m, class_weight="balanced")],
    ("sigmoid_calibration+smote", "decision_tree"): lambda s, m: [
        calibrated(s, "sigmoid", SMOTE(random_state=s), DecisionTreeClassifier(random_state=m))
    ],
    ("isotonic_calibration+random_undersampling", "lightgbm"): lambda s, m: [
        calibrated(s, "isotonic", RandomUnderSampler(random_state=s), lightgbm(m))
    ],
    ("isotonic_calibration", "decision_tree"): lambda s, m: [
        calibrated(s, "isotonic", DecisionTreeClassifier(random_state=m))
    ],
}  # fmt: skip
CHECKED = {  # against closed forms and other code in the test of their module
    "catboost",  # which takes categories as they are
    "class_balanced_focal_loss",
    "cost_sensitive",
    "effective_number",
    "focal_loss",
    "prior_correction",
    "weight_exponent",
}
