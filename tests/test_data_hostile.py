"""Archives that are bombs or lead elsewhere, and servers that mean harm."""

import gzip
import hashlib
import io
import tarfile
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import data_server
import numpy as np
import pytest

from benchmark.data import archives, download, files
from benchmark.data.load import load
from benchmark.errors import DatasetError
from benchmark.use import DatasetUse

CSV = b"x,target\n1,a\n2,b\n"
BODY = b"x" * 5_000


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(archives, "HARMLESS_BYTES", 2**20)
    return data_server.empty_cache(tmp_path, monkeypatch)


@pytest.fixture
def site() -> Iterator[tuple[str, data_server.Asked]]:
    with data_server.serve_files(data_server.Files({"/set.bin": BODY})) as (address, asked):
        yield f"{address}/set.bin", asked


Site = tuple[str, data_server.Asked]


def tar(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return path


def info(name: str, content: bytes = CSV, **facts: object) -> tuple[tarfile.TarInfo, bytes]:
    made = tarfile.TarInfo(name)
    made.size = len(content)
    for fact, value in facts.items():
        setattr(made, fact, value)
    return made, content


def zipped(path: Path, *members: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def refused(read: Path, member: str) -> str:
    """What is said of a member that is asked for."""
    with pytest.raises(DatasetError) as caught:
        files.read_member(read, member, read.name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def everything_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


@pytest.mark.parametrize("name", ["../out.csv", "/tmp/out.csv", "a/../../out.csv", "C:\\out.csv"])
def test_a_member_with_a_path_is_read_and_written_nowhere(name: str, tmp_path: Path) -> None:
    made = tar(tmp_path / "t.tar.gz", info(name)), zipped(tmp_path / "t.zip", (name, CSV))
    before = everything_in(tmp_path.parent)

    tables = [files.read_member(path, name, "t") for path in made]

    assert [len(table.frame) for table in tables] == [2, 2]
    assert everything_in(tmp_path.parent) == before
    assert not Path("/tmp/out.csv").exists()


@pytest.mark.parametrize(
    "facts",
    [
        {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"},
        {"type": tarfile.SYMTYPE, "linkname": "t.csv"},
        {"type": tarfile.LNKTYPE, "linkname": "../../etc/passwd"},
        {"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 5},
        {"type": tarfile.BLKTYPE},
        {"type": tarfile.FIFOTYPE},
        {"type": tarfile.DIRTYPE},
    ],
)
def test_what_is_no_regular_file_is_no_member(facts: dict[str, object], tmp_path: Path) -> None:
    path = tar(tmp_path / "t.tar.gz", info("t.csv", b"", **facts))

    assert refused(path, "t.csv") == "file 't.tar.gz': it has no member 't.csv'"


def test_a_member_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    doubled = tar(tmp_path / "t.tar.gz", info("t.csv"), info("t.csv"))
    with pytest.warns(UserWarning, match="Duplicate name"):
        zipped(tmp_path / "t.zip", ("t.csv", CSV), ("t.csv", CSV))

    assert refused(doubled, "t.csv") == "file 't.tar.gz': it has 't.csv' twice"
    assert refused(tmp_path / "t.zip", "t.csv") == "file 't.zip': it has 't.csv' twice"


def test_a_bomb_is_refused_before_it_goes_off(tmp_path: Path) -> None:
    zeros = bytes(50 * 2**20)
    bombs = [
        tar(tmp_path / "t.tar.gz", info("big", zeros), info("t.csv")),
        zipped(tmp_path / "t.zip", ("t.csv", zeros)),
    ]
    tracemalloc.start()

    said = [refused(path, "t.csv") for path in bombs]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [line.partition(": ")[2] for line in said] == [
        "it unpacks to more than 500 times its size"
    ] * 2
    assert peak < 10 * 2**20


def test_a_packed_table_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    blanks = b" " * (50 * 2**20)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(blanks))
    zipped(tmp_path / "u.zip", ("u.csv", blanks))

    for name in ("t.csv.gz", "u.zip"):
        with pytest.raises(DatasetError, match="it unpacks to more than 500 times its size"):
            load(DatasetUse(use=name), tmp_path, 1)


def test_what_is_larger_than_any_table_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MOST_BYTES", 2**20)
    noise = np.random.default_rng(0).bytes(2 * 2**20)
    path = zipped(tmp_path / "t.zip", ("t.csv", noise))

    assert refused(path, "t.csv") == "file 't.zip': it unpacks to more than 1 MiB"


def test_arrays_that_claim_more_than_any_memory_are_refused(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (2**45,)}
    )
    zipped(tmp_path / "t.npz", ("data.npy", header.getvalue()), ("label.npy", header.getvalue()))
    path = tar(tmp_path / "t.tar.gz", info("t.npz", (tmp_path / "t.npz").read_bytes()))

    assert refused(path, "t.npz") == "file 't.tar.gz' does not fit in memory"


def test_arrays_with_objects_are_not_unpickled(tmp_path: Path) -> None:
    inside = io.BytesIO()
    np.savez(inside, data=np.array([{}], dtype=object), label=np.array([1]))
    path = tar(tmp_path / "t.tar.gz", info("t.npz", inside.getvalue()))

    assert "allow_pickle=False" in refused(path, "t.npz")


def test_a_cell_longer_than_a_reader_takes_is_damage(tmp_path: Path) -> None:
    text = f"@relation a\n@attribute b {{x}}\n@outputs b\n@data\n{'x' * 200_000}\n"
    (tmp_path / "t.dat").write_text(text, encoding="utf-8")

    with pytest.raises(DatasetError, match="is damaged or not a table: line 5: field larger"):
        load(DatasetUse(use="t.dat"), tmp_path, 1)


def said_of(url: str, checksum: str | None = None) -> str:
    """What is said of a download; nothing of it is kept under its name."""
    with pytest.raises(DatasetError) as caught:
        download.fetch(url, checksum)
    assert "\n" not in str(caught.value)
    assert not download.cached(url).exists()
    return str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x", "/etc/passwd", "FILE:///etc/passwd"],
)
def test_only_the_web_is_asked(url: str) -> None:
    assert said_of(url) == f"{url!r} cannot be downloaded: it is no http or https address"


@pytest.mark.parametrize("elsewhere", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x"])
def test_a_redirection_out_of_the_web_is_refused(site: Site, elsewhere: str) -> None:
    url, asked = site
    asked.files.redirects["/set.bin"] = elsewhere

    assert f"{elsewhere!r}" in said_of(url)
    assert asked == ["/set.bin"]


def test_a_redirection_from_https_to_http_is_refused() -> None:
    request = download.Request("https://one.example/a")

    with pytest.raises(DatasetError, match=r"it leads to 'http://two.example/b', and https:// is"):
        download._Web().redirect_request(request, None, 302, "", {}, "http://two.example/b")


def test_redirections_in_a_circle_end_in_one_line(site: Site) -> None:
    url, asked = site
    asked.files.redirects["/set.bin"] = url

    assert "HTTP 302" in said_of(url)
    assert len(asked) < 20


def test_a_redirection_on_the_web_is_followed(site: Site) -> None:
    url, asked = site
    asked.files.redirects["/old.bin"] = url

    assert download.fetch(url.replace("set", "old")).read_bytes() == BODY


@pytest.mark.parametrize("lengths", [True, False])
def test_what_never_ends_is_given_up(
    lengths: bool, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, asked = site
    asked.files.endless, asked.files.lengths, asked.files.claims = True, lengths, 2**40
    monkeypatch.setattr(download, "MOST_BYTES", 2**21)

    assert said_of(url) == f"{url} is larger than 2 MiB"


def test_a_file_that_is_shorter_than_it_says_is_not_kept(site: Site) -> None:
    url, asked = site
    asked.files.claims, asked.files.ranges = 9_000, False

    assert "the connection ended after 5,000 of 9,000 bytes" in said_of(url)


def test_a_file_that_is_longer_than_it_says_is_not_kept(site: Site) -> None:
    url, asked = site
    asked.files.claims = 100
    checksum = f"sha256:{hashlib.sha256(BODY).hexdigest()}"

    assert f"where {checksum} was expected" in said_of(url, checksum)


def test_a_server_that_sends_a_byte_now_and_then_is_given_up(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, asked = site
    asked.files.drip = 0.02
    monkeypatch.setattr(download, "PATIENCE_SECONDS", 0.2)
    started = time.monotonic()

    assert "bytes in 0 s" in said_of(url)
    assert time.monotonic() - started < 10
    assert len(asked) == download.ATTEMPTS
