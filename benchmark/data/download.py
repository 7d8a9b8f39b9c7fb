"""Files of the web, downloaded once: resumed, verified, and kept in a cache."""

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from socket import gaierror
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from filelock import FileLock

from benchmark.data import files
from benchmark.errors import DatasetError, brief

VARIABLE = "BENCHMARK_CACHE"
ATTEMPTS = 4
PAUSE_SECONDS = 1.0  # before the second attempt; twice as long before each further one
TIMEOUT_SECONDS = 30.0
CHUNK_BYTES = 2**18
MOST_BYTES = 8 * 2**30
PATIENCE_SECONDS = 60.0
LEAST_BYTES = 60_000  # in that time
_PARTIAL, _NOTHING_LEFT, _BUSY = 206, 416, (408, 429)
_TRANSIENT = (URLError, HTTPException, TimeoutError, ConnectionError)

# Told a file's name, the bytes that are here, and the bytes there are, if the server says.
Progress = Callable[[str, int, int | None], None]


def fetch(
    url: str, checksum: str | None = None, progress: Progress | None = None, advice: str = ""
) -> Path:
    """The file behind a URL, from the cache if it is there and has the checksum.

    What an interruption left is gone on with. Several processes may ask at once: one downloads.
    Raises DatasetError in one line, with `advice`, where it cannot be had, or where it has
    another checksum.
    """
    refuse_other_addresses(url)
    path = cached(url)
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.with_name(f"{path.name}.lock")):
            if not _is_good(path, checksum):
                _download(url, part, checksum, progress or _silent)
                part.replace(path)
    except HTTPError as error:
        reason = " ".join(f"HTTP {error.code} {error.reason}".split())
        raise DatasetError(f"{url} cannot be downloaded ({reason}). {advice}".strip()) from error
    except _TRANSIENT as error:
        said = str(getattr(error, "reason", error)) or type(error).__name__
        reason = " ".join(said.split())
        raise DatasetError(f"{url} cannot be downloaded ({reason}). {advice}".strip()) from error
    except OSError as error:
        raise DatasetError(f"{url} cannot be kept in {str(path.parent)!r}: {error}") from error
    return path


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock that leaves no file; who waits for it sees that its file is gone."""
    with FileLock(path):
        try:
            yield
        finally:
            with suppress(OSError):
                path.unlink()


def refuse_other_addresses(url: str) -> None:
    """Raise DatasetError for what is not of the web: an answer may name a file of this machine."""
    try:
        is_of_the_web = urlsplit(url).scheme in ("http", "https") and url.isprintable()
    except ValueError:  # such as half a bracket
        is_of_the_web = False
    if not is_of_the_web:
        raise DatasetError(f"{brief(url)} cannot be downloaded: it is no http or https address")


def folder() -> Path:
    """Where downloads are kept: the variable's folder, else the user's cache."""
    given = os.environ.get(VARIABLE)
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(given) if given else Path(home) / "benchmark"


def cached(url: str) -> Path:
    """Where a URL's file is kept; its name tells a person which it is."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", Path(urlsplit(url).path).name).lstrip(".")
    return folder() / f"{hashlib.sha256(url.encode()).hexdigest()[:12]}-{name}"


def _download(url: str, part: Path, checksum: str | None, progress: Progress) -> None:
    """Fill the partial file and verify it; one that was resumed and is wrong is fetched anew."""
    resumed = part.is_file()
    _persist(url, part, progress)
    if resumed and not _is_good(part, checksum):
        part.unlink()
        _persist(url, part, progress)
    if not _is_good(part, checksum):
        actual = files.digest(part, str(checksum))
        part.unlink()
        raise DatasetError(f"{url} has {actual}, where {checksum} was expected")


