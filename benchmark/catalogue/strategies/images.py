"""Strategies for images."""

from typing import Any

import numpy as np

from benchmark.catalogue.neural.classifier import NeuralClassifier
from benchmark.catalogue.neural.images import Augmentation, image_shape
from benchmark.catalogue.registry import strategy
from benchmark.catalogue.strategies.neural_losses import network
from benchmark.space import Scope
from benchmark.types import Task


@strategy(
    "image_augmentation", level="algorithm", rows="kept", reference="10.1186/s40537-019-0197-0",
    requires=("torch",),
)  # fmt: skip
def image_augmentation(classifier: Any, space: Scope, task: Task) -> NeuralClassifier:
    """Show the network each image a little turned, shifted, enlarged or cut, anew in each epoch.

    For datasets with an `image_shape` and few rows of a class. `rotation` is in degrees, the others
    are shares of the image; all are the most that may happen. `rare_only` moves the classes alone
    that have less than an equal share of the rows, by their rows before any resampling, so that
    `random_oversampling+image_augmentation` makes every copy another. `flip` mirrors half of the
    images: only where that keeps their class, which it does not with digits. What a move brings in
    from outside is 0, the background of pixels scaled by `minmax` or `none`. `rare_only` knows the
    classes of the dataset, so not inside `one_vs_rest`. Costs some more time an epoch, and wants
    more epochs: with few of them it is worse than nothing.
    """
    moves = {
        "rotation": space.real("rotation", 0.0, 45.0, default=10.0),
        "shift": space.real("shift", 0.0, 0.3, default=0.1),
        "scale": space.real("scale", 0.0, 0.5, default=0.1),
        "crop": space.real("crop", 0.0, 0.5, default=0.0),
        "flip": space.choice("flip", [False, True], default=False, tune=False),
    }
    rare_only = space.choice("rare_only", [False, True], default=False)
    shape = image_shape("image_augmentation", task)
    only = _rare(task) if rare_only else None
    return network(classifier, augment=Augmentation(shape, **moves, only=only))


def _rare(task: Task) -> tuple[int, ...]:
    """The classes of less than an equal share, by their number among those with rows."""
    counts = np.array([count for count in task.class_counts if count])
    return tuple(np.flatnonzero(counts < counts.mean()).tolist())
