"""Losses of a batch, each from its paper: logits of shape (rows, classes) → a loss for each row.

`counts` holds the training rows of each class. What is said of the softmax of two logits is what
the papers say of the sigmoid of their difference.
"""

import torch
from torch import Tensor
from torch.nn import functional

_SMALLEST = 1e-12


def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    """-log p of the row's class."""
    return functional.cross_entropy(logits, y, reduction="none")


def focal(logits: Tensor, y: Tensor, gamma: float) -> Tensor:
    """-(1 - p)^gamma log p (Lin et al., 10.1109/ICCV.2017.324, eq. 4); gamma 0: cross-entropy."""
    log_p = _of_class(functional.log_softmax(logits, dim=1), y)
    wrong = -torch.expm1(log_p)
    return -(wrong.clamp_min(_SMALLEST) ** gamma) * log_p


def margins(counts: Tensor, largest: float) -> Tensor:
    """C / n^(1/4), C such that the rarest class has the largest (Cao et al., 2019, eq. 13)."""
    wanted = counts.clamp_min(1.0) ** -0.25
    return wanted * (largest / wanted.max())


def ldam(logits: Tensor, y: Tensor, counts: Tensor, margin: float, scale: float) -> Tensor:
    """Label-distribution-aware margin (Cao et al., arXiv 1906.07413, eq. 11 to 13).

    Takes a margin off the logit of the row's class, where logits are cosines times `scale`; with
    margin 0: cross-entropy.
    """
    taken = functional.one_hot(y, logits.shape[1]) * margins(counts, margin)
    return cross_entropy(logits - scale * taken, y)


def adjusted(logits: Tensor, y: Tensor, counts: Tensor, tau: float) -> Tensor:
    """Logits plus tau times the log of the prior (Menon et al., arXiv 2007.07314, eq. 10).

    With tau 1 it is the balanced softmax (Ren et al., arXiv 2007.10740, eq. 3); with equal classes
    it is cross-entropy.
    """
    return cross_entropy(logits + tau * log_prior(counts), y)


def log_prior(counts: Tensor) -> Tensor:
    """The log of the share of each class; a class without rows counts as half a row."""
    rows = counts.clamp_min(0.5)
    return torch.log(rows / rows.sum())


def asymmetric(
    logits: Tensor, y: Tensor, gamma_positive: float, gamma_negative: float, clip: float
) -> Tensor:
    """Asymmetric loss (Ben-Baruch et al., arXiv 2009.14119, eq. 5 to 7), summed over labels.

    The labels are the positive class of two, or each of many against the rest, with p the sigmoid
    of the logit: (1 - p)^g+ log p for the row's, else q^g- log(1 - q) with q = max(p - clip, 0).
    With both gammas and the clip 0: the sum of binary cross-entropies.
    """
    odds, own = _labels(logits, y)
    wrong = functional.sigmoid(-odds).clamp_min(_SMALLEST)
    floor = torch.tensor(clip, dtype=odds.dtype, device=odds.device).log()
    log_rest = torch.logaddexp(functional.logsigmoid(-odds), floor).clamp_max(0.0)  # of 1 - q
    q = -torch.expm1(log_rest).clamp_max(-_SMALLEST)
    found = own * wrong**gamma_positive * functional.logsigmoid(odds)
    others = (1 - own) * q**gamma_negative * log_rest
    return -(found + others).sum(dim=1)


def soft_f_beta(logits: Tensor, y: Tensor, beta: float, weights: Tensor | None = None) -> Tensor:
    """1 - F of expected counts, of the positive class or the mean of those in it; one a batch.

    True and false positives are sums of probabilities (Bénédict et al., arXiv 2108.10566), each
    row's times its weight; it is 1 - F where all probabilities are 0 or 1.
    """
    p = functional.softmax(logits, dim=1)
    own = functional.one_hot(y, logits.shape[1]).to(p.dtype)
    each = torch.ones_like(p[:, :1]) if weights is None else weights[:, None]
    tp = (each * p * own).sum(dim=0)
    fp = (each * p * (1 - own)).sum(dim=0)
    fn = (each * (1 - p) * own).sum(dim=0)
    weight = beta * beta
    f = (1 + weight) * tp / ((1 + weight) * tp + weight * fn + fp).clamp_min(_SMALLEST)
    return 1 - (f[1] if len(f) == 2 else f[own.any(dim=0)].mean())


def _of_class(values: Tensor, y: Tensor) -> Tensor:
    """The value of each row's class."""
    return values.gather(1, y[:, None])[:, 0]


def _labels(logits: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The log-odds of each label, and 1 where it is the row's; two classes are one label."""
    if logits.shape[1] == 2:
        return logits[:, 1:] - logits[:, :1], y[:, None].to(logits.dtype)
    return logits, functional.one_hot(y, logits.shape[1]).to(logits.dtype)
