"""Images from a card to a network: their shape, their pixels, small_cnn and image_augmentation."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from plugins_for_tests.suites import write_suite
from sklearn.datasets import load_digits

from benchmark.catalogue import compose
from benchmark.data.load import card, load
from benchmark.engine.evaluate import evaluate
from benchmark.engine.job import Bench
from benchmark.engine.plan import Plan, plan
from benchmark.engine.prepare import prepare
from benchmark.engine.shelf import Shelf
from benchmark.errors import DatasetError, SuiteError
from benchmark.flow import load_suite
from benchmark.space import Defaults
from benchmark.suite import Suite
from benchmark.types import Cell, Dataset, Task
from benchmark.use import DatasetUse, Preprocess

needs_mirror = pytest.mark.skipif("BENCHMARK_DATA" not in os.environ, reason="no BENCHMARK_DATA")
CNN = {"use": "small_cnn", "params": {"epochs": 8, "width": 8, "learning_rate": 0.01}}
MOVED = {"use": "image_augmentation", "params": {"shift": 0.1, "rotation": 5}}
DIGITS = Task(seed=3, class_counts=(90, 8, 2), n_columns=64, image_shape=(8, 8))


def digits(rows: int = 1797, **use: Any) -> Dataset:
    whole = load(DatasetUse.model_validate({"use": "digits", **use}), Path(), 1)
    return replace(whole, X=whole.X[:rows], y=whole.y[:rows])


def suite(strategies: list[Any], models: list[Any], **settings: Any) -> Suite:
    basics = {
        "name": "images", "datasets": ["digits"], "strategies": strategies, "models": models,
        "metrics": ["balanced_accuracy"], "thresholds": ["default"], "tuning": "off",
        "preprocess": {"scale": "none"}, "cv": {"folds": 2},
    }  # fmt: skip
    return Suite.model_validate(basics | settings)


def planned(dataset: Dataset, strategies: list[Any], models: list[Any]) -> Plan:
    return plan(suite(strategies, models), [dataset])


def augmentation(strategy: str, task: Task = DIGITS, **params: Any) -> Any:
    pytest.importorskip("torch")
    space = Defaults(compose.fixed(params, {}))
    return compose.build(strategy, "small_cnn", space, task, task).get_params()


def test_the_cards_of_images_say_their_shape_and_datasets_carry_it() -> None:
    assert card("digits").image_shape == (8, 8)
    assert card("mnist_t10k").image_shape == (28, 28)
    assert digits().image_shape == (8, 8)
    assert load(DatasetUse(use="wine"), Path(), 1).image_shape is None


def test_a_suite_says_the_shape_of_a_file_of_images(tmp_path: Path) -> None:
    frame = pd.DataFrame(np.arange(120).reshape(10, 12)).assign(target=[0, 1] * 5)
    frame.to_csv(tmp_path / "mine.csv", index=False)
    use = DatasetUse.model_validate({"use": "mine.csv", "image_shape": [3, 4]})

    assert load(use, tmp_path, 1).image_shape == (3, 4)


@pytest.mark.parametrize("shape", [16, [4, 4, 1], "4x4"])
def test_a_shape_that_is_none_is_refused_in_one_line(tmp_path: Path, shape: object) -> None:
    path = write_suite(tmp_path, datasets=[{"use": "digits", "image_shape": shape}])

    with pytest.raises(SuiteError, match=r"image_shape: must be \[height, width\]"):
        load_suite(path)


def test_pixels_in_words_are_refused(tmp_path: Path) -> None:
    rows = "".join(f"{i},dark,{i % 2}\n" for i in range(8))
    (tmp_path / "words.csv").write_text("a,b,target\n" + rows, encoding="utf-8")
    use = DatasetUse.model_validate({"use": "words.csv", "image_shape": [1, 2]})

    with pytest.raises(DatasetError, match="pixels are numbers, and column 'b' holds words"):
        load(use, tmp_path, 1)


@needs_mirror
def test_mnist_from_the_mirror_is_its_test_part() -> None:
    dataset = load(DatasetUse(use="mnist_t10k"), Path(), 1)

    assert dataset.image_shape == (28, 28)
    assert dataset.X.shape == (10_000, 784)
    assert dataset.y[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]  # as it is published
    assert dataset.class_counts == (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)


@pytest.mark.parametrize("scale", ["none", "standard", "minmax", "robust"])
def test_every_pixel_reaches_the_network_in_its_place(scale: str) -> None:
    dataset, rows = digits(), np.arange(1797)
    constant = dataset.X.nunique().to_numpy() == 1
    assert constant.sum() == 3

    prepared = prepare(
        Shelf(), dataset, Preprocess.model_validate({"scale": scale}), rows, rows
    ).value

    X = load_digits().data
    assert prepared.X_fit.shape == X.shape
    for before, after in zip(X[:, ~constant].T, prepared.X_fit[:, ~constant].T, strict=True):
        assert np.corrcoef(before, after)[0, 1] == pytest.approx(1)
    assert_array_equal(prepared.X_fit[:, constant], 0)


def test_a_pair_without_images_is_skipped_in_one_line() -> None:
    pytest.importorskip("torch")
    no_images = replace(digits(200), image_shape=None)
    fewer = digits(200, drop=["pixel_0_0"])

    reasons = [
        {skip.model: skip.reason for skip in planned(d, ["none"], ["ridge", CNN]).skips}
        for d in (no_images, fewer)
    ]

    assert reasons == [
        {"small_cnn": "small_cnn needs images, and the dataset has no image_shape"},
        {
            "small_cnn": "small_cnn needs the 64 pixels of images of 8 x 8; there are 63 columns"
        },
    ]  # fmt: skip


def test_augmentation_of_what_is_no_network_is_skipped() -> None:
    pytest.importorskip("torch")
    found = planned(digits(200), ["image_augmentation"], ["ridge"])

    assert [skip.reason for skip in found.skips] == [
        "it changes how a network is trained: mlp, tabular_resnet, tabm, small_cnn"
    ]


def test_a_small_network_reads_digits_the_same_each_time() -> None:
    pytest.importorskip("torch")
    dataset, asked = digits(600), suite(["none", MOVED], [CNN])

    scores = {}
    for strategy in ("none", "image_augmentation"):
        cell = Cell("digits", strategy, "small_cnn", 0, 0)
        one, two = (evaluate(cell, asked, dataset, Bench()) for _ in range(2))
        assert one.error == two.error == ""
        assert_array_equal(one.predictions.default.test, two.predictions.default.test)
        scores[strategy] = one.scores.values["default"]["balanced_accuracy"]

    assert min(scores.values()) > 0.8  # a tenth is chance
    assert scores["none"] != scores["image_augmentation"]


def test_moves_are_those_that_the_suite_asks_for() -> None:
    asked = {"rotation": 7.0, "shift": 0.2, "scale": 0.0, "crop": 0.3, "flip": True}

    found = augmentation("image_augmentation", **asked)["augment"]

    assert {name: getattr(found, name) for name in asked} == asked
    assert (found.shape, found.only) == ((8, 8), None)
    assert augmentation("image_augmentation")["augment"].flip is False


@pytest.mark.parametrize(
    ("counts", "rare"),
    [
        ((90, 8, 2), (1, 2)),
        ((50, 0, 60, 10), (2,)),  # numbered among the classes that have rows
        ((30, 30, 30), ()),
    ],
)
def test_classes_of_less_than_an_equal_share_are_rare(
    counts: tuple[int, ...], rare: tuple[int, ...]
) -> None:
    task = replace(DIGITS, class_counts=counts)

    assert augmentation("image_augmentation", task, rare_only=True)["augment"].only == rare


def test_copies_of_rare_images_can_be_moved() -> None:
    params = {"image_augmentation": {"rare_only": True}}

    found = augmentation("random_oversampling+image_augmentation", **params)

    assert found["classifier__augment"].only == (1, 2)
