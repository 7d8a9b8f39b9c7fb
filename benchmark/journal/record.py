"""One pair's outcomes → what a tracking store shows of them. Pure; knows no MLflow."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import precision_recall_curve, roc_curve

from benchmark.journal.keys import digest
from benchmark.journal.rows import EXTERNAL, Row
from benchmark.types import Outcome

STEPPED_METRICS = 10
CURVE_POINTS = 200


@dataclass(frozen=True)
class Record:
    """Names and numbers of one run.

    Attributes:
        steps: metric → its value in each fold, in the order of the folds.
        artifacts: file name → text.
        seconds: what all of its cells took together.
    """

    params: Mapping[str, str]
    tags: Mapping[str, str]
    metrics: Mapping[str, float]
    steps: Mapping[str, Sequence[tuple[int, float]]]
    artifacts: Mapping[str, str]
    seconds: float
    failed: bool


def pair_digest(rows: Sequence[Row]) -> str:
    """What a pair's run was made from; another digest means that the run is out of date."""
    return digest({"rows": [(r.fit_key, r.score_key, r.status, r.invocation) for r in rows]})


def metric_name(metric: str, threshold: str) -> str:
    """`f2` at the default threshold, `f2_tuned` at the tuned one, and so on."""
    return f"{metric}_{threshold}" if threshold not in ("", "default") else metric


def record(rows: Sequence[Row], outcomes: Sequence[Outcome], facts: Mapping[str, Any]) -> Record:
    """Everything to say about a pair."""
    values = _by_fold(rows)
    named = {metric_name(*key): folds for key, folds in values.items()}
    complete = {name: [v for _, v in folds] for name, folds in named.items() if folds}
    metrics = {name: float(np.mean(v)) for name, v in complete.items()}
    metrics |= {f"{name}_std": float(np.std(v)) for name, v in complete.items()}
    first = list(dict.fromkeys(metric for metric, _ in values))[:STEPPED_METRICS]
    return Record(
        params=_params(rows, outcomes, facts),
        tags=_tags(rows, outcomes, facts),
        metrics=metrics | _costs(rows, outcomes),
        steps={f"folds/{metric_name(*k)}": v for k, v in values.items() if k[0] in first},
        artifacts=_artifacts(rows, outcomes, _rule(facts)),
        seconds=sum(sum(outcome.seconds.values()) for outcome in outcomes),
        failed=all(row.status != "ok" for row in rows),
    )


def accepted_name(name: str) -> str:
    """A metric's or parameter's name with the characters replaced that MLflow refuses."""
    return re.sub(r"[^\w\-./: ]", "_", name)


def _by_fold(rows: Sequence[Row]) -> dict[tuple[str, str], list[tuple[int, float]]]:
    """Metric and threshold → the number of each fold and its value there."""
    found: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for step, row in enumerate(rows):
        for threshold, metrics in row.scores.values.items():
            for metric, value in metrics.items():
                folds = found.setdefault((metric, threshold), [])
                if value is not None:
                    folds.append((step, value))
    return found


def _params(
    rows: Sequence[Row], outcomes: Sequence[Outcome], facts: Mapping[str, Any]
) -> dict[str, str]:
    """The pair, the settings, and what each fold chose under the leaderboard rule."""
    suite = facts["suite"]
    chosen: dict[str, list[str]] = {}
    for outcome in outcomes:
        for name, value in outcome.params.get(_rule(facts), {}).items():
            text = f"{value:.4g}" if isinstance(value, float) else str(value)
            chosen.setdefault(name, []).append(text)
    tuning = f"{suite['tuning']['trials']} trials" if suite["tuning"] else "off"
    settings = {
        "seed": suite["seed"],
        "cv": suite["cv"]["column"] or f"{suite['cv']['folds']} x {suite['cv']['repeats']}",
        "tuning": "elsewhere" if rows[0].cell.model == EXTERNAL else tuning,
    }
    if suite.get("fit_seed") is not None:
        settings["fit_seed"] = suite["fit_seed"]
    pair = dict(zip(("dataset", "strategy", "model"), rows[0].cell.pair, strict=True))
    joined = {name: " | ".join(dict.fromkeys(texts)) for name, texts in chosen.items()}
    return {name: str(value)[:6000] for name, value in (pair | settings | joined).items()}


def _rule(facts: Mapping[str, Any]) -> str:
    """Which of the two chosen models the leaderboard ranks."""
    return "tuned" if "tuned" in facts["suite"]["thresholds"] else "default"


