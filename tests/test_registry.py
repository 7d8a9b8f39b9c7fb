"""Strategies, models and metrics are found by name; plugins register themselves."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmark.catalogue import everything, registry
from benchmark.catalogue.registry import METRICS, MODELS, STRATEGIES, load_plugin, strategy
from benchmark.cli.app import run_command_line
from benchmark.errors import BenchmarkError


def waiting(classifier: object, space: object, task: object) -> object:
    """Wait and see.

    Use it when nothing else helps.
    It costs patience.
    """
    return classifier


@pytest.fixture
def clean() -> Iterator[None]:
    """Take out what a test registers."""
    yield
    STRATEGIES.forget("waiting")


def test_an_entry_knows_its_words_and_its_module(clean: None) -> None:
    assert strategy("waiting", level="data", reference="Me, 2026")(waiting) is waiting

    entry = STRATEGIES.get("waiting")

    assert entry.summary == "Wait and see."
    assert entry.details == "Use it when nothing else helps.\nIt costs patience."
    assert entry.module == __name__
    assert (entry.level, entry.reference) == ("data", "Me, 2026")
    assert (entry.replaces_model, entry.equalises, entry.needs_imbalance) == (False, False, False)


def test_an_entry_without_words_has_empty_ones(clean: None) -> None:
    strategy("waiting", level="data")(lambda classifier, space, task: classifier)

    entry = STRATEGIES.get("waiting")

    assert (entry.summary, entry.details) == ("", "")


def test_a_name_can_be_taken_only_once() -> None:
    with pytest.raises(BenchmarkError) as caught:
        strategy("smote", level="data")(waiting)
    assert str(caught.value) == (
        f"strategy 'smote' of {__name__} is already defined in "
        "benchmark.catalogue.strategies.oversampling"
    )


def test_a_function_that_is_defined_again_takes_its_own_place(clean: None) -> None:
    strategy("waiting", level="data")(waiting)
    strategy("waiting", level="hybrid")(waiting)

    assert STRATEGIES.get("waiting").level == "hybrid"


def test_a_forgotten_entry_is_gone_and_forgetting_twice_does_no_harm(clean: None) -> None:
    strategy("waiting", level="data")(waiting)
    STRATEGIES.forget("waiting")
    STRATEGIES.forget("waiting")

    assert "waiting" not in STRATEGIES.names()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("random_forrest", "unknown model 'random_forrest'. Did you mean 'random_forest'?"),
        (
            "zzz",
            "unknown model 'zzz'; known: adaboost, bagged_trees, catboost, constant, "
            "decision_tree, extra_trees, gaussian_naive_bayes, gradient_boosting, "
            "hist_gradient_boosting, k_nearest_neighbors, lightgbm, "
            "linear_discriminant_analysis, …",
        ),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(name: str, text: str) -> None:
    with pytest.raises(BenchmarkError) as caught:
        MODELS.get(name)
    assert str(caught.value) == text


@pytest.mark.parametrize("kind", [STRATEGIES, MODELS, METRICS], ids=lambda kind: kind.kind)
def test_every_entry_is_found_by_its_name_in_alphabetical_order(kind: registry.Registry) -> None:
    names = [entry.name for entry in kind]

    assert names == sorted(names) == list(kind.names())
    assert [kind.get(name).name for name in names] == names


def test_the_catalogue_of_the_first_release_is_complete() -> None:
    everything.discover()

    assert set(STRATEGIES.names()) >= {
        "none", "class_weight", "random_oversampling", "random_undersampling", "smote",
        "borderline_smote", "svm_smote", "adasyn", "tomek_links", "edited_nearest_neighbours",
        "repeated_edited_nearest_neighbours", "one_sided_selection",
        "neighbourhood_cleaning_rule", "instance_hardness_threshold", "smoteenn", "bagging",
        "balanced_bagging", "balanced_random_forest",
    }  # fmt: skip
    assert set(METRICS.names()) >= {
        "f2", "f1", "f0.5", "precision", "recall", "specificity", "balanced_accuracy", "g_mean",
        "mcc", "roc_auc", "average_precision", "brier", "log_loss",
        "expected_calibration_error",
    }  # fmt: skip


def test_a_plugin_registers_itself(
    clean: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin_that_waits.py").write_text(
        "from benchmark.catalogue.registry import strategy\n"
        "@strategy('waiting', level='data')\n"
        "def waiting(classifier, space, task):\n"
        "    return classifier\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    load_plugin("plugin_that_waits")

    assert STRATEGIES.get("waiting").module == "plugin_that_waits"
    monkeypatch.delitem(sys.modules, "plugin_that_waits")


@pytest.mark.parametrize(
    ("code", "reason"),
    [("1 / 0", "division by zero"), ("from nowhere import it", "No module named 'nowhere'")],
)
def test_a_plugin_that_cannot_be_imported_is_named_with_its_reason(
    code: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin_that_breaks.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(BenchmarkError) as caught:
        load_plugin("plugin_that_breaks")
    assert str(caught.value) == f"plugin 'plugin_that_breaks' cannot be imported: {reason}"


def test_other_distributions_register_through_their_entry_points(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded = []

    class Point:
        name, value = "theirs", "their.module"

        def load(self) -> None:
            loaded.append(self)

    points = {"benchmark.plugins": [Point(), Point()]}
    monkeypatch.setattr(registry, "entry_points", lambda group: points[group])

    registry.load_entry_points.__wrapped__()

    assert loaded == points["benchmark.plugins"]


def test_a_plugin_leaves_no_bytecode_that_could_outlive_an_edit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin_without_bytecode.py").write_text(
        "def later():\n    import helper_without_bytecode\n", encoding="utf-8"
    )
    (tmp_path / "helper_without_bytecode.py").write_text("VALUE = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)

    load_plugin("plugin_without_bytecode")
    sys.modules["plugin_without_bytecode"].later()

    assert list(tmp_path.rglob("*.pyc")) == []


def test_an_entry_that_lacks_a_library_is_listed_with_what_installs_it(
    clean: None, capsys: pytest.CaptureFixture[str]
) -> None:
    @strategy("waiting", level="data", requires=("json", "no_such_library"))
    def waiting(classifier: object, space: object, task: object) -> object:
        """Wait."""
        raise AssertionError("is not called")

    with pytest.raises(BenchmarkError) as caught:
        STRATEGIES.get("waiting").made(None, None, None)
    codes = [
        run_command_line(["list", "strategies"]),
        run_command_line(["show", "strategy", "waiting"]),
    ]

    install = "pip install no_such_library"
    assert (
        str(caught.value) == f"waiting needs json and no_such_library; install it with: {install}"
    )
    listed, shown = capsys.readouterr().out.split("More about one")
    assert codes == [0, 0]
    assert install in listed
    assert f"install: {install}" in shown


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError("libgomp.so.1: cannot open shared object file"), "apt-get install libgomp1"),
        (ImportError("bad magic number"), "cannot be loaded: bad magic number"),
    ],
)
def test_a_library_that_cannot_be_loaded_is_one_line(
    clean: None, error: Exception, text: str
) -> None:
    def needy(classifier: object, space: object, task: object) -> object:
        raise error

    strategy("waiting", level="data", requires=("json",))(needy)

    with pytest.raises(BenchmarkError, match=r"^waiting needs json") as caught:
        STRATEGIES.get("waiting").made(None, None, None)

    assert text in str(caught.value)


def test_the_own_mistake_of_an_entry_without_libraries_is_not_hidden(clean: None) -> None:
    def broken(classifier: object, space: object, task: object) -> object:
        raise OSError("disk full")

    strategy("waiting", level="data")(broken)

    with pytest.raises(OSError, match="disk full"):
        STRATEGIES.get("waiting").made(None, None, None)


@pytest.mark.parametrize(
    ("name", "value", "quality"),
    [("f2", 0.25, 0.25), ("brier", 0.25, -0.25), ("calibration_slope", 1.25, -0.25)],
)
def test_quality_is_a_metric_turned_so_that_more_is_better(
    name: str, value: float, quality: float
) -> None:
    assert METRICS.get(name).quality(value) == quality
