"""Table: what a file holds, and the roles that the file itself gives to columns."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class Table:
    """Rows as a file has them.

    Attributes:
        frame: shape (rows, columns), the target among them.
        target: the column that the file names as its output.
        folds: the column with the published test fold of each row.
    """

    frame: pd.DataFrame
    target: str | None = None
    folds: str | None = None
