"""Linear models and discriminants."""

from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from benchmark.catalogue.registry import model
from benchmark.space import Scope
from benchmark.types import Task


@model("logistic_regression", reference="Cox, JRSS B 20(2), 1958")
def logistic_regression(space: Scope, task: Task) -> LogisticRegression:
    """Linear log-odds with an L2 penalty; the first model to try.

    Milliseconds on thousands of rows, and well calibrated while nothing resamples or weights.
    """
    return LogisticRegression(
        C=space.real("C", 1e-3, 1e3, default=1.0, log=True),
        solver=space.choice("solver", ["lbfgs", "liblinear"], default="lbfgs", tune=False),
        max_iter=space.integer("max_iter", 100, 10_000, default=100, tune=False),
        random_state=task.seed,
    )


@model("ridge", reference="10.1080/00401706.1970.10488634")
def ridge(space: Scope, task: Task) -> RidgeClassifier:
    """Least squares on the labels -1 and 1; gives decision values, no probabilities.

    As fast as logistic regression and steadier when columns outnumber rows.
    """
    return RidgeClassifier(
        alpha=space.real("alpha", 1e-3, 1e3, default=1.0, log=True), random_state=task.seed
    )


@model("linear_svm", reference="10.1145/1390681.1442794")
def linear_svm(space: Scope, task: Task) -> LinearSVC:
    """A plane with the widest margin; gives decision values, no probabilities.

    For many columns and many rows, where `svc` is too slow. Milliseconds on thousands of
    scaled rows; raise `max_iter` where it says that it did not converge.
    """
    return LinearSVC(
        C=space.real("C", 1e-3, 1e3, default=1.0, log=True),
        max_iter=space.integer("max_iter", 1000, 100_000, default=1000, tune=False),
        random_state=task.seed,
    )


@model("linear_discriminant_analysis", reference="10.1111/j.1469-1809.1936.tb02137.x")
def linear_discriminant_analysis(space: Scope, task: Task) -> LinearDiscriminantAnalysis:
    """One Gaussian a class with a shared covariance; no weights, so only resampling helps it.

    Nothing to tune; cubic in the number of columns.
    """
    return LinearDiscriminantAnalysis()


@model("gaussian_naive_bayes", reference="10.1023/A:1007413511361")
def gaussian_naive_bayes(space: Scope, task: Task) -> GaussianNB:
    """Independent Gaussians; instant, ranks well, its probabilities are far too sure.

    For few rows and columns that say different things; judge it by corrected probabilities.
    """
    smoothing = space.real("var_smoothing", 1e-12, 1e-1, default=1e-9, log=True)
    return GaussianNB(var_smoothing=smoothing)
