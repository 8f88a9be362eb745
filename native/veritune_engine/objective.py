"""What training minimises: src-main/trainer/math/objective.ts in PyTorch, so that autograd can differentiate it. That file is the judge.

Fields of `objective` are those of Objective in src-main/trainer/flow.ts, in snake_case.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .loss_mean import LossMean

MAX_LOG_RATIO = 20.0
MAX_KL_DIFFERENCE = 10.0
# More than any surrogate, and still a number in single precision.
NO_CAP = 1e30

Objective = dict[str, Any]
# Sums over tokens of weight * quantity, scalars on the tensors' device; the parts of a minibatch add up.
Sums = dict[str, Tensor]
LOSSES = ("loss", "policy_loss", "value_loss")
MEASURED = ("entropy", "kl", "approx_kl", "ratio", "clip_ratio_low", "clip_ratio_high", "clip_ratio_dual")


@dataclass(frozen=True)
class TokenBatch:
    """What is given for each completion token of some sequences, end to end: [tokens] float32 each."""

    old_logprobs: Tensor
    ref_logprobs: Tensor
    advantages: Tensor
    returns: Tensor
    old_values: Tensor
    # Share of each token in the loss of the minibatch. Under the token mean they add up to 1.
    weights: Tensor


@dataclass(frozen=True)
class Now:
    """What the policy says of each completion token now: [tokens] each; `values` is None without a value head."""

    logprobs: Tensor
    entropies: Tensor
    values: Tensor | None


def mean_of(objective: Objective) -> LossMean:
    return objective["loss_mean"] if objective["kind"] == "policy" else "token"


def objective_loss(objective: Objective, batch: TokenBatch, now: Now) -> tuple[Tensor, Sums]:
    """The loss to differentiate, and the sums of all that is measured."""
    if objective["kind"] == "supervised":
        return _supervised(batch, now)
    return _policy(objective, batch, now)


def _policy(objective: Objective, batch: TokenBatch, now: Now) -> tuple[Tensor, Sums]:
    value = objective["value"]
    surrogate = clipped_surrogate(objective, now.logprobs, batch.old_logprobs, batch.advantages)
    value_loss = torch.zeros_like(now.logprobs) if now.values is None else _value_loss(value, now.values, batch)
    per_token = {
        "policy_loss": surrogate.loss,
        "value_loss": value_loss if value is not None else torch.zeros_like(value_loss),
        "entropy": now.entropies,
        "kl": _reference_kl(objective, now.logprobs, batch.ref_logprobs),
        "approx_kl": k3(batch.old_logprobs, now.logprobs),
        "ratio": surrogate.ratio,
        "clip_ratio_low": surrogate.is_low.float(),
        "clip_ratio_high": surrogate.is_high.float(),
        "clip_ratio_dual": surrogate.is_dual.float(),
    }
    sums = {name: (batch.weights * part).sum() for name, part in per_token.items()}
    # Where the weights add up to 1 nothing is to be divided.
    sums["weight"] = batch.weights.sum() if objective["loss_mean"] != "token" else torch.zeros_like(sums["ratio"])
    loss = sums["policy_loss"] + objective["kl_coef"] * sums["kl"]
    if objective["entropy_coef"] > 0:
        loss = loss - objective["entropy_coef"] * sums["entropy"]
    if now.values is not None:
        # Without a value loss the head's gradient is zero, not absent: the optimizer's moments go on.
        loss = loss + (0.0 if value is None else value["coef"]) * (batch.weights * value_loss).sum()
    return loss, {"loss": loss, **sums}


@dataclass(frozen=True)
class Surrogate:
    """[tokens] each: the loss, the ratio exp(new - old), and which bound holds the loss."""

    loss: Tensor
    ratio: Tensor
    is_low: Tensor
    is_high: Tensor
    is_dual: Tensor


def clipped_surrogate(objective: Objective, logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor) -> Surrogate:
    """-min(r A, clip(r) A) with r = exp(new - old), for A < 0 at most dual_clip * |A|."""
    ratio = (logprobs - old_logprobs).clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO).exp()
    bounded = ratio.clamp(1 - objective["clip_epsilon_low"], 1 + objective["clip_epsilon_high"])
    is_clipped = bounded * advantages < ratio * advantages
    cap = _loss_cap(objective, advantages)
    is_dual = (-ratio * advantages > cap) & ~is_clipped
    loss = torch.where(is_dual, cap, -torch.where(is_clipped, bounded.detach(), ratio) * advantages)
    is_below = ratio < bounded
    return Surrogate(loss, ratio.detach(), is_clipped & is_below, is_clipped & ~is_below, is_dual)


def _loss_cap(objective: Objective, advantages: Tensor) -> Tensor:
    """The most that a token's surrogate may be: no bound where the advantage is not negative or there is no dual clip. [tokens]"""
    dual_clip = objective.get("dual_clip")
    if dual_clip is None:
        return torch.full_like(advantages, NO_CAP)
    return torch.where(advantages < 0, -dual_clip * advantages, NO_CAP)


def _reference_kl(objective: Objective, logprobs: Tensor, ref_logprobs: Tensor) -> Tensor:
    if objective["kl_coef"] == 0:
        return torch.zeros_like(logprobs)
    return kl_estimate(objective.get("kl_estimator", "k3"), logprobs, ref_logprobs)


def kl_estimate(estimator: str, logprobs: Tensor, ref_logprobs: Tensor) -> Tensor:
    """An estimate of KL(policy || reference) at tokens that the policy drew, [tokens]. estimator: k1, k2 or k3."""
    if estimator == "k1":
        return logprobs - ref_logprobs
    if estimator == "k2":
        return 0.5 * (logprobs - ref_logprobs) ** 2
    return k3(logprobs, ref_logprobs)


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
    # The ratio of the minibatch is 1; each part has its share of it.
    sums = dict.fromkeys((*LOSSES, *MEASURED, "weight"), zero) | {"loss": loss, "policy_loss": loss, "ratio": batch.weights.sum()}
    return loss, sums | {"entropy": (batch.weights * now.entropies).sum()}


SUMMED = (*LOSSES, *MEASURED, "weight")


def total_of(parts: list[Sums]) -> Tensor:
    """The sums of a minibatch's parts together, float64 on the processor, in the order of SUMMED."""
    if not parts:
        return torch.zeros(len(SUMMED), dtype=torch.float64)
    # One transfer from the card for all of them.
    return torch.stack([torch.stack([part[name].detach() for name in SUMMED]) for part in parts]).double().sum(0).cpu()


def stats_of(total: Tensor, grad_norm: float) -> dict[str, float]:
    """UpdateStats from total_of and, after it, the count of tokens: losses as they are minimised, everything else as a mean over tokens."""
    *sums, token_count = total.tolist()
    by_name = dict(zip(SUMMED, sums))
    weight = by_name["weight"] or 1.0
    losses, measured = {name: by_name[name] for name in LOSSES}, {name: by_name[name] / weight for name in MEASURED}
    return losses | measured | {"grad_norm": grad_norm, "token_count": int(token_count)}
