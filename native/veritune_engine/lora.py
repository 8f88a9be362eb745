"""LoRA on linear layers: PEFT's tensors and PEFT's arithmetic, in a layer of our own.

The masters are float32; what is multiplied has the base's dtype. The adapter stays beside the base while sampling too: merged into a
bfloat16 base it would be rounded away where it is small.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from .seeded import hash_seed, uniforms

TARGET_MODULES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass
class Switch:
    """Of all adapted layers of a model: off means the frozen base, which is the reference."""

    is_on: bool = True


class LoraLinear(nn.Module):
    """x [..., inputs] -> [..., outputs]: base(x) + alpha / rank * x A^T B^T. A is [rank, inputs], B [outputs, rank]."""

    def __init__(self, base: nn.Linear, lora: dict[str, Any], switch: Switch, dtype: torch.dtype) -> None:
        """dtype: in which the base computes; in 4 bits it has no other."""
        super().__init__()
        device, rank = base.weight.device, lora["rank"]
        self.base = base
        self.scale = lora["alpha"] / rank
        self.dropout = lora["dropout"]
        self.switch = switch
        self.a = nn.Parameter(torch.zeros(rank, base.in_features, dtype=torch.float32, device=device))
        self.b = nn.Parameter(torch.zeros(base.out_features, rank, dtype=torch.float32, device=device))
        # What no gradient is asked of, in the base's dtype; in place, so that captured graphs go on seeing it.
        self.register_buffer("fixed_a", self.a.detach().to(dtype), persistent=False)
        self.register_buffer("fixed_b", self.b.detach().to(dtype), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        y = self.base(x)
        if not self.switch.is_on:
            return y
        if torch.is_grad_enabled():
            a, b = self.a.to(x.dtype), self.b.to(x.dtype)
        else:
            a, b = self.fixed_a, self.fixed_b
        if self.training and self.dropout > 0:
            x = functional.dropout(x, self.dropout)
        thin = functional.linear(x, a)
        # Into the base's fresh output: one pass over it instead of three.
        y.view(-1, y.shape[-1]).addmm_(thin.reshape(-1, thin.shape[-1]), b.t(), alpha=self.scale)
        return y

    @torch.no_grad()
    def refresh(self) -> None:
        """To be called after A or B have changed."""
        self.fixed_a.copy_(self.a)
        self.fixed_b.copy_(self.b)


def adapt(model: PreTrainedModel, lora: dict[str, Any], seed: int) -> tuple[dict[str, nn.Parameter], Switch]:
    """Puts an adapter on each target layer; its tensors under the names of the embedded engine, in its order, with its first values."""
    switch = Switch()
    dtype = model.get_input_embeddings().weight.dtype
    tensors: dict[str, nn.Parameter] = {}
    for path, layer in list(model.named_modules()):
        if not isinstance(layer, nn.Linear) or path.rsplit(".", 1)[-1] not in TARGET_MODULES:
            continue
        adapted = LoraLinear(layer, lora, switch, dtype)
        parent, child = path.rsplit(".", 1)
        setattr(model.get_submodule(parent), child, adapted)
        tensors |= {f"{path}.lora_A.weight": adapted.a, f"{path}.lora_B.weight": adapted.b}
        begin(adapted.a, hash_seed(seed, f"{path}.lora_A.weight"))
        adapted.refresh()
    return tensors, switch


def begin(a: Tensor, seed: int) -> None:
    """A uniform in +-1 / sqrt(inputs), in double precision and then rounded: initialAdapter of engines/onnx/model/weights.ts."""
    bound = 1 / math.sqrt(a.shape[1])
    values = (uniforms(seed, a.numel()) * 2 - 1) * bound
    a.data.copy_(torch.from_numpy(values).float().view(a.shape))


def refresh(model: nn.Module) -> None:
    for layer in model.modules():
        if isinstance(layer, LoraLinear):
            layer.refresh()
