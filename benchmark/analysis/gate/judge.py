"""A run against a baseline → a verdict. Nothing is read or written here."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from benchmark.analysis.compare import metric_of
from benchmark.analysis.gate.accepted import Accepted, Finding
from benchmark.analysis.gate.baseline import Baseline, PairScores
from benchmark.analysis.gate.changes import Change, Folds, Rule, Subject, changes, detectable
from benchmark.analysis.gate.costs import Cost, Costs
from benchmark.analysis.gate.coverage import OVERALL, holes, subject_of
from benchmark.analysis.gate.measured import Pair, Run, processor, versions
from benchmark.analysis.gate.verdict import Found, PairVerdict, State, Verdict

HAIR = 1e-6  # what the same scores may differ by on another processor


@dataclass(frozen=True)
class Terms:
    """On what terms a run is judged.

    Attributes:
        accepted: the changes that are known.
        today: the day on which they count or have expired.
        bounds: "time" and "memory" → the ratio to the baseline above which the gate fails.
    """

    rule: Rule
    accepted: Sequence[Accepted]
    today: date
    bounds: Mapping[Cost, float]


@dataclass(frozen=True, eq=False)
class _Compared:
    """A pair that was measured, its folds, what it costs; where it differs most from itself."""

    folds: Folds
    state: State
    costs: Costs
    where: str


def judge(run: Run, baseline: Baseline, terms: Terms) -> Verdict:
    """Say what is worse than the baseline, what could not be judged, and what is better."""
    missing = holes(run, baseline)
    lost = {subject for subject, _ in missing}
    whole = [pair for pair in baseline.pairs if not _is_lost(subject_of(pair.names), lost)]
    compared = {pair.names: _compared(run, baseline, pair) for pair in whole}
    tested = [pair.folds for pair in compared.values() if pair.state != "identical"]
    known = [folds for folds in tested if _covering("drop", folds.subject, terms)]
    measured = changes([folds for folds in tested if folds not in known], terms.rule, known)
    total = Costs.total(pair.costs for pair in compared.values())
    found = [
        *_drops(measured, baseline, terms),
        *_differing(compared.values(), terms),
        *_dear({OVERALL: total} | {c.folds.subject: c.costs for c in compared.values()}, terms),
        *(_found("unmeasured", subject, text, terms) for subject, text in missing),
    ]
    if "time" in terms.bounds and compared and total.time is None:
        found.append(_found("unmeasured", OVERALL, "time is not known, which shall fail", terms))
    by_subject = {change.subject: change for change in measured}
    sure = [change for change in measured if change.p_gain < terms.rule.alpha]
    return Verdict(
        of=baseline.of,
        made=baseline.made,
        invocation=run.invocation,
        rule=terms.rule,
        sign=metric_of(baseline.of.metric).sign,
        pairs=tuple(_verdict(p.names, compared, by_subject, terms.rule) for p in baseline.pairs),
        means=tuple(change for change in measured if change.subject.kind != "pair"),
        found=tuple(found),
        gains=tuple(change for change in sure if change.estimate > change.least),
        versions=_changed_versions(run, baseline),
        time=total.time,
        memory=total.space,
        new=tuple(map(subject_of, sorted(set(run.pairs) - {p.names for p in baseline.pairs}))),
        notes=tuple(_notes(run, baseline, found, terms)),
    )


def _is_lost(subject: Subject, lost: set[Subject]) -> bool:
    return not lost.isdisjoint({subject, Subject("dataset", subject.dataset), OVERALL})


def _compared(run: Run, baseline: Baseline, pair: PairScores) -> _Compared:
    """The folds of a pair, and whether they are what they were."""
    numbers = sorted(pair.folds)
    values = np.array([(run.pairs[pair.names][f].value, *pair.folds[f]) for f in numbers], float)
    gaps = np.abs(values[:, 0] - values[:, 1])
    worst = int(gaps.argmax())
    same_key = run.key(pair.names, numbers) == pair.key and not _is_timed(run)
    same_machine = processor(run.environment) == processor(baseline.environment)
    hair = 0.0 if same_key and same_machine else HAIR
    state: State = "identical"
    if gaps[worst] > hair:
        state = "tested" if hair else "differs"
    now, first, again = metric_of(baseline.of.metric).quality(values.T)
    repeat, fold = numbers[worst]
    was, became = float(values[worst, 1]), float(values[worst, 0])
    where = f"{was!r} → {became!r} in repeat {repeat} fold {fold}"
    folds = Folds(subject_of(pair.names), tuple(numbers), now, first, again)
    return _Compared(folds, state, Costs.of(run, baseline, pair), where)


def _is_timed(run: Run) -> bool:
    """Whether a clock ends the search, so that the same cell need not give the same score."""
    return run.suite.tuning is not None and run.suite.tuning.seconds is not None


def _verdict(
    names: Pair, compared: Mapping[Pair, _Compared], known: Mapping[Subject, Change], rule: Rule
) -> PairVerdict:
    subject, pair = subject_of(names), compared.get(names)
    if pair is None:
        return PairVerdict(subject, "unmeasured", None, None, None, None, None, None)
    change, now = known.get(subject), float(pair.folds.now.mean())
    if change:
        before, seen = change.before, change.detectable
    else:
        before = float(pair.folds.first.mean())
        seen = detectable(pair.folds.luck, rule, len(compared))
    time, memory = pair.costs.time, pair.costs.space
    return PairVerdict(subject, pair.state, before, now, change, seen, time, memory)


def _drops(measured: Iterable[Change], baseline: Baseline, terms: Terms) -> Iterator[Found]:
    """Significant drops that matter."""
    sign = metric_of(baseline.of.metric).sign
    for change in measured:
        if is_drop(change, terms.rule):
            text = f"{baseline.of.metric} {described(change, sign)}"
            yield _found("drop", change.subject, text, terms, -change.estimate)


def is_drop(change: Change, rule: Rule) -> bool:
    """Whether a change is a drop that is both sure and large enough to matter."""
    return change.p_drop < rule.alpha and -change.estimate > change.least


def described(change: Change, sign: int) -> str:
    """From what to what, the interval, and how sure it is, in the metric's own direction."""
    before, now = sign * change.before, sign * (change.before + change.estimate)
    low, high = sorted(sign * end for end in change.interval)
    p = min(change.p_drop, change.p_gain)
    sure = "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
    of = f" over {change.pairs} changed pairs" if change.pairs > 1 else ""
    return (f"{before:.4f} → {now:.4f}, {sign * change.estimate:+.4f}{of} "
            f"(95 % {low:+.4f} to {high:+.4f}, {sure})")  # fmt: skip


