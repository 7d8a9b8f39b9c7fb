"""Settles which technique for class imbalance works, on your data or on everybody's."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmark.external import export_folds, import_predictions
    from benchmark.flow import load_suite, plan, run, sync
    from benchmark.nightly import baseline, gate
    from benchmark.results import compare, merge

_MODULES = {
    "baseline": "nightly",
    "compare": "results",
    "export_folds": "external",
    "gate": "nightly",
    "import_predictions": "external",
    "load_suite": "flow",
    "merge": "results",
    "plan": "flow",
    "run": "flow",
    "sync": "flow",
}
__all__ = [
    "baseline",
    "compare",
    "export_folds",
    "gate",
    "import_predictions",
    "load_suite",
    "merge",
    "plan",
    "run",
    "sync",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import the API when it is first used, so that `--help` answers at once."""
    if name not in _MODULES:
        raise AttributeError(f"module 'benchmark' has no attribute {name!r}")
    return getattr(import_module(f"benchmark.{_MODULES[name]}"), name)
