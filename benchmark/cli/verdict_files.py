"""What the gate says, in the files that a CI reads: Markdown, JUnit XML, JSON."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import (  # nosec B405 # XML is written here and never read
    Element,
    SubElement,
    indent,
    tostring,
)

from pydantic import BaseModel

from benchmark.analysis.gate.changes import Subject
from benchmark.analysis.gate.judge import described
from benchmark.analysis.gate.verdict import Found, PairVerdict, Verdict
from benchmark.cli.verdict_table import costs, others, outcome, versions
from benchmark.errors import BenchmarkError
from benchmark.visible import visible

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0


def written(
    verdict: Verdict, *, markdown: Path | None, junit: Path | None, as_json: Path | None
) -> None:
    """Write the files that are asked for. Raises BenchmarkError for those that cannot be."""
    failures = []
    for path, text in ((markdown, as_markdown), (junit, as_junit), (as_json, as_plain)):
        if path is None:
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text(verdict), encoding="utf-8")
        except OSError as error:
            failures.append(f"{str(path)!r} cannot be written: {error}")
    if failures:
        raise BenchmarkError("\n".join(failures))


def as_markdown(verdict: Verdict) -> str:
    """The verdict, what was found, and all pairs, for a CI page."""
    of = verdict.of
    states = ", ".join(f"{count} {state}" for state, count in verdict.states().items())
    lines = [
        f"## {_escaped(of.suite)}: {_escaped(verdict.headline)}",
        "",
        f"{_escaped(of.metric)} of run {verdict.invocation or '-'} against the baseline of "
        f"{verdict.made}. {len(verdict.pairs)} pairs: {states}.",
        "",
    ]
    better = (f"{c.subject}: {described(c, verdict.sign)}" for c in verdict.gains)
    lines += _list("Findings", (_finding(found) for found in verdict.found if found.counts))
    lines += _list("Accepted", (_finding(found) for found in verdict.found if not found.counts))
    lines += _list("Better", map(_escaped, better))
    about = (*versions(verdict), *costs(verdict), *others(verdict))
    lines += _list("About the run", map(_escaped, about))
    header = "| pair | baseline | now | detectable drop | time | |"
    rows = [_row(pair, verdict) for pair in verdict.pairs]
    lines += ["<details><summary>All pairs</summary>", "", header, "|---|---:|---:|---:|---:|---|"]
    return "\n".join([*lines, *rows, "", "</details>", ""])


def _list(title: str, items: Iterable[str]) -> list[str]:
    """A heading and its list; nothing where the list is empty."""
    lines = [f"- {item}" for item in items]
    return [f"### {title}", "", *lines, ""] if lines else []


def _finding(found: Found) -> str:
    return f"**{found.kind}** {_escaped(str(found))}"


def _row(pair: PairVerdict, verdict: Verdict) -> str:
    values = (None if v is None else verdict.sign * v for v in (pair.before, pair.now))
    scores = ["-" if v is None else f"{v:.4f}" for v in (*values, pair.detectable)]
    time = "-" if pair.time is None else f"x{pair.time:.2f}"
    cells = [_escaped(str(pair.subject)), *scores, time, outcome(pair, verdict)]
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """A text that Markdown neither breaks nor formats."""
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", " ".join(visible(text).split()))


def as_junit(verdict: Verdict) -> str:
    """One test case a pair and a mean: a failure for a regression, an error for no measurement."""
    root = Element("testsuites")
    suite = SubElement(root, "testsuite", name=_clean(verdict.of.suite))
    for subject in _cases(verdict):
        words = [subject.dataset or f"mean of {subject}", subject.model]
        case = SubElement(
            suite,
            "testcase",
            classname=_clean(f"{verdict.of.suite}.{subject.strategy or 'all'}"),
            name=_clean(" / ".join(filter(None, words))),
        )
        for tag, kind, text in _problems(subject, verdict):
            SubElement(case, tag, type=kind, message=_clean(text)).text = _clean(
                "\n".join([f"{subject}: {text}", *versions(verdict)])
            )
    suite.set("tests", str(len(suite)))
    for tag in ("failure", "error"):
        suite.set(f"{tag}s", str(sum(case.find(tag) is not None for case in suite)))
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _cases(verdict: Verdict) -> list[Subject]:
    """Pairs, means, and whatever else was found something about, each once."""
    return list(dict.fromkeys([
        *(pair.subject for pair in verdict.pairs),
        *(change.subject for change in verdict.means),
        *(found.subject for found in verdict.found),
    ]))  # fmt: skip


def _problems(subject: Subject, verdict: Verdict) -> Iterator[tuple[str, str, str]]:
    """Tag, kind and text of what keeps a test case from passing."""
    own = [found for found in verdict.found if found.subject == subject]
    for found in (found for found in own if found.counts):
        yield "error" if found.kind == "unmeasured" else "failure", found.kind, found.text
    lost = any(p.subject == subject and p.state == "unmeasured" for p in verdict.pairs)
    if lost and not own:
        whole = next((f for f in verdict.found if f.kind == "unmeasured" and f.counts and
                      f.subject.dataset in ("", subject.dataset)), None)  # fmt: skip
        if whole:
            yield "error", "unmeasured", f"{whole.subject}: {whole.text}"


def _clean(text: str) -> str:
    """Text without the characters that XML forbids."""
    return FORBIDDEN.sub("\ufffd", text)


def as_plain(verdict: Verdict) -> str:
    """Everything, as JSON."""
    return json.dumps(_plain(verdict), indent=1, ensure_ascii=False) + "\n"


def _plain(part: Any) -> Any:
    """Nouns as mappings, with what they say of themselves."""
    if isinstance(part, BaseModel):
        return part.model_dump(mode="json")
    if isinstance(part, Mapping):
        return {name: _plain(value) for name, value in part.items()}
    if isinstance(part, tuple):
        return [_plain(value) for value in part]
    if not is_dataclass(part):
        return part
    own = {field.name: _plain(getattr(part, field.name)) for field in fields(part)}
    said = [name for name in ("code", "headline", "interval", "counts") if hasattr(part, name)]
    return {name: _plain(getattr(part, name)) for name in said} | own
