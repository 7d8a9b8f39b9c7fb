"""ARFF → a table, read by liac-arff."""

import re
from typing import Any

import arff
import pandas as pd

from benchmark.data.table import Table
from benchmark.errors import DatasetError

_NUMBERS = ("NUMERIC", "REAL", "INTEGER")
_TARGETS = ("target", "class")
_SPARSE = re.compile(  # a blank is matched in one way only, or many empty lines would take hours
    r"^[ \t]*@data[ \t\r]*\n(?:[ \t\r]*(?:%.*)?\n)*[ \t]*\{", re.IGNORECASE | re.MULTILINE
)


def parse(text: str) -> Table:
    """The table of an ARFF file, dense or sparse; `target` or `class` is its target, if there.

    Raises DatasetError for what is not ARFF, with the line, and for dates and relations.
    """
    sparse = _is_sparse(text)
    try:
        read = arff.loads(text, return_type=arff.LOD if sparse else arff.DENSE)
    except arff.ArffException as error:
        # its own text fails where the value at fault has a percent sign
        reason = str(error.message).replace("%d", str(error.line))
        raise DatasetError(" ".join(reason.split())[:200]) from error
    names = [name for name, _ in read["attributes"]]
    rows = _dense(read["data"], read["attributes"]) if sparse else read["data"]
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    for name, kind in read["attributes"]:
        if kind in _NUMBERS:
            frame[name] = pd.to_numeric(frame[name])
    return Table(frame, next((name for name in names if name.lower() in _TARGETS), None))


def _is_sparse(text: str) -> bool:
    """Whether the first row of data is of the form {index value, ...}."""
    return _SPARSE.search(text) is not None


def _dense(rows: list[dict[int, Any]], attributes: list[tuple[str, Any]]) -> list[list[Any]]:
    """A value that a sparse row leaves out is 0, or the first of the nominal values."""
    zeros = [kind[0] if isinstance(kind, list) else 0 for _, kind in attributes]
    return [[row.get(i, zero) for i, zero in enumerate(zeros)] for row in rows]
