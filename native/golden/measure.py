"""What a policy says, the gradients of an objective by autograd, and steps of torch's own AdamW."""

from dataclasses import dataclass
from typing import Any

import torch
from peft import PeftModel
from torch import Tensor, nn

from cases import COMPLETION_LENGTHS, COUNTS, OPTIMIZER, STEP_OBJECTIVE, STEPS, Sequence
from objective import Now, TokenBatch, loss_of, ratios, token_weights

PAD = 2


@dataclass(frozen=True)
class Policy:
    model: nn.Module
    value_head: dict[str, Tensor]
    # Name as in our checkpoints -> tensor that is trained, the value head included.
    trained: dict[str, Tensor]

    def picked_states(self, sequences: list[Sequence]) -> Tensor:
        """Hidden states after the last norm, where the model says a completion token: [tokens, hidden]."""
        whole = [torch.tensor(sequence.prompt + sequence.completion) for sequence in sequences]
        tokens = nn.utils.rnn.pad_sequence(whole, batch_first=True, padding_value=PAD)
        mask = nn.utils.rnn.pad_sequence([torch.ones_like(row) for row in whole], batch_first=True)
        hidden = self.causal.model(input_ids=tokens, attention_mask=mask, use_cache=False).last_hidden_state
        picked = [
            row[len(sequence.prompt) - 1 : len(sequence.prompt) + len(sequence.completion) - 1]
            for row, sequence in zip(hidden, sequences)
        ]
        return torch.cat(picked)

    def picked_logits(self, sequences: list[Sequence]) -> Tensor:
        """[tokens, vocabulary]"""
        return self.causal.lm_head(self.picked_states(sequences))

    def now(self, sequences: list[Sequence], temperature: float) -> Now:
        """Log-probs and entropies are those at the temperature. The value's gradient stays in the value head."""
        states = self.picked_states(sequences)
        every = torch.log_softmax(self.causal.lm_head(states) / temperature, dim=-1)
        targets = torch.tensor([token for sequence in sequences for token in sequence.completion])
        values = states.detach() @ self.value_head["value_head.weight"][0] + self.value_head["value_head.bias"]
        return Now(every.gather(1, targets[:, None])[:, 0], -(every.exp() * every).sum(-1), values)

    @property
    def causal(self) -> nn.Module:
        """The LlamaForCausalLM or Qwen2ForCausalLM, in which PEFT has put its layers."""
        return self.model.get_base_model() if isinstance(self.model, PeftModel) else self.model


def measured_gradients(
    policy: Policy, sequences: list[Sequence], batches: dict[float, TokenBatch], objectives: dict[str, dict[str, Any]]
) -> tuple[dict[str, float], dict[str, Tensor]]:
    """Loss of each objective, and `gradient:<name>` [objectives, ...shape] of each trained tensor."""
    losses: dict[str, float] = {}
    parts: dict[str, list[Tensor]] = {name: [] for name in policy.trained}
    for name, objective in objectives.items():
        loss = loss_at(policy, sequences, batches[objective.get("temperature", 1.0)], objective)
        losses[name] = loss.item()
        found = torch.autograd.grad(loss, list(policy.trained.values()), allow_unused=True)
        for (trained, tensor), gradient in zip(policy.trained.items(), found):
            parts[trained].append(torch.zeros_like(tensor) if gradient is None else gradient)
    return losses, {f"gradient:{name}": torch.stack(part) for name, part in parts.items()}


def loss_at(policy: Policy, sequences: list[Sequence], batch: TokenBatch, objective: dict[str, Any]) -> Tensor:
    weights = token_weights(list(COMPLETION_LENGTHS), list(COUNTS), objective.get("lossMean", "token"))
    return loss_of(objective, batch, weights, policy.now(sequences, objective.get("temperature", 1.0)))


def measured_steps(
    policy: Policy, sequences: list[Sequence], batch: TokenBatch, max_grad_norm: float
) -> tuple[list[dict[str, float]], dict[str, Tensor]]:
    """Loss and gradient norm (before clipping) of each step, and `final:<name>` of each trained tensor. Trains the policy."""
    optimizer = adamw(policy)
    steps: list[dict[str, float]] = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_at(policy, sequences, batch, STEP_OBJECTIVE)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(list(policy.trained.values()), max_grad_norm)
        optimizer.step()
        steps.append({"loss": loss.item(), "gradNorm": norm.item()})
    clipped = [step["gradNorm"] > max_grad_norm for step in steps]
    assert any(clipped) and not all(clipped), f"clipping by norm acts on all steps or on none: {steps}"
    return steps, {f"final:{name}": tensor for name, tensor in policy.trained.items()}


def first_grad_norm(policy: Policy, sequences: list[Sequence], batch: TokenBatch) -> float:
    gradients = torch.autograd.grad(loss_at(policy, sequences, batch, STEP_OBJECTIVE), list(policy.trained.values()))
    return torch.cat([gradient.flatten() for gradient in gradients]).norm().item()


def adamw(policy: Policy) -> torch.optim.AdamW:
    """Weight decay on matrices only; the value head has its own learning rate."""
    groups = [
        {
            "params": [tensor],
            "lr": STEP_OBJECTIVE["valueLearningRate" if name in policy.value_head else "learningRate"],
            "weight_decay": OPTIMIZER["weightDecay"] if tensor.ndim > 1 else 0.0,
        }
        for name, tensor in policy.trained.items()
    ]
    return torch.optim.AdamW(groups, betas=(OPTIMIZER["beta1"], OPTIMIZER["beta2"]), eps=OPTIMIZER["epsilon"])


def flaw_of(objectives: dict[str, dict[str, Any]], batches: dict[float, TokenBatch], now: dict[float, Now]) -> str | None:
    """Why these numbers would be a poor test: clips must act on both sides, and no token may lie on a bound, where float32 and
    float64 could fall to different sides. None if they are good."""
    for name, objective in objectives.items():
        if objective["kind"] == "supervised":
            continue
        batch, said = batches[objective["temperature"]], now[objective["temperature"]]
        ratio = ratios(batch, said.logprobs)
        low, high = 1 - objective["clipEpsilonLow"], 1 + objective["clipEpsilonHigh"]
        if ((ratio < low) & (batch.advantages < 0)).sum() < 2:
            return f"{name}: too few ratios are clipped below"
        if ((ratio > high) & (batch.advantages > 0)).sum() < 2:
            return f"{name}: too few ratios are clipped above"
        if torch.minimum((ratio - low).abs(), (ratio - high).abs()).min() < 1e-4:
            return f"{name}: a ratio lies on its bound"
        if objective["value"] is not None:
            away = (said.values - batch.old_values).abs() - objective["value"]["clipEpsilon"]
            if (away > 0).sum() < 2 or (away < 0).sum() < 2:
                return f"{name}: the value clip acts on all tokens or on none"
            if away.abs().min() < 1e-4:
                return f"{name}: a value lies on its bound"
    return None
