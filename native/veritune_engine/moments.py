"""The two moments of AdamW by tensor name: in float32, or in 8 bits with a scale for each block of 256.

Source: "8-bit Optimizers via Block-wise Quantization" (Dettmers et al., 2022), whose dynamic types bitsandbytes has. Tensors below SMALLEST elements
stay in float32, as there. What is saved is float32 either way.
"""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from .failure import Failure

SMALLEST = 4096
BLOCK = 256
KINDS = ("first", "second")


class Moments:
    """Throws Failure python.packages-missing for 8 bits without bitsandbytes."""

    def __init__(self, trained: dict[str, Parameter], is_small: bool) -> None:
        if is_small and importlib.util.find_spec("bitsandbytes") is None:
            raise Failure("python.packages-missing", python=sys.executable, packages="bitsandbytes")
        self._held: dict[str, Any] = {}
        self._is_small = {name: is_small and tensor.numel() >= SMALLEST for name, tensor in trained.items()}
        for name, tensor in trained.items():
            for kind in KINDS:
                self._held[f"{name}:{kind}"] = self._packed(name, kind, torch.zeros_like(tensor))

    @contextmanager
    def of(self, names: list[str]) -> Iterator[tuple[list[Tensor], list[Tensor]]]:
        """First and second moments of some tensors, to be changed in place within."""
        first, second = ([self._unpacked(f"{name}:{kind}") for name in names] for kind in KINDS)
        yield first, second
        for kind, tensors in zip(KINDS, (first, second)):
            for name, tensor in zip(names, tensors):
                if self._is_small[name]:
                    self._held[f"{name}:{kind}"] = self._packed(name, kind, tensor)

    def batches(self, names: list[str]) -> list[list[str]]:
        """Names that are advanced together: those in 8 bits one after the other, so that never more than one is whole."""
        whole = [name for name in names if not self._is_small[name]]
        return ([whole] if whole else []) + [[name] for name in names if self._is_small[name]]

    def all(self) -> dict[str, Tensor]:
        """As float32, by `<name>:first` and `<name>:second`. To be given to `take` after a change."""
        return {key: self._unpacked(key) for key in self._held}

    def take(self, tensors: dict[str, Tensor]) -> None:
        for key, tensor in tensors.items():
            name, _, kind = key.rpartition(":")
            if self._is_small[name]:
                self._held[key] = self._packed(name, kind, tensor)

    def _packed(self, name: str, kind: str, tensor: Tensor) -> Any:
        if not self._is_small[name]:
            return tensor
        from bitsandbytes.functional import create_dynamic_map, quantize_blockwise

        code = create_dynamic_map(signed=kind == "first").to(tensor.device)
        return quantize_blockwise(tensor, code=code, blocksize=BLOCK)

    def _unpacked(self, key: str) -> Tensor:
        held = self._held[key]
        if isinstance(held, Tensor):
            return held
        from bitsandbytes.functional import dequantize_blockwise

        packed, state = held
        return dequantize_blockwise(packed, state)
