"""Downloads from a server on this machine that cuts, lies, hangs or is not there."""

import hashlib
import io
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import data_server
import numpy as np
import pandas as pd
import pytest
from imblearn.datasets import _zenodo, fetch_datasets

from benchmark.cli.app import run_command_line
from benchmark.data import card, cards, download
from benchmark.data.load import check, load
from benchmark.errors import DatasetError
from benchmark.use import DatasetUse

BODY = np.random.default_rng(0).bytes(10_000)
MD5 = f"md5:{hashlib.md5(BODY).hexdigest()}"
DAT = """@relation tiny
@attribute a real [0.0, 9.0]
@attribute Class {positive, negative}
@inputs a
@outputs Class
@data
1.0, negative
2.0, negative
3.0, positive
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(download, "CHUNK_BYTES", 1000)
    return data_server.empty_cache(tmp_path, monkeypatch)


@pytest.fixture
def site() -> Iterator[tuple[str, data_server.Asked]]:
    with data_server.serve_files(data_server.Files({"/set.bin": BODY})) as (address, asked):
        yield f"{address}/set.bin", asked


Site = tuple[str, data_server.Asked]


def part_of(url: str) -> Path:
    path = download.cached(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f"{path.name}.part")


def test_a_file_is_downloaded_once(site: Site) -> None:
    url, asked = site

    first, second = download.fetch(url, MD5), download.fetch(url, MD5)

    assert first == second
    assert first.read_bytes() == BODY
    assert asked == ["/set.bin"]


def test_progress_says_what_is_here_and_what_there_is(site: Site) -> None:
    told: list[tuple[str, int, int | None]] = []

    download.fetch(site[0], progress=lambda *facts: told.append(facts))

    received = [bytes_here for _, bytes_here, _ in told]
    assert {(name, total) for name, _, total in told} == {("set.bin", 10_000)}
    assert received == sorted(set(received))
    assert received[0] <= 1000
    assert received[-1] == 10_000


def test_without_a_length_progress_ends_with_what_came(site: Site) -> None:
    told: list[tuple[str, int, int | None]] = []
    site[1].files.lengths = False

    download.fetch(site[0], MD5, lambda *facts: told.append(facts))

    assert told[0][2] is None
    assert told[-1] == ("set.bin", 10_000, 10_000)


def test_an_interrupted_download_is_gone_on_with(site: Site) -> None:
    url, asked = site

    def interrupt(name: str, received: int, total: int | None) -> None:
        if received >= 4000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download.fetch(url, MD5, interrupt)
    kept = part_of(url).stat().st_size

    assert download.fetch(url, MD5).read_bytes() == BODY
    assert 4000 <= kept < 10_000
    assert asked == ["/set.bin", f"/set.bin bytes={kept}-"]


def test_a_cut_connection_is_taken_up_where_it_was_cut(site: Site) -> None:
    url, asked = site
    asked.files.cuts += [2500, 2500]

    assert download.fetch(url, MD5).read_bytes() == BODY
    assert asked == ["/set.bin", "/set.bin bytes=2500-", "/set.bin bytes=5000-"]


def test_a_server_that_knows_no_ranges_sends_all_again(site: Site) -> None:
    url, asked = site
    asked.files.ranges = False
    asked.files.cuts.append(2500)

    assert download.fetch(url).read_bytes() == BODY
    assert asked == ["/set.bin", "/set.bin bytes=2500-"]


def test_what_is_left_of_another_file_is_dropped(site: Site) -> None:
    part_of(site[0]).write_bytes(b"another" * 100)

    assert download.fetch(site[0], MD5).read_bytes() == BODY
    assert site[1] == ["/set.bin bytes=700-", "/set.bin"]


@pytest.mark.parametrize(("left", "requests"), [(BODY, 1), (BODY + b"more", 2)])
def test_a_whole_file_that_was_left_is_kept_and_a_longer_one_dropped(
    site: Site, left: bytes, requests: int
) -> None:
    part_of(site[0]).write_bytes(left)

    assert download.fetch(site[0]).read_bytes() == BODY
    assert len(site[1]) == requests


def test_another_checksum_is_refused_with_both_and_nothing_is_kept(site: Site, cache: Path) -> None:
    with pytest.raises(DatasetError, match=rf"has {MD5}, where md5:00 was expected$"):
        download.fetch(site[0], "md5:00")

    assert list(cache.iterdir()) == []


def test_a_damaged_file_in_the_cache_is_fetched_anew(site: Site) -> None:
    download.fetch(site[0], MD5).write_bytes(BODY[:-1])

    assert download.fetch(site[0], MD5).read_bytes() == BODY


def test_what_is_not_there_is_asked_for_once(site: Site) -> None:
    with pytest.raises(DatasetError, match=r"gone cannot be downloaded \(HTTP 404 Not Found\)"):
        download.fetch(f"{site[0]}/gone")

    assert len(site[1]) == 1


def test_a_busy_server_is_asked_again(site: Site) -> None:
    site[1].files.errors += [503, 429]

    assert download.fetch(site[0]).read_bytes() == BODY


def test_a_server_that_stays_busy_is_given_up(site: Site) -> None:
    site[1].files.errors += [503] * 9

    with pytest.raises(DatasetError, match=r"cannot be downloaded \(HTTP 503"):
        download.fetch(site[0])

    assert len(site[1]) == download.ATTEMPTS


def test_a_server_that_hangs_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site[1].files.pause = 1.0
    monkeypatch.setattr(download, "TIMEOUT_SECONDS", 0.05)

    with pytest.raises(DatasetError, match=r"cannot be downloaded .*timed out"):
        download.fetch(site[0])


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, instead of making them."""
    made: list[float] = []
    monkeypatch.setattr(download, "PAUSE_SECONDS", 1.0)
    monkeypatch.setattr(time, "sleep", made.append)
    return made


