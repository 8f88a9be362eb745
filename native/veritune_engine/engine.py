"""The interface Engine of src-main/trainer/engines/engine.ts, over tensors."""

from collections.abc import Callable
from contextlib import contextmanager
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from . import saved_state
from .microbatches import Sequences
from .objective import Objective
from .policy import Policy, load_policy
from .rollout import OnCompletion, Request, Rollout, StaticRollout
from .training import Minibatch, Training

Settings = dict[str, Any]
IsStopped = Callable[[], bool]


class Engine:
    """Calls never overlap. Holds no random state: one seed per completion."""

    def __init__(self, policy: Policy, settings: Settings, rollout: Rollout | None = None) -> None:
        self.policy = policy
        self._settings = settings
        self._training = Training(policy, settings)
        self._rollout = rollout or StaticRollout()

    @staticmethod
    def open(settings: Settings) -> "Engine":
        """Loads a Hugging Face folder. Throws Failure model.missing-file, model.invalid, torch.device-refused."""
        torch.set_num_threads(settings["threads"])
        return Engine(load_policy(settings), settings)

    @property
    def info(self) -> dict[str, Any]:
        policy = self.policy
        return {
            "name": "torch",
            "device": str(policy.device) if policy.device.type == "cpu" else torch.cuda.get_device_name(policy.device),
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

    def save(self, directory: str) -> None:
        saved_state.save(directory, self.policy.trained, self._training.optimizer, self._settings)

    def load(self, directory: str, alpha: float | None) -> None:
        saved_state.load(directory, self.policy.trained, self._training.optimizer, self._settings, alpha)
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
