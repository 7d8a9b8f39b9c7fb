"""Networks that PyTorch trains."""

import math
from dataclasses import dataclass
from typing import Any

from benchmark.catalogue.neural.classifier import NeuralClassifier
from benchmark.catalogue.neural.images import image_shape
from benchmark.catalogue.registry import model
from benchmark.errors import BenchmarkError
from benchmark.space import Scope
from benchmark.types import Task

TORCH = ("torch",)
TABM = ("torch", "tabm")


@dataclass(frozen=True)
class Mlp:
    """Makes `networks.Mlp`."""

    width: int
    layers: int
    dropout: float

    def __call__(self, columns: Any) -> Any:
        """The network for these columns."""
        from benchmark.catalogue.neural.networks import Mlp as Network

        return Network(columns, self.width, self.layers, self.dropout)


@dataclass(frozen=True)
class TabularResnet:
    """Makes `networks.TabularResnet`."""

    width: int
    layers: int
    dropout: float

    def __call__(self, columns: Any) -> Any:
        """The network for these columns."""
        from benchmark.catalogue.neural.networks import TabularResnet as Network

        return Network(columns, self.width, self.layers, self.dropout)


@dataclass(frozen=True)
class Tabm:
    """Makes `tabm.Members`."""

    width: int
    layers: int
    dropout: float
    members: int

    def __call__(self, columns: Any) -> Any:
        """The network for these columns."""
        from benchmark.catalogue.neural.tabm import Members

        return Members(columns, self.width, self.layers, self.dropout, self.members)


@dataclass(frozen=True)
class SmallCnn:
    """Makes `networks.SmallCnn`."""

    shape: tuple[int, int]
    width: int
    dropout: float

    def __call__(self, columns: Any) -> Any:
        """The network, whose columns are the pixels of images."""
        from benchmark.catalogue.neural.networks import SmallCnn as Network

        return Network(self.shape, self.width, self.dropout)


def _trained(body: Any, space: Scope, task: Task) -> NeuralClassifier:
    """A classifier with the parameters of training that every network has."""
    batch = space.integer("batch_size", 8, 4096, default=_batch(task.n_rows), tune=False)
    epochs = space.integer("epochs", 1, 1000, default=50, tune=False)
    patience = space.integer("patience", 1, 1000, default=8, tune=False)
    return NeuralClassifier(
        body,
        categorical=task.categorical,
        learning_rate=space.real("learning_rate", 1e-4, 1e-1, default=1e-3, log=True),
        weight_decay=space.real("weight_decay", 1e-6, 1.0, default=1e-2, log=True),
        batch_size=_enough("batch_size", batch, 2),
        epochs=_enough("epochs", epochs, 1),
        patience=_enough("patience", patience, 1),
        device=task.device,
        random_state=task.seed,
    )


def _enough(name: str, count: int, least: int) -> int:
    """A number that the user may have fixed. Raises BenchmarkError where it trains nothing."""
    if count < least:
        raise BenchmarkError(f"parameter {name!r} is {count}; allowed: {least} or more")
    return count


def _batch(rows: int) -> int:
    """Rows of a batch: a power of two near their square root, so that few rows make many steps."""
    return int(min(1024, max(16, 2 ** int(math.log2(1.5 * math.sqrt(rows))))))


@model("mlp", on="any", requires=TORCH, reference="10.1038/323533a0")
def mlp(space: Scope, task: Task) -> NeuralClassifier:
    """Layers of rectified units with embeddings, batch normalisation, dropout and AdamW.

    The network to start with. It ends early by the average precision on a fifth of each class that
    no strategy resamples; where none can be held out (under five rows of a class, or inside
    `one_vs_rest`) it trains all `epochs`. Some seconds on ten thousand rows.
    """
    body = Mlp(
        width=space.integer("width", 16, 512, default=128, log=True),
        layers=space.integer("layers", 1, 4, default=2),
        dropout=space.real("dropout", 0.0, 0.5, default=0.1),
    )
    return _trained(body, space, task)


@model("tabular_resnet", on="any", requires=TORCH, reference="arXiv 2106.11959")
def tabular_resnet(space: Scope, task: Task) -> NeuralClassifier:
    """Residual blocks, which train well when they are many.

    Often the better network for tables of ten thousand rows and more. About twice the time of
    `mlp`.
    """
    body = TabularResnet(
        width=space.integer("width", 16, 512, default=64, log=True),
        layers=space.integer("layers", 1, 6, default=2),
        dropout=space.real("dropout", 0.0, 0.5, default=0.2),
    )
    return _trained(body, space, task)


@model("tabm", on="any", requires=TABM, reference="arXiv 2410.24210")
def tabm(space: Scope, task: Task) -> NeuralClassifier:
    """Many layered networks in one that share most of their weights; their mean decides.

    The strongest network for tables in its paper; several times the time of `mlp`. The defaults
    suit a processor; the paper's are 32 `members`, 3 `layers` and a `width` of 512.
    """
    body = Tabm(
        width=space.integer("width", 16, 1024, default=128, log=True),
        layers=space.integer("layers", 1, 5, default=2),
        dropout=space.real("dropout", 0.0, 0.5, default=0.1),
        members=space.integer("members", 2, 64, default=16, tune=False),
    )
    return _trained(body, space, task)


@model("small_cnn", requires=TORCH, reference="10.1109/5.726791")
def small_cnn(space: Scope, task: Task) -> NeuralClassifier:
    """Two blocks of convolutions, for grey images of four by four pixels and more.

    For datasets with an `image_shape`; the columns are the pixels row by row, and all of them reach
    it. Set `preprocess: {scale: none}` or `minmax`: `standard` scales each pixel by itself, so that
    those that are hardly ever lit outshine the rest. Some seconds an epoch on ten thousand images
    of 28 x 28.
    """
    width = space.integer("width", 4, 64, default=16, log=True)
    dropout = space.real("dropout", 0.0, 0.5, default=0.2)
    network = _trained(None, space, task)
    network.body = SmallCnn(image_shape("small_cnn", task), width, dropout)
    return network
