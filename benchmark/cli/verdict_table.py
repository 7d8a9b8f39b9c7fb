"""What the gate says, in a terminal."""

from pathlib import Path

from benchmark.analysis.gate.changes import Change, Subject
from benchmark.analysis.gate.judge import described
from benchmark.analysis.gate.verdict import NO_VERDICT, PASSED, Found, PairVerdict, Verdict
from benchmark.cli.console import console
from benchmark.cli.grid import Grid

HEADER = ("", "baseline", "now", "change", "p\n(Holm)", "detectable\ndrop", "time", "")
STATES = {"identical": "same", "tested": "luck", "differs": "VARIES", "unmeasured": "MISSING"}
LEGEND = {
    "same": "identical scores",
    "luck": "a change no larger than another seed makes",
    "small": "a sure change, too small to matter",
    "VARIES": "another score under the same key on the same processor",
    "MISSING": "not measured",
}
WORDS = {"drop": "worse", "nondeterminism": "not deterministic", "unmeasured": "not measured"}


def show_verdict(verdict: Verdict, baseline: Path) -> None:
    """Every pair, then the means, then what was found, and last the verdict."""
    out = console()
    lines = [_pair_line(pair, verdict) for pair in verdict.pairs]
    lines += [_mean_line(change, verdict) for change in verdict.means]
    styles = ["red" if line[-1].isupper() else "" for line in lines]
    said = {line[-1] for line in lines}
    legend = "; ".join(f"{word}: {text}" for word, text in LEGEND.items() if word in said)
    of = verdict.of
    run = f"run {verdict.invocation or '-'}"
    title = f"{of.suite}: {of.metric} of {run} against {baseline} of {verdict.made}"
    Grid(HEADER, lines, styles, names=1).show(out, title)
    for text in (legend, *versions(verdict), *costs(verdict), *others(verdict)):
        out.print(text, markup=False, style="dim")
    for change in verdict.gains:
        text = f"better: {change.subject}: {of.metric} {described(change, verdict.sign)}"
        out.print(text, markup=False, style="green")
    for found in sorted(verdict.found, key=lambda each: each.counts):
        out.print(_found_line(found), markup=False, style="red" if found.counts else "dim")
    style = {PASSED: "bold green", NO_VERDICT: "bold yellow"}.get(verdict.code, "bold red")
    out.print(f"{verdict.headline} (exit code {verdict.code})", markup=False, style=style)


def versions(verdict: Verdict) -> list[str]:
    """Which versions changed, in a line; none where none did."""
    found = [f"{name} {then} → {now}" for name, (then, now) in verdict.versions.items()]
    return [f"versions: {', '.join(found)}"] if found else []


def costs(verdict: Verdict) -> list[str]:
    """Time and memory of all pairs, in a line."""
    named = {"fit time (by the machine's own measure)": verdict.time, "memory": verdict.memory}
    found = [f"{name} x{ratio:.2f}" for name, ratio in named.items() if ratio]
    return [f"{', '.join(found)} of the baseline's"] if found else []


def others(verdict: Verdict) -> list[str]:
    """Notes and new pairs, a line each."""
    new = [f"new: {subject}, which the baseline lacks" for subject in verdict.new]
    return [*(f"note: {note}" for note in verdict.notes), *new]


def outcome(pair: PairVerdict, verdict: Verdict) -> str:
    """What is to be said of a pair in a word or two."""
    return _word(pair.subject, pair.change, verdict) or STATES[pair.state]


def _found_line(found: Found) -> str:
    """A finding with what it is called."""
    state = "" if found.counts else "accepted: "
    if found.expired:
        state = "no longer accepted: "
    return f"{state}{WORDS.get(found.kind, found.kind)}: {found}"


def _word(subject: Subject, change: Change | None, verdict: Verdict) -> str:
    """Whether a subject is worse or better; empty where neither is sure."""
    for found in verdict.found:
        if found.subject == subject and found.kind == "drop":
            return "WORSE" if found.counts else "accepted"
    if change in verdict.gains:
        return "better"
    sure = change and min(change.p_drop, change.p_gain) < verdict.rule.alpha
    return "small" if sure else ""


def _pair_line(pair: PairVerdict, verdict: Verdict) -> list[str]:
    subject, sign = pair.subject, verdict.sign
    return [
        str(subject),
        *(_score(value, sign) for value in (pair.before, pair.now)),
        *_tested(pair.change, sign),
        "-" if pair.detectable is None else f"{pair.detectable:.3f}",
        "-" if pair.time is None else f"x{pair.time:.2f}",
        outcome(pair, verdict),
    ]  # fmt: skip


def _mean_line(change: Change, verdict: Verdict) -> list[str]:
    subject, sign = change.subject, verdict.sign
    return [
        f"mean of {subject} ({change.pairs} changed pairs)",
        *(_score(value, sign) for value in (change.before, change.before + change.estimate)),
        *_tested(change, sign),
        f"{change.detectable:.3f}",
        "",
        _word(subject, change, verdict) or STATES["tested"],
    ]  # fmt: skip


def _score(quality: float | None, sign: int) -> str:
    return "-" if quality is None else f"{sign * quality:.3f}"


def _tested(change: Change | None, sign: int) -> list[str]:
    """Change and p."""
    if change is None:
        return ["-", "-"]
    p = min(change.p_drop, change.p_gain)
    return [f"{sign * change.estimate:+.3f}", "<0.001" if p < 0.001 else f"{p:.3f}"]
