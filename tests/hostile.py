"""A suite whose names try to be markup, scripts, formulas and commands of a page."""

from pathlib import Path
from typing import Any

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
