"""What the gate lets pass and what it does not."""

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from nights import FOLDS, PAIRS, accepting, base, broken, moved, run, verdict

from benchmark.analysis.gate.changes import Subject
from benchmark.analysis.gate.measured import Run
from benchmark.analysis.gate.verdict import Verdict

SMOTE = ("a", "smote", "forest")


def said(found: Verdict) -> list[str]:
    return [f"{each.kind}: {each}" for each in found.found]


def elsewhere(of: Run, **machine: str) -> Run:
    """The same run on another machine."""
    return replace(of, environment=dict(of.environment) | machine)


def test_the_same_scores_pass() -> None:
    found = verdict(run(1))

    assert (found.code, found.found, found.gains) == (0, (), ())
    assert found.states() == {"identical": len(PAIRS)}
    assert found.headline == "PASSED: nothing is worse"


def test_another_seed_passes_under_another_key() -> None:
    found = verdict(moved(run(3), 0.0, key="new"))

    assert (found.code, found.found) == (0, ())
    assert found.states() == {"tested": len(PAIRS)}


def test_the_same_key_with_another_score_is_not_deterministic() -> None:
    found = verdict(moved(run(1), 1e-12, SMOTE))

    assert found.code == 3
    assert [each.kind for each in found.found] == ["nondeterminism"]
    assert "a / smote / forest: is not deterministic" in str(found.found[0])
    assert re.search(r": 0\.\d+ → 0\.\d+ in repeat \d fold \d", found.found[0].text)


@pytest.mark.parametrize("part", ["processor", "kernel", "libc"])
def test_on_another_machine_the_same_key_may_differ_by_a_hair(part: str) -> None:
    other = elsewhere(run(1), **{part: "another"})
    hair, more = verdict(moved(other, 9e-7)), verdict(moved(other, 2e-6, SMOTE))

    assert hair.code == 0
    assert hair.states() == {"identical": len(PAIRS)}
    assert "another machine" in hair.notes[0]
    assert more.code == 0
    assert more.states() == {"identical": len(PAIRS) - 1, "tested": 1}


def test_a_search_that_a_clock_ends_need_not_be_deterministic() -> None:
    timed = {"tuning": {"seconds": 5}}
    found = verdict(moved(run(1, **timed), -0.001, SMOTE), base(**timed))

    assert found.code == 0
    assert found.states()["tested"] == 1


def test_a_drop_of_one_pair_is_named_with_its_numbers() -> None:
    now = moved(moved(run(3), 0.0, key="new"), -0.1, SMOTE, key="new")
    found = verdict(elsewhere(now, sklearn="1.9.1"))
    drops = {each.subject: each for each in found.found}
    change = next(pair.change for pair in found.pairs if pair.subject == Subject("pair", *SMOTE))

    assert found.code == 3
    assert Subject("pair", *SMOTE) in drops
    assert change is not None
    assert change.estimate == pytest.approx(-0.1, abs=0.03)
    assert f"{change.estimate:+.4f}" in drops[Subject("pair", *SMOTE)].text
    assert f"{change.interval[0]:+.4f}" in drops[Subject("pair", *SMOTE)].text
    assert found.versions == {"sklearn": ("1.9.0", "1.9.1")}


def test_a_sure_drop_below_the_least_effect_passes() -> None:
    still = {"sd": 1e-5}
    found = verdict(moved(run(1, **still), -0.009, SMOTE, key="new"), base(**still))

    assert found.code == 0
    assert next(p.change for p in found.pairs if p.change).p_drop < 1e-6


def test_a_small_drop_everywhere_is_found_in_the_means() -> None:
    still = {"sd": 0.003}
    found = verdict(moved(run(3, **still), -0.008, key="new"), base(**still))

    assert found.code == 3
    assert {each.subject.kind for each in found.found} == {"overall", "strategy", "model"}


