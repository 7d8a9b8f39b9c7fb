"""The files of the gate: baseline, accepted changes, and what it writes for a CI."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from junitparser import Error, Failure, JUnitXml
from nights import FOLDS, PAIRS, accepting, base, broken, moved, run, verdict

from benchmark.analysis.gate import accepted
from benchmark.analysis.gate import baseline as baselines
from benchmark.analysis.gate.changes import Subject
from benchmark.analysis.gate.verdict import Verdict
from benchmark.cli.verdict_files import as_junit, as_markdown, as_plain, written
from benchmark.errors import BenchmarkError

SMOTE = ("a", "smote", "forest")


def saved(folder: Path, **changed: Any) -> Path:
    """A baseline's file with other values at its top."""
    path = folder / "nightly.json"
    path.write_text(json.dumps(json.loads(base().text) | changed), encoding="utf-8")
    return path


def test_a_baseline_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    path = tmp_path / "baselines" / "nightly.json"
    baselines.write(base().text, path)

    assert baselines.read(path, "nightly") == base()
    assert base().pairs[0].folds[1, 2] == (
        run(1).pairs[base().pairs[0].names][1, 2].value,
        run(2).pairs[base().pairs[0].names][1, 2].value,
    )
    assert [path.name for path in path.parent.iterdir()] == ["nightly.json"]


def test_a_baseline_is_sorted_and_a_changed_score_is_a_changed_line() -> None:
    text = base().text
    other = baselines.baseline(moved(run(1), 0.1, SMOTE), run(2), "2026-11-01")[0].text
    lines = list(zip(text.splitlines(), other.splitlines(), strict=True))
    pairs = [tuple(pair[name] for name in ("dataset", "strategy", "model"))
             for pair in json.loads(text)["pairs"]]  # fmt: skip

    assert pairs == sorted(PAIRS)
    assert sum(a != b for a, b in lines) == 2  # a line for each repeat
    assert text.endswith("}\n")
    assert max(map(len, text.splitlines())) < 130


def test_folds_without_both_scores_are_left_out_with_their_reason() -> None:
    made, left = baselines.baseline(
        broken(run(1), SMOTE, "failed: no", folds=2), broken(run(2), SMOTE, "timeout"), "2026-11-01"
    )
    pair = next(pair for pair in made.pairs if pair.names == SMOTE)

    assert left == ["a / smote / forest: 2 folds left out: failed: no; timeout"]
    assert len(pair.folds) == len(FOLDS) - 2
    assert pair.scores[0][:2] == pair.again[0][:2] == (None, None)


def test_a_baseline_without_a_score_is_refused() -> None:
    nothing = run(1)
    for pair in PAIRS:
        nothing = broken(nothing, pair, "failed: no", folds=len(FOLDS))

    with pytest.raises(BenchmarkError, match="no cell has a score"):
        baselines.baseline(nothing, run(2), "2026-11-01")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"format": 2}, "has format 2; this version reads up to 1"),
        ({"format": "1"}, "is no baseline: it has no format"),
        ({"format": 0}, "is no baseline"),
        ({"format": True}, "is no baseline"),
        ({"of": base().of.model_dump() | {"metric": "f3"}}, "unknown metric 'f3'"),
        ({"pairs": []}, "is damaged: pairs: "),
        ({"datasets": {}}, "is damaged: it: Value error, no fingerprint of dataset 'a'"),
        ({"pairs": 3}, "is damaged: pairs: "),
        ({"more": 1}, "is damaged: more: "),
        ({"calibration_seconds": -1}, "is damaged: calibration_seconds: "),
        ({"of": base().of.model_dump() | {"suite": "other"}}, "is of suite 'other', and this is"),
    ],
)
def test_a_baseline_that_is_not_right_is_one_line(
    tmp_path: Path, changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(BenchmarkError) as caught:
        baselines.read(saved(tmp_path, **changed), "nightly")

    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ({"scores": [[1.0]]}, "scores and again must have the same number of folds"),
        ({"scores": [["0.5"] * 5] * 2}, "pairs.0.scores.0.0"),
        ({"scores": [[1e300] * 5] * 2}, "scores 1e+300, but f2 is from 0 to 1"),
        ({"memory_bytes": 10**400}, "pairs.0.memory_bytes"),
        ({"scores": [[None] * 5] * 2}, "no fold has the scores of both seeds"),
        ({"again": [["x"] * 5] * 2}, "pairs.0.again.0.0"),
        ({"dataset": "a", "strategy": "smote", "model": "forest"}, "a pair is there twice"),
    ],
)
def test_a_pair_that_is_not_right_is_named(
    tmp_path: Path, pair: dict[str, Any], message: str
) -> None:
    pairs = json.loads(base().text)["pairs"]
    path = saved(tmp_path, pairs=[pairs[0] | pair, *pairs[1:]])

    with pytest.raises(BenchmarkError, match=re.escape(message)):
        baselines.read(path, "nightly")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_truncated_baseline_is_one_line(tmp_path: Path, share: float) -> None:
    path = saved(tmp_path)
    path.write_text(base().text[: int(share * len(base().text))], encoding="utf-8")

    with pytest.raises(BenchmarkError, match=r"is not whole JSON \(.*\); make it again") as caught:
        baselines.read(path, "nightly")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"[" * 100_000, b'{"format": NaN}', b"[]"])