def _persist(url: str, part: Path, progress: Progress) -> None:
    """Receive the rest of a file, over several connections where one is cut."""
    for attempt in range(ATTEMPTS):
        try:
            _receive(url, part, progress)
        except _TRANSIENT as error:
            if _is_final(error) or attempt == ATTEMPTS - 1:
                raise
            time.sleep(PAUSE_SECONDS * 2**attempt)
        else:
            return


def _is_final(error: Exception) -> bool:
    """Whether asking again would not help: there is no such file, or no network."""
    if isinstance(error, HTTPError):
        return error.code < 500 and error.code not in _BUSY
    return isinstance(getattr(error, "reason", None), gaierror | ConnectionRefusedError)


def _receive(url: str, part: Path, progress: Progress) -> None:
    """Append to the partial file what one connection delivers; raise ConnectionError if cut."""
    start = part.stat().st_size if part.is_file() else 0
    asked = {"User-Agent": "benchmark"} | ({"Range": f"bytes={start}-"} if start else {})
    try:
        response: HTTPResponse = _open(Request(url, headers=asked), timeout=TIMEOUT_SECONDS)
    except HTTPError as error:
        if error.code != _NOTHING_LEFT:
            raise
        _must_be_whole(error.headers.get("Content-Range", ""), part, start)
        return
    with response:
        kept = start if _goes_on(response, start) else 0
        total = None if response.length is None else kept + response.length
        _refuse_large(url, total or 0)
        name = Path(urlsplit(url).path).name
        pace = _Pace()
        with part.open("r+b" if kept else "wb") as file:
            file.seek(kept)
            while chunk := response.read1(CHUNK_BYTES):
                file.write(chunk)
                kept += len(chunk)
                _refuse_large(url, kept)
                pace.keep(len(chunk))
                progress(name, kept, total)
    if total is not None and kept < total:
        raise ConnectionError(f"the connection ended after {kept:,} of {total:,} bytes")
    if total is None:
        progress(name, kept, kept)


class _Web(HTTPRedirectHandler):
    """Follows a redirection to another address of the web, and from https to https alone."""

    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        """The next request. Raises DatasetError where it would leave the web, or its safety."""
        allowed = ("https://",) if req.type == "https" else ("http://", "https://")
        if not newurl.lower().startswith(allowed):
            raise DatasetError(
                f"{req.full_url} cannot be downloaded: it leads to {brief(newurl)}, and "
                f"{' or '.join(allowed)} is allowed"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_open = build_opener(_Web).open


class _Pace:
    """How fast bytes come; a few each minute would keep every time limit and last for ever."""

    def __init__(self) -> None:
        self._since, self._bytes = time.monotonic(), 0

    def keep(self, received: int) -> None:
        """Count bytes. Raises ConnectionError where too few came for a while."""
        self._bytes += received
        if time.monotonic() - self._since < PATIENCE_SECONDS:
            return
        if self._bytes < LEAST_BYTES:
            raise ConnectionError(f"only {self._bytes:,} bytes in {PATIENCE_SECONDS:.0f} s")
        self._since, self._bytes = time.monotonic(), 0


def _refuse_large(url: str, size: int) -> None:
    if size > MOST_BYTES:
        raise DatasetError(f"{url} is larger than {MOST_BYTES // 2**20:,} MiB")


def _goes_on(response: HTTPResponse, start: int) -> bool:
    """Whether the server sends what follows, and not the file from its beginning."""
    sent = response.headers.get("Content-Range", "")
    return response.status == _PARTIAL and sent.startswith(f"bytes {start}-")


def _must_be_whole(content_range: str, part: Path, start: int) -> None:
    """Drop a partial file that is longer than the server's, and raise ConnectionError."""
    if content_range != f"bytes */{start}":
        part.unlink()
        raise ConnectionError("what was here of it is not of this file")


def _is_good(path: Path, checksum: str | None) -> bool:
    return path.is_file() and (not checksum or files.digest(path, checksum) == checksum.lower())


def _silent(name: str, received: int, total: int | None) -> None:
    """Tell nobody."""
