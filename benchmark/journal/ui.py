"""MLflow's own interface, in one process on the loopback interface."""

import os
import signal
import socket
import subprocess  # nosec B404 # only MLflow is started
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmark.errors import BenchmarkError
from benchmark.journal.track import find_experiment
from benchmark.journal.view import query, view_tag
from benchmark.suite import Suite

HOST = "127.0.0.1"
START_SECONDS = 60.0


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
               "--workers", "1", "--backend-store-uri", uri]  # fmt: skip
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    server = subprocess.Popen(  # nosec B603 # a list of words, and no shell
        command,
        env=os.environ | quiet,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_until_it_answers(server, port)
        yield server
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
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
