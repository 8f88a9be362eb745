"""Writes test/golden/algorithms/grpo.json and ppo.json: what one step of GRPO and PPO is on given rollouts, as TRL defines it.

The losses of GRPO, their gradients, KL and clip ratios are TRL's own: GRPOTrainer._compute_loss on log-probs that it is handed. The deviation
in the advantages is TRL's too; what is done with it, and the whole of PPO, whose trainer has no loss that could be called, is said here in
PyTorch by TRL's definitions (PPO: that of TRL 0.24).
"""

import argparse
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy
import torch
import trl
from torch import Tensor
from trl import GRPOTrainer
from trl.trainer.utils import nanstd

GROUPS, GROUP_SIZE, LIMIT, LOCAL = 3, 4, 8, 4
EPSILON_LOW, EPSILON_HIGH = 0.2, 0.28
LENGTHS = (3, 8, 2, 5, 4, 1, 8, 6, 2, 3, 5, 4)
WEIGHTS = (0.2, 0.5, 0.1, 0.15, 0.05)
STD_FLOOR = 1e-4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "test" / "golden" / "algorithms")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    about = {"madeBy": "native/golden/make_algorithms.py", "trl": trl.__version__, "torch": torch.__version__}
    for name, cases in (("grpo", grpo_cases()), ("ppo", ppo_case())):
        (out / f"{name}.json").write_text(json.dumps({"about": about} | cases) + "\n")


def draw(random: numpy.random.Generator, low: float, high: float, *shape: int) -> Tensor:
    """Numbers that single precision holds, as doubles."""
    return torch.tensor(random.uniform(low, high, shape).astype(numpy.float32).astype(numpy.float64))


# GRPO


def grpo_cases() -> dict[str, Any]:
    random = numpy.random.default_rng(7)
    count = GROUPS * GROUP_SIZE
    now = draw(random, -3, -0.1, count, LIMIT)
    rollouts = {
        "logprobs": now,
        "oldLogprobs": (now + draw(random, -0.5, 0.5, count, LIMIT)).float().double(),
        "refLogprobs": (now + draw(random, -1, 1, count, LIMIT)).float().double(),
        "entropies": draw(random, 0, 2, count, LIMIT),
    }
    # Ratios past any dual clip among them.
    rollouts["oldLogprobs"][:, ::3] -= 1
    parts = draw(random, 0, 1, count, len(WEIGHTS))
    # The second group has equal rewards; of the third one part is equal.
    parts[GROUP_SIZE : 2 * GROUP_SIZE] = parts[GROUP_SIZE]
    parts[2 * GROUP_SIZE :, 1] = 0.5
    advantages = {scale: summed(parts, scale) for scale in ("group", "batch", "none")} | {"normalise_then_sum": by_part(parts)}
    mask = torch.arange(LIMIT)[None, :] < torch.tensor(LENGTHS)[:, None]
    losses = [
        {"lossType": loss, **case, **step(rollouts, advantages["batch"], mask, loss, **case)}
        for loss in ("grpo", "bnpo", "dapo", "dr_grpo")
        for case in (
            {"klCoef": 0.0, "dualClip": None, "isMasked": False},
            {"klCoef": 0.04, "dualClip": 2.0, "isMasked": False},
            {"klCoef": 0.04, "dualClip": None, "isMasked": True},
        )
    ]
    ragged = {name: [row[:length].tolist() for row, length in zip(each, LENGTHS)] for name, each in rollouts.items()}
    return {
        "groupSize": GROUP_SIZE,
        "limit": LIMIT,
        "localRollouts": LOCAL,
        "clip": [EPSILON_LOW, EPSILON_HIGH],
        "weights": WEIGHTS,
        "parts": parts.tolist(),
        "rollouts": ragged,
        "advantages": {name: each.tolist() for name, each in advantages.items()},
        "losses": losses,
    }


