"""Settles which technique for class imbalance works, on your data or on everybody's."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmark.flow import compare, load_suite, plan, run, sync

__all__ = ["compare", "load_suite", "plan", "run", "sync"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import the API when it is first used, so that `--help` answers at once."""
    if name not in __all__:
        raise AttributeError(f"module 'benchmark' has no attribute {name!r}")
    from benchmark import flow as api

    return getattr(api, name)
