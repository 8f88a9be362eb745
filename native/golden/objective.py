"""The objective of src-main/trainer/math/objective.ts in PyTorch, so that autograd can differentiate it. That file is the judge."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

MAX_LOG_RATIO = 20.0
MAX_KL_DIFFERENCE = 10.0


@dataclass(frozen=True)
class Now:
    """What the policy says of each completion token now, all sequences end to end: [tokens] each."""

    logprobs: Tensor
    entropies: Tensor
    values: Tensor


@dataclass(frozen=True)
class TokenBatch:
    """What is given for each completion token: [tokens] each."""

    old_logprobs: Tensor
    ref_logprobs: Tensor
    advantages: Tensor
    returns: Tensor
    old_values: Tensor


def token_weights(lengths: list[int], counts: list[int], mean: str) -> Tensor:
    """Share of each token in the mean, [tokens], adding up to 1. A sequence that stands for `count` duplicates counts as often."""
    size = [length if mean == "token" else 1 for length in lengths]
    total = sum(count * part for count, part in zip(counts, size))
    shares = [count / total * (1 if mean == "token" else 1 / length) for length, count in zip(lengths, counts)]
    return torch.cat([torch.full((length,), share, dtype=torch.float64) for length, share in zip(lengths, shares)])


def loss_of(objective: dict[str, Any], batch: TokenBatch, weights: Tensor, now: Now) -> Tensor:
    """Weighted mean over tokens, a scalar. Fields of `objective` are those of Objective in src-main/trainer/flow.ts."""
    if objective["kind"] == "supervised":
        return -(weights * now.logprobs).sum()
    per_token = surrogate(objective, batch, now.logprobs)
    per_token = per_token + objective["klCoef"] * k3(now.logprobs, batch.ref_logprobs)
    per_token = per_token - objective["entropyCoef"] * now.entropies
    if objective["value"] is not None:
        per_token = per_token + objective["value"]["coef"] * value_loss(objective["value"]["clipEpsilon"], batch, now.values)
    return (weights * per_token).sum()


def surrogate(objective: dict[str, Any], batch: TokenBatch, logprobs: Tensor) -> Tensor:
    """-min(r A, clip(r) A), [tokens]."""
    ratio = ratios(batch, logprobs)
    bounded = ratio.clamp(1 - objective["clipEpsilonLow"], 1 + objective["clipEpsilonHigh"])
    return -torch.minimum(ratio * batch.advantages, bounded * batch.advantages)


def ratios(batch: TokenBatch, logprobs: Tensor) -> Tensor:
    return (logprobs - batch.old_logprobs).clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO).exp()


def k3(logprobs: Tensor, ref_logprobs: Tensor) -> Tensor:
    """k3 estimate of the KL to the reference, [tokens]."""
    difference = (ref_logprobs - logprobs).clamp(-MAX_KL_DIFFERENCE, MAX_KL_DIFFERENCE)
    return difference.exp() - difference - 1


def value_loss(clip_epsilon: float, batch: TokenBatch, values: Tensor) -> Tensor:
    """Half the larger of the squared errors of the value and of the value clipped around the old one, [tokens]."""
    bounded = batch.old_values + (values - batch.old_values).clamp(-clip_epsilon, clip_epsilon)
    return 0.5 * torch.maximum((values - batch.returns) ** 2, (bounded - batch.returns) ** 2)
