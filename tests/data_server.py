"""A stand-in for openml.org on this machine: one data set of six rows."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

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
    """The server's address, and the paths that were asked for so far."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = answers(address, changes).get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield address, asked
    finally:
        server.shutdown()
        server.server_close()


def _json(**content: Any) -> bytes:
    return json.dumps(content).encode()
