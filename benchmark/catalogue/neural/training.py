"""Epochs of batches: how a network is fitted to rows."""

import copy
import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from statistics import fmean
from typing import Any

import numpy as np
import torch
from sklearn.metrics import average_precision_score
from torch import Tensor, nn

from benchmark.catalogue.neural.losses import cross_entropy, log_prior
from benchmark.catalogue.neural.networks import Classifier, Columns, Cosine, starting_at
from benchmark.types import Floats, Integers

Change = Callable[[Tensor, Tensor, np.random.Generator], Tensor]
Weigh = Callable[[Integers, Integers], Floats]
Sampling = Callable[[Floats, float], Floats]
SMOOTHED = 5  # epochs whose scores are averaged, so that a lucky one does not end the training


@dataclass(frozen=True)
class Plan:
    """How to train.

    Attributes:
        loss: `(logits, y, weights, training rows) -> loss` of each row of a batch, without its
            weight, or one number for all of them, with the weights; cross-entropy if None.
        weigh: `(class codes, rows of each) -> weights`, which count in the epochs after the share
            `deferred` of all.
        sampling: `(rows of each class, share of the epochs that is over) -> chance of each` to be
            drawn; the rows as they are if None.
        mix: the parameter of mixup's beta distribution; 0 for none.
        augment: changes the rows of a batch.
        patience: epochs without a better validation score after which it ends.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    patience: int
    loss: Callable[[Tensor, Tensor, Tensor, "Rows"], Tensor] | None = None
    weigh: Weigh | None = None
    deferred: float = 0.0
    sampling: Sampling | None = None
    mix: float = 0.0
    augment: Change | None = None


@dataclass(frozen=True, eq=False)
class Rows:
    """What a network learns from: X of shape (rows, columns), class codes, weights of rows."""

    X: Tensor
    y: Tensor
    weights: Tensor
    classes: int

    @cached_property
    def counts(self) -> Tensor:
        """Rows of each class."""
        return torch.bincount(self.y, minlength=self.classes).to(self.X.dtype)

    @cached_property
    def mass(self) -> Tensor:
        """The weights of each class, a row's 1 on average."""
        weights = self.weights / self.weights.mean()
        return torch.bincount(self.y.cpu(), weights.cpu(), self.classes).to(self.X)


@contextmanager
def seeded(seed: int, device: str) -> Iterator[np.random.Generator]:
    """Seed torch inside the block alone, and hold it to what is deterministic."""
    devices = [torch.cuda.current_device()] if device.startswith("cuda") else []
    before = torch.are_deterministic_algorithms_enabled()
    filling = torch.utils.deterministic.fill_uninitialized_memory
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.utils.deterministic.fill_uninitialized_memory = False  # none is read here
        try:
            yield np.random.default_rng(seed)
        finally:
            torch.use_deterministic_algorithms(before)
            torch.utils.deterministic.fill_uninitialized_memory = filling


def rows(X: Any, codes: Any, weights: Any, classes: int, device: str) -> Rows:
    """Arrays as tensors."""
    given = np.ones(len(codes)) if weights is None else np.asarray(weights)
    return Rows(
        torch.as_tensor(np.array(X, dtype=np.float32), device=device),
        torch.as_tensor(np.array(codes, dtype=np.int64), device=device),
        torch.as_tensor(given.astype(np.float32), device=device),
        classes,
    )


def network(
    body: Any, X: Floats, categorical: Sequence[int], learnt: Rows, cosine: float
) -> Classifier:
    """A network for these columns; with logits of cosines times a scale if there is one."""
    codes = tuple((c, int(max(0, X[:, c].max()))) for c in categorical)
    numbers = tuple(i for i in range(X.shape[1]) if i not in set(categorical))
    features = body(Columns(numbers, codes))
    prior = log_prior(learnt.mass.cpu())
    if cosine:
        return Classifier(features, Cosine(features.width, len(prior), cosine))
    made = getattr(features, "head", partial(nn.Linear, features.width))
    return Classifier(features, starting_at(made(len(prior)), prior))


def said(fitted: nn.Module, X: Any, device: str) -> Floats:
    """Logits of arrays, from a network in double precision."""
    table = torch.as_tensor(np.array(X, dtype=np.float64), device=device)
    return np.asarray(together(outputs(fitted, table)).cpu().numpy())


def train(
    network: nn.Module,
    rows: Rows,
    validation: Rows | None,
    plan: Plan,
    random: np.random.Generator,
) -> int:
    """Fit in place and return the epochs that count: with validation rows the best ones.

    Epochs are judged by the mean of the last few, and those before deferred weights not at all.

    Raises FloatingPointError with the epoch where the loss or a logit is no longer a number.
    """
    learnt = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        learnt, plan.learning_rate, weight_decay=plan.weight_decay, fused=True
    )
    best, best_epoch, kept = (-math.inf, -math.inf), plan.epochs, None
    recent: deque[tuple[float, float]] = deque(maxlen=SMOOTHED)
    for epoch in range(plan.epochs):
        network.train()
        weights = _weights(rows, plan, epoch)
        for batch in batches(rows, plan, epoch, random):
            loss = batch_loss(network, rows, batch, weights, plan, random)
            if not torch.isfinite(loss):
                raise FloatingPointError(f"the loss became {loss.item()} in epoch {epoch + 1}")
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        if validation is None or epoch < plan.deferred * plan.epochs:
            continue
        recent.append(validation_score(network, validation, rows, plan))
        if not math.isfinite(recent[-1][1]):
            raise FloatingPointError(f"the logits became nan or inf in epoch {epoch + 1}")
        score = (fmean(ranking for ranking, _ in recent), fmean(loss for _, loss in recent))
        if score > best:
            best, best_epoch, kept = score, epoch + 1, copy.deepcopy(network.state_dict())
        if epoch + 1 - best_epoch >= plan.patience:
            break
    if kept is not None:
        network.load_state_dict(kept)
    network.eval()
    return best_epoch


