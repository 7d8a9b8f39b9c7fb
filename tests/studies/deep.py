"""Deep learning with class imbalance: what its remedies do on long tails and on tables.

python tests/studies/deep.py [--results DIR]  → results/published/deep.md
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmark.cli.progress import watcher
from benchmark.flow import Options, Summary, execute, load_suite
from benchmark.types import Floats

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "results" / "published" / "deep.md"
IMAGES = ("mnist_t10k", "digits")
NETWORKS = ("small_cnn", "mlp")
LITERATURE = ("balanced_softmax", "logit_adjustment_1.5", "ldam_drw", "classifier_retraining")
HEAD = """# Deep learning with class imbalance

    BENCHMARK_DATA=… python tests/studies/deep.py

runs `experiments/deep.yaml` (untuned, {folds} folds, the default decision, a processor thread a
fit) and writes this page.
"""
SHOWN = """## What it shows

- On both sets of images all four remedies of the literature are better than cross-entropy on
  average, and on `mnist_t10k` in every fold; they trade a little recall of the head for much of the
  tail. On `digits` the rarest class has one training row and the next ones two to four, so that a
  fold may go either way.
- Balanced softmax gains next to nothing with `mlp` on `digits`. It is not early stopping: with all
  50 epochs it gains 0.004, with 200 it loses 0.017. A network that has learnt its few rows by heart
  can make up for an offset of its logits (Kini et al., arXiv 2103.01550). The same offset taken off
  afterwards gains 0.086; with `small_cnn` and 100 epochs balanced softmax gains 0.092.
- The simplest remedy, `logit_adjustment_afterwards`, is among the best everywhere and costs
  nothing. `focal_loss`, `soft_f_beta`, `asymmetric_loss` and mixup alone are none for a long tail.
- On the tables the remedies that make up for class sizes move the balanced accuracy of `mlp` from
  0.77 to about 0.86, and none its average precision by more than 0.005 upwards: they change the
  decision, as a threshold would. XGBoost gains less (0.78 to 0.83) and ranks best, with SMOTE.
"""
Values = Callable[[str, str, str, str], Floats]


def reader(summary: Summary) -> Values:
    """What gives a metric of each fold: (dataset, strategy, model, metric) → shape (folds,)."""
    found: dict[tuple[str, str, str], list[dict[str, float | None]]] = {}
    for row in summary.rows:
        if row.status == "ok":
            values = row.scores.values
            found.setdefault(row.cell.pair, []).append(values["default"] | values[""])

    def values(dataset: str, strategy: str, model: str, metric: str) -> Floats:
        cells = found.get((dataset, strategy, model), [])
        return np.array([cell[metric] for cell in cells], dtype=np.float64)

    return values


def page(summary: Summary) -> Iterator[str]:
    """The page, part by part."""
    values = reader(summary)
    folds = summary.suite.cv.folds
    strategies = [use.name for use in summary.suite.strategies]
    tables = [use.name for use in summary.suite.datasets if use.name not in IMAGES]
    yield HEAD.format(folds=folds)
    yield SHOWN
    yield "## What the literature promises\n"
    yield from literature(values)
    yield "\n## Images with a long tail\n"
    yield from images(values, strategies)
    yield "\n## Tables\n"
    yield from on_tables(values, strategies, tables)
    yield "\n## What failed\n"
    yield from failures(summary)


def literature(values: Values) -> Iterator[str]:
    """What four remedies gain over cross-entropy on long tails: the mean, and the worst fold."""
    places = [(dataset, model) for dataset in IMAGES for model in NETWORKS]
    yield "Gain in balanced accuracy over cross-entropy (`none`), and in the worst fold:\n"
    yield row("", *(f"{dataset}, {model}" for dataset, model in places))
    yield row("---", *["---:"] * len(places))
    for strategy in LITERATURE:
        cells = []
        for dataset, model in places:
            plain = values(dataset, "none", model, "balanced_accuracy")
            gain = values(dataset, strategy, model, "balanced_accuracy") - plain
            cells.append(f"{gain.mean():+.3f} ({gain.min():+.3f})")
        yield row(f"`{strategy}`", *cells)


def images(values: Values, strategies: Sequence[str]) -> Iterator[str]:
    """Balanced accuracy on both sets of images; recall of the thirds of the classes on one."""
    mnist, digits = IMAGES
    thirds = ("head_recall", "medium_recall", "tail_recall")
    columns = [(mnist, "small_cnn", "balanced_accuracy")]
    columns += [(mnist, "small_cnn", third) for third in thirds]
    rest = [(mnist, "mlp"), (digits, "small_cnn"), (digits, "mlp"), (mnist, "xgboost")]
    rest += [(mnist, "logistic_regression")]
    columns += [(dataset, model, "balanced_accuracy") for dataset, model in rest]
    yield f"Balanced accuracy; of `{mnist}` with `small_cnn` the recall of its thirds too.\n"
    yield row("", f"{mnist}, small_cnn", "head", "medium", "tail", *(", ".join(p) for p in rest))
    yield row("---", *["---:"] * len(columns))
    for strategy in by_first(values, strategies, *columns[0]):
        yield row(f"`{strategy}`", *(mean(values(d, strategy, m, x)) for d, m, x in columns))


def on_tables(values: Values, strategies: Sequence[str], tables: Sequence[str]) -> Iterator[str]:
    """Balanced accuracy on each table, and the means of ranking and probability metrics."""
    others = ("average_precision", "brier")
    yield "Balanced accuracy on each set; then means over the sets.\n"
    yield row("model", "strategy", *tables, "mean", "average precision", "Brier")
    yield row("---", "---", *["---:"] * (len(tables) + 3))
    for model in ("mlp", "xgboost", "logistic_regression"):
        for strategy in strategies:
            found = [values(name, strategy, model, "balanced_accuracy") for name in tables]
            if not all(len(cells) for cells in found):
                continue
            means = [
                np.mean([values(name, strategy, model, metric).mean() for name in tables])
                for metric in ("balanced_accuracy", *others)
            ]
            yield row(model, f"`{strategy}`", *map(mean, found), *(f"{m:.3f}" for m in means))


def failures(summary: Summary) -> Iterator[str]:
    """Each reason with the pairs that it stopped."""
    reasons: dict[str, set[str]] = {}
    for found in summary.failures:
        said = found.error.splitlines()[0] if found.error else found.status
        reasons.setdefault(said, set()).add(" / ".join(found.cell.pair))
    for said, pairs in reasons.items():
        yield f"- {said}: {', '.join(sorted(pairs))}"
    if not reasons:
        yield "Nothing."


def by_first(
    values: Values, strategies: Sequence[str], dataset: str, model: str, metric: str
) -> list[str]:
    """The strategies that have a value in a column, best first."""
    found = {s: values(dataset, s, model, metric) for s in strategies}
    return sorted((s for s in found if len(found[s])), key=lambda s: -found[s].mean())


def mean(cells: Floats) -> str:
    """The mean and deviation over folds; empty where nothing was measured."""
    return f"{cells.mean():.3f} ± {cells.std():.3f}" if len(cells) else ""


def row(*cells: str) -> str:
    """A line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=ROOT / "results")
    options = Options(results=parser.parse_args().results)
    with watcher() as watching:
        done = execute(load_suite(ROOT / "experiments" / "deep.yaml"), options, watching)
    PUBLISHED.write_text("\n".join(page(done)) + "\n", encoding="utf-8")
