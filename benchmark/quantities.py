"""Amounts with units, as a suite file writes them."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

_UNITS = {"": 1, "b": 1, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
          "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}  # fmt: skip
_MOST = 2**60
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def _quantity(units: dict[str, Any], example: str) -> Callable[[object], object]:
    def parse(value: object) -> object:
        if not isinstance(value, str):
            return value
        match = re.fullmatch(r"\s*([0-9]+\.?[0-9]*|\.[0-9]+)\s*([A-Za-z]*)\s*", value)
        if not match or match[2].lower() not in units:
            raise ValueError(f"must be a quantity such as {example}")
        amount = float(match[1]) * units[match[2].lower()]
        if amount > _MOST:
            raise ValueError("is too large")
        return amount if units is _SECONDS else int(amount)

    return parse


_DURATION = BeforeValidator(_quantity(_SECONDS, "60s or 10min"))
_SIZE = BeforeValidator(_quantity(_UNITS, "4GiB or 500MB"))
Seconds = Annotated[float, _DURATION, Field(gt=0, le=1e9)]
Bytes = Annotated[int, _SIZE, Field(gt=0, le=_MOST)]