def _differing(compared: Iterable[_Compared], terms: Terms) -> Iterator[Found]:
    for pair in compared:
        if pair.state == "differs":
            text = f"is not deterministic: {pair.where}, with the same key on the same processor"
            yield _found("nondeterminism", pair.folds.subject, text, terms)


def _dear(costs: Mapping[Subject, Costs], terms: Terms) -> Iterator[Found]:
    for subject, cost in costs.items():
        for kind, text in cost.beyond(terms.bounds):
            yield _found(kind, subject, text, terms)


def _found(kind: Finding, subject: Subject, text: str, terms: Terms, drop: float = 0.0) -> Found:
    """A finding with the entry that accepts it, or that did until it expired."""
    about = [e for e in terms.accepted if e.finding == kind and e.covers(subject)]
    entries = [entry for entry in about if drop <= (entry.drop or np.inf)]
    if not entries:
        most = max((entry.drop or 0.0 for entry in about), default=None)
        return Found(kind, subject, f"{text}; accepted only to {most:g}" if most else text)
    latest = max(entries, key=lambda entry: entry.expires)
    return Found(kind, subject, text, latest, latest.expires < terms.today)


def _covering(kind: Finding, subject: Subject, terms: Terms) -> bool:
    """Whether an entry that has not expired is about a subject."""
    return any(
        entry.finding == kind and entry.covers(subject) and entry.expires >= terms.today
        for entry in terms.accepted
    )


def _changed_versions(run: Run, baseline: Baseline) -> dict[str, tuple[str, str]]:
    then, now = versions(baseline.environment), versions(run.environment)
    names = sorted({*then, *now})
    both = {name: (then.get(name, "none"), now.get(name, "none")) for name in names}
    return {name: pair for name, pair in both.items() if pair[0] != pair[1]}


def _notes(run: Run, baseline: Baseline, found: Sequence[Found], terms: Terms) -> Iterator[str]:
    """Another machine, and entries that have nothing to accept."""
    then, now = processor(baseline.environment), processor(run.environment)
    if run.pairs and then != now:
        yield (f"another machine than the baseline's ({' | '.join(then)} → {' | '.join(now)}): "
               f"scores within {HAIR:g} count as the same")  # fmt: skip
    used = {id(each.accepted) for each in found}
    there = [OVERALL, *(subject_of(pair.names) for pair in baseline.pairs)]
    for entry in terms.accepted:
        state = "has expired and " if entry.expires < terms.today else ""
        if not any(map(entry.covers, there)):
            yield f"accepted: {entry.named} ({entry.expires}) {state}is about nothing here"
        elif id(entry) not in used and state:
            yield f"accepted: {entry.named} ({entry.expires}) {state}was not needed; remove it"
