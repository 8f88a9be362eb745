"""The processes of one engine under torchrun: which part of the work is whose, and sums over all of them.

One of them, the speaker, talks with the trainer: the first process on the host of the trainer, which alone has its address. Every call reaches
every process; each does its share, and a sum makes the result the same everywhere. A process alone is its own speaker, and nothing is sent.

A lost process is noticed in whatever is waited for next. Then this one ends as well, and torchrun begins all of them again.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from .failure import OnOtherRank, to_wire

Item = TypeVar("Item")
# A rank may wait as long for the next call as a person pauses a run,
FOREVER = timedelta(days=365)
# and for the others' part of a call as long as one part can be longer than another.
CALL = timedelta(hours=2)
# Float32 elements that are summed at once: 64 MB.
BUCKET_ELEMENTS = 1 << 24


class Ranks:
    """rank, size: of all hosts; local_rank: on this host."""

    def __init__(self, rank: int = 0, size: int = 1, local_rank: int = 0, local_size: int = 1, speaker: int = 0) -> None:
        self.rank, self.size, self.speaker = rank, size, speaker
        self.local_rank, self.local_size = local_rank, local_size
        self.place = ""
        # Told what failed, before this process ends for it.
        self.on_failure: Callable[[dict[str, object]], None] = lambda wire: None

    @staticmethod
    def join(has_address: bool) -> "Ranks":
        """Waits for the others, which torchrun started. has_address: the trainer can be reached from here."""
        rank, size, local_rank, local_size = (
            int(os.environ[name]) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
        )
        with _or_end():
            if torch.cuda.is_available():
                torch.cuda.set_device(local_rank % torch.cuda.device_count())
                dist.init_process_group("cpu:gloo,cuda:nccl", timeout=CALL)
            else:
                dist.init_process_group("gloo", timeout=CALL)
            speaks: list[Any] = [None] * size
            dist.all_gather_object(speaks, has_address and local_rank == 0)
        return Ranks(rank, size, local_rank, local_size, speaks.index(True))

    @property
    def is_speaker(self) -> bool:
        return self.rank == self.speaker

    def share(self, items: Sequence[Item]) -> Sequence[Item]:
        """Every size-th one: of items in falling order of work, everyone's part is about the same."""
        return items[self.rank :: self.size]

    def stretch(self, count: int) -> range:
        """Places among `count` that are this rank's, next to each other."""
        return range(count * self.rank // self.size, count * (self.rank + 1) // self.size)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Work of each rank by itself. What fails in one fails in all, before they would wait for each other."""
        error: Exception | None = None
        try:
            yield
        except Exception as caught:
            error = caught
        if self.size > 1:
            found: list[Any] = [None] * self.size
            with _or_end():
                dist.all_gather_object(found, None if error is None else to_wire(error, self._where()))
            others = [wire for wire in found if wire is not None]
            if error is None and others:
                raise OnOtherRank(others[0])
        if error is not None:
            raise error

    def fail(self, error: Exception) -> None:
        """Tells the trainer, and ends this process."""
        wire = to_wire(error, self._where())
        self.on_failure(wire)
        sys.stderr.write(f"{wire}\n")
        sys.stderr.flush()
        os._exit(1)

    def _where(self) -> str:
        return f"{self.place} (process {self.rank})"

    def is_any(self, flags: list[bool]) -> list[bool]:
        """Each flag: is it set on any rank?"""
        if self.size == 1:
            return flags
        counts = torch.tensor(flags, dtype=torch.int32)
        with _or_end():
            dist.all_reduce(counts)
        return (counts > 0).tolist()

    def most(self, value: float) -> float:
        """The largest of all ranks'."""
        if self.size == 1:
            return value
        found = torch.tensor([value], dtype=torch.float64)
        with _or_end():
            dist.all_reduce(found, dist.ReduceOp.MAX)
        return float(found)

    def add(self, tensors: Sequence[Tensor]) -> None:
        """Each becomes its sum over all ranks, in place. All of one dtype and device."""
        if self.size == 1:
            return
        for bucket in _buckets(tensors):
            flat = torch.cat([tensor.reshape(-1) for tensor in bucket])
            with _or_end():
                dist.all_reduce(flat)
            for tensor, part in zip(bucket, flat.split([tensor.numel() for tensor in bucket])):
                tensor.copy_(part.view_as(tensor))

    def spread(self, tensors: Sequence[Tensor]) -> None:
        """Each becomes the speaker's, in place."""
        if self.size == 1:
            return
        for tensor in tensors:
            with _or_end():
                dist.broadcast(tensor, self.speaker)


def _buckets(tensors: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    bucket: list[Tensor] = []
    for tensor in tensors:
        if bucket and sum(each.numel() for each in bucket) + tensor.numel() > BUCKET_ELEMENTS:
            yield bucket
            bucket = []
        bucket.append(tensor)
    if bucket:
        yield bucket


@contextmanager
def _or_end() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        end_for_restart(error)


def end_for_restart(error: BaseException) -> None:
    sys.stderr.write(f"Another process of this engine is gone ({str(error).strip().splitlines()[0][:200]}); this one ends.\n")
    sys.stderr.flush()
    os._exit(1)
