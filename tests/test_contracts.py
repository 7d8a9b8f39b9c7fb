"""Every registered entry meets every check; a new one is covered the day it arrives."""

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pytest
from contracts import CHECKS, arrays, built, clouds, fitting

from benchmark.catalogue import compose
from benchmark.catalogue.registry import METRICS, MODELS, STRATEGIES, Entry, Strategy
from benchmark.space import Parameter

ONLY_MANY = {"one_vs_rest", "one_vs_one"}
ONLY_BOOSTERS = {"focal_loss", "class_balanced_focal_loss"}
LEARNS = {"torch": "mlp"}  # the model that shows what a strategy that needs a library does
ON_IMAGES = {"image_augmentation": "small_cnn"}
HERE = [
    (kind, entry)
    for kind, registry in (("strategies", STRATEGIES), ("models", MODELS))
    for entry in registry
    if all(find_spec(library) for library in entry.requires)
]


def model_for(strategy: str, requires: tuple[str, ...]) -> str:
    """The model that a strategy is checked with."""
    if strategy in ONLY_BOOSTERS:
        return "xgboost"
    if strategy in ON_IMAGES:
        return ON_IMAGES[strategy]
    return next((LEARNS[library] for library in requires), "logistic_regression")


PAIRS = [
    (e.name, model_for(e.name, e.requires)) if kind == "strategies" else ("none", e.name)
    for kind, e in HERE
    if e.name not in {*ONLY_MANY, "logistic_regression"}
]
PARAMETERS = [
    parameter for kind, entry in HERE for parameter in compose.parameters(kind, entry.name)
]
NUMBERS = [parameter for parameter in PARAMETERS if parameter.kind != "choice"]
CHOICES = [parameter for parameter in PARAMETERS if parameter.kind == "choice"]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("pair", PAIRS, ids="/".join)
def test_every_strategy_and_every_model_meets(
    check: Callable[[str, str], None], pair: tuple[str, str]
) -> None:
    check(*pair)


@pytest.mark.parametrize("entry", [*STRATEGIES, *MODELS, *METRICS], ids=lambda entry: entry.name)
def test_every_entry_says_what_it_is_in_one_sentence_and_when_to_use_it_in_more(
    entry: Entry,
) -> None:
    assert entry.summary.endswith(".")
    assert entry.details.endswith(".")
    assert entry.name == entry.name.lower()


@pytest.mark.parametrize("parameter", NUMBERS, ids=lambda parameter: parameter.name)
def test_every_number_has_its_default_in_the_range_that_is_searched(parameter: Parameter) -> None:
    assert parameter.low <= parameter.default <= parameter.high
    assert parameter.low < parameter.high
    assert parameter.low > 0 or not parameter.log


@pytest.mark.parametrize("parameter", CHOICES, ids=lambda parameter: parameter.name)
def test_every_choice_has_its_default_among_its_options(parameter: Parameter) -> None:
    assert parameter.default in parameter.options
    assert len(set(parameter.options)) == len(parameter.options) > 1


@pytest.mark.parametrize(
    "strategy", [s for s in STRATEGIES if s.equalises], ids=lambda strategy: strategy.name
)
@pytest.mark.parametrize(("balance", "gap"), [(0.0, 120), (0.5, 60), (1.0, 0)])
def test_a_strategy_that_equalises_closes_the_share_of_the_gap_that_balance_asks_for(
    strategy: Strategy, balance: float, gap: int
) -> None:
    dataset = fitting(clouds(rows=200, positives=40), strategy.name)
    classifier = built(strategy.name, "decision_tree", dataset, balance=balance)

    classifier.fit(*arrays(strategy.name, "decision_tree", dataset))

    assert np.ptp(classifier.resampled_counts_) == gap
