"""Networks: rows of numbers → a logit for each class."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Columns:
    """What a table's columns are.

    Attributes:
        numbers: positions of the columns that hold quantities.
        categories: positions of those that hold codes from -1 (unknown) up, with their largest.
    """

    numbers: tuple[int, ...]
    categories: tuple[tuple[int, int], ...] = ()


def known(X: Tensor, columns: Columns) -> Tensor:
    """Codes of categories from 1 up, shape (rows, categories); 0 for what is unknown or new."""
    positions, largest = zip(*columns.categories, strict=True)
    codes = X[:, list(positions)].round().long() + 1
    return torch.where(codes > torch.tensor(largest, device=X.device) + 1, 0, codes)


class Embedded(nn.Module):  # type: ignore[misc]  # torch is not typed here
    """Quantities beside an embedding of each category (Guo and Berkhahn, arXiv 1604.06737)."""

    def __init__(self, columns: Columns) -> None:
        super().__init__()
        self.columns = columns
        widths = [min(50, (largest + 3) // 2) for _, largest in columns.categories]
        self.embeddings = nn.ModuleList(
            nn.Embedding(largest + 2, width)
            for (_, largest), width in zip(columns.categories, widths, strict=True)
        )
        self.width = len(columns.numbers) + sum(widths)

    def forward(self, X: Tensor) -> Tensor:
        """Shape (rows, width)."""
        if not self.columns.categories:
            return X
        codes = known(X, self.columns)
        parts = [each(code) for each, code in zip(self.embeddings, codes.T, strict=True)]
        return torch.cat([X[:, list(self.columns.numbers)], *parts], dim=1)


class Mlp(nn.Module):  # type: ignore[misc]  # torch is not typed here
    """Layers of rectified units with batch normalisation and dropout."""

    def __init__(self, columns: Columns, width: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.columns = Embedded(columns)
        blocks: list[nn.Module] = []
        size = self.columns.width
        for _ in range(layers):
            blocks += [
                nn.Linear(size, width),
                nn.BatchNorm1d(width),
                nn.ReLU(),
                nn.Dropout(dropout),
            ]
            size = width
        self.blocks = nn.Sequential(*blocks)
        self.width = size

    def forward(self, X: Tensor) -> Tensor:
        """Features, shape (rows, width)."""
        return self.blocks(self.columns(X))


class _Residual(nn.Module):  # type: ignore[misc]  # torch is not typed here
    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.BatchNorm1d(width), nn.Linear(width, 2 * width), nn.ReLU(), nn.Dropout(dropout),
            nn.Linear(2 * width, width), nn.Dropout(dropout),
        )  # fmt: skip

    def forward(self, X: Tensor) -> Tensor:
        return X + self.block(X)


class TabularResnet(nn.Module):  # type: ignore[misc]  # torch is not typed here
    """Residual blocks (Gorishniy et al., arXiv 2106.11959, section 3.2)."""

    def __init__(self, columns: Columns, width: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.columns = Embedded(columns)
        self.first = nn.Linear(self.columns.width, width)
        self.blocks = nn.Sequential(*(_Residual(width, dropout) for _ in range(layers)))
        self.last = nn.Sequential(nn.BatchNorm1d(width), nn.ReLU())
        self.width = width

    def forward(self, X: Tensor) -> Tensor:
        """Features, shape (rows, width)."""
        return self.last(self.blocks(self.first(self.columns(X))))


class SmallCnn(nn.Module):  # type: ignore[misc]  # torch is not typed here
    """Two blocks of convolutions for grey images, whose pixels are the columns row by row."""

    def __init__(self, shape: Sequence[int], width: int, dropout: float) -> None:
        super().__init__()
        self.shape = tuple(shape)
        channels = (1, width, 2 * width)
        blocks: list[nn.Module] = []
        for before, after in pairwise(channels):
            blocks += [
                nn.Conv2d(before, after, 3, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
                nn.MaxPool2d(2),
            ]
        made = nn.Sequential(*blocks, nn.Flatten(), nn.Dropout(dropout))
        self.blocks = made.to(memory_format=torch.channels_last)  # twice as fast on a processor
        self.width = 2 * width * math.prod(side // 4 for side in self.shape)

    def forward(self, X: Tensor) -> Tensor:
        """Features, shape (rows, width)."""
        return self.blocks(X.reshape(-1, 1, *self.shape))


class Cosine(nn.Module):  # type: ignore[misc]  # torch is not typed here
    """The cosine between features and each class's direction, times `scale`."""

    def __init__(self, width: int, classes: int, scale: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(classes, width))
        self.scale = scale
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw other directions."""
        with torch.no_grad():
            self.weight.copy_(functional.normalize(torch.randn(self.weight.shape)))

    def forward(self, X: Tensor) -> Tensor:
        """Logits, shape (rows, classes)."""
        return self.scale * functional.linear(
            functional.normalize(X, dim=-1), functional.normalize(self.weight)
        )


def starting_at(head: nn.Module, log_prior: Tensor) -> nn.Module:
    """A linear head with small weights, whose biases are the log of the classes' shares.

    So the first probabilities are about the prior (Lin et al., 10.1109/ICCV.2017.324, section 3.3).
    """
    with torch.no_grad():
        head.weight.mul_(0.1)
        head.bias.copy_(log_prior.expand_as(head.bias))
    return head


class Classifier(nn.Module):  # type: ignore[misc]  # torch is not typed here
    """Features, and what makes logits of them."""

    def __init__(self, body: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, X: Tensor) -> Tensor:
        """Logits, shape (rows, classes)."""
        return self.head(self.body(X))
