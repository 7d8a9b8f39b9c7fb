"""Neural networks."""

from sklearn.neural_network import MLPClassifier

from benchmark.catalogue.registry import model
from benchmark.space import Scope
from benchmark.types import Task


@model("multilayer_perceptron", reference="10.1038/323533a0")
def multilayer_perceptron(space: Scope, task: Task) -> MLPClassifier:
    """Layers of rectified units, trained with Adam.

    For smooth boundaries between scaled columns; trees win on most tables. Built without early
    stopping, which would validate on synthetic rows: it ends when the loss on the training rows
    does. A second or two on a thousand rows.
    """
    units = space.integer("units", 10, 200, default=100, log=True)
    return MLPClassifier(
        hidden_layer_sizes=(units,) * space.integer("layers", 1, 3, default=1),
        alpha=space.real("alpha", 1e-6, 1.0, default=1e-4, log=True),
        learning_rate_init=space.real("learning_rate_init", 1e-4, 1e-1, default=1e-3, log=True),
        max_iter=space.integer("max_iter", 20, 2000, default=200, tune=False),
        early_stopping=False,
        random_state=task.seed,
    )
