"""How frames reach every rank: the trainer's go on from the speaker to all the others, and what they tell the trainer goes back through it.

The links have the methods of wire.Connection, so that a session does not know on which rank it is.
"""

import os
from collections.abc import Sequence
from threading import Condition, Lock, Thread
from typing import Any

import torch
import torch.distributed as dist

from .ranks import FOREVER, Ranks, end_for_restart
from .wire import Connection, Frame, encoded, frame_of

END = {"end": True}


class RankLink:
    """To one other rank, on a group that nothing else uses."""

    def __init__(self, peer: int, group: Any) -> None:
        self._peer, self._group = peer, group
        self._lock = Lock()

    def send(self, header: dict[str, Any], tensors: Sequence[memoryview] = ()) -> None:
        pieces = [torch.frombuffer(bytearray(piece), dtype=torch.uint8) for piece in encoded(header, tensors) if len(piece) > 0]
        whole = torch.cat(pieces)
        with self._lock:
            try:
                dist.send(torch.tensor([len(whole)]), self._peer, self._group)
                dist.send(whole, self._peer, self._group)
            except RuntimeError as error:
                end_for_restart(error)

    def receive(self) -> Frame | None:
        size = torch.zeros(1, dtype=torch.int64)
        try:
            dist.recv(size, self._peer, self._group)
            whole = torch.empty(int(size), dtype=torch.uint8)
            dist.recv(whole, self._peer, self._group)
        except RuntimeError as error:
            end_for_restart(error)
        frame = frame_of(bytearray(whole.numpy().tobytes()))
        return None if frame.header.get("end") else frame


class FollowerLink(RankLink):
    """Of every other rank: events go to the trainer, the rest is said by the speaker."""

    def send(self, header: dict[str, Any], tensors: Sequence[memoryview] = ()) -> None:
        if "event" in header:
            super().send(header, tensors)

    def finish(self, outcome: dict[str, Any]) -> dict[str, Any]:
        super().send({"done": outcome})
        return outcome

    def fail(self, answer: dict[str, Any]) -> None:
        """Goes to the trainer as the answer of all."""
        super().send(answer)


class SpeakerLink:
    """To the trainer, with all other ranks behind it."""

    def __init__(self, trainer: Connection, followers: list[RankLink]) -> None:
        self._trainer, self._followers = trainer, followers
        self._done: list[dict[str, Any]] = []
        self._changed = Condition()
        for follower in followers:
            Thread(target=self._relay, args=[follower], daemon=True).start()

    def send(self, header: dict[str, Any], tensors: Sequence[memoryview] = ()) -> None:
        self._trainer.send(header, tensors)

    def receive(self) -> Frame | None:
        frame = self._trainer.receive()
        for follower in self._followers:
            follower.send(END if frame is None else frame.header, () if frame is None else frame.tensors)
        return frame

    def finish(self, outcome: dict[str, Any]) -> dict[str, Any]:
        """Waits for the others, whose events are with the trainer by then; what failed anywhere has failed."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._done) == len(self._followers))
            others, self._done = self._done, []
        failed = next((each for each in [outcome, *others] if "error" in each), outcome)
        on_card = [each["device_bytes"] for each in [outcome, *others] if each["device_bytes"] is not None]
        used = {
            "resident_bytes": sum(each["resident_bytes"] for each in [outcome, *others]),
            "device_bytes": max(on_card) if on_card else None,
        }
        return failed | used

    def fail(self, answer: dict[str, Any]) -> None:
        self._trainer.send(answer)

    def _relay(self, follower: RankLink) -> None:
        while True:
            frame = follower.receive()
            if frame is None:
                return
            if "done" not in frame.header:
                self._trainer.send({name: value for name, value in frame.header.items() if name != "tensors"}, frame.tensors)
                continue
            with self._changed:
                self._done.append(frame.header["done"])
                self._changed.notify()


def link_of(ranks: Ranks, trainer: Connection | None) -> Connection | FollowerLink | SpeakerLink:
    """trainer: of the speaker."""
    if ranks.size == 1:
        assert trainer is not None
        return trainer
    # Calls on a group must not overlap with others on it, and each pair of ranks is spoken on by threads of its own.
    others = [rank for rank in range(ranks.size) if rank != ranks.speaker]
    groups = {rank: dist.new_group([ranks.speaker, rank], timeout=FOREVER, backend="gloo") for rank in others}
    if not ranks.is_speaker:
        return FollowerLink(ranks.speaker, groups[ranks.rank])
    assert trainer is not None
    return SpeakerLink(trainer, [RankLink(rank, group) for rank, group in groups.items()])


def end_with_trainer() -> None:
    """The trainer cannot be reached: torchrun, which it started, has nothing to begin again."""
    import signal

    os.kill(os.getppid(), signal.SIGTERM)
    os._exit(1)
