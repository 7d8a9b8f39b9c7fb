"""Which backend computes a suite, and how many of its cells at once."""

import os
from types import ModuleType

from benchmark.engine.backends import local, ray
from benchmark.suite import Suite


def backend(suite: Suite) -> ModuleType:
    """What computes the cells of a suite."""
    return ray if suite.backend.kind == "ray" else local


def worker_count(suite: Suite) -> int:
    """The suite's number of workers; for `auto` that of processors, or what a cluster holds."""
    if suite.backend.workers != "auto":
        return suite.backend.workers
    if suite.backend.address != "local":
        return ray.worker_count(suite)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
