"""A real MLflow server, and a proxy before it that does to a client what networks do."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HOST = "127.0.0.1"
HTML = b"<!doctype html>\n<html><body>Please log in</body></html>"
FAULTS = (
    "refused", "silent", "late", "lost", "500", "third 500", "third lost", "401", "429", "html",
    "truncated",
)  # fmt: skip


class Proxy(ThreadingHTTPServer):
    """Passes requests on to an MLflow server, or does what `fault` says.

    Attributes:
        fault: one of FAULTS, "once" and one of them, or "" to pass all on. What is "lost" is done
            by the server, and its answer is an error; what is "late" is answered after `seconds`.
        after: so many requests are passed on before the fault begins.
    """

    daemon_threads = True

    def __init__(self, port: int) -> None:
        self.upstream, self.fault, self.after, self.seconds = port, "", 0, 30.0
        self.requests: list[str] = []
        self.lock = threading.Lock()
        super().__init__((HOST, 0), Handler)

    @property
    def address(self) -> str:
        return f"http://user:hunter2@{HOST}:{self.server_address[1]}"

    def now(self, method: str, path: str) -> str:
        """Count a request, and say what to do to it."""
        with self.lock:
            self.requests.append(f"{method} {path}")
            count = len(self.requests) - self.after
        often, _, kind = self.fault.rpartition(" ")
        due = {"": True, "third": count % 3 == 0, "once": count == 1}[often]
        return kind if count > 0 and due else ""

    def begin(self, fault: str, after: int = 0) -> None:
        self.fault, self.after = fault, after
        self.requests.clear()

    def handle_error(self, request: object, address: object) -> None:
        """A client that went away is no news."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def log_message(self, *_: object) -> None:
        pass

    def relay(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        fault = self.server.now(self.command, self.path)
        if fault == "refused":
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.connection.close()
            return
        if fault == "silent":
            time.sleep(self.server.seconds)
            self.close_connection = True
            return
        if fault in ("500", "401", "429", "html"):
            code = 200 if fault == "html" else int(fault)
            self.answer(code, HTML, {"Retry-After": "3600"} if fault == "429" else {})
            return
        code, text = self.passed_on(body)
        if fault == "lost":
            code, text = 500, HTML
        if fault == "truncated":
            text = text[: len(text) // 2]
        if fault == "late":
            time.sleep(self.server.seconds)
        self.answer(code, text, {})

    def passed_on(self, body: bytes) -> tuple[int, bytes]:
        upstream = http.client.HTTPConnection(HOST, self.server.upstream, timeout=60)
        headers = {k: v for k, v in self.headers.items() if k not in ("Host", "Accept-Encoding")}
        try:
            upstream.request(self.command, self.path, body, headers)
            reply = upstream.getresponse()
            return reply.status, reply.read()
        except OSError:
            return 502, HTML
        finally:
            upstream.close()

    def answer(self, code: int, body: bytes, headers: dict[str, str]) -> None:
        with suppress(OSError):
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)


for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
    setattr(Handler, f"do_{method}", Handler.relay)


@contextmanager
def proxied(port: int) -> Iterator[Proxy]:
    """A proxy on a port of the system's choice, before the server on another one."""
    proxy = Proxy(port)
    thread = threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.socket.close()


@contextmanager
def served(folder: Path, port: int | None = None) -> Iterator[int]:
    """The port of a real MLflow server whose store is in a folder."""
    port = port or free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--host", HOST, "--workers", "1"]
    command += ["--port", str(port), "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    process = subprocess.Popen(
        command, env=os.environ | quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until_it_answers(f"http://{HOST}:{port}/health", 120)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def wait_until_it_answers(address: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while True:
        with suppress(OSError), urllib.request.urlopen(address, timeout=2):
            return
        assert time.monotonic() < end
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
