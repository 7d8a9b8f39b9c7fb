"""What the gate reads of a journal."""

from pathlib import Path

import pytest
from plugins_for_tests.suites import DATA, computed_here, write_suite

from benchmark.analysis.gate.measured import EARLIER, measured, processor, versions
from benchmark.flow import load_suite
from benchmark.journal.store import Journal

BOTH = [{"use": "constant", "as": "external"}, "logistic_regression"]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = computed_here(write_suite(tmp_path, models=BOTH), "20260101-000000-first")
    known = {"python": "3.11", "kernel": "a", "calibration_seconds": "0.5"}
    made.begin("20260101-000000-first", known)
    return made


def test_a_model_of_any_name_is_measured(journal: Journal, tmp_path: Path) -> None:
    suite = load_suite(tmp_path / "suite.yaml")
    found = measured(journal, suite, [], earlier=False)

    assert {pair[2] for pair in found.pairs} == {"external", "logistic_regression"}
    for pair, cells in found.pairs.items():
        rows = {(r.cell.repeat, r.cell.fold): r for r in journal.rows(pair)}
        assert {fold: cell.value for fold, cell in cells.items()} == {
            fold: row.scores.values["default"]["f2"] for fold, row in rows.items()
        }
        assert all(cell.trouble == "" for cell in cells.values())


def test_seconds_are_counted_in_units_of_the_calibration(journal: Journal, tmp_path: Path) -> None:
    found = measured(journal, load_suite(tmp_path / "suite.yaml"), [], earlier=False)
    pair = next(iter(found.pairs))
    row = journal.rows(pair)[0]
    outcome = journal.outcome(row.cell, row.fit_key)

    assert outcome is not None
    cell = found.pairs[pair][row.cell.repeat, row.cell.fold]
    assert cell.seconds == pytest.approx(outcome.seconds["fit"] / 0.5)
    assert found.calibration_seconds == 0.5


def test_after_another_invocation_began_what_is_there_is_earlier(
    journal: Journal, tmp_path: Path
) -> None:
    suite = load_suite(tmp_path / "suite.yaml")
    journal.begin("20260102-000000-second", {})

    now, both = (measured(journal, suite, [], earlier=earlier) for earlier in (False, True))
    assert {c.trouble for cells in now.pairs.values() for c in cells.values()} == {EARLIER}
    assert {c.trouble for cells in both.pairs.values() for c in cells.values()} == {""}


def test_a_long_tail_makes_other_data_of_the_same_rows(tmp_path: Path) -> None:
    found = []
    for tail in ({}, {"long_tail": {"ratio": 4}}, {"long_tail": {"ratio": 8}}):
        folder = tmp_path / str(len(found))
        folder.mkdir()
        made = computed_here(write_suite(folder, datasets=[DATA | tail]), "20260101-000000-first")
        run = measured(made, load_suite(folder / "suite.yaml"), [], earlier=True)
        found.append(run.fingerprints)

    fingerprint = made.fact("datasets")[DATA["as"]]["fingerprint"]
    assert found[0] == {DATA["as"]: fingerprint}
    assert len({names[DATA["as"]] for names in found}) == 3


def test_an_environment_is_versions_and_a_processor(journal: Journal, tmp_path: Path) -> None:
    found = measured(journal, load_suite(tmp_path / "suite.yaml"), [], earlier=False).environment

    assert versions(found) == {"python": "3.11"}
    assert processor(found) == ("", "a", "")
