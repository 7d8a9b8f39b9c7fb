"""Servers on this machine: a stand-in for openml.org, and one of files that can misbehave."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from benchmark.data import download

ARFF = b"""@RELATION tiny
@ATTRIBUTE age NUMERIC
@ATTRIBUTE job {'clerk','cook'}
@ATTRIBUTE class {good,bad}
@DATA
31,'clerk',good
45,'cook',bad
?,'cook',good
52,'clerk',good
28,?,good
39,'cook',bad
"""
MD5 = hashlib.md5(ARFF).hexdigest()
FEATURES = [
    {
        "index": str(i), "name": name, "data_type": kind, "is_target": str(name == "class").lower(),
        "is_ignore": "false", "is_row_identifier": "false", "number_of_missing_values": missing,
    }
    for i, (name, kind, missing) in enumerate(
        [("age", "numeric", "1"), ("job", "nominal", "1"), ("class", "nominal", "0")]
    )
]  # fmt: skip


def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for downloads that nothing else uses, without a mirror and without pauses."""
    monkeypatch.setenv("BENCHMARK_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("BENCHMARK_DATA", raising=False)
    monkeypatch.setattr(download, "PAUSE_SECONDS", 0.0)
    return tmp_path / "cache"


def answers(address: str, changes: dict[str, Any]) -> dict[str, bytes]:
    """Path → body, as openml.org answers; `changes` go into the description."""
    description = {
        "id": "7", "name": "tiny", "version": "3", "format": "ARFF", "status": "active",
        "description": "six rows", "url": f"{address}/download/tiny.arff", "md5_checksum": MD5,
        "default_target_attribute": "class",
    } | changes  # fmt: skip
    qualities = [{"name": "NumberOfInstances", "value": "6.0"}]
    return {
        "/data/7": _json(data_set_description=description),
        "/data/features/7": _json(data_features={"feature": FEATURES}),
        "/data/qualities/7": _json(data_qualities={"quality": qualities}),
        "/download/tiny.arff": ARFF,
    }


@contextmanager
def serve(**changes: Any) -> Iterator[tuple[str, list[str]]]:
    """The server's address, and the paths that were asked for so far, with their ranges."""
    with serve_files(Files()) as (address, asked):
        asked.files.content.update(answers(address, changes))
        yield address, asked


@dataclass
class Files:
    """What a server has, and how it misbehaves.

    Attributes:
        content: path → body.
        cuts: bytes after which the next answers end, one each.
        errors: status codes of the next answers, one each.
        ranges: whether it sends parts of a file.
        lengths: whether it says how long a file is.
        pause: seconds before each answer.
        redirects: path → the address that it leads to.
        claims: the length that it says every file has.
        drip: seconds after each byte.
        endless: whether it sends a body again and again.
    """

    content: dict[str, bytes] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    ranges: bool = True
    lengths: bool = True
    pause: float = 0.0
    redirects: dict[str, str] = field(default_factory=dict)
    claims: int | None = None
    drip: float = 0.0
    endless: bool = False

    def answer(self, path: str, asked: str | None) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and the bytes that will be sent."""
        if self.errors:
            return self.errors.pop(0), {}, b""
        if path in self.redirects:
            return 302, {"Location": self.redirects[path]}, b""
        body = self.content.get(path)
        if body is None:
            return 404, {}, b""
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.ranges else 0
        if start and start >= len(body):
            return 416, {"Content-Range": f"bytes */{len(body)}"}, b""
        length = len(body) - start if self.claims is None else self.claims
        headers = {"Content-Length": str(length)} if self.lengths else {}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        end = start + self.cuts.pop(0) if self.cuts else len(body)
        return 206 if start else 200, headers, body[start:end]


class Asked(list[str]):
    """The paths that were asked for, and the files behind them."""

    files: Files


@contextmanager
def serve_files(files: Files) -> Iterator[tuple[str, Asked]]:
    """A server of files that knows ranges; its address, and what was asked of it so far."""
    asked = Asked()
    asked.files = files

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            asked.append(f"{self.path} {wanted}" if wanted else self.path)
            time.sleep(files.pause)
            status, headers, body = files.answer(self.path, wanted)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(ConnectionError):
                self._send(body)

        def _send(self, body: bytes) -> None:
            for byte in body if files.drip else b"":
                self.wfile.write(bytes([byte]))
                time.sleep(files.drip)
            while files.endless:
                self.wfile.write(body)
            self.wfile.write(b"" if files.drip else body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def _json(**content: Any) -> bytes:
    return json.dumps(content).encode()