def test_without_a_server_one_line_says_so_at_once_and_gives_the_advice(
    pauses: list[float],
) -> None:
    with pytest.raises(DatasetError, match=r"refused\)\. Do this\.$") as caught:
        download.fetch("http://127.0.0.1:9/set.bin", advice="Do this.")

    assert "\n" not in str(caught.value)
    assert pauses == []


def test_a_cache_that_cannot_be_written_is_named(site: Site, cache: Path) -> None:
    cache.write_text("a file")

    with pytest.raises(DatasetError, match=r"cannot be kept in '.*cache'"):
        download.fetch(site[0])


@pytest.mark.parametrize(
    "path", ["/", "/..", "/a/../../b", "/a%2F..%2Fb", "/a\\..\\b", "/.hidden", "/a b?c=/../d"]
)
def test_no_address_leads_out_of_the_cache(path: str, cache: Path) -> None:
    assert download.cached(f"http://host{path}").parent == cache
    assert ".." not in download.cached(f"http://host{path}").name.split("-", 1)[1][:2]


def test_the_cache_is_where_the_platform_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BENCHMARK_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/some/cache")
    in_xdg = download.folder()
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/user")

    assert in_xdg == Path("/some/cache/benchmark")
    assert download.folder() == Path("/home/user/.cache/benchmark")


def test_two_processes_download_one_file_once(site: Site) -> None:
    site[1].files.pause = 1.0
    code = "import sys; from benchmark.data import download; print(download.fetch(*sys.argv[1:]))"
    command = [sys.executable, "-c", code, site[0], MD5]
    root = Path(__file__).parents[1]

    both = [subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) for _ in range(2)]
    printed = {process.communicate()[0].strip() for process in both}

    assert printed == {str(download.cached(site[0])).encode()}
    assert site[1] == ["/set.bin"]


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return file.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def describe(monkeypatch: pytest.MonkeyPatch, url: str, **facts: object) -> None:
    """The only card: `tiny`, at a URL."""
    member = facts.pop("member", "{name}.dat")
    data = {"name": "tiny", "source": {"kind": "download", "url": url, "member": member}, **facts}
    monkeypatch.setattr(cards, "cards", lambda: {"tiny": card.Card.model_validate(data)})


@pytest.fixture
def shop() -> Iterator[Site]:
    with data_server.serve_files(data_server.Files()) as (address, asked):
        asked.files.content["/tiny.zip"] = zipped(tiny__dat=DAT.encode())
        yield f"{address}/{{name}}.zip", asked


def test_a_card_is_served_from_a_member_of_an_archive(
    shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe(monkeypatch, shop[0], positive="positive", family="tinies", rows=3,
             classes={"negative": 2, "positive": 1})  # fmt: skip

    dataset = load(DatasetUse(use="tiny"), Path(), 1)

    assert (dataset.source, dataset.family) == ("download", "tinies")
    assert dataset.X["a"].tolist() == [1.0, 2.0, 3.0]
    assert dataset.y.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"rows": 4}, "it has 3 rows, where its card expects 4"),
        (
            {"classes": {"negative": 1, "positive": 2}},
            "'negative': 2, 'positive': 1.* expects .*'negative': 1",
        ),
        (
            {"sizes": {"number": 3, "largest": 2, "smallest": 1}},
            "2 classes of 2 to 1 rows, where its card expects 3 classes of 2 to 1 rows",
        ),
        ({"checksum": "md5:00"}, "has md5:.*, where md5:00 was expected"),
        ({"member": "other.dat"}, "has no member 'other.dat'"),
    ],
)
def test_an_archive_that_is_not_what_its_card_says_is_refused(
    shop: Site, monkeypatch: pytest.MonkeyPatch, facts: dict[str, object], message: str
) -> None:
    describe(monkeypatch, shop[0], **facts)

    with pytest.raises(DatasetError, match=f"dataset 'tiny': .*{message}") as caught:
        load(DatasetUse(use="tiny"), Path(), 1)

    assert "\n" not in str(caught.value)


