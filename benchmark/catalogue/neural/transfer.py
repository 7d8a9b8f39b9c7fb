"""What follows the training of a network: a new head, other norms, other rows."""

import copy
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from benchmark.catalogue.neural import training
from benchmark.catalogue.neural.networks import Classifier, Cosine, starting_at
from benchmark.catalogue.neural.training import Plan, Rows

_SMALLEST = 1e-12


def retrained(
    network: Classifier, rows: Rows, plan: Plan, random: np.random.Generator
) -> Classifier:
    """The body as it is, with a new head that is trained on its features.

    Classifier re-training of Kang et al., arXiv 1910.09217, section 4; how is the plan's.
    """
    features = replace(rows, X=training.outputs(network.body, rows.X))
    head = _fresh(network.head)
    training.train(head, features, None, plan, random)
    made: Classifier = Classifier(network.body, head).eval()
    return made


def tau_normalized(network: Classifier, tau: float) -> Classifier:
    """Each class's weights w as w / |w|^tau, without biases (Kang et al., section 4).

    For linear heads: cosines have no norms.
    """
    head = copy.deepcopy(network.head)
    with torch.no_grad():
        norms = head.weight.norm(dim=1, keepdim=True).clamp_min(_SMALLEST)
        head.weight.div_(norms**tau)
        head.bias.zero_()
    made: Classifier = Classifier(network.body, head).eval()
    return made


def fine_tuned(
    network: Classifier, rows: Rows, plan: Plan, random: np.random.Generator
) -> Classifier:
    """The network, all of it trained on."""
    training.train(network, rows, None, plan, random)
    return network


def _fresh(head: nn.Module) -> nn.Module:
    """An untrained head of the same kind, for classes that are equally likely."""
    fresh = copy.deepcopy(head)
    fresh.reset_parameters()
    return fresh if isinstance(fresh, Cosine) else starting_at(fresh, torch.zeros_like(fresh.bias))