def summed(parts: Tensor, scale: str) -> Tensor:
    """Advantages of the weighted sum, [rollouts]."""
    rewards = (parts * torch.tensor(WEIGHTS, dtype=torch.float64)).sum(1)
    groups = rewards.view(GROUPS, GROUP_SIZE)
    centred = (groups - groups.mean(1, keepdim=True)).flatten()
    if scale == "none":
        return centred
    std = nanstd(rewards).expand_as(rewards) if scale == "batch" else nanstd(groups, dim=1).repeat_interleave(GROUP_SIZE)
    return centred / (std + STD_FLOOR)


def by_part(parts: Tensor) -> Tensor:
    """Advantages where each part is normalised before the sum, [rollouts]."""
    groups = parts.view(GROUPS, GROUP_SIZE, -1)
    normal = (groups - groups.mean(1, keepdim=True)) / (nanstd(groups, dim=1, keepdim=True) + STD_FLOOR)
    rewards = (normal.flatten(0, 1) * torch.tensor(WEIGHTS, dtype=torch.float64)).sum(1)
    return (rewards - rewards.mean()) / (nanstd(rewards) + STD_FLOOR)


def step(
    rollouts: dict[str, Tensor], advantages: Tensor, mask: Tensor, loss: str, klCoef: float, dualClip: float | None, isMasked: bool
) -> dict[str, Any]:
    """One optimizer step in local batches: what TRL minimises, its slope by each log-prob, and what it measures over all tokens."""
    active = mask & (mask.sum(1) < LIMIT)[:, None] if isMasked else mask
    logprobs = rollouts["logprobs"].clone().requires_grad_()
    trainer = a_trainer(loss, klCoef, dualClip, active.sum())
    total, seen = torch.zeros((), dtype=torch.float64), {"kl": 0.0, "low": 0.0, "high": 0.0}
    for start in range(0, GROUPS * GROUP_SIZE, LOCAL):
        rows = slice(start, start + LOCAL)
        trainer._get_per_token_logps_and_entropies = lambda *_, **__: (logprobs[rows], rollouts["entropies"][rows], None)
        trainer._metrics["train"].clear()
        total = total + GRPOTrainer._compute_loss(trainer, trainer.model, inputs_of(rollouts, advantages, active, rows))
        share = (active[rows].sum() / active.sum()).item()
        for name, key in (("kl", "kl"), ("low", "clip_ratio/low_mean"), ("high", "clip_ratio/high_mean")):
            seen[name] += share * (trainer._metrics["train"][key] or [0.0])[-1]
    total.backward()
    gradient = [row[:length].tolist() for row, length in zip(logprobs.grad, LENGTHS)]
    return {"loss": total.item(), "gradient": gradient, "kl": seen["kl"], "clipLow": seen["low"], "clipHigh": seen["high"]}


def inputs_of(rollouts: dict[str, Tensor], advantages: Tensor, active: Tensor, rows: slice) -> dict[str, Tensor]:
    one = torch.ones((LOCAL, 1), dtype=torch.long)
    return {
        "prompt_ids": one,
        "prompt_mask": one,
        "completion_ids": torch.zeros((LOCAL, LIMIT), dtype=torch.long),
        "completion_mask": active[rows].double(),
        "advantages": advantages[rows],
        "old_per_token_logps": rollouts["oldLogprobs"][rows],
        "ref_per_token_logps": rollouts["refLogprobs"][rows],
        "num_items_in_batch": active.sum(),
    }


class Metrics(dict):
    def __missing__(self, key: str) -> list[float]:
        self[key] = []
        return self[key]


def a_trainer(loss: str, klCoef: float, dualClip: float | None, tokens: Tensor) -> Any:
    """What GRPOTrainer._compute_loss reads of its trainer, on one process."""
    steps = GROUPS * GROUP_SIZE // LOCAL
    same = lambda tensor, **_: tensor  # noqa: E731
    return SimpleNamespace(
        model=SimpleNamespace(training=True),
        accelerator=SimpleNamespace(num_processes=1, gather=same, reduce=same, gather_for_metrics=same, sync_gradients=True),
        args=SimpleNamespace(delta=dualClip, steps_per_generation=steps, use_bias_correction_kl=False),
        current_gradient_accumulation_steps=steps,
        loss_type=loss,
        beta=klCoef,
        epsilon_low=EPSILON_LOW,
        epsilon_high=EPSILON_HIGH,
        max_completion_length=LIMIT,
        importance_sampling_level="token",
        top_entropy_quantile=1.0,
        off_policy_mask_threshold=None,
        use_vllm=False,
        vllm_importance_sampling_correction=False,
        aux_loss_enabled=False,
        _entropy_bonus_enabled=False,
        use_adaptive_entropy=False,
        _metrics={"train": Metrics(), "eval": Metrics()},
    )


