"""MLflow's own interface, in one process on the loopback interface."""

import os
import signal
import socket
import subprocess  # nosec B404 # only MLflow is started
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from benchmark.errors import BenchmarkError
from benchmark.journal.track import find_experiment
from benchmark.journal.view import query, view_tag
from benchmark.suite import Suite

HOST = "127.0.0.1"
START_SECONDS = 60.0
END_SECONDS = 5.0


@dataclass(frozen=True)
class Links:
    """Where to look: all runs flat, best first; the tables of the last invocation."""

    runs: str
    tables: str | None


def links(uri: str, address: str, suite: Suite) -> Links:
    """Links into MLflow at an address, in its model-training mode.

    Raises BenchmarkError where the store does not have the suite's experiment.
    """
    found = find_experiment(uri, suite.experiment, suite.name)
    saved = view_tag(suite.name) in found.tags
    asked = query(suite.name, suite.headline, suite.thresholds, saved=saved)
    runs = f"{address}/#/experiments/{found.id}/runs"
    tables = f"{runs}/{found.last_run}/artifacts?workflowType=machine_learning"
    return Links(f"{runs}?{asked}", tables if found.last_run else None)


def free_port(first: int, attempts: int) -> int:
    """The first port from `first` on that nobody listens on; raises BenchmarkError if none is."""
    for port in range(first, min(first + attempts, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise BenchmarkError(f"port {first} is in use; choose another with --port")


@contextmanager
def serve(uri: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the server while the block lasts; the block starts when it answers.

    Raises BenchmarkError where the server does not start.
    """
    command = [sys.executable, "-P", "-m", "mlflow", "server", "--host", HOST, "--port", str(port),
               "--workers", "1"]  # fmt: skip
    settings = {
        "MLFLOW_BACKEND_STORE_URI": uri,  # a command line can be read by every user
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    server = None
    try:
        with _interrupts_later():
            server = subprocess.Popen(  # nosec B603 # a list of words, and no shell
                command,
                env=os.environ | settings,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        _wait_until_it_answers(server, port)
        yield server
    finally:
        if server is not None:
            _end(server)


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Start a process that is known here before an interruption is heard."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {n: signal.signal(n, lambda number, _: came.append(number)) for n in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


def _end(server: "subprocess.Popen[bytes]") -> None:
    """End the server and what it started, which may outlive it."""
    try:
        os.killpg(server.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            server.wait(END_SECONDS)
    except ProcessLookupError:
        return
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _wait_until_it_answers(server: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            address = f"http://{HOST}:{port}/health"
            with urllib.request.urlopen(address, timeout=2):  # nosec B310 # this machine
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise BenchmarkError(f"the MLflow server did not start on port {port}")
