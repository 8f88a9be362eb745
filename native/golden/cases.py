"""What is measured on each model: a few sequences of unequal lengths, and the objectives."""

from dataclasses import dataclass
from typing import Any

import numpy
import torch

from objective import Now, TokenBatch

PROMPT_LENGTHS = (3, 5, 8, 4)
COMPLETION_LENGTHS = (6, 9, 4, 7)
# The third sequence stands for two equal rollouts.
COUNTS = (1, 1, 2, 1)
TEMPERATURES = (1.0, 0.7)


@dataclass(frozen=True)
class Sequence:
    prompt: list[int]
    completion: list[int]


def policy(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "policy",
        "temperature": 1.0,
        "clipEpsilonLow": 0.2,
        "clipEpsilonHigh": 0.2,
        "klCoef": 0.0,
        "entropyCoef": 0.0,
        "lossMean": "token",
        "value": None,
        "learningRate": 5e-3,
        "valueLearningRate": 1e-2,
    } | changes


VALUE_LOSS = {"coef": 0.5, "clipEpsilon": 0.2}
EVERYTHING = {"klCoef": 0.1, "entropyCoef": 0.05, "value": VALUE_LOSS, "clipEpsilonHigh": 0.28}

OBJECTIVES: dict[str, dict[str, Any]] = {
    "token mean": policy(),
    "sequence mean": policy(lossMean="sequence"),
    "k3 KL": policy(klCoef=0.1),
    "entropy bonus": policy(entropyCoef=0.05),
    "value loss and value clip": policy(value=VALUE_LOSS),
    "asymmetric clip": policy(clipEpsilonLow=0.1, clipEpsilonHigh=0.4),
    "temperature 0.7": policy(temperature=0.7),
    "everything at temperature 0.7": policy(temperature=0.7, lossMean="sequence", **EVERYTHING),
    "supervised": {"kind": "supervised", "learningRate": 5e-3, "valueLearningRate": 0},
}
# Gradients of all weights are large, so a model that is trained whole gets the objectives that say most.
FULL_OBJECTIVES = ("everything at temperature 0.7", "supervised")

STEPS = 10
STEP_OBJECTIVE = policy(**EVERYTHING)
OPTIMIZER = {"beta1": 0.9, "beta2": 0.95, "epsilon": 1e-8, "weightDecay": 0.05}
# Of the first step's gradient norm: some of the steps are clipped and some are not.
MAX_GRAD_NORM_SHARE = 0.6


def some_sequences(seed: int, vocabulary: int) -> list[Sequence]:
    random = numpy.random.default_rng(seed)

    def draw(length: int) -> list[int]:
        return random.integers(3, vocabulary, length).tolist()

    return [Sequence(draw(prompt), draw(completion)) for prompt, completion in zip(PROMPT_LENGTHS, COMPLETION_LENGTHS)]


def some_batches(seed: int, now: dict[float, Now]) -> dict[float, TokenBatch]:
    """One batch per temperature: far enough from the policy that clips, KL and value clip all act on some tokens."""
    random = numpy.random.default_rng(seed)

    def around(base: torch.Tensor, size: float) -> torch.Tensor:
        # Rounded to float32, for that is what the engine is given.
        noisy = base.detach().numpy() + random.uniform(-size, size, base.shape[0])
        return torch.tensor(noisy.astype(numpy.float32).astype(numpy.float64))

    zeros = torch.zeros_like(now[1.0].values)
    advantages, returns, old_values = around(zeros, 1.5), around(zeros, 1), around(now[1.0].values, 0.6)
    return {
        temperature: TokenBatch(around(said.logprobs, 0.7), around(said.logprobs, 0.5), advantages, returns, old_values)
        for temperature, said in now.items()
    }
