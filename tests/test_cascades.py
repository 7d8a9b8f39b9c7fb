"""Cascades against the counts of their papers and of imbalanced-ensemble."""

from typing import Any

import numpy as np
import pytest
from contracts import clouds
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from benchmark.catalogue.resampling import Balance
from benchmark.catalogue.strategies.cascades import BalanceCascade, SelfPacedEnsemble

CASCADES = [BalanceCascade, SelfPacedEnsemble]


class Remembering(LogisticRegression):
    """Logistic regression that keeps what it was fitted on."""

    def fit(self, X: Any, y: Any) -> "Remembering":
        self.seen_ = (X, y)
        return super().fit(X, y)


def data(rows: int = 1010, positives: int = 10) -> tuple[Any, Any]:
    dataset = clouds(rows, positives)
    return dataset.X.to_numpy(), dataset.y


def common_rows(member: Any) -> list[float]:
    """The first column of the common rows that a member saw; no two rows share a value."""
    X, y = member.seen_
    return X[y == 0, 0].tolist()


@pytest.mark.parametrize("cascade", CASCADES)
def test_every_member_sees_all_rare_rows_and_as_many_common_ones(cascade: Any) -> None:
    X, y = data()

    members = cascade(Remembering(), 6, random_state=0).fit(X, y).estimators_

    assert len(members) == 6
    for member in members:
        X_seen, y_seen = member.seen_
        assert np.bincount(y_seen).tolist() == [10, 10]
        assert sorted(X_seen[y_seen == 1, 0]) == sorted(X[y == 1, 0])
        assert set(common_rows(member)) <= set(X[y == 0, 0])


@pytest.mark.parametrize("cascade", CASCADES)
def test_half_the_balance_leaves_half_the_gap(cascade: Any) -> None:
    X, y = data()

    half = Balance(0.5, over=False)
    members = cascade(Remembering(), 3, sampling_strategy=half, random_state=0).fit(X, y)

    assert [np.bincount(member.seen_[1]).tolist() for member in members] == [[505, 10]] * 3


@pytest.mark.parametrize("cascade", CASCADES)
def test_every_class_but_the_rarest_is_thinned(cascade: Any) -> None:
    X, y = data()
    y = np.where((y == 0) & (X[:, 0] > 1), 2, y)

    ensemble = cascade(Remembering(), 4, random_state=0).fit(X, y)

    assert [np.bincount(m.seen_[1]).tolist() for m in ensemble] == [[10, 10, 10]] * 4
    assert ensemble.predict_proba(X).shape == (1010, 3)


# rows per bin that SelfPacedUnderSampler of imbalanced-ensemble 0.2.3 draws for member i of 10,
# 100 of 1000 rows of hardness (k / 999) ** 3
BINS = {
    1: [44, 22, 14, 11, 9],
    3: [32, 22, 18, 15, 13],
    5: [27, 22, 19, 17, 15],
    7: [23, 22, 20, 18, 17],
    9: [20, 20, 20, 20, 20],
}


@pytest.mark.parametrize("i", BINS)
def test_bins_give_as_many_rows_as_in_imbalanced_ensemble(i: int) -> None:
    rows = np.random.default_rng(0).permutation(1000)
    hardness = (np.arange(1000) / 999) ** 3

    random = np.random.RandomState(0)
    chosen = SelfPacedEnsemble(None, 10).choose(rows, hardness, 100, i, random)

    counts = np.histogram(hardness[chosen], bins=5, range=(0, 1))[0]
    assert counts.sum() == 100
    assert counts == pytest.approx(BINS[i], abs=1)  # a rest is shared out in another order
    assert len(set(chosen)) == 100


def test_a_bin_with_too_few_rows_gives_them_more_than_once() -> None:
    hardness = np.array([0.0] * 95 + [1.0] * 5)

    random = np.random.RandomState(0)
    chosen = SelfPacedEnsemble(None, 10).choose(np.arange(100), hardness, 40, 9, random)

    assert np.bincount(hardness[chosen].astype(int)).tolist() == [20, 20]
    assert len(set(chosen[chosen < 95])) == 20


def test_the_self_paced_hardness_is_the_mean_error_of_the_members_so_far() -> None:
    X, y = data()
    seen: list[Any] = []

    class Spy(SelfPacedEnsemble):
        def choose(self, rows: Any, hardness: Any, *rest: Any) -> Any:
            seen.append(hardness)
            return super().choose(rows, hardness, *rest)

    members = Spy(LogisticRegression(), 4, random_state=0).fit(X, y).estimators_

    assert len(seen) == 4
    assert set(seen[0]) == {1.0}
    for i in range(1, 4):
        positive = np.mean([member.predict_proba(X)[:, 1] for member in members[:i]], axis=0)
        assert seen[i] == pytest.approx(np.abs(y - positive), abs=1e-12)


def test_each_round_of_a_cascade_keeps_the_same_share_of_the_hardest_common_rows() -> None:
    X, y = data()
    kept: list[Any] = []

    class Spy(BalanceCascade):
        def keep(self, rows: Any, hardness: Any, *rest: Any) -> Any:
            left = super().keep(rows, hardness, *rest)
            kept.append((rows, hardness, left))
            return left

    cascade = Spy(Remembering(), 3, random_state=0).fit(X, y)

    assert [len(left) for _, _, left in kept] == [1000, 100, 10]  # f = (10 / 1000) ** (1 / 2)
    for rows, hardness, left in kept[1:]:
        gone = np.setdiff1d(rows, left)
        assert set(left) <= set(rows)
        assert hardness[gone].max() <= hardness[left].min()
    assert set(common_rows(cascade.estimators_[-1])) == set(X[kept[-1][2], 0])


def test_rows_that_are_equally_known_leave_at_random() -> None:
    rows, hardness = np.arange(100), np.zeros(100)

    one, two = (
        BalanceCascade(None, 2).keep(rows, hardness, 10, 1, np.random.RandomState(seed))
        for seed in (0, 1)
    )

    assert len(one) == len(two) == 10
    assert set(one) != set(two) != set(range(10))


@pytest.mark.parametrize("cascade", CASCADES)
def test_one_member_is_one_random_undersampling(cascade: Any) -> None:
    X, y = data()

    (member,) = cascade(Remembering(), 1, random_state=0).fit(X, y)

    assert np.bincount(member.seen_[1]).tolist() == [10, 10]


@pytest.mark.parametrize("cascade", CASCADES)
def test_classes_of_equal_size_are_all_seen(cascade: Any) -> None:
    X, y = data(100, 50)

    members = cascade(Remembering(), 3, random_state=0).fit(X, y)

    assert [len(member.seen_[1]) for member in members] == [100] * 3


@pytest.mark.parametrize("cascade", CASCADES)
def test_labels_need_not_be_codes(cascade: Any) -> None:
    X, y = data(200, 20)

    codes, words = (
        cascade(DecisionTreeClassifier(random_state=0), 5, random_state=0).fit(X, labels)
        for labels in (y, np.array(["no", "yes"])[y])
    )

    assert np.array_equal(codes.predict_proba(X), words.predict_proba(X))
