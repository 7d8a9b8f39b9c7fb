"""Data sets of openml.org, downloaded once, cached and verified, read by scikit-learn."""

import gzip
import json
import shutil
import tempfile
import warnings
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pandas as pd
from sklearn.datasets import fetch_openml, get_data_home

from benchmark.data import download, mirror
from benchmark.data.card import Card, OpenML
from benchmark.data.download import Progress
from benchmark.errors import DatasetError

_DESCRIPTION = "https://www.openml.org/api/v1/json/data/{}"
_NO_SUCH_SET = 412  # what openml.org answers


def fetch(card: Card, progress: Progress | None = None) -> tuple[pd.DataFrame, str | None]:
    """The table, target included, and the publisher's target column.

    Raises DatasetError where it cannot be had, or is not the version or checksum of the card.
    """
    assert isinstance(card.source, OpenML)
    version, checksum, url = _description(card)
    _same("version", card.version, version, card)
    _same("checksum", card.checksum and card.checksum.lower(), checksum, card)
    _prefetch(url, checksum, progress, _advice(card))
    bunch = _load(card.source.id, card)
    targets = list(bunch.target_names)
    return bunch.frame, targets[0] if len(targets) == 1 else None


def _description(card: Card) -> tuple[int, str, str]:
    """What openml.org says of a set: its version, the checksum and the address of its file."""
    assert isinstance(card.source, OpenML)
    number = card.source.id
    try:
        path = download.fetch(_DESCRIPTION.format(number), advice=_advice(card))
        said = json.loads(path.read_bytes())["data_set_description"]
        described = int(said["version"]), f"md5:{said['md5_checksum']}", str(said["url"])
    except DatasetError as error:
        if isinstance(error.__cause__, HTTPError) and error.__cause__.code == _NO_SUCH_SET:
            raise DatasetError(f"OpenML has no data set {number}") from error
        raise DatasetError(f"OpenML {number}: {error}") from error
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise DatasetError(
            f"OpenML {number} cannot be used: its description is none ({reason})"
        ) from error
    return described


def _prefetch(url: str, checksum: str, progress: Progress | None, advice: str) -> None:
    """Put the data where scikit-learn keeps its own downloads, which do not resume."""
    download.refuse_other_addresses(url)
    home = Path(get_data_home()) / "openml" / "openml.org"
    kept = (home / f"{urlsplit(url).path.lstrip('/')}.gz").resolve()
    if kept.is_file() or not kept.is_relative_to(home.resolve()):
        return
    raw = download.fetch(url, checksum, progress, advice)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        packed = Path(folder) / kept.name
        with raw.open("rb") as source, gzip.open(packed, "wb", compresslevel=1) as target:
            shutil.copyfileobj(source, target)
        packed.replace(kept)
    raw.unlink(missing_ok=True)


def _load(number: int | None, card: Card) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="A network error|Invalid cache")
            return fetch_openml(data_id=number, as_frame=True, parser="auto")
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise DatasetError(
            f"OpenML {number} cannot be downloaded ({reason}). {_advice(card)}"
        ) from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise DatasetError(
            f"OpenML {number} cannot be used ({type(error).__name__}: {reason})"
        ) from error


def _advice(card: Card) -> str:
    return mirror.advice(card.mirrored_as or card.name)


def _same(what: str, expected: object, actual: object, card: Card) -> None:
    if expected is not None and expected != actual:
        assert isinstance(card.source, OpenML)
        raise DatasetError(
            f"OpenML {card.source.id} has {what} {actual}, where {expected} was expected"
        )