def test_a_file_of_something_else_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "nightly.json"
    path.write_bytes(content)

    with pytest.raises(BenchmarkError) as caught:
        baselines.read(path, "nightly")
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_baseline_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"there is no baseline .* make one with"):
        baselines.read(tmp_path / "nothing.json", "nightly")
    with pytest.raises(BenchmarkError, match="cannot be read"):
        baselines.read(tmp_path, "nightly")
    with pytest.raises(BenchmarkError, match="cannot be written"):
        baselines.write(base().text, tmp_path)


GOOD = """\
- strategy: smote
  reason: imbalanced-learn 0.15 draws other neighbours
  expires: 2026-12-31
- {overall: true, drop: 0.02, reason: "all of it", expires: 2027-01-31}
"""
BAD = """\
- {strategy: smote, expires: 2026-12-31}
- {reason: x, expires: 2026-12-31}
- {model: m, reason: x, expires: soon, until: 3}
- {model: m, reason: "  ", expires: 2026-12-31, drop: -1, finding: dropp}
- 3
- {model: m, reason: x, expires: 20270101}
- {overall: true, finding: unmeasured, reason: x, expires: 2027-01-01}
"""


def entries(folder: Path, text: str) -> Path:
    path = folder / "nightly.accepted.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_accepted_changes_are_read(tmp_path: Path) -> None:
    first, second = accepted.read(entries(tmp_path, GOOD))

    assert (first.strategy, first.finding, str(first.expires)) == ("smote", "drop", "2026-12-31")
    assert first.covers(Subject("pair", *SMOTE))
    assert first.covers(Subject("strategy", strategy="smote"))
    assert not first.covers(Subject("model", model="forest"))
    assert not first.covers(Subject("overall"))
    assert second.covers(Subject("overall"))
    assert not second.covers(Subject("pair", *SMOTE))
    assert accepted.read(entries(tmp_path, "# nothing\n")) == ()


def test_every_mistake_in_accepted_changes_has_its_line(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError) as caught:
        accepted.read(entries(tmp_path, BAD))

    lines = str(caught.value).splitlines()
    assert [line.partition(": ")[0] for line in lines] == [
        f"nightly.accepted.yaml:{number}" for number in (1, 2, 3, 3, 4, 4, 4, 5, 6, 7)
    ]
    assert "reason is required" in lines[0]
    assert "name a dataset, a strategy or a model" in lines[1]
    assert "expires: must be a valid date" in lines[2]
    assert "unknown key 'until'" in lines[3]
    assert "got 'dropp'" in "".join(lines[4:7])
    assert "write a date such as 2027-01-31; got 20270101" in lines[8]
    assert "a run that measured nothing cannot be accepted" in lines[9]


