"""What the gate says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from benchmark.analysis.gate.accepted import Accepted, Finding
from benchmark.analysis.gate.baseline import Of
from benchmark.analysis.gate.changes import Change, Rule, Subject
from benchmark.wording import counted

PASSED, REGRESSION, NO_VERDICT = 0, 3, 4
State = Literal["identical", "tested", "differs", "unmeasured"]


@dataclass(frozen=True)
class Found:
    """Something that the gate does not let pass, unless it is accepted.

    Attributes:
        text: from what to what, how sure; without the subject.
        accepted: the entry that covers it, even if that has expired.
        expired: it was accepted once.
    """

    kind: Finding
    subject: Subject
    text: str
    accepted: Accepted | None = None
    expired: bool = False

    @property
    def counts(self) -> bool:
        """Whether it is not accepted today."""
        return self.accepted is None or self.expired

    def __str__(self) -> str:
        note = ""
        if self.accepted:
            until = "until" if not self.expired else "only until"
            note = f"; accepted {until} {self.accepted.expires}: {self.accepted.reason}"
        return f"{self.subject}: {self.text}{note}"


@dataclass(frozen=True)
class PairVerdict:
    """A pair of the baseline.

    Attributes:
        state: "identical" scores (or within 1e-6); "tested", because they are not; "differs"
            where the same key on the same processor gives other scores; "unmeasured" where a
            fold of the baseline is missing.
        before, now: mean qualities; None where it was not measured.
        change: for "tested"; in qualities, of which more is better.
        detectable: the drop that would be found with a probability of 0.8.
        time, memory: ratios to the baseline; of time after calibration. None where not known.
    """

    subject: Subject
    state: State
    before: float | None
    now: float | None
    change: Change | None
    detectable: float | None
    time: float | None
    memory: float | None


@dataclass(frozen=True)
class Verdict:
    """All that there is to say about a run.

    Attributes:
        of: which scores are compared.
        made: the day of the baseline.
        invocation: the run.
        sign: 1 where a greater value of the metric is better, else -1; qualities times this are
            its values (of a metric with a best value, the distances to it).
        pairs: one for each of the baseline's.
        means: of each strategy, each model and all, over the pairs that were tested.
        found: all findings, those of pairs included.
        gains: what is significantly better.
        versions: what has another version: before and now.
        time, memory: ratios of all pairs together.
        new: pairs that the baseline lacks.
        notes: what else a reader should know.
    """

    of: Of
    made: str
    invocation: str
    rule: Rule
    sign: int
    pairs: tuple[PairVerdict, ...]
    means: tuple[Change, ...]
    found: tuple[Found, ...]
    gains: tuple[Change, ...]
    versions: Mapping[str, tuple[str, str]]
    time: float | None
    memory: float | None
    new: tuple[Subject, ...]
    notes: tuple[str, ...]

    @property
    def code(self) -> int:
        """The exit code."""
        kinds = {found.kind for found in self.found if found.counts}
        if kinds - {"unmeasured"}:
            return REGRESSION
        measured = any(pair.state != "unmeasured" for pair in self.pairs)
        return PASSED if measured and not kinds else NO_VERDICT

    @property
    def headline(self) -> str:
        """The verdict in one line."""
        open_ones = [found for found in self.found if found.counts]
        regressions = sum(found.kind != "unmeasured" for found in open_ones)
        holes = len(open_ones) - regressions
        accepted = len(self.found) - len(open_ones)
        said = [counted(regressions, "regression")] if regressions else []
        said += [f"{counted(holes, 'thing')} not measured"] if holes else []
        said += [f"{accepted} accepted"] if accepted else []
        word = {PASSED: "PASSED", REGRESSION: "FAILED", NO_VERDICT: "CANNOT JUDGE"}[self.code]
        return f"{word}: {', '.join(said) or 'nothing is worse'}"

    def states(self) -> dict[State, int]:
        """How many pairs are in each state."""
        found: dict[State, int] = {}
        for pair in self.pairs:
            found[pair.state] = found.get(pair.state, 0) + 1
        return found
