"""MLflow's own interface, in one process on the loopback interface."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from benchmark.errors import BenchmarkError
from benchmark.journal.track import experiment_id

HOST = "127.0.0.1"
START_SECONDS = 60.0


def deep_link(uri: str, address: str, experiment: str, metric: str) -> str:
    """A link to the runs of an experiment: all of them flat, best first, in model-training mode.

    Raises BenchmarkError where the store has no such experiment.
    """
    found = experiment_id(uri, experiment)
    key = quote(f"metrics.`{metric}`", safe="")
    query = f"orderByKey={key}&orderByAsc=false&startTime=ALL&workflowType=machine_learning"
    return f"{address}/#/experiments/{found}/runs?{query}"


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
    command = [sys.executable, "-m", "mlflow", "server", "--host", HOST, "--port", str(port),
               "--workers", "1", "--backend-store-uri", uri]  # fmt: skip
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    server = subprocess.Popen(
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
            with urllib.request.urlopen(f"http://{HOST}:{port}/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise BenchmarkError(f"the MLflow server did not start on port {port}")