def _tags(
    rows: Sequence[Row], outcomes: Sequence[Outcome], facts: Mapping[str, Any]
) -> dict[str, str]:
    dataset, strategy, model = rows[0].cell.pair
    errors = dict.fromkeys(o.error for o in outcomes if o.error)
    notes = dict.fromkeys(o.note for o in outcomes if o.note)
    tags = {
        "dataset": dataset,
        "strategy": strategy,
        "model": model,
        "benchmark.kind": EXTERNAL if model == EXTERNAL else "pair",
        "benchmark.suite": facts["suite"]["name"],
        "benchmark.fingerprint": facts["datasets"][dataset]["fingerprint"],
        "benchmark.invocation": max(row.invocation for row in rows),
        "benchmark.digest": pair_digest(rows),
        "benchmark.failed": str(sum(row.status != "ok" for row in rows)),
        "benchmark.errors": "\n".join(errors),
        "benchmark.notes": "\n".join(notes),
    }
    return {name: value[:5000] for name, value in tags.items() if value}


def _costs(rows: Sequence[Row], outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Mean seconds a fold of each stage, peak memory, and how many folds there are."""
    stages = {stage for outcome in outcomes for stage in outcome.seconds}
    costs = {
        f"{stage}_seconds": float(np.mean([o.seconds.get(stage, 0.0) for o in outcomes]))
        for stage in stages
    }
    failed = sum(row.status != "ok" for row in rows)
    peak = max((float(o.memory_bytes) for o in outcomes), default=0.0)
    return costs | {
        "peak_memory_bytes": peak,
        "failed_folds": failed,
        "ok_folds": len(rows) - failed,
    }


def _artifacts(rows: Sequence[Row], outcomes: Sequence[Outcome], rule: str) -> dict[str, str]:
    texts = {
        "folds.csv": _csv(_fold_lines(rows, outcomes)),
        "trials.csv": _csv(_trial_lines(outcomes)),
        "curves.csv": _csv(_curve_lines(outcomes, rule)),
        "failures.txt": "\n\n".join(
            f"{o.cell}\n{o.error}\n{o.traceback}" for o in outcomes if o.error
        ),
    }
    return {name: text for name, text in texts.items() if text}


def _fold_lines(rows: Sequence[Row], outcomes: Sequence[Outcome]) -> Iterable[dict[str, Any]]:
    for row, outcome in zip(rows, outcomes, strict=True):
        line: dict[str, Any] = {
            "repeat": row.cell.repeat,
            "fold": row.cell.fold,
            "status": row.status,
        }
        for threshold, metrics in row.scores.values.items():
            line |= {metric_name(m, threshold): value for m, value in metrics.items()}
        line |= {f"threshold_{rule}": cut.value for rule, cut in row.scores.thresholds.items()}
        line |= {f"{stage}_seconds": value for stage, value in outcome.seconds.items()}
        yield line | {"note": outcome.note, "error": outcome.error}


def _trial_lines(outcomes: Sequence[Outcome]) -> Iterable[dict[str, Any]]:
    for outcome in outcomes:
        for trial in outcome.trials:
            where = {
                "repeat": outcome.cell.repeat,
                "fold": outcome.cell.fold,
                "trial": trial.number,
            }
            quality = {"default": trial.default, "tuned": trial.tuned}
            yield (
                where
                | quality
                | {"seconds": trial.fit_seconds, "error": trial.error}
                | {"pruned_after": trial.pruned_after}
                | dict(trial.params)
            )


def _curve_lines(outcomes: Sequence[Outcome], rule: str) -> Iterable[dict[str, Any]]:
    """Precision-recall and ROC points of each test fold, of the model that the board ranks."""
    for outcome in outcomes:
        p = outcome.predictions
        if p is None or len(np.unique(p.y)) < 2:
            continue
        scored = p.tuned if rule == "tuned" else p.default
        if scored.test.ndim == 2 or p.y.max() > 1:
            continue
        precision, recall, _ = precision_recall_curve(p.y, scored.test)
        fpr, tpr, _ = roc_curve(p.y, scored.test)
        for curve, xs, ys in (("precision_recall", recall, precision), ("roc", fpr, tpr)):
            keep = np.unique(np.linspace(0, len(xs) - 1, min(CURVE_POINTS, len(xs))).astype(int))
            where = {"repeat": outcome.cell.repeat, "fold": outcome.cell.fold, "curve": curve}
            for x, y in zip(xs[keep].tolist(), ys[keep].tolist(), strict=True):
                yield where | {"x": f"{x:.6g}", "y": f"{y:.6g}"}


def _csv(lines: Iterable[Mapping[str, Any]]) -> str:
    """Lines as CSV with every column that any line has."""
    kept = list(lines)
    if not kept:
        return ""
    columns = list(dict.fromkeys(name for line in kept for name in line))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([line.get(name, "") for name in columns] for line in kept)
    return file.getvalue()
