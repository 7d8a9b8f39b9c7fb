"""suite.yaml → Suite, or every mistake in it at once."""

from pathlib import Path

import jsonschema
import pytest
import yaml

from benchmark.errors import BenchmarkError, SuiteError
from benchmark.flow import load_suite
from benchmark.suite_file import schema

EXPERIMENTS = Path(__file__).parents[1] / "experiments"
SUITE = """\
name: example
datasets: [breast_cancer]
strategies: [none, smote]
models: [logistic_regression]
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "suite.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(tmp_path: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(SuiteError) as caught:
        load_suite(written(tmp_path, text))
    return caught.value.mistakes


def test_everything_but_names_has_a_default(tmp_path: Path) -> None:
    suite = load_suite(written(tmp_path, SUITE))

    assert suite.headline == "f2"
    assert suite.rule == "tuned"
    assert (suite.cv.folds, suite.cv.repeats) == (5, 1)
    assert suite.tuning is not None
    assert suite.limits.memory == 4 * 2**30


def test_quantities_and_numbers_are_understood(tmp_path: Path) -> None:
    text = SUITE + "limits: {seconds: 2min, memory: 1.5GB}\ntuning: {seconds: 90s}\n"
    suite = load_suite(written(tmp_path, text))

    assert suite.limits.seconds == 120.0
    assert suite.limits.memory == 1_500_000_000
    assert suite.tuning is not None
    assert suite.tuning.seconds == 90.0


@pytest.mark.parametrize("off", ["off", "false"])
def test_tuning_can_be_off(tmp_path: Path, off: str) -> None:
    assert load_suite(written(tmp_path, SUITE + f"tuning: {off}\n")).tuning is None


def test_all_mistakes_come_at_once_with_their_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BENCHMARK_DATA", raising=False)
    text = """\
name: example
datasets: [digitz]
strategies:
  - smot
  - {use: smote, as: half, params: {k_neighbours: 3}}
models:
  - random_forrest
  - {use: logistic_regression, params: {solver: magic}}
metrics: [f2, auc]
cv: {folds: 1}
colour: red
"""
    assert mistakes(tmp_path, text) == (
        "suite.yaml:2: datasets[0]: unknown dataset 'digitz'. Did you mean 'digits'?"
        " (no offline mirror: BENCHMARK_DATA is not set)",
        "suite.yaml:4: strategies[0]: unknown strategy 'smot'. Did you mean 'smote'?",
        "suite.yaml:5: strategies[1]: unknown parameter 'k_neighbours'."
        " Did you mean 'k_neighbors'?",
        "suite.yaml:7: models[0]: unknown model 'random_forrest'. Did you mean 'random_forest'?",
        "suite.yaml:8: models[1]: parameter 'solver' is 'magic'; allowed: one of lbfgs, liblinear",
        "suite.yaml:9: metrics[1]: unknown metric 'auc'. Did you mean 'roc_auc'?",
        "suite.yaml:10: cv.folds: must be 2 or more; got 1",
        "suite.yaml:11: colour: unknown key 'colour'; known: backend, costs, cv, datasets,"
        " device, fit_seed, limits, metrics, models, name, plugins, preprocess, …",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n- b", "suite.yaml:1: a suite is a mapping"),
        ("name: x", "suite.yaml:1: datasets: is required"),
        (SUITE + "limits: {memory: 4Gigs}", "must be a quantity such as 4GiB"),
        (SUITE + "limits: {memory: lots}", "must be a quantity such as 4GiB or 500MB; got 'lots'"),
        (SUITE + "limits: {memory: 4}", "limits.memory: must be 16MiB or more; got 4"),
        (SUITE + "limits: {memory: 1.0e+30}", "limits.memory: is too large; got 1e+30"),
        (SUITE + "limits: {seconds: ten}", "must be a quantity such as 60s or 10min; got 'ten'"),
        (SUITE + "limits: off", "limits: must be a mapping with seconds, memory, cpus, gpus"),
        (SUITE + "limits: {cpus: 1.0e-7}", "limits.cpus: must be 0.0001 or more"),
        (SUITE + "limits: {gpus: 1}", "suite: limits.gpus is for backend kind 'ray'"),
        (SUITE + "tuning: {prune: maybe}", "tuning.prune: must be true or false; got 'maybe'"),
        (SUITE + "tuning: on", "must be a mapping with trials, prune, folds, seconds; got 'on'"),
        (SUITE + "costs: 3", "costs: must be a list; got 3"),
        (SUITE + "prevalence: 2", "prevalence: must be below 1; got 2"),
        (SUITE + "backend: ray", "must be a mapping with kind, workers, share, address; got"),
        (SUITE + "backend: {address: ''}", "backend.address: must not be empty; got ''"),
        (SUITE + "device: cuda\nbackend: {kind: ray}", "limits.gpus is 0, so Ray would hide"),
        (SUITE + "limits: {gpus: 1.5}", "must be a part of one, or a whole number; got 1.5"),
        (SUITE + "backend: {address: auto}", "backend: an address is for kind 'ray'"),
        (SUITE + "backend: {kind: rey}", "must be 'local' or 'ray'; got 'rey'"),
        (SUITE + "limits: {seconds: -1}", "limits.seconds: must be above 0; got -1"),
        (SUITE + "limits: {secs: 5}", "unknown key 'secs'. Did you mean 'seconds'?"),
        (SUITE + "thresholds: [tuned, tuned]", "thresholds: 'tuned' is there twice"),
        (SUITE + "metrics: [f2, f2]", "metrics: 'f2' is there twice"),
        (SUITE + "thresholds: [best]", "must be 'default', 'tuned', 'cost' or 'prior'; got 'best'"),
        (SUITE + "seed: yes", "suite.yaml:5: seed: must be a whole number; got 'yes'"),
        (SUITE.replace("name: example", "name: ../evil"), "name: must match ^[A-Za-z0-9]"),
        (SUITE.replace("[none, smote]", "[]"), "strategies: must be a list of 1 or more; got []"),
        (SUITE.replace("[none, smote]", "[none, none]"), "'none' is there twice"),
        (SUITE.replace("[none, smote]", "[class_weight+smote]"), "cannot wrap data level"),
        (SUITE.replace("breast_cancer", "{use: wine, thin: {positiv: 0.1}}"), "'positiv'"),
        (SUITE.replace("breast_cancer", "missing/*.csv"), "missing/*.csv"),
        (SUITE + "plugins: [no_such_module]", "plugin 'no_such_module' cannot be imported"),
    ],
)
def test_each_mistake_says_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BenchmarkError) as caught:
        load_suite(written(tmp_path, text))

    assert message in str(caught.value)


@pytest.mark.parametrize("workers", [0, 1025, 1.5, "many", True])
def test_a_wrong_number_of_workers_is_one_mistake(tmp_path: Path, workers: object) -> None:
    said = mistakes(tmp_path, SUITE + f"backend: {{workers: {str(workers).lower()}}}")

    assert said == (
        "suite.yaml:5: backend.workers: must be 'auto' or a whole number from 1 to 1024; "
        f"got {workers!r}",
    )


def test_a_mistake_of_form_hides_no_mistake_in_a_name(tmp_path: Path) -> None:
    text = """\
