"""The layers of a frozen base cut over the ranks by PyTorch's FSDP2: each holds a part, and gathers a layer when it comes to it.

Gathering is work of all ranks at once, so that they go through layers in step: who has nothing left to do goes along with those that have.
Embeddings, head and adapter stand whole on every rank; the adapter's gradients are summed as without shards.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from torch import nn
from torch.nn import Parameter
from transformers import PreTrainedModel

from .ranks import Ranks


class Shards:
    """Without shards every step is free, and nothing waits for anybody."""

    def __init__(self, ranks: Ranks, is_on: bool) -> None:
        self._ranks = ranks
        self.is_on = is_on and ranks.size > 1

    def cut(self, causal: PreTrainedModel, trained: dict[str, Parameter], device: Any) -> None:
        """Moves the layers to the device one after the other, so that more than one is never whole on it."""
        if not self.is_on:
            return
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import fully_shard

        mesh = init_device_mesh(device.type, (self._ranks.size,))
        kept = set(trained.values())
        for layer in causal.model.layers:
            layer.to(device)
            fully_shard(layer, mesh=mesh, ignored_params=kept)

    @contextmanager
    def whole(self, layer: Any) -> Iterator[None]:
        """The layer's parts can be called by themselves within."""
        if not self.is_on:
            yield
            return
        layer.unshard()
        yield
        layer.reshard()

    def begin_walk(self) -> None:
        """Before the layers are gone through by their parts."""
        if self.is_on:
            self._ranks.is_any([True])

    def go_along(self, layers: nn.ModuleList) -> None:
        """Until no rank walks any more."""
        while self.is_on and self._ranks.is_any([False])[0]:
            for layer in layers:
                with self.whole(layer):
                    pass

    def agreed(self, flag: bool) -> bool:
        """Is it so for any rank that goes in step with this one?"""
        return self._ranks.is_any([flag])[0] if self.is_on else flag

    def in_step(self, own: Sequence[list[int]], all_plans: Sequence[list[int]]) -> list[tuple[list[int], bool]]:
        """The plans of this rank, and whether they count: with shards as many as any rank has."""
        plans = [(plan, True) for plan in own]
        if self.is_on and all_plans:
            rounds = -(-len(all_plans) // self._ranks.size)
            plans += [(all_plans[0], False)] * (rounds - len(plans))
        return plans

    @contextmanager
    def or_end(self) -> Iterator[None]:
        """Ranks that go in step cannot be told to stop: what fails is told to the trainer at once, and torchrun ends the others."""
        try:
            yield
        except Exception as error:
            if self.is_on:
                self._ranks.fail(error)
            raise
