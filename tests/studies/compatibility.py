"""What works with what: every strategy with every model on four kinds of data, as a table.

python tests/studies/compatibility.py [--results DIR]  → results/published/compatibility.md
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmark.catalogue import compose
from benchmark.catalogue.registry import MODELS, STRATEGIES
from benchmark.cli.progress import watcher
from benchmark.flow import Options, Summary, execute, load_suite
from benchmark.suite import Suite
from benchmark.use import Use

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "results" / "published" / "compatibility.md"
HEAD = """# What works with what

Every strategy with every model on four kinds of data, two folds each, at their defaults but with
the fewest members and rounds that they allow:

    python tests/studies/compatibility.py

A pair is `ok`, or it was skipped at planning for a reason (a letter), or some of its cells failed
with a reason (a number). The reasons are below the tables. Kinds of data: numbers and two classes;
numbers, words and missing cells; four classes; five positives, of which two or three are in a
training part.
"""


def suite() -> Suite:
    """The suite with every entry of the catalogue."""
    kinds = load_suite(ROOT / "experiments" / "compatibility.yaml")
    return kinds.model_copy(
        update={
            "strategies": tuple(_use("strategies", name) for name in STRATEGIES.names()),
            "models": tuple(_use("models", name) for name in MODELS.names()),
        }
    )


def _use(kind: str, name: str) -> Use:
    """An entry with the fewest members, rounds or iterations that it allows."""
    asked = compose.parameters(kind, name)
    lengths = [p for p in asked if p.kind == "integer" and not p.tune]
    return Use(use=name, params={p.short_name: int(p.low) for p in lengths})


def page(summary: Summary, seconds: float) -> Iterator[str]:
    """The page, part by part."""
    skips, failures = _numbered(summary)
    reasons = {skip.pair: f"{skips[skip.reason]}" for skip in summary.skips}
    for row in reversed(summary.failures):
        reasons[row.cell.pair] = failures[row.error]
    pairs = list(dict.fromkeys(row.cell.pair for row in summary.rows)) + list(reasons)
    said = {pair: reasons.get(pair, "ok") for pair in pairs}
    yield HEAD
    counts = Counter(row.status for row in summary.rows)
    listed = ", ".join(f"{n:,} {status}" for status, n in counts.most_common())
    yield f"{len(summary.rows):,} cells: {listed}; {len(summary.skips):,} pairs skipped; "
    yield f"{seconds / 60:.0f} minutes on this machine.\n"
    for dataset in dict.fromkeys(pair[0] for pair in pairs):
        models = list(dict.fromkeys(model for name, _, model in said if name == dataset))
        yield f"\n## {dataset}\n\n| | {' | '.join(models)} |\n|---|{'---|' * len(models)}\n"
        for strategy in dict.fromkeys(name for _, name, _ in said):
            cells = [said.get((dataset, strategy, model), "") for model in models]
            yield f"| {strategy} | {' | '.join(cells)} |\n"
    for title, numbered in (("Skipped at planning", skips), ("Failed", failures)):
        yield f"\n## {title}\n\n"
        yield "".join(f"- **{number}** {reason}\n" for reason, number in numbered.items())


def _numbered(summary: Summary) -> tuple[dict[str, str], dict[str, str]]:
    """A letter for each reason to skip, and a number for each failure, the commonest first."""
    skips = Counter(skip.reason for skip in summary.skips).most_common()
    failures = Counter(row.error for row in summary.failures).most_common()
    letters = {reason: _letters(i) for i, (reason, _) in enumerate(skips)}
    return letters, {error: str(i) for i, (error, _) in enumerate(failures, 1)}


def _letters(number: int) -> str:
    """a, b, …, z, aa, ab, …"""
    first = _letters(number // 26 - 1) if number >= 26 else ""
    return first + chr(ord("a") + number % 26)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", default="results")
    started = time.monotonic()
    with watcher() as looking:
        found = execute(suite(), Options(results=parser.parse_args().results), looking)
    PUBLISHED.write_text("".join(page(found, time.monotonic() - started)), encoding="utf-8")
    print(PUBLISHED.read_text(encoding="utf-8").split("\n## ")[0])
