"""A strategy that tells what its worker knows of MLflow."""

import os
from typing import Any

from benchmark.catalogue.registry import strategy
from benchmark.catalogue.wrapper import Wrapper
from benchmark.engine.backends.worker import Worker


class Telling(Wrapper):
    """Fails with what it knows."""

    def fit(self, X: Any, y: Any) -> "Telling":
        known = [name for name in os.environ if name.startswith("MLFLOW_")]
        raise RuntimeError(f"told: {known} {Worker.current.suite.tracking}")


@strategy("tell", level="algorithm")
def tell(classifier: Any, space: Any, task: Any) -> Telling:
    """Tell in an error what this process knows."""
    return Telling(classifier)
