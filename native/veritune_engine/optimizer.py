"""AdamW with clipping by global norm, as src-main/trainer/engines/onnx/model/optimizer.ts: one step count for all tensors.

Sources: "Decoupled weight decay regularization" (2019); the Adam paper (2015).
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from .moments import Moments


class AdamW:
    def __init__(self, trained: dict[str, Parameter], settings: dict[str, Any]) -> None:
        self.step_count = 0
        self.moments = Moments(trained, settings.get("is8_bit", False))
        self._trained = trained
        self._settings = settings

    def norm(self) -> float:
        """Of all gradients together, before clipping."""
        norms = torch._foreach_norm([tensor.grad for tensor in self._trained.values() if tensor.grad is not None])
        return torch.stack(norms).double().square().sum().sqrt().item() if norms else 0.0

    @torch.no_grad()
    def step(self, norm: float, rate_of: Callable[[str], float]) -> None:
        """Updates the tensors that have a gradient, in place. norm: what norm() said."""
        largest = self._settings["max_grad_norm"]
        scale = largest / (norm + 1e-6) if norm > largest else 1.0
        self.step_count += 1
        groups: dict[tuple[float, float], list[str]] = {}
        for name, tensor in self._trained.items():
            # Weight decay is for matrices: norms and biases keep their scale.
            decay = self._settings["weight_decay"] if tensor.ndim > 1 else 0.0
            if tensor.grad is not None:
                groups.setdefault((rate_of(name), decay), []).append(name)
        for (rate, decay), names in groups.items():
            for batch in self.moments.batches(names):
                with self.moments.of(batch) as (first, second):
                    self._advance(batch, first, second, rate, decay, scale)

    def rehearse(self) -> None:
        """What a step needs beside the moments, for as long as it needs it; nothing is changed."""
        for batch in self.moments.batches(list(self._trained)):
            with self.moments.of(batch) as (_, second):
                torch._foreach_sqrt(second)

    def _advance(self, names: list[str], first: list[Tensor], second: list[Tensor], rate: float, decay: float, scale: float) -> None:
        beta1, beta2, epsilon = (self._settings[field] for field in ("beta1", "beta2", "epsilon"))
        correction1 = 1 - beta1**self.step_count
        correction2 = math.sqrt(1 - beta2**self.step_count)
        data: list[Tensor] = [self._trained[name].data for name in names]
        gradients = [self._trained[name].grad for name in names]
        torch._foreach_mul_(first, beta1)
        torch._foreach_add_(first, gradients, alpha=(1 - beta1) * scale)
        torch._foreach_mul_(second, beta2)
        torch._foreach_addcmul_(second, gradients, gradients, value=(1 - beta2) * scale * scale)
        divisors = torch._foreach_sqrt(second)
        torch._foreach_add_(divisors, epsilon * correction2)
        torch._foreach_mul_(data, 1 - rate * decay)
        torch._foreach_addcdiv_(data, first, divisors, value=-rate * correction2 / correction1)
