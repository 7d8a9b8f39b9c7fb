"""Data sets of openml.org, downloaded once, cached and verified by scikit-learn."""

import warnings
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError

import pandas as pd
from sklearn.datasets import fetch_openml

from benchmark.data.cards import Card, OpenML
from benchmark.data.mirror import VARIABLE
from benchmark.errors import DatasetError


def mirror_name(card: Card) -> str:
    """The name under which the offline mirror serves a card."""
    assert isinstance(card.source, OpenML)
    return f"openml_{card.source.id}" if card.name == "openml" else card.name


def fetch(card: Card) -> tuple[pd.DataFrame, str | None]:
    """The table, target included, and the publisher's target column.

    Raises DatasetError where it cannot be had, or is not the version or checksum of the card.
    """
    assert isinstance(card.source, OpenML)
    bunch = _download(card.source.id, card)
    details = bunch.details
    _same("version", card.version, int(details["version"]), card)
    _same("checksum", _md5(card.checksum), f"md5:{details['md5_checksum']}", card)
    targets = list(bunch.target_names)
    return bunch.frame, targets[0] if len(targets) == 1 else None


def _download(number: int | None, card: Card) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="A network error|Invalid cache")
            return fetch_openml(data_id=number, as_frame=True, parser="auto")
    except HTTPError as error:
        raise DatasetError(_offline(number, f"HTTP {error.code} {error.reason}", card)) from error
    except (OSError, HTTPException) as error:
        raise DatasetError(_offline(number, getattr(error, "reason", error), card)) from error
    except (ValueError, LookupError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise DatasetError(f"OpenML {number} cannot be used: {reason}") from error


def _offline(number: int | None, reason: object, card: Card) -> str:
    return (
        f"OpenML {number} cannot be downloaded ({reason}). Without a network, put "
        f"{mirror_name(card)}.parquet in a folder and name the folder in {VARIABLE}"
    )


def _md5(checksum: str | None) -> str | None:
    return checksum.lower() if checksum else None


def _same(what: str, expected: object, actual: object, card: Card) -> None:
    if expected is not None and expected != actual:
        assert isinstance(card.source, OpenML)
        raise DatasetError(
            f"OpenML {card.source.id} has {what} {actual}, where {expected} was expected"
        )
