"""A strategy that never ends the first time."""

import os
import time
from pathlib import Path
from typing import Any

from sklearn.base import clone

from benchmark.catalogue.registry import strategy
from benchmark.catalogue.wrapper import Wrapper

HERE = Path(__file__).parent


class WaitingOnce(Wrapper):
    """Says where it is and waits, unless it has done so before."""

    def fit(self, X: Any, y: Any) -> "WaitingOnce":
        said = HERE / "waits_once.pid"
        if not said.exists():
            import ray

            node = ray.get_runtime_context().get_node_id()
            said.with_suffix(".new").write_text(f"{os.getpid()} {node}", encoding="utf-8")
            said.with_suffix(".new").rename(said)
            time.sleep(600)
        self.classifier_ = clone(self.classifier).fit(X, y)
        return self


@strategy("waits_once", level="algorithm")
def waits_once(classifier: Any, space: Any, task: Any) -> WaitingOnce:
    """Wait to be ended, then behave."""
    return WaitingOnce(classifier)
