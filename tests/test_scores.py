"""Families and missing cells of a table of scores."""

import numpy as np
import pandas as pd
import pytest

from benchmark.analysis.scores import by_family, complete, label, values_of
from benchmark.analysis.stats import against, friedman, mean_ranks, ranks_of
from benchmark.errors import BenchmarkError

NAN = np.nan


def table(**columns: list[float]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=[f"d{i}" for i in range(n)], dtype=float)


def test_datasets_of_a_family_count_once_with_their_mean() -> None:
    scores = table(a=[0.1, 0.3, 0.5, 0.9])
    found = by_family(scores, {"d0": "kc", "d1": "", "d2": "kc"})

    assert found["a"].to_dict() == pytest.approx({"kc": 0.3, "d1": 0.3, "d3": 0.9})


def test_a_dataset_that_is_named_like_a_family_is_not_in_it() -> None:
    found = by_family(table(a=[0.1, 0.3, 0.5]), {"d1": "d0", "d2": "d0"})

    assert list(found.index) == ["d0", "d0"]
    assert found["a"].tolist() == pytest.approx([0.1, 0.4])


def test_a_treatment_that_lacks_a_dataset_lacks_the_family() -> None:
    found = by_family(table(a=[0.1, NAN, 0.5], b=[1, 2, 3]), {"d0": "kc", "d1": "kc"})

    assert np.isnan(found.loc["kc", "a"])
    assert found.loc["kc", "b"] == 1.5


def test_families_keep_treatments_that_are_pairs() -> None:
    scores = pd.DataFrame({("smote", "svm"): [0.1, 0.3], ("none", "svm"): [0.5, 0.6]}, ["x", "y"])

    assert list(by_family(scores, {"x": "f", "y": "f"}).columns) == list(scores.columns)


def test_nothing_is_said_where_nothing_is_missing() -> None:
    scores = table(a=[0.1, 0.2], b=[0.3, 0.4])

    for policy in ("drop", "worst"):
        found = complete(scores, policy)
        assert (found.note, found.missing) == ("", {})
        pd.testing.assert_frame_equal(found.scores, scores)


def test_drop_leaves_out_the_treatment_and_says_so() -> None:
    scores = pd.DataFrame(
        {("smote", "svm"): [NAN, 0.3, np.inf], ("none", "svm"): [0.5, 0.6, 0.7]}, ["x", "y", "z"]
    )
    found = complete(scores, "drop")

    assert found.note == "drop: left out: smote + svm (missing on 2 of 3 datasets)"
    assert found.missing == {("smote", "svm"): 2}
    assert list(found.scores.columns) == [("none", "svm")]
    assert len(found.scores) == 3


def test_worst_ranks_last_and_gains_what_the_worst_gains() -> None:
    scores = table(a=[0.9, 0.8], b=[0.7, 0.6], c=[NAN, 0.5], d=[NAN, 0.9])
    found = complete(scores, "worst", "families")

    assert found.note == (
        "worst: counted as the worst where missing: c (missing on 1 of 2 families), "
        "d (missing on 1 of 2 families)"
    )
    assert ranks_of(found.scores)[0].tolist() == [1, 2, 3.5, 3.5]
    gains = found.scores.loc["d0"] - found.scores.loc["d0", "a"]
    assert gains[["b", "c", "d"]].tolist() == pytest.approx([-0.2, -0.2, -0.2], abs=1e-8)
    pd.testing.assert_frame_equal(found.scores.loc[["d1"]], scores.loc[["d1"]])


@pytest.mark.parametrize("policy", ["drop", "worst"])
def test_a_dataset_that_nobody_was_measured_on_is_left_out_and_named(policy: str) -> None:
    found = complete(table(a=[0.1, NAN], b=[0.2, NAN]), policy)  # type: ignore[arg-type]

    assert found.note == "nothing measured on: d1"
    assert found.scores.shape == (1, 2)
    assert found.missing == {}


def test_a_long_note_counts_what_it_does_not_name() -> None:
    scores = table(**{f"t{i}": [NAN, 0.5] for i in range(8)}, whole=[0.1, 0.2])
    note = complete(scores, "drop").note

    assert note.endswith("t4 (missing on 1 of 2 datasets), and 3 more")
    assert len(complete(scores, "drop").missing) == 8


def test_an_unknown_policy_is_refused_by_name() -> None:
    with pytest.raises(BenchmarkError, match=r"unknown policy for missing cells 'wrost'.*'worst'"):
        complete(table(a=[0.1]), "wrost")  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [NAN, np.inf])
def test_no_test_takes_a_missing_score(value: float) -> None:
    scores = pd.DataFrame({("smote", "svm"): [0.1, value], ("none", "svm"): [0.2, 0.3]}, ["x", "y"])

    for test in (friedman, lambda s: mean_ranks(s, 1), lambda s: against(s, ("none", "svm"))):
        with pytest.raises(BenchmarkError, match=r"smote \+ svm has the score (nan|inf) on y; .*"):
            test(scores)


def test_float_noise_breaks_no_tie() -> None:
    scores = table(a=[0.1 + 0.2], b=[0.3])

    assert scores.loc["d0", "a"] != scores.loc["d0", "b"]
    assert len(set(values_of(scores)[0])) == 1


def test_a_treatment_is_said_in_words() -> None:
    assert label(("smote", "svm")) == "smote + svm"
    assert label("smote") == "smote"
