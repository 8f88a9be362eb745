"""What training minimises: src-main/trainer/math/objective.ts in PyTorch, so that autograd can differentiate it. That file is the judge.

Fields of `objective` are those of Objective in src-main/trainer/flow.ts, in snake_case.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

MAX_LOG_RATIO = 20.0
MAX_KL_DIFFERENCE = 10.0

Objective = dict[str, Any]
# Sums over tokens of weight * quantity, by the names of UpdateStats; the parts of a minibatch add up.
Sums = dict[str, float]


@dataclass(frozen=True)
class TokenBatch:
    """What is given for each completion token of some sequences, end to end: [tokens] float32 each."""

    old_logprobs: Tensor
    ref_logprobs: Tensor
    advantages: Tensor
    returns: Tensor
    old_values: Tensor
    # Share of each token in the mean over the minibatch.
    weights: Tensor


@dataclass(frozen=True)
class Now:
    """What the policy says of each completion token now: [tokens] each; `values` is None without a value head."""

    logprobs: Tensor
    entropies: Tensor
    values: Tensor | None


def mean_of(objective: Objective) -> str:
    return objective["loss_mean"] if objective["kind"] == "policy" else "token"


def token_weights(lengths: list[int], counts: list[float], mean: str) -> list[float]:
    """Share of a token of each sequence. A sequence that stands for `count` duplicates counts as often."""
    sizes = [length if mean == "token" else 1 for length in lengths]
    total = sum(count * size for count, size in zip(counts, sizes))
    if total == 0:
        return [0.0 for _ in lengths]
    return [count * (1.0 if mean == "token" else 1 / max(1, length)) / total for length, count in zip(lengths, counts)]


def objective_loss(objective: Objective, batch: TokenBatch, now: Now) -> tuple[Tensor, dict[str, Tensor]]:
    """The loss to differentiate, and the sums of all that is measured; scalars on the tensors' device."""
    if objective["kind"] == "supervised":
        return _supervised(batch, now)
    return _policy(objective, batch, now)


def _policy(objective: Objective, batch: TokenBatch, now: Now) -> tuple[Tensor, dict[str, Tensor]]:
    value = objective["value"]
    surrogate, ratio, is_clipped = clipped_surrogate(objective, now.logprobs, batch.old_logprobs, batch.advantages)
    kl = k3(now.logprobs, batch.ref_logprobs) if objective["kl_coef"] > 0 else torch.zeros_like(now.logprobs)
    value_loss = torch.zeros_like(now.logprobs) if now.values is None else _value_loss(value, now.values, batch)
    per_token = {
        "policy_loss": surrogate,
        "value_loss": value_loss if value is not None else torch.zeros_like(value_loss),
        "entropy": now.entropies,
        "kl": kl,
        "approx_kl": k3(batch.old_logprobs, now.logprobs),
        "ratio": ratio,
        "clip_ratio_low": (is_clipped & (ratio < 1 - objective["clip_epsilon_low"])).float(),
        "clip_ratio_high": (is_clipped & (ratio > 1 + objective["clip_epsilon_high"])).float(),
    }
    sums = {name: (batch.weights * part).sum() for name, part in per_token.items()}
    loss = sums["policy_loss"] + objective["kl_coef"] * sums["kl"]
    if objective["entropy_coef"] > 0:
        loss = loss - objective["entropy_coef"] * sums["entropy"]
    if now.values is not None:
        # Without a value loss the head's gradient is zero, not absent: the optimizer's moments go on.
        loss = loss + (0.0 if value is None else value["coef"]) * (batch.weights * value_loss).sum()
    return loss, {"loss": loss, **sums}


def clipped_surrogate(objective: Objective, logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """-min(r A, clip(r) A) with r = exp(new - old), the ratio r, and where the clip acted: [tokens] each."""
    ratio = (logprobs - old_logprobs).clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO).exp()
    bounded = ratio.clamp(1 - objective["clip_epsilon_low"], 1 + objective["clip_epsilon_high"])
    is_clipped = bounded * advantages < ratio * advantages
    return -torch.where(is_clipped, bounded.detach(), ratio) * advantages, ratio.detach(), is_clipped


def k3(logprobs: Tensor, other_logprobs: Tensor) -> Tensor:
    """k3 estimate of KL(p || q) at tokens drawn from p: exp(log q - log p) - (log q - log p) - 1, [tokens]."""
    difference = (other_logprobs - logprobs).clamp(-MAX_KL_DIFFERENCE, MAX_KL_DIFFERENCE)
    return difference.exp() - difference - 1


def _value_loss(value: dict[str, float] | None, values: Tensor, batch: TokenBatch) -> Tensor:
    """Half the larger of the squared errors of the value and of the value clipped around the old one, [tokens]."""
    clip_epsilon = 1.0 if value is None else value["clip_epsilon"]
    bounded = batch.old_values + (values - batch.old_values).clamp(-clip_epsilon, clip_epsilon)
    free, clipped = (values - batch.returns) ** 2, (bounded - batch.returns) ** 2
    # Where both are equal the gradient is the free one's, not the mean of the two.
    return 0.5 * torch.where(clipped <= free, free, clipped)


def _supervised(batch: TokenBatch, now: Now) -> tuple[Tensor, dict[str, Tensor]]:
    """Mean negative log-prob of the completion tokens."""
    loss = -(batch.weights * now.logprobs).sum()
    zero = torch.zeros_like(loss)
    sums = {name: zero for name in ("value_loss", "kl", "approx_kl", "clip_ratio_low", "clip_ratio_high")}
    entropy = (batch.weights * now.entropies).sum()
    # The ratio of the minibatch is 1; each part has its share of it.
    return loss, {"loss": loss, "policy_loss": loss, "entropy": entropy, "ratio": batch.weights.sum(), **sums}
