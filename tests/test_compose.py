"""Names become pipelines: composites, import paths, fixed parameters."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from contracts import built, clouds
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.under_sampling import TomekLinks
from sklearn.ensemble import BaggingClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestCentroid

from benchmark.catalogue import compose
from benchmark.catalogue.registry import STRATEGIES, strategy
from benchmark.catalogue.resampling import Resampled
from benchmark.errors import BenchmarkError, Incompatible
from benchmark.space import Defaults
from benchmark.types import Task

SAMPLER_TASK = Task(seed=11, class_counts=(110, 40), n_columns=4)
MODEL_TASK = Task(seed=22, class_counts=(110, 40), n_columns=4)


def build(strategy: str, model: str, fixed: dict[str, Any] | None = None) -> Any:
    return compose.build(strategy, model, Defaults(fixed), SAMPLER_TASK, MODEL_TASK)


def test_a_composite_wraps_from_the_inside_out_right_to_left() -> None:
    classifier = build("smote+tomek_links+class_weight", "logistic_regression")

    assert isinstance(classifier.sampler, SMOTE)
    assert isinstance(classifier.classifier.sampler, TomekLinks)
    assert isinstance(classifier.classifier.classifier, LogisticRegression)
    assert classifier.classifier.classifier.class_weight == "balanced"


def test_sampler_and_model_have_seeds_of_their_own() -> None:
    classifier = build("smote", "random_forest")

    assert classifier.sampler.random_state == 11
    assert classifier.classifier.random_state == 22


def test_a_part_of_a_composite_has_parameters_under_its_own_name() -> None:
    fixed = compose.fixed(
        {"smote": {"k_neighbors": 2}, "edited_nearest_neighbours.n_neighbors": 4}, {"C": 9}
    )

    classifier = build("smote+edited_nearest_neighbours", "logistic_regression", fixed)

    assert classifier.sampler.k_neighbors == 2
    assert classifier.classifier.sampler.n_neighbors == 4
    assert classifier.classifier.classifier.C == 9.0


def test_a_strategy_that_brings_its_own_model_is_built_without_one() -> None:
    classifier = build("smote+balanced_random_forest", "own")

    assert type(classifier.classifier).__name__ == "BalancedRandomForestClassifier"
    assert compose.replaces_model("smote+balanced_random_forest")
    assert not compose.replaces_model("smote+class_weight")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("smoot", "unknown strategy 'smoot'. Did you mean 'smote'?"),
        ("smote+", "unknown strategy ''; known: "),
        ("none+smote", "'none+smote': 'none' does nothing in a combination"),
        ("smote+none", "'smote+none': 'none' does nothing in a combination"),
        ("smote+smote", "'smote+smote': 'smote' is there twice"),
        ("smote+tomek_links+smote", "'smote+tomek_links+smote': 'smote' is there twice"),
        (
            "balanced_random_forest+smote",
            "'balanced_random_forest+smote': 'balanced_random_forest' brings its own model, "
            "so it comes last",
        ),
        (
            "class_weight + smote",
            "'class_weight + smote': algorithm level 'class_weight' cannot wrap data level "
            "'smote'; write smote+class_weight",
        ),
    ],
)
def test_a_combination_that_makes_no_sense_is_refused(name: str, text: str) -> None:
    with pytest.raises(BenchmarkError) as caught:
        compose.strategies(name)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize(
    "name",
    [
        "class_weight+balanced_batches",
        "class_weight+ldam_drw",
        "class_weight+classifier_retraining",
        "balanced_batches+balanced_softmax",
        "balanced_softmax+logit_adjustment_afterwards",
        "classifier_retraining+logit_adjustment_afterwards",
        "smote+effective_number+class_weight",
    ],
)
def test_making_up_for_the_sizes_of_classes_twice_is_refused(name: str) -> None:
    with pytest.raises(BenchmarkError, match="both make up for the sizes of the classes"):
        compose.strategies(name)


@pytest.mark.parametrize(
    "name",
    ["classifier_retraining+balanced_softmax", "smote+class_weight", "class_weight+focal_loss"],
)
def test_making_up_for_them_once_or_in_part_is_not(name: str) -> None:
    assert len(compose.strategies(name)) == 2


@pytest.mark.parametrize("outer", ["one_vs_rest", "one_vs_one", "majority_clusters"])
def test_what_knows_classes_by_their_code_is_refused_inside_what_makes_others(outer: str) -> None:
    with pytest.raises(BenchmarkError, match=f"inside '{outer}' a model learns other classes"):
        compose.strategies(f"{outer}+cost_sensitive")


def test_a_decision_wraps_data_which_wraps_an_algorithm() -> None:
    strategy("shift", level="decision")(lambda classifier, space, task: classifier)
    try:
        names = [part.name for part in compose.strategies("shift+smote+class_weight")]
        with pytest.raises(BenchmarkError, match=r"data level 'smote' cannot wrap decision level"):
            compose.strategies("smote+shift")
    finally:
        STRATEGIES.forget("shift")

    assert names == ["shift", "smote", "class_weight"]


@pytest.mark.parametrize(
    ("name", "params", "tuned"),
    [
        ("smote+class_weight", {"smote.balance": 0.5}, False),
        ("smote+class_weight", {"smote": {"balance": 0.5}}, True),
        ("smote+class_weight", {}, True),
        ("tomek_links+class_weight", {}, False),
        ("instance_hardness_threshold+class_weight", {}, False),
        ("smote+tomek_links", {}, False),
        ("smote", {}, False),
    ],
)
def test_weights_after_a_sampler_that_leaves_some_imbalance_are_accepted(
    name: str, params: dict[str, Any], tuned: bool
) -> None:
    compose.check("strategies", name, params, tuned=tuned)


@pytest.mark.parametrize(
    ("params", "tuned"), [({}, False), ({"smote.balance": 1}, False), ({"smote.balance": 1}, True)]
)
def test_weights_on_equal_classes_do_nothing_and_are_refused(
    params: dict[str, Any], tuned: bool
) -> None:
    with pytest.raises(BenchmarkError) as caught:
        compose.check("strategies", "smote+class_weight", params, tuned=tuned)
    assert str(caught.value) == (
        "'smote+class_weight': 'smote' makes the classes equal, so 'class_weight' does nothing; "
        "set params {smote.balance: 0.5} or tune"
    )


def test_weights_on_equal_classes_change_no_score() -> None:
    dataset = clouds(rows=100, positives=50)
    X, y = dataset.X.to_numpy(), dataset.y

    plain, weighted = (
        build(name, "xgboost").fit(X, y).predict_proba(X) for name in ("none", "class_weight")
    )

    assert np.array_equal(plain, weighted)


@pytest.mark.parametrize(
    ("kind", "name", "params", "text"),
    [
        ("models", "svc", {"gama": 1.0}, "unknown parameter 'gama'. Did you mean 'gamma'?"),
        (
            "models",
            "svc",
            {"C": "big"},
            "parameter 'C' is 'big'; allowed: a number, usually 0.01 to 1000 (log)",
        ),
        ("strategies", "smote", {"k": 3}, "unknown parameter 'k'; known: balance, k_neighbors"),
        (
            "strategies",
            "smote+class_weight",
            {"balance": 0.5},
            "unknown parameter 'balance'. Did you mean 'smote.balance'?",
        ),
        (
            "strategies",
            "smote",
            {"k_neighbors": 2.5},
            "parameter 'k_neighbors' is 2.5; allowed: a whole number, usually 1 to 10",
        ),
        ("models", "svm", {}, "unknown model 'svm'. Did you mean 'svc'?"),
    ],
)
def test_a_wrong_parameter_is_refused_with_what_is_allowed(
    kind: str, name: str, params: dict[str, Any], text: str
) -> None:
    with pytest.raises(BenchmarkError) as caught:
        compose.check(kind, name, params, tuned=True)
    assert str(caught.value) == text


def test_right_parameters_of_a_model_are_accepted() -> None:
    compose.check("models", "svc", {"C": 3, "gamma": "auto"}, tuned=False)

    assert [p.name for p in compose.parameters("models", "svc")] == ["model.C", "model.gamma"]


@pytest.mark.parametrize("model", ["linear_discriminant_analysis", "k_nearest_neighbors"])
def test_class_weights_for_a_model_that_takes_none_are_incompatible(model: str) -> None:
    with pytest.raises(Incompatible, match=r"takes neither class weights nor row weights"):
        build("class_weight", model)


def test_a_class_with_fit_resample_is_a_sampler_with_the_samplers_seed() -> None:
    fixed = compose.fixed({"shrinkage": 0.5}, {})

    classifier = build("imblearn.over_sampling:RandomOverSampler", "logistic_regression", fixed)

    assert isinstance(classifier, Resampled)
    assert isinstance(classifier.sampler, RandomOverSampler)
    assert (classifier.sampler.shrinkage, classifier.sampler.random_state) == (0.5, 11)
    assert compose.strategies("imblearn.over_sampling:RandomOverSampler")[0].level == "data"


def test_an_imported_sampler_scores_as_the_registered_one() -> None:
    dataset = clouds()
    X, y = dataset.X.to_numpy(), dataset.y

    one, two = (
        build(name, "decision_tree").fit(X, y).predict_proba(X)
        for name in ("random_oversampling", "imblearn.over_sampling:RandomOverSampler")
    )

    assert np.array_equal(one, two)


def test_a_class_that_takes_an_estimator_is_an_ensemble_of_the_model() -> None:
    classifier = build("sklearn.ensemble:BaggingClassifier", "logistic_regression")

    assert isinstance(classifier, BaggingClassifier)
    assert isinstance(classifier.estimator, LogisticRegression)
    assert not compose.replaces_model("sklearn.ensemble:BaggingClassifier")


def test_any_other_class_with_predict_brings_its_own_model() -> None:
    path = "sklearn.ensemble:HistGradientBoostingClassifier"

    classifier = build(path, "own", {"strategy.max_iter": 7})

    assert isinstance(classifier, HistGradientBoostingClassifier)
    assert (classifier.max_iter, classifier.random_state) == (7, 11)
    assert compose.replaces_model(path)


def test_a_class_with_predict_is_a_model() -> None:
    fixed = compose.fixed({}, {"shrink_threshold": 0.1})

    classifier = build("none", "sklearn.neighbors:NearestCentroid", fixed)

    assert isinstance(classifier, NearestCentroid)
    assert classifier.shrink_threshold == 0.1
    compose.check(
        "models", "sklearn.neighbors:NearestCentroid", {"metric": "euclidean"}, tuned=True
    )


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("nowhere:Model", "cannot be imported: No module named 'nowhere'"),
        ("sklearn.svm:No", "cannot be imported: module 'sklearn.svm' has no attribute 'No'"),
        (":Model", "cannot be imported: Empty module name"),
        (".near:Model", "cannot be imported: the 'package' argument is required"),
        ("broken_on_purpose:Model", "cannot be imported: division by zero"),
        ("sklearn.base:clone", "is <function clone at"),
    ],
)
@pytest.mark.parametrize("kind", ["models", "strategies"])
def test_an_import_path_that_names_nothing_usable_is_refused(
    kind: str, path: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_on_purpose.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(BenchmarkError) as caught:
        compose.check(kind, path, {}, tuned=False)
    assert str(caught.value).startswith(f"import path {path!r} {reason}")


@pytest.mark.parametrize(
    ("kind", "lack"),
    [
        ("models", "has no predict, so it is no model"),
        ("strategies", "has neither fit_resample nor predict, so it is no strategy"),
    ],
)
def test_a_class_that_cannot_do_what_is_asked_of_it_is_refused(kind: str, lack: str) -> None:
    with pytest.raises(BenchmarkError) as caught:
        compose.check(kind, "sklearn.preprocessing:Binarizer", {}, tuned=False)
    assert str(caught.value) == f"'sklearn.preprocessing:Binarizer' {lack}"


def test_a_parameter_that_an_imported_class_does_not_take_is_refused() -> None:
    with pytest.raises(BenchmarkError) as caught:
        compose.check("models", "sklearn.svm:LinearSVC", {"gamma": 1}, tuned=False)
    assert str(caught.value) == (
        "LinearSVC refuses its parameters: "
        "LinearSVC.__init__() got an unexpected keyword argument 'gamma'"
    )


def test_the_device_of_a_suite_reaches_xgboost_through_strategies() -> None:
    plain = built("none", "xgboost", clouds(), {"device": "cuda"})
    wrapped = built("smote+class_weight", "xgboost", clouds(), {"device": "cuda"})

    assert plain.get_params()["device"] == "cuda"
    assert wrapped.get_params()["classifier__classifier__device"] == "cuda"
