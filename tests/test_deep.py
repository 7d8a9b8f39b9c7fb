"""Networks as models: what they learn, how they are seeded, what they say of bad input."""

from pathlib import Path

import numpy as np
import pytest
from contracts import built, clouds
from plugins_for_tests.suites import computed_here, write_suite
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from benchmark.catalogue import compose
from benchmark.catalogue.heldout import HeldOut
from benchmark.errors import BenchmarkError
from benchmark.space import Defaults
from benchmark.types import Floats, Integers, Task

torch = pytest.importorskip("torch", reason="the extra `deep` is not installed")

from benchmark.catalogue.models import deep  # noqa: E402 - after the extra is known to be there
from benchmark.catalogue.neural.classifier import NeuralClassifier  # noqa: E402
from benchmark.catalogue.neural.networks import Columns, Embedded  # noqa: E402

BODIES = [deep.Mlp(32, 2, 0.0), deep.TabularResnet(32, 2, 0.0), deep.Tabm(32, 2, 0.0, 4)]


@pytest.mark.parametrize("model", ["mlp", "tabular_resnet"])
def test_the_device_of_a_suite_reaches_a_network(model: str) -> None:
    inside = built("smote", model, clouds(), {"device": "cuda"}).get_params()

    assert inside["classifier__device"] == "cuda"


@pytest.fixture(scope="module")
def table() -> tuple[Floats, Integers]:
    X, y = make_classification(1500, 10, n_informative=6, weights=[0.9], random_state=3)
    return X, y


@pytest.mark.parametrize("body", BODIES, ids=["mlp", "tabular_resnet", "tabm"])
def test_a_network_beats_a_line_on_a_curved_problem(
    body: object, table: tuple[Floats, Integers]
) -> None:
    X, y = table
    train, test = slice(0, 1000), slice(1000, None)
    held = HeldOut(X[800:1000], y[800:1000])
    network = NeuralClassifier(body, validation=held, learning_rate=3e-3).fit(X[:800], y[:800])
    line = LogisticRegression().fit(X[train], y[train])

    found, least = (
        average_precision_score(y[test], m.predict_proba(X[test])[:, 1]) for m in (network, line)
    )
    assert found > least + 0.05
    assert 1 <= network.epochs_ <= network.epochs


def test_epochs_that_rank_held_out_rows_alike_are_told_apart_by_their_loss() -> None:
    """Classes so far apart that every epoch has an average precision of 1, and a smaller loss."""
    y = np.arange(200) % 2
    X = np.column_stack([8.0 * y, np.zeros(200)])
    held = HeldOut(X[:20], y[:20])

    network = NeuralClassifier(
        BODIES[0], epochs=20, patience=3, learning_rate=1e-3, batch_size=60, validation=held
    ).fit(X[20:], y[20:])

    assert average_precision_score(held.y, network.predict_proba(held.X)[:, 1]) == 1
    assert network.epochs_ == 20


def test_members_answer_with_the_mean_of_their_probabilities(
    table: tuple[Floats, Integers],
) -> None:
    X, y = table
    network = NeuralClassifier(BODIES[2], epochs=1).fit(X, y)

    members = network.network_(torch.as_tensor(X)).softmax(dim=2)

    assert members.shape == (1500, 4, 2)
    assert members.std(dim=1).min() > 0
    assert network.predict_proba(X) == pytest.approx(members.mean(dim=1).detach().numpy())


def test_the_same_seed_gives_the_same_scores_and_another_does_not(
    table: tuple[Floats, Integers],
) -> None:
    X, y = table
    first, same, other = (
        NeuralClassifier(BODIES[0], epochs=2, random_state=seed).fit(X, y).predict_proba(X)
        for seed in (1, 1, 2)
    )

    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_training_leaves_the_random_state_of_torch_alone(table: tuple[Floats, Integers]) -> None:
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    NeuralClassifier(BODIES[0], epochs=1).fit(*table)

    assert torch.equal(before, torch.random.get_rng_state())


def test_before_any_training_the_probabilities_are_the_prior(
    table: tuple[Floats, Integers],
) -> None:
    X, y = table
    untrained = NeuralClassifier(BODIES[0], epochs=1, learning_rate=1e-12).fit(X, y)

    assert untrained.predict_proba(X)[:, 1].mean() == pytest.approx(y.mean(), abs=0.02)


def test_logits_adjusted_afterwards_are_divided_by_the_prior(
    table: tuple[Floats, Integers],
) -> None:
    X, y = table
    plain = NeuralClassifier(BODIES[0], epochs=2).fit(X, y)
    adjusted = NeuralClassifier(BODIES[0], epochs=2, adjust=1.0).fit(X, y)
    wanted = plain.predict_proba(X) / np.bincount(y)

    assert adjusted.predict_proba(X) == pytest.approx(wanted / wanted.sum(axis=1)[:, None])


def test_classes_keep_their_codes() -> None:
    X, y = make_classification(200, 6, n_informative=4, n_classes=3, random_state=0)
    network = NeuralClassifier(BODIES[0], epochs=30, learning_rate=1e-2).fit(X, y * 2 + 1)

    assert network.classes_.tolist() == [1, 3, 5]
    assert set(network.predict(X)) <= {1, 3, 5}
    assert (network.predict(X) == y * 2 + 1).mean() > 0.8


def test_a_classifier_is_clonable_and_leaves_its_rows_alone(
    table: tuple[Floats, Integers],
) -> None:
    X, y = table[0].copy(), table[1].copy()
    X.setflags(write=False)
    network = NeuralClassifier(BODIES[1], epochs=1)

    assert clone(network).get_params() == network.get_params()
    network.fit(X, y)
    assert np.array_equal(X, table[0])


def test_an_embedding_gives_a_new_category_the_place_of_unknown_ones() -> None:
    embedded = Embedded(Columns((0,), ((1, 3),)))
    known = embedded(torch.tensor([[0.5, 3.0]]))
    unknown, new = (embedded(torch.tensor([[0.5, code]])) for code in (-1.0, 9.0))

    assert known.shape == (1, embedded.width)
    assert torch.equal(unknown, new)
    assert not torch.equal(known, new)


def test_rows_of_one_batch_do_not_fail_on_batch_normalisation() -> None:
    X, y = make_classification(129, 5, random_state=0)

    assert np.isfinite(
        NeuralClassifier(BODIES[0], batch_size=128, epochs=1).fit(X, y).predict_proba(X)
    ).all()


def test_a_suite_of_networks_runs_tuned_with_strategies_of_every_kind(tmp_path: Path) -> None:
    suite = write_suite(
        tmp_path,
        strategies=["none", "smote", "class_weight", "balanced_softmax", "bagging"],
        models=[{"use": "mlp", "params": {"epochs": 3, "width": 16}}],
        thresholds=["default", "tuned"],
        tuning={"trials": 2, "folds": 2},
    )

    with computed_here(suite) as journal:
        rows = journal.rows()
    assert [row.error for row in rows if row.status != "ok"] == []
    assert len(rows) == 10


@pytest.mark.parametrize(("name", "least"), [("epochs", 1), ("patience", 1), ("batch_size", 2)])
def test_numbers_that_train_nothing_are_refused(name: str, least: int) -> None:
    with pytest.raises(BenchmarkError, match=f"parameter '{name}' is 0; allowed: {least} or more"):
        compose.parameters("models", "mlp", {name: 0})


def test_what_changes_networks_refuses_other_models() -> None:
    task = Task(0, (90, 10), 2)

    with pytest.raises(BenchmarkError, match="how a network is trained: mlp, tabular_resnet"):
        compose.build("ldam", "xgboost", Defaults({}), task, task)
