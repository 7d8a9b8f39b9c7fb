"""What follows the training of a network: a new head, other norms, other rows."""

from dataclasses import replace

import numpy as np
import torch
from torch import nn

from benchmark.catalogue.neural import training
from benchmark.catalogue.neural.networks import Classifier, Cosine, linear
from benchmark.catalogue.neural.training import Plan, Rows

_SMALLEST = 1e-12


def retrained(
    network: Classifier, rows: Rows, plan: Plan, random: np.random.Generator
) -> Classifier:
    """The body as it is, with a new head that is trained on its features.

    Classifier re-training of Kang et al., arXiv 1910.09217, section 4; how is the plan's.
    """
    features = replace(rows, X=training.logits(network.body, rows.X))
    head = _fresh(network.head, features).to(rows.X.device)
    training.train(head, features, None, plan, random)
    made: Classifier = Classifier(network.body, head).eval()
    return made


def tau_normalized(network: Classifier, tau: float) -> Classifier:
    """Each class's weights w as w / |w|^tau, without biases (Kang et al., section 4).

    Raises ValueError for a head that has directions only.
    """
    if not isinstance(network.head, nn.Linear):
        raise ValueError("tau-normalisation needs a head with norms; cosines have none")
    weight = network.head.weight.detach()
    norms = weight.norm(dim=1, keepdim=True).clamp_min(_SMALLEST)
    head = nn.Linear(weight.shape[1], weight.shape[0], bias=False).to(weight.device)
    with torch.no_grad():
        head.weight.copy_(weight / norms**tau)
    made: Classifier = Classifier(network.body, head).eval()
    return made


def fine_tuned(
    network: Classifier, rows: Rows, plan: Plan, random: np.random.Generator
) -> Classifier:
    """The network, all of it trained on."""
    training.train(network, rows, None, plan, random)
    return network


def _fresh(head: nn.Module, features: Rows) -> nn.Module:
    """An untrained head of the same kind, for classes that are equally likely."""
    width = features.X.shape[1]
    if isinstance(head, Cosine):
        return Cosine(width, features.classes, head.scale)
    return linear(width, torch.zeros(features.classes))