def test_a_gain_is_reported_and_never_fails() -> None:
    found = verdict(moved(run(3), 0.1, key="new"))

    assert found.code == 0
    assert Subject("overall") in [gain.subject for gain in found.gains]


@pytest.mark.parametrize(("change", "code"), [(0.1, 3), (-0.1, 0)])
def test_of_a_metric_whose_smaller_values_are_better_a_rise_is_the_drop(
    change: float, code: int
) -> None:
    brier = {"metrics": ["brier"], "level": 0.2}
    found = verdict(moved(run(3, **brier), change, key="new"), base(**brier))

    assert found.code == code
    assert bool(found.gains) == (code == 0)
    if code:
        before, now = found.found[0].text.removeprefix("brier ").split(",")[0].split(" → ")
        assert float(now) - float(before) == pytest.approx(0.1, abs=0.02)
        assert "+0.1" in found.found[0].text


def test_of_a_metric_with_a_best_value_a_step_away_from_it_is_the_drop() -> None:
    slope = {"metrics": ["calibration_slope"], "level": 1.0}
    farther = verdict(moved(run(3, **slope), 0.2, key="new"), base(**slope))
    nearer = verdict(
        moved(run(3, **slope), -0.2, key="new"), base(level=1.2, metrics=slope["metrics"])
    )

    assert farther.code == 3
    assert nearer.code == 0


@pytest.mark.parametrize("trouble", ["failed: ValueError: no", "timeout", "was not computed"])
def test_a_cell_that_is_not_ok_cannot_be_judged(trouble: str) -> None:
    found = verdict(broken(run(1), SMOTE, trouble, folds=3))

    assert found.code == 4
    assert said(found) == [f"unmeasured: a / smote / forest: {trouble} (in 3 of 10 folds)"]
    assert found.states() == {"identical": len(PAIRS) - 1, "unmeasured": 1}


def test_a_skipped_pair_is_named_with_its_reason() -> None:
    now = run(1)
    pairs = {pair: cells for pair, cells in now.pairs.items() if pair != SMOTE}
    found = verdict(replace(now, pairs=pairs, skips={SMOTE: "no weights"}))

    assert found.code == 4
    assert said(found) == ["unmeasured: a / smote / forest: is skipped: no weights"]


def test_a_pair_and_a_dataset_that_are_gone_are_named() -> None:
    now = run(1)
    pairs = {
        pair: cells for pair, cells in now.pairs.items() if pair[0] == "b" and pair[1] == "none"
    }
    found = verdict(replace(now, pairs=pairs, fingerprints={"b": "b" * 64}))

    assert found.code == 4
    assert said(found) == [
        "unmeasured: dataset a: is not in the suite",
        "unmeasured: b / smote / boosting: is not in the suite",
        "unmeasured: b / smote / forest: is not in the suite",
    ]


def test_other_data_cannot_be_judged() -> None:
    now = run(1)
    found = verdict(replace(now, fingerprints=dict(now.fingerprints) | {"a": "f" * 64}))

    assert found.code == 4
    assert said(found) == [
        "unmeasured: dataset a: holds other data: fingerprint aaaaaaaaaaaa → ffffffffffff"
    ]


def test_a_run_that_measured_nothing_is_said_once() -> None:
    now = run(1)
    for pair in PAIRS:
        now = broken(now, pair, "was computed by an earlier invocation", folds=len(FOLDS))
    found = verdict(now)

    assert found.code == 4
    assert len(found.found) == 1
    assert "the run measured nothing (80 cells: was computed by an earlier" in str(found.found[0])
    assert "--fresh" in str(found.found[0])
    assert verdict(replace(now, pairs={})).code == 4


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ({"cv": {"folds": 10, "repeats": 1}}, "cv: "),
        ({"seed": 2}, "seed: 1 → 2"),
        ({"metrics": ["f1"]}, "metric: f2 → f1"),
        ({"thresholds": ["default"]}, "threshold: tuned → default"),
    ],
)
def test_scores_that_are_not_comparable_cannot_be_judged(
    setting: dict[str, object], named: str
) -> None:
    found = verdict(run(1, **setting))

    assert found.code == 4
    assert len(found.found) == 1
    assert named in found.found[0].text


