"""SHA-256 over all content of a dataset: any changed cell changes it, its name does not."""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def fingerprint(
    X: pd.DataFrame, y: NDArray[Any], classes: Iterable[str], **roles: NDArray[Any] | None
) -> str:
    """Hex digest of names, kinds, every value, the target, the roles and the order of rows.

    Each part is preceded by its length, so no two contents share their bytes.
    """
    digest = hashlib.sha256()
    _text(digest, f"{X.shape[0]} {X.shape[1]}")
    for name in X.columns:
        _text(digest, str(name))
        _array(digest, X[name].to_numpy())
    _array(digest, np.asarray(y))
    for label in classes:
        _text(digest, label)
    for role, values in roles.items():
        _text(digest, role if values is not None else f"no {role}")
        if values is not None:
            _array(digest, values)
    return digest.hexdigest()


def _array(digest: Any, values: NDArray[Any]) -> None:
    if values.dtype.kind == "f":
        numbers = np.where(np.isnan(values), np.nan, values)  # one bit pattern for every NaN
        return _bytes(digest, "float", numbers.astype("<f8"))
    if values.dtype.kind in "iu":
        return _bytes(digest, "integer", values.astype("<i8"))
    if values.dtype.kind == "M":
        return _bytes(digest, "instant", values.astype("datetime64[us]").astype("<i8"))
    codes, uniques = pd.factorize(values)
    _bytes(digest, "text", codes.astype("<i8"))
    _text(digest, str(len(uniques)))
    for word in uniques:
        _text(digest, word)
    return None


def _bytes(digest: Any, kind: str, values: NDArray[Any]) -> None:
    _text(digest, kind)
    _text(digest, str(len(values)))
    digest.update(np.ascontiguousarray(values).data)


def _text(digest: Any, words: str) -> None:
    data = words.encode("utf-8", "surrogatepass")
    digest.update(len(data).to_bytes(8, "little"))
    digest.update(data)
