"""What the trainer can ask for: from frames to the engine's tensors and back. The other side is engines/torch/messages.ts."""

from typing import Any

import torch
from torch import Tensor

from .engine import Engine
from .microbatches import Sequences
from .ranks import Ranks
from .rollout import Completion, Request
from .session import Session
from .training import GIVEN, Minibatch
from .wire import Frame

Answer = tuple[Any, list[memoryview]]


class Calls:
    def __init__(self, session: Session, ranks: Ranks | None) -> None:
        self._session = session
        self._ranks = ranks or Ranks()
        self._engine: Engine | None = None

    def perform(self, frame: Frame) -> Answer:
        call = frame.header
        if call["call"] == "open":
            self._session.enter("loading the model")
            # What was open is let go first.
            self._engine = None
            self._engine = Engine.open(call["settings"], self._ranks)
            return self._engine.info, []
        if self._engine is None:
            raise RuntimeError("the engine is not open")
        self._session.enter(call["call"])
        self._ranks.place = call["call"]
        perform = {
            "generate": self._generate,
            "logprobs": self._logprobs,
            "values": self._values,
            "update": self._update,
            "probe": self._probe,
            "save": self._save,
            "load": self._load,
        }[call["call"]]
        return perform(self._engine, call, [_tensor(view) for view in frame.tensors])

    def _generate(self, engine: Engine, call: dict[str, Any], tensors: list[Tensor]) -> Answer:
        tokens, lengths = tensors
        prompts = tokens.split(lengths.tolist())
        requests = [Request(prompt.tolist(), seeds) for prompt, seeds in zip(prompts, call["seeds"])]
        engine.generate(requests, call["sampling"], call["policy"], self._report, self._session.is_stopped)
        return None, []

    def _report(self, done: Completion) -> None:
        arrays = [done.tokens, done.old_logprobs, done.sampling_logprobs, done.plain_logprobs]
        self._session.event({"request": done.request, "index": done.index, "is_finished": done.is_finished}, [_view(array) for array in arrays])

    def _logprobs(self, engine: Engine, call: dict[str, Any], tensors: list[Tensor]) -> Answer:
        return None, [_view(engine.logprobs(_sequences(tensors), call["policy"], call["temperature"]))]

    def _values(self, engine: Engine, call: dict[str, Any], tensors: list[Tensor]) -> Answer:
        return None, [_view(engine.values(_sequences(tensors)))]

    def _update(self, engine: Engine, call: dict[str, Any], tensors: list[Tensor]) -> Answer:
        minibatch = Minibatch(_sequences(tensors[:3]), dict(zip(GIVEN, tensors[4:], strict=True)), tensors[3].int().tolist())
        return engine.update(minibatch, call["objective"], self._session.is_stopped), []

    def _probe(self, engine: Engine, call: dict[str, Any], _tensors: list[Tensor]) -> Answer:
        return engine.probe(call["load"]), []

    def _save(self, engine: Engine, call: dict[str, Any], _tensors: list[Tensor]) -> Answer:
        engine.save(call["directory"])
        return None, []

    def _load(self, engine: Engine, call: dict[str, Any], _tensors: list[Tensor]) -> Answer:
        engine.load(call["directory"], call["alpha"])
        return None, []


def _sequences(tensors: list[Tensor]) -> Sequences:
    tokens, prompt_lengths, completion_lengths = tensors
    return Sequences(tokens, prompt_lengths.tolist(), completion_lengths.tolist())


def _tensor(view: memoryview) -> Tensor:
    dtype = torch.int32 if view.format == "i" else torch.float32
    return torch.frombuffer(view, dtype=dtype) if len(view) > 0 else torch.empty(0, dtype=dtype)


def _view(tensor: Tensor) -> memoryview:
    return memoryview(tensor.detach().cpu().contiguous().numpy())