# PPO: completions of one length, for TRL counts the state after a shorter one's end as one more state with a value.

PPO = {"klCoef": 0.05, "gamma": 1.0, "gaeLambda": 0.95, "clip": 0.2, "valueClip": 0.2, "valueCoef": 0.1}


def ppo_case() -> dict[str, Any]:
    random = numpy.random.default_rng(11)
    count, length = 6, 5
    old = draw(random, -3, -0.1, count, length)
    given = {
        "oldLogprobs": old,
        "refLogprobs": (old + draw(random, -0.5, 0.5, count, length)).float().double(),
        "oldValues": draw(random, -0.5, 0.5, count, length),
        "logprobs": (old + draw(random, -0.5, 0.5, count, length)).float().double(),
        "values": draw(random, -1, 1, count, length),
    }
    rewards = draw(random, 0, 1, count)
    steps = [
        {"klEstimator": kind, "whitenRewards": white, **ppo_step(given, rewards, kind, white)}
        for kind in ("k1", "k3")
        for white in (False, True)
    ]
    return PPO | {"rollouts": {name: each.tolist() for name, each in given.items()}, "rewards": rewards.tolist(), "steps": steps}


def whiten(x: Tensor, shift: bool) -> Tensor:
    normal = (x - x.mean()) * torch.rsqrt(x.var() + 1e-8)
    return normal if shift else normal + x.mean()


def ppo_step(given: dict[str, Tensor], scores: Tensor, estimator: str, is_whitened: bool) -> dict[str, Any]:
    difference = given["refLogprobs"] - given["oldLogprobs"]
    kl = -difference if estimator == "k1" else difference.exp() - 1 - difference
    rewards = -PPO["klCoef"] * kl
    rewards[:, -1] += scores
    if is_whitened:
        rewards = whiten(rewards, shift=False)
    values = given["oldValues"]
    advantages, following = torch.zeros_like(values), torch.zeros_like(scores)
    for t in reversed(range(values.shape[1])):
        next_value = values[:, t + 1] if t + 1 < values.shape[1] else 0.0
        delta = rewards[:, t] + PPO["gamma"] * next_value - values[:, t]
        advantages[:, t] = following = delta + PPO["gamma"] * PPO["gaeLambda"] * following
    returns = advantages + values
    advantages = whiten(advantages, shift=True)

    logprobs, now = given["logprobs"].clone().requires_grad_(), given["values"].clone().requires_grad_()
    near = torch.clamp(now, values - PPO["valueClip"], values + PPO["valueClip"])
    value_loss = 0.5 * torch.max((now - returns) ** 2, (near - returns) ** 2).mean()
    ratio = (logprobs - given["oldLogprobs"]).exp()
    free, bounded = -advantages * ratio, -advantages * ratio.clamp(1 - PPO["clip"], 1 + PPO["clip"])
    policy_loss = torch.max(free, bounded).mean()
    loss = policy_loss + PPO["valueCoef"] * value_loss
    loss.backward()
    return {
        "advantages": advantages.tolist(),
        "returns": returns.tolist(),
        "kl": kl.mean().item(),
        "loss": loss.item(),
        "policyLoss": policy_loss.item(),
        "valueLoss": value_loss.item(),
        "clipRatio": (bounded > free).double().mean().item(),
        "ratio": ratio.mean().item(),
        "gradient": logprobs.grad.tolist(),
        "valueGradient": now.grad.tolist(),
    }


if __name__ == "__main__":
    main()