def test_a_suite_that_was_edited_after_its_run_cannot_be_judged() -> None:
    found = verdict(replace(run(1), changed=["models"]))

    assert found.code == 4
    assert said(found) == [
        "unmeasured: all pairs: the suite was changed after its last run: models"
    ]


def test_new_pairs_are_listed() -> None:
    now = run(1)
    new = dict(now.pairs) | {("a", "adasyn", "forest"): now.pairs[SMOTE]}
    found = verdict(replace(now, pairs=new))

    assert found.code == 0
    assert list(map(str, found.new)) == ["a / adasyn / forest"]


def test_a_regression_weighs_more_than_a_hole() -> None:
    now = moved(broken(run(3), ("b", "none", "forest"), "timeout"), -0.2, SMOTE, key="new")
    found = verdict(moved(now, 0.0, key="new"))

    assert found.code == 3
    assert {each.kind for each in found.found} == {"drop", "unmeasured"}
    assert found.headline.endswith("regressions, 1 thing not measured")


def slower(of: Run, factor: float, calibration: str) -> Run:
    """The same run with fits that take so many seconds more, on a machine of another speed."""
    unit = factor * 0.05 / float(calibration)
    pairs = {
        pair: {fold: replace(cell, seconds=2.0 * unit) for fold, cell in cells.items()}
        for pair, cells in of.pairs.items()
    }
    return elsewhere(replace(of, pairs=pairs), calibration_seconds=calibration)


def test_a_slower_machine_is_no_regression_and_a_slower_fit_is_one_if_asked() -> None:
    bounds = {"time": 1.5}
    machine = verdict(slower(run(1), 2.0, "0.1000"), bounds=bounds)
    fits = verdict(slower(run(1), 2.0, "0.0500"), bounds=bounds)

    assert machine.code == 0
    assert machine.time == pytest.approx(1.0)
    assert verdict(slower(run(1), 2.0, "0.0500")).code == 0
    assert fits.code == 3
    assert fits.time == pytest.approx(2.0)
    assert "time: all pairs: time x2.00 of the baseline's" in said(fits)[0]


def test_memory_fails_only_when_asked() -> None:
    now = run(1)
    cells = {f: replace(c, memory_bytes=3 * 2**30) for f, c in now.pairs[SMOTE].items()}
    now = replace(now, pairs=dict(now.pairs) | {SMOTE: cells})
    found = verdict(now, bounds={"memory": 2.0})

    assert verdict(now).code == 0
    assert found.code == 3
    assert (
        "memory: a / smote / forest: memory x3.00 of the baseline's (1.00 → 3.00 GiB)"
        in said(found)[1]
    )


def test_an_accepted_drop_passes_until_its_date_and_counts_in_no_mean() -> None:
    now = moved(moved(run(3), 0.0, key="new"), -0.3, SMOTE, key="new")
    entry = accepting(dataset="a", strategy="smote", model="forest")
    last, after = verdict(now, accepted=(entry,), today=date(2026, 12, 31)), verdict(
        now, accepted=(entry,), today=date(2027, 1, 1)
    )  # fmt: skip

    assert last.code == 0
    assert [each.counts for each in last.found] == [False]
    assert "accepted until 2026-12-31: known" in str(last.found[0])
    assert next(c for c in last.means if c.subject.kind == "overall").pairs == len(PAIRS) - 1
    assert after.code == 3
    assert "accepted only until 2026-12-31" in str(after.found[0])


def test_an_entry_covers_no_larger_drop_no_other_kind_and_no_other_pair() -> None:
    now = moved(moved(run(3), 0.0, key="new"), -0.3, SMOTE, key="new")

    assert verdict(now, accepted=(accepting(strategy="smote", drop=0.4),)).code == 0
    assert verdict(now, accepted=(accepting(strategy="smote", drop=0.2),)).code == 3
    assert verdict(now, accepted=(accepting(strategy="smote", finding="time"),)).code == 3
    assert verdict(now, accepted=(accepting(dataset="b"),)).code == 3