def test_a_damaged_archive_without_a_checksum_is_not_kept(
    shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe(monkeypatch, shop[0])
    good = shop[1].files.content["/tiny.zip"]
    shop[1].files.content["/tiny.zip"] = good.replace(b"3.0, positive", b"4.0, positive")
    with pytest.raises(DatasetError, match="damaged or not a table: Bad CRC-32"):
        load(DatasetUse(use="tiny"), Path(), 1)

    shop[1].files.content["/tiny.zip"] = good

    assert len(load(DatasetUse(use="tiny"), Path(), 1).y) == 3


def test_without_a_network_a_card_says_how_to_use_the_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe(monkeypatch, "http://127.0.0.1:9/tiny.zip", mirror="other_name")
    with pytest.raises(DatasetError, match=r"put other_name\.parquet in .* BENCHMARK_DATA$"):
        load(DatasetUse(use="tiny"), Path(), 1)

    frame = pd.DataFrame({"a": [1.0, 2, 3], "target": [0, 1, 1]})
    frame.to_parquet(tmp_path / "other_name.parquet")
    monkeypatch.setenv("BENCHMARK_DATA", str(tmp_path))

    assert load(DatasetUse(use="tiny"), Path(), 1).source == "mirror"
    assert check(DatasetUse(use="tiny"), Path()) is None


def test_a_file_of_the_mirror_with_other_classes_is_refused_with_both_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe(monkeypatch, "http://127.0.0.1:9/tiny.zip", rows=3, classes={"n": 2, "p": 1})
    frame = pd.DataFrame({"a": [1.0, 2, 3], "target": ["a", "b", "c"]})
    frame.to_parquet(tmp_path / "tiny.parquet")
    monkeypatch.setenv("BENCHMARK_DATA", str(tmp_path))

    with pytest.raises(DatasetError, match=r"has 3 classes of 1 to 1 .* expects 2 classes of 2 to"):
        load(DatasetUse(use="tiny", positive="a"), Path(), 1)


def test_no_member_of_an_archive_is_written_to_a_disk(
    tmp_path: Path, shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = "../../evil.dat"
    shop[1].files.content["/tiny.zip"] = tarred({evil: DAT.encode(), "tiny.dat": DAT.encode()})
    describe(monkeypatch, shop[0], member=evil)

    assert len(load(DatasetUse(use="tiny"), Path(), 1).y) == 3
    assert not list(tmp_path.parent.rglob("evil.dat"))


def test_a_set_of_imbalanced_learn_is_what_imbalanced_learn_makes_of_the_archive(
    tmp_path: Path, shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = io.BytesIO()
    X, y = np.random.default_rng(1).normal(size=(336, 7)), np.repeat([-1, 1], [301, 35])
    np.savez(file, data=X, label=y)
    shop[1].files.content["/all.tar.gz"] = tarred({"x1data.npz": file.getvalue()})
    address = shop[0].replace("{name}.zip", "all.tar.gz")
    monkeypatch.setattr(_zenodo, "URL", address)
    theirs = fetch_datasets(data_home=str(tmp_path), filter_data=("ecoli",))["ecoli"]

    known = cards.cards()["ecoli"]
    moved = known.model_copy(update={"source": known.source.model_copy(update={"url": address})})
    monkeypatch.setattr(cards, "cards", lambda: {"ecoli": moved})
    ours = load(DatasetUse(use="ecoli"), Path(), 1)

    assert ours.X.to_numpy().tolist() == theirs.data.tolist()
    assert ours.y.tolist() == (theirs.target == 1).astype(int).tolist()


def test_imbalanced_learns_archive_is_where_imbalanced_learn_looks_for_it() -> None:
    for number, name in enumerate(_zenodo.MAP_NAME_ID_KEYS, 1):
        source = cards.cards()[name].source

        assert (source.url, source.member) == (_zenodo.URL, f"x{number}data.npz")


def test_a_pause_between_attempts_doubles(site: Site, pauses: list[float]) -> None:
    site[1].files.errors += [503] * 9

    with pytest.raises(DatasetError):
        download.fetch(site[0])

    assert [seconds for seconds in pauses if seconds] == [1.0, 2.0, 4.0]


def test_a_plan_shows_the_download(
    tmp_path: Path, shop: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop[1].files.content["/tiny.zip"] = zipped(tiny__dat=(DAT + 9 * "4.0, positive\n").encode())
    describe(monkeypatch, shop[0])
    (tmp_path / "s.yaml").write_text(
        "{name: s, datasets: [tiny], strategies: [none], models: [constant], cv: {folds: 2}, "
        "tuning: off, thresholds: [default]}"
    )

    code = run_command_line(["plan", str(tmp_path / "s.yaml")])

    assert code == 0
    assert "downloading tiny.zip: 0.0 of 0.0 MB" in "".join(capsys.readouterr())
