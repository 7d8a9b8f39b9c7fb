"""A suite whose names try to be markup, scripts, formulas and commands of a page."""

from pathlib import Path
from typing import Any

import pandas as pd
from plugins_for_tests.suites import write_suite

MARKUP = "<script>hurt = 1</script><img src=x onerror='hurt = 1'><b>bold"
ESCAPE = "</script></title></textarea><svg/onload=hurt=1>--><!--"
FORMULA = "=cmd|' /C calc'!A0"
QUOTES = '"it\'s" `${hurt = 1}` {{ 7 * 7 }} %{hurt} &amp; \\'
FOREIGN = "naïve 数据 ☠"
LONG = "x" * 299 + "y"
DATASETS = (MARKUP, QUOTES, LONG)
STRATEGIES = ("$ink", FORMULA, ESCAPE, FOREIGN)
MODELS = ("constructor", "<i>__proto__</i>")
NAMES = (*DATASETS, *STRATEGIES, *MODELS)


def hostile_suite(folder: Path, **settings: Any) -> Path:
    """Three datasets, four strategies and two models, tuned by two trials."""
    params = {"rows": 150, "minority": 0.3}
    datasets = [
        {"use": "synthetic", "as": name, "params": params | {"rows": 150 + 10 * place}}
        for place, name in enumerate(DATASETS)
    ]
    uses = ("none", "class_weight", "random_oversampling", "random_undersampling")
    strategies = [{"use": use, "as": name} for use, name in zip(uses, STRATEGIES, strict=True)]
    models = [
        {"use": use, "as": name}
        for use, name in zip(("logistic_regression", "decision_tree"), MODELS, strict=True)
    ]
    hostile = {
        "datasets": datasets,
        "strategies": strategies,
        "models": models,
        "metrics": ["f2", "roc_auc", "recall", "brier"],
        "thresholds": ["default", "tuned"],
        "cv": {"folds": 2},
        "tuning": {"trials": 2, "folds": 2},
    }
    return write_suite(folder, **(hostile | settings))


COMMANDS = "\x1b[2J\x1b]52;c;aHVydA==\x07\x1b]8;;http://x\x07\r\x9b31m\u202e\x00"
LABELS = (f"no{COMMANDS}", f"yes{COMMANDS}")


def hostile_table(folder: Path) -> Path:
    """A file whose columns and classes are commands to a terminal."""
    path = folder / "t.parquet"
    rows = 60
    columns: dict[str, Any] = {
        f"{COMMANDS}{number}": [(7 * row * (number + 2)) % 31 for row in range(rows)]
        for number in range(3)
    }
    columns[f"word{COMMANDS}"] = [f"{COMMANDS}{row % 3}" for row in range(rows)]
    columns[f"again{COMMANDS}"] = columns[f"{COMMANDS}0"]
    columns["target"] = [LABELS[row % 3 == 0] for row in range(rows)]
    pd.DataFrame(columns).to_parquet(path)
    return path