def test_a_larger_drop_than_the_accepted_one_is_said_to_be_one() -> None:
    now = moved(moved(run(3), 0.0, key="new"), -0.3, SMOTE, key="new")
    found = verdict(now, accepted=(accepting(dataset="a", strategy="smote", drop=0.2),))

    assert found.code == 3
    assert found.found[0].text.endswith("; accepted only to 0.2")
    assert found.notes == ()


def test_accepted_nondeterminism_does_not_hide_a_drop() -> None:
    entry = accepting(dataset="a", strategy="smote", finding="nondeterminism")
    hair, drop = (verdict(moved(run(1), by, SMOTE), accepted=(entry,)) for by in (-1e-9, -0.5))

    assert hair.code == 0
    assert drop.code == 3
    assert [each.kind for each in drop.found if each.counts] == ["drop"]


def test_a_run_of_which_all_is_missing_passes_by_no_acceptance() -> None:
    entries = tuple(accepting(dataset=name, finding="unmeasured") for name in "ab")
    now = run(1)
    found = verdict(replace(now, fingerprints={"a": "f" * 64, "b": "f" * 64}), accepted=entries)

    assert [each.counts for each in found.found] == [False, False]
    assert found.code == 4


def test_a_fit_that_was_too_short_to_time_fails_once_it_is_long() -> None:
    before = base()
    pairs = [p.model_copy(update={"seconds": 0.09 if p.names == SMOTE else p.seconds})
             for p in before.pairs]  # fmt: skip
    now = run(1)
    cells = {f: replace(c, seconds=20 * 0.09 / 0.05) for f, c in now.pairs[SMOTE].items()}
    now = replace(now, pairs=dict(now.pairs) | {SMOTE: cells})
    found = verdict(now, before.model_copy(update={"pairs": tuple(pairs)}), bounds={"time": 15})

    assert found.code == 3
    assert "a / smote / forest: time x20.00" in said(found)[0]


def test_a_bound_on_time_that_is_not_known_cannot_be_judged() -> None:
    unknown = base().model_copy(update={"calibration_seconds": None})

    assert verdict(run(1), unknown).code == 0
    assert verdict(run(1), unknown, bounds={"time": 1.5}).code == 4


def test_scores_under_other_costs_cannot_be_judged() -> None:
    costs = {"metrics": ["expected_cost"], "level": 0.5}
    cheap, dear = ({"costs": {"false_positive": 1, "false_negative": c}} for c in (2, 20))
    found = verdict(run(1, **costs, **dear), base(**costs, **cheap))

    assert verdict(run(1, **costs, **cheap), base(**costs, **cheap)).code == 0
    assert found.code == 4
    assert "costs: " in found.found[0].text


def test_a_hole_can_be_accepted_as_such() -> None:
    now = broken(run(1), SMOTE, "failed: no")

    assert verdict(now, accepted=(accepting(model="forest", finding="unmeasured"),)).code == 0
    assert verdict(now, accepted=(accepting(model="forest"),)).code == 4


def test_an_entry_that_matches_nothing_is_mentioned() -> None:
    entries = (accepting(strategy="adasyn"), accepting(model="svm", expires="2026-01-01"))
    found = verdict(run(1), accepted=entries)

    assert found.code == 0
    assert found.notes == (
        "accepted: adasyn (2026-12-31) is about nothing here",
        "accepted: svm (2026-01-01) has expired and is about nothing here",
    )


def test_every_pair_has_a_detectable_drop() -> None:
    found = verdict(moved(run(3), 0.0, SMOTE, key="new"))

    assert all(pair.detectable and 0.01 < pair.detectable < 0.1 for pair in found.pairs)
    assert np.isclose(found.rule.min_effect, 0.01)