name: example
datasets: [{use: wine, costs: [[0, 1]]}, {use: iris, thin: {}}, {use: digits, costs: {colum: x}}]
strategies: [none, smot]
models: [ridgee]
thresholds: [best]
"""

    found = mistakes(tmp_path, text)

    assert [line.split(": ")[1] for line in found] == [
        "datasets[0].costs", "datasets[1].thin.positive", "datasets[2].costs",
        "strategies[1]", "models[0]", "thresholds[0]",
    ]  # fmt: skip
    assert found[0].endswith("must be a square matrix: a row for each class, a column a decision; "
                             "got [[0, 1]]")  # fmt: skip


def test_a_combination_that_does_nothing_is_refused_without_tuning(tmp_path: Path) -> None:
    text = SUITE.replace("[none, smote]", "[smote+class_weight]")

    load_suite(written(tmp_path, text))
    assert "does nothing" in mistakes(tmp_path, text + "tuning: off\n")[0]


def test_a_suite_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9")

    with pytest.raises(SuiteError, match=r"suite '.*nowhere.yaml' cannot be read: No such file"):
        load_suite(tmp_path / "nowhere.yaml")
    with pytest.raises(SuiteError, match="is not UTF-8 text"):
        load_suite(tmp_path / "latin.yaml")


def test_no_plugins_refuses_plugins_and_import_paths(tmp_path: Path) -> None:
    text = SUITE.replace("none, smote", '"imblearn.over_sampling:SMOTE"') + "plugins: [os]\n"

    with pytest.raises(SuiteError) as caught:
        load_suite(written(tmp_path, text), plugins=False)

    assert [line.partition(": ")[0] for line in caught.value.mistakes] == [
        "suite.yaml:3",
        "suite.yaml:5",
    ]


def test_a_plugin_beside_the_suite_registers_itself(tmp_path: Path) -> None:
    (tmp_path / "plugin_beside_suite.py").write_text(
        "from benchmark.catalogue.registry import strategy\n"
        "@strategy('from_beside', level='algorithm')\n"
        "def from_beside(classifier, space, task):\n"
        "    '''Do nothing.'''\n"
        "    return classifier\n",
        encoding="utf-8",
    )
    text = SUITE.replace("smote", "from_beside") + "plugins: [plugin_beside_suite]\n"

    assert load_suite(written(tmp_path, text)).strategies[1].name == "from_beside"


@pytest.mark.parametrize("path", sorted(EXPERIMENTS.glob("*.yaml")), ids=lambda path: path.name)
def test_the_schema_accepts_every_experiment(path: Path) -> None:
    suite = yaml.safe_load(path.read_text(encoding="utf-8"))

    assert list(jsonschema.Draft202012Validator(schema()).iter_errors(suite)) == []


@pytest.mark.parametrize("wrong", ["cv: {folds: 1}", "metrics: [auc]", "colour: red", "seed: -1"])
def test_the_schema_refuses_what_the_loader_refuses(wrong: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(SUITE + wrong), schema())


def test_a_part_of_a_unit_is_whole_bytes(tmp_path: Path) -> None:
    suite = load_suite(written(tmp_path, SUITE + "limits: {memory: 1.7GiB}\n"))

    assert suite.limits.memory == int(1.7 * 2**30)


def test_the_order_of_thresholds_does_not_matter(tmp_path: Path) -> None:
    suite = load_suite(written(tmp_path, SUITE + "thresholds: [tuned, default]\n"))

    assert suite.thresholds == ("default", "tuned")


def test_a_tracking_store_that_is_no_mapping_is_not_quoted(tmp_path: Path) -> None:
    found = mistakes(tmp_path, SUITE + "tracking: https://user:secret@host\n")

    assert len(found) == 1
    assert "secret" not in found[0]