@pytest.mark.parametrize("text", ["strategy: smote\n", "- [\n", "3\n"])
def test_accepted_changes_that_are_no_list_are_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(BenchmarkError, match=r"nightly\.accepted\.yaml:\d: "):
        accepted.read(entries(tmp_path, text))


def test_accepted_changes_that_cannot_be_read_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="No such file"):
        accepted.read(tmp_path / "nothing.yaml")
    (tmp_path / "binary").write_bytes(b"\xff")
    with pytest.raises(BenchmarkError, match="is not UTF-8"):
        accepted.read(tmp_path / "binary")


@pytest.fixture(scope="module")
def mixed() -> Verdict:
    """A regression, an accepted one, a hole, a dataset that is gone, new versions."""
    now = moved(run(3), 0.0, key="new")
    now = moved(now, -0.3, SMOTE, ("a", "none", "forest"), key="new")
    now = broken(now, ("a", "none", "boosting"), "failed: <b>|`no`\x00")
    pairs = {pair: cells for pair, cells in now.pairs.items() if pair[0] != "b"}
    environment = dict(now.environment) | {"sklearn": "1.9.1"}
    now = replace(now, pairs=pairs, fingerprints={"a": "a" * 64}, environment=environment)
    return verdict(now, accepted=(accepting(strategy="none"),))


def test_junit_has_a_case_for_each_pair_and_mean(mixed: Verdict) -> None:
    suite = next(iter(JUnitXml.fromstring(as_junit(mixed).encode())))
    cases = {case.name + " " + case.classname: case.result for case in suite}
    kinds = {name: [type(result) for result in results] for name, results in cases.items()}

    assert suite.tests == len(suite) >= len(PAIRS)
    assert kinds["a / forest nightly.smote"] == [Failure]
    assert kinds["a / forest nightly.none"] == []
    assert kinds["a / boosting nightly.smote"] == []
    assert kinds["a / boosting nightly.none"] == [Error]
    assert kinds["b / forest nightly.smote"] == [Error]
    failure = cases["a / forest nightly.smote"][0]
    assert (suite.failures, suite.errors) == (
        sum(Failure in found for found in kinds.values()),
        sum(Error in found for found in kinds.values()),
    )
    assert failure.type == "drop"
    assert "95 %" in failure.message
    assert "versions: sklearn 1.9.0 → 1.9.1" in failure.text


def test_markdown_names_findings_and_keeps_its_table_whole(mixed: Verdict) -> None:
    text = as_markdown(mixed)
    rows = [line for line in text.splitlines() if line.startswith("| ")]

    assert text.startswith("## nightly: FAILED: ")
    assert "**drop** a / smote / forest: f2 " in text
    assert "### Accepted\n\n- **drop** a / none / forest" in text
    assert r"\<b\>\|\`no\`" in text
    assert "- versions: sklearn 1.9.0 → 1.9.1" in text
    assert len(rows) == len(PAIRS) + 1
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {7}


def test_json_holds_everything(mixed: Verdict) -> None:
    plain = json.loads(as_plain(mixed))
    drop = next(found for found in plain["found"] if found["kind"] == "drop" and found["counts"])

    assert plain["code"] == 3
    assert drop["subject"]["strategy"] == "smote"
    assert len(plain["pairs"]) == len(PAIRS)
    assert len(next(p["change"] for p in plain["pairs"] if p["change"])["interval"]) == 2
    assert next(f for f in plain["found"] if f["accepted"])["accepted"]["expires"] == "2026-12-31"


def test_files_that_cannot_be_written_are_named(mixed: Verdict, tmp_path: Path) -> None:
    written(mixed, markdown=tmp_path / "new" / "summary.md", junit=None, as_json=None)

    assert (tmp_path / "new" / "summary.md").read_text(encoding="utf-8") == as_markdown(mixed)
    with pytest.raises(BenchmarkError, match="cannot be written"):
        written(mixed, markdown=None, junit=tmp_path, as_json=tmp_path / "gate.json")
    assert json.loads((tmp_path / "gate.json").read_text(encoding="utf-8"))["code"] == 3
