"""The interface Engine of src-main/trainer/engines/engine.ts, over tensors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import torch
from torch import Tensor

from . import saved_state
from .microbatches import Sequences
from .objective import Objective
from .policy import Policy, load_policy, peak_bytes
from .ranks import Ranks
from .rollout import OnCompletion, Request, Rollout, StaticRollout
from .shared_rollout import SharedRollout
from .shards import Shards
from .training import Minibatch, Training

Settings = dict[str, Any]
IsStopped = Callable[[], bool]


class Engine:
    """Calls never overlap. Holds no random state: one seed per completion."""

    def __init__(
        self, policy: Policy, settings: Settings, ranks: Ranks, shards: Shards | None = None, rollout: Rollout | None = None
    ) -> None:
        self.policy = policy
        self._settings = settings
        self._ranks = ranks
        shards = shards or Shards(ranks, is_on=False)
        shards.cut(policy.causal, policy.trained, policy.device)
        self._training = Training(policy, settings, ranks, shards)
        self._rollout = SharedRollout(rollout or StaticRollout(shards), ranks, shards)

    @staticmethod
    def open(settings: Settings, ranks: Ranks) -> "Engine":
        """Loads a Hugging Face folder. Throws Failure model.missing-file, model.invalid, torch.device-refused."""
        torch.set_num_threads(max(1, settings["threads"] // ranks.local_size))
        ranks.place = "loading the model"
        shards = Shards(ranks, is_on=settings["sharding"] == "full")
        with ranks.together():
            policy = load_policy(settings, is_cut=shards.is_on)
        return Engine(policy, settings, ranks, shards)

    @property
    def info(self) -> dict[str, Any]:
        policy, ranks = self.policy, self._ranks
        device = str(policy.device) if policy.device.type == "cpu" else torch.cuda.get_device_name(policy.device)
        return {
            "name": "torch",
            "device": device if ranks.size == 1 else f"{ranks.size} x {device}",
            "dtype": self._settings["precision"],
            "context_length": policy.context_length,
            "vocabulary_size": policy.vocabulary_size,
            "parameter_count": policy.parameter_count,
            "trainable_count": sum(tensor.numel() for tensor in policy.trained.values()),
            "has_value_head": policy.value_head is not None,
        }

    def generate(
        self, requests: list[Request], sampling: dict[str, Any], who: str, on_completion: OnCompletion, is_stopped: IsStopped
    ) -> None:
        with self._cleaned(), self.policy.speaking(who) as model:
            self._rollout.generate(model, requests, sampling, on_completion, is_stopped)

    def logprobs(self, sequences: Sequences, who: str, temperature: float) -> Tensor:
        with self._cleaned():
            return self._training.logprobs(sequences, who, temperature)

    def values(self, sequences: Sequences) -> Tensor:
        if self.policy.value_head is None:
            raise ValueError("values need an engine with a value head")
        with self._cleaned():
            return self._training.values(sequences)

    def update(self, minibatch: Minibatch, objective: Objective, is_stopped: IsStopped) -> dict[str, float]:
        with self._cleaned():
            return self._training.update(minibatch, objective, is_stopped)

    def probe(self, load: dict[str, Any]) -> dict[str, float]:
        """The largest that a run asks for, once: all rows of a step for two tokens, with room for whole completions, and one microbatch of the
        longest sequences. peak_bytes: the most that a process has held so far, on its card or in the computer's memory."""
        prompt, completion = load["prompt_tokens"], load["completion_tokens"]
        requests = [Request([1] * prompt, list(range(load["group_size"]))) for _ in range(load["prompts"])]
        sampling = {"temperature": 1.0, "top_p": 1.0, "top_k": 0, "max_completion_tokens": completion, "end_tokens": [], "stop": None}
        looks = count()
        self.generate(requests, sampling, "current", lambda _: None, lambda: next(looks) >= 3)
        with self._cleaned():
            seconds = self._training.rehearse(prompt, completion, load["entropy_coef"])
        return {"peak_bytes": self._ranks.most(peak_bytes(self.policy.device)), "microbatch_seconds": seconds}

    def save(self, directory: str) -> None:
        if self._ranks.is_speaker:
            saved_state.save(directory, self.policy.trained, self._training.optimizer, self._settings)

    def load(self, directory: str, alpha: float | None) -> None:
        """Read by the speaker, on whose host it lies; the others are told what stands in it."""
        optimizer, trained = self._training.optimizer, self.policy.trained
        with self._ranks.together():
            if self._ranks.is_speaker:
                saved_state.load(directory, trained, optimizer, self._settings, alpha)
        self._ranks.spread([tensor.data for tensor in trained.values()])
        moments = optimizer.moments.all()
        self._ranks.spread(list(moments.values()))
        optimizer.moments.take(moments)
        steps = torch.tensor([optimizer.step_count])
        self._ranks.spread([steps])
        optimizer.step_count = int(steps)
        self.policy.changed()

    @contextmanager
    def _cleaned(self) -> Iterator[None]:
        """A call that failed gives back what it held on the card."""
        try:
            yield
        except BaseException:
            if self.policy.device.type == "cuda":
                torch.cuda.empty_cache()
            raise
