"""TabM: many networks in one that share most of their weights."""

import tabm
from torch import Tensor, nn

from benchmark.catalogue.neural.networks import Columns, known


class Members(nn.Module):  # type: ignore[misc]  # torch is not typed here
    """Features of every member, shape (rows, members, width), from the package of the authors."""

    def __init__(
        self, columns: Columns, width: int, layers: int, dropout: float, members: int
    ) -> None:
        super().__init__()
        self.columns = columns
        self.width = width
        self.members = members
        self.inner = tabm.TabM.make(
            n_num_features=len(columns.numbers),
            cat_cardinalities=[largest + 2 for _, largest in columns.categories],
            d_out=None,
            k=members,
            n_blocks=layers,
            d_block=width,
            dropout=dropout,
        )

    def head(self, classes: int) -> nn.Module:
        """A linear head for each member."""
        return tabm.LinearEnsemble(self.width, classes, k=self.members)

    def forward(self, X: Tensor) -> Tensor:
        """Features, shape (rows, members, width)."""
        numbers, categories = self.columns.numbers, self.columns.categories
        return self.inner(
            X[:, list(numbers)] if numbers else None,
            known(X, self.columns) if categories else None,
        )
