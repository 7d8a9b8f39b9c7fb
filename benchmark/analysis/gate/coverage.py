"""What of a baseline was not measured: no verdict without it."""

from collections import Counter
from collections.abc import Iterator

from benchmark.analysis.gate.baseline import Baseline, Of, PairScores
from benchmark.analysis.gate.changes import Subject
from benchmark.analysis.gate.measured import EARLIER, Run

Hole = tuple[Subject, str]
OVERALL = Subject("overall")
ADVICE = "run it with --fresh, or add --earlier if shards or an interrupted run computed it"


def subject_of(pair: tuple[str, str, str]) -> Subject:
    """A pair as a subject."""
    return Subject("pair", *pair)


def holes(run: Run, baseline: Baseline) -> list[Hole]:
    """What is missing, from the whole to a fold; nothing where all of the baseline was measured."""
    if run.changed:
        return [(OVERALL, f"the suite was changed after its last run: {', '.join(run.changed)}")]
    differences = baseline.of.differences(Of.suite_as_run(run.suite))
    if differences:
        return [(OVERALL, f"the suite is scored otherwise: {'; '.join(differences)}")]
    troubles = Counter(cell.trouble for folds in run.pairs.values() for cell in folds.values())
    if not troubles[""]:
        reasons = [f"{count} cells: {reason}" for reason, count in troubles.most_common(3)]
        more = "; …" if len(troubles) > len(reasons) else ""
        advice = f"; {ADVICE}" if EARLIER in troubles else ""
        said = "; ".join(reasons) or "the suite has no cells"
        return [(OVERALL, f"the run measured nothing ({said}{more}){advice}")]
    datasets = {name: _of_dataset(run, baseline, name) for name in baseline.datasets}
    found = [(Subject("dataset", name), text) for name, text in datasets.items() if text]
    for pair in baseline.pairs:
        if not datasets[pair.dataset]:
            found += [(subject_of(pair.names), text) for text in _of_pair(run, pair)]
    return found


def _of_dataset(run: Run, baseline: Baseline, name: str) -> str:
    then, now = baseline.datasets[name], run.fingerprints.get(name)
    if now is None:
        return "is not in the suite"
    return "" if then == now else f"holds other data: fingerprint {then[:12]} → {now[:12]}"


def _of_pair(run: Run, pair: PairScores) -> Iterator[str]:
    """What is wrong with a pair, each reason once."""
    if pair.names in run.skips:
        yield f"is skipped: {run.skips[pair.names]}"
        return
    cells = run.pairs.get(pair.names)
    if cells is None:
        yield "is not in the suite"
        return
    reasons = Counter(
        cells[fold].trouble if fold in cells else "is not in the suite" for fold in pair.folds
    )
    del reasons[""]
    for reason, count in reasons.items():
        yield f"{reason} (in {count} of {len(pair.folds)} folds)"
