"""A connection to a Ray cluster, and the room that there is on it."""

import math
import os
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmark.engine.backends.worker import ONE_THREAD, REPEATABLE
from benchmark.errors import BenchmarkError
from benchmark.suite import Limits, Suite

ANSWER_SECONDS = 10.0
SETTINGS = b"\4"  # HTTP/2, RFC 9113: the type of the frame that either side begins with
HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0" + SETTINGS + b"\0" * 5


@contextmanager
def connected(suite: Suite, workers: int) -> Iterator[Any]:
    """Attach to a running cluster, or start one on this machine alone; leave it afterwards.

    Gives the library. Raises BenchmarkError where it or the cluster is not there.
    """
    ray, address = library(), _address(suite)
    if ray.is_initialized():
        raise BenchmarkError("this process is connected to Ray already; call ray.shutdown() first")
    own = {"num_cpus": math.ceil(workers * suite.limits.cpus)} if address == "local" else {}
    with _handler_kept(signal.SIGTERM), _environment(suite) as environment:
        try:
            _knock(ray, address)
            ray.init(address, runtime_env=environment, include_dashboard=False,
                     log_to_driver=False, logging_level="CRITICAL", **own)  # fmt: skip
        except Exception as error:
            raise BenchmarkError(
                f"no Ray cluster can be reached at address {address!r} (`ray start --head` starts "
                f"one, and address 'local' needs none): {last_line(error)}"
            ) from error
    ray._private.worker._worker_logs_enabled = False  # raylets would print between the tables
    try:
        yield ray
    finally:
        ray.shutdown()


def library() -> Any:
    """Ray, which is optional. Raises BenchmarkError where it is not installed."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
    except ImportError as error:
        raise BenchmarkError("backend 'ray' needs ray; install it with: pip install ray") from error
    return ray


def room(ray: Any, limits: Limits) -> int:
    """How many cells the nodes hold at once. Raises BenchmarkError where it is none."""
    asked = {"CPU": limits.cpus, "GPU": limits.gpus, "memory": limits.memory}
    asked = {name: amount for name, amount in asked.items() if amount}
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    found = sum(min(int(n.get(name, 0) / a + 1e-9) for name, a in asked.items()) for n in nodes)
    if found:
        return found
    cpus = f"{limits.cpus:g} CPU" + "s" * (limits.cpus != 1)
    gpus = f", {limits.gpus:g} GPUs" if limits.gpus else ""
    raise BenchmarkError(
        f"no node of the Ray cluster has room for a cell, which asks for {cpus}{gpus} and "
        f"{round(limits.memory / 2**30, 2):,.12g} GiB of memory (`limits:`)"
    )


def last_line(error: Exception) -> str:
    """The end of what Ray says, which is the reason."""
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__


def _address(suite: Suite) -> str:
    """Where the cluster is. Raises BenchmarkError for the address of a Ray client."""
    asked = suite.backend.address
    address = os.environ.get("RAY_ADDRESS", asked) if asked == "auto" else asked
    if "://" in address:
        raise BenchmarkError(
            f"address {address!r} is for Ray clients; run on a machine of the cluster with "
            "address 'auto'"
        )
    return address


def _knock(ray: Any, address: str) -> None:
    """Raise OSError where no gRPC server answers; Ray would try for long, and say so in lines."""
    place = ray._private.services.canonicalize_bootstrap_address(address)
    if place is None:
        return
    host, _, port = place.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), ANSWER_SECONDS) as line:
        if os.environ.get("RAY_USE_TLS", "0") != "0":
            return
        line.sendall(HELLO)
        if line.recv(9)[3:4] != SETTINGS:
            raise ConnectionError("what answers there is no Ray cluster")


@contextmanager
def _environment(suite: Suite) -> Iterator[dict[str, Any]]:
    """What workers start with; the Python files beside a suite with plugins go to every node."""
    variables: dict[str, Any] = {"env_vars": ONE_THREAD | REPEATABLE}
    if not suite.plugins:
        yield variables
        return
    with tempfile.TemporaryDirectory() as name:
        try:
            python_files(suite.folder, Path(name))
        except OSError as error:
            where = f"Python files beside the suite, in {str(suite.folder)!r},"
            raise BenchmarkError(f"{where} cannot be copied for the nodes: {error}") from error
        yield variables | {"working_dir": name}


def python_files(source: Path, target: Path) -> None:
    """Copy modules and packages, and of these the Python files alone."""
    for path in sorted(source.iterdir()):
        if path.suffix == ".py" and path.is_file():
            shutil.copy(path, target)
        elif (path / "__init__.py").is_file():
            (target / path.name).mkdir()
            python_files(path, target / path.name)


@contextmanager
def _handler_kept(number: signal.Signals) -> Iterator[None]:
    """Keep what this process does on a signal, which Ray would replace."""
    before = signal.getsignal(number)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(number, before)
