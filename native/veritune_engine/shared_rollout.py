"""Rollouts shared by the ranks: each draws a stretch of the completions, so that the prompts of a group are mostly read by one rank."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from transformers import PreTrainedModel

from .ranks import Ranks
from .rollout import Completion, OnCompletion, Request, Rollout
from .shards import Shards


class SharedRollout:
    """A completion is told by the rank that drew it, under its place among all."""

    def __init__(self, rollout: Rollout, ranks: Ranks, shards: Shards) -> None:
        self._rollout, self._ranks, self._shards = rollout, ranks, shards

    def generate(
        self,
        model: PreTrainedModel,
        requests: list[Request],
        sampling: dict[str, Any],
        on_completion: OnCompletion,
        is_stopped: Callable[[], bool],
    ) -> None:
        rows = [(place, index) for place, request in enumerate(requests) for index in range(len(request.seeds))]
        own: dict[int, list[int]] = {}
        for at in self._ranks.stretch(len(rows)):
            place, index = rows[at]
            own.setdefault(place, []).append(index)
        places = list(own)

        def tell(done: Completion) -> None:
            place = places[done.request]
            on_completion(replace(done, request=place, index=own[place][done.index]))

        shared = [Request(requests[place].prompt, [requests[place].seeds[index] for index in own[place]]) for place in places]
        with self._ranks.together(), self._shards.or_end():
            self._rollout.generate(model, shared, sampling, tell, is_stopped)
            self._shards.go_along(model.model.layers)