def batches(rows: Rows, plan: Plan, epoch: int, random: np.random.Generator) -> Iterator[Tensor]:
    """The row numbers of each batch of an epoch; the last may be short, but none has one row."""
    count = len(rows.y)
    if plan.sampling is None:
        order = random.permutation(count)
    else:
        done = epoch / max(1, plan.epochs - 1)
        order = random.choice(count, count, p=_chances(rows, plan.sampling, done))
    edges = list(range(0, count, plan.batch_size))
    if count > 1 and count - edges[-1] == 1 and len(edges) > 1:
        edges.pop()  # batch normalisation needs two rows
    for start, end in zip(edges, [*edges[1:], count], strict=True):
        yield torch.from_numpy(order[start:end])


def _chances(rows: Rows, sampling: Sampling, done: float) -> Floats:
    """The chance of each row to be drawn, the same for those of a class."""
    _, codes, sizes = np.unique(rows.y.cpu().numpy(), return_inverse=True, return_counts=True)
    return np.asarray((sampling(sizes.astype(np.float64), done) / sizes)[codes])


def validation_score(
    network: nn.Module, rows: Rows, learnt: Rows, plan: Plan
) -> tuple[float, float]:
    """Average precision of the positive class, or its mean over many; then the loss, negated.

    Of many classes each counts by the root of its rows: one of three says little of an epoch. On
    few rows many epochs rank them all alike: the loss tells them apart. `learnt` are the training
    rows. NaN where a logit is not finite.
    """
    odds = together(outputs(network, rows.X))
    if not torch.isfinite(odds).all():
        return math.nan, math.nan
    loss = _mean(plan, odds, rows.y, rows.weights, learnt)
    said = odds.double().log_softmax(dim=1).cpu().numpy()  # probabilities near 1 would be tied
    y = rows.y.cpu().numpy()
    sizes = np.bincount(y, minlength=rows.classes)
    codes = [1] if rows.classes == 2 else np.flatnonzero(sizes).tolist()
    scores = [average_precision_score(y == code, said[:, code]) for code in codes]
    return float(np.average(scores, weights=np.sqrt(sizes[codes]))), -float(loss)


def outputs(network: nn.Module, X: Tensor, batch: int = 4096) -> Tensor:
    """What a network says of rows, a part at a time."""
    network.eval()
    with torch.no_grad():
        return torch.cat([network(part) for part in X.split(batch)])


def together(logits: Tensor) -> Tensor:
    """Logits of shape (rows, classes); of members, those of their mean probabilities."""
    if logits.ndim == 2:
        return logits
    return logits.log_softmax(dim=2).logsumexp(dim=1)


def _weights(rows: Rows, plan: Plan, epoch: int) -> Tensor:
    """The weights of rows in an epoch, 1 on average."""
    if plan.weigh is None or epoch < plan.deferred * plan.epochs:
        return rows.weights / rows.weights.mean()
    counts = rows.counts.cpu().numpy().astype(np.int64)
    present = np.flatnonzero(counts)
    of_class = np.zeros(rows.classes, dtype=np.float32)
    of_class[present] = plan.weigh(present, counts[present])
    weights = rows.weights * torch.as_tensor(of_class, device=rows.X.device)[rows.y]
    return weights / weights.mean()


def batch_loss(
    network: nn.Module,
    rows: Rows,
    batch: Tensor,
    weights: Tensor,
    plan: Plan,
    random: np.random.Generator,
) -> Tensor:
    """The mean loss of a batch, weighted."""
    X, y, weight = rows.X[batch], rows.y[batch], weights[batch]
    if plan.augment is not None:
        X = plan.augment(X, y, random)
    if not plan.mix:
        return _mean(plan, network(X), y, weight, rows)
    share = float(random.beta(plan.mix, plan.mix))
    other = torch.from_numpy(random.permutation(len(y)))
    said = network(share * X + (1 - share) * X[other])
    parts = (
        _mean(plan, said, y, weight, rows),
        _mean(plan, said, y[other], weight[other], rows),
    )
    return share * parts[0] + (1 - share) * parts[1]


def _mean(plan: Plan, said: Tensor, y: Tensor, weight: Tensor, learnt: Rows) -> Tensor:
    """The mean loss, over members too where there are some."""
    if said.ndim == 3:
        y, weight = (of_rows.repeat_interleave(said.shape[1]) for of_rows in (y, weight))
        said = said.flatten(0, 1)
    losses: Any = plan.loss(said, y, weight, learnt) if plan.loss else cross_entropy(said, y)
    mean: Tensor = losses if losses.ndim == 0 else (losses * weight).mean()
    return mean
