"""Batched generation over a static key-value cache: seeded sampling, shared prefill, finished rows leave the batch in steps."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor
from transformers import PreTrainedModel

from .decoder import Decoder, StaticCache
from .sampler import draw
from .seeded import draw_uniforms
from .shards import Shards
from .stop_texts import StopTexts

# Rows decoded together; more than fit are decoded in turns.
MAX_ROWS = 256
# Sizes of a batch. Fewer sizes, fewer captured graphs.
COUNTS = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
# A batch shrinks only when it gets smaller than this share of its rows.
SHRINK_BELOW = 0.75
# Share of the card's free memory that a cache may take.
CACHE_SHARE = 0.8


@dataclass(frozen=True)
class Request:
    prompt: list[int]
    # One completion per seed.
    seeds: list[int]


@dataclass(frozen=True)
class Completion:
    """tokens [tokens] int32; log-probs [tokens] float32. What is new of a completion since it was last told: all of it, unless it is streamed."""

    request: int
    index: int
    tokens: Tensor
    old_logprobs: Tensor
    sampling_logprobs: Tensor
    plain_logprobs: Tensor
    is_finished: bool = True


OnCompletion = Callable[[Completion], None]


class Rollout(Protocol):
    """Whatever makes completions of prompts: this file's own decoding, or another sampler that is given the policy's weights."""

    def generate(
        self,
        model: PreTrainedModel,
        requests: list[Request],
        sampling: dict[str, Any],
        on_completion: OnCompletion,
        is_stopped: Callable[[], bool],
    ) -> None:
        """Ends early when is_stopped; what was reported stays reported. Holds no memory of the device afterwards."""


@dataclass
class Row:
    request: int
    index: int
    seed: int
    prompt: list[int]
    # Place of its log-probs in the batch's tables.
    place: int
    limit: int
    tokens: list[int] = field(default_factory=list)
    # Tokens that were told.
    told: int = 0
    tail: str = ""


class StaticRollout:
    """Decodes with the training model's own layers, adapter beside the base: what is sampled from is what is trained."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards

    @torch.no_grad()
    def generate(
        self,
        model: PreTrainedModel,
        requests: list[Request],
        sampling: dict[str, Any],
        on_completion: OnCompletion,
        is_stopped: Callable[[], bool],
    ) -> None:
        if model.device.type == "cuda":
            # What training keeps for itself: captured graphs have a pool of their own.
            torch.cuda.empty_cache()
        decoder = Decoder(model, self._shards)
        rows = [
            Row(place, index, seed, request.prompt, 0, min(sampling["max_completion_tokens"], decoder.context_length - len(request.prompt)))
            for place, request in enumerate(requests)
            for index, seed in enumerate(request.seeds)
        ]
        # Prompts of similar length are generated together; a group stays together.
        rows.sort(key=lambda row: (len(row.prompt), row.request, row.index))
        while rows and not is_stopped():
            count = self._count(decoder, rows, sampling)
            _Batch(decoder, rows[:count], sampling, on_completion).run(is_stopped)
            rows = rows[count:]
        if decoder.device.type == "cuda":
            del decoder
            torch.cuda.empty_cache()

    def _count(self, decoder: Decoder, rows: list[Row], sampling: dict[str, Any]) -> int:
        """How many of the rows fit at once."""
        most = min(MAX_ROWS, len(rows))
        if decoder.device.type != "cuda":
            return most
        longest = len(rows[most - 1].prompt) + sampling["max_completion_tokens"]
        free = torch.cuda.mem_get_info()[0] + torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        fit = int(CACHE_SHARE * free / (decoder.bytes_per_token * longest))
        return max(1, min(most, fit))


class _Batch:
    """Rows that are decoded together, each prompt read once."""

    def __init__(self, decoder: Decoder, rows: list[Row], sampling: dict[str, Any], on_completion: OnCompletion) -> None:
        self._decoder = decoder
        self._sampling = sampling
        self._on_completion = on_completion
        self._stop = StopTexts.of(sampling["stop"])
        self._is_streamed = sampling.get("is_streamed", False)
        self._ends = set(sampling["end_tokens"])
        # None: the row has finished but still has its place in the batch.
        self._rows: list[Row | None] = list(rows)
        for place, row in enumerate(rows):
            row.place = place
        self._longest = max(max(1, row.limit) for row in rows)
        device = decoder.device
        self._uniforms = torch.from_numpy(draw_uniforms([row.seed for row in rows], self._longest)).to(device)
        # By kind of log-prob (old, sampling, plain), [3, rows, tokens]; read when a row ends.
        self._logprobs = torch.zeros(3, len(rows), self._longest, dtype=torch.float32, device=device)
        self._places = torch.arange(len(rows), device=device)
        prompts = list({row.request: row.prompt for row in rows}.values())
        owner = {request: place for place, request in enumerate({row.request: None for row in rows})}
        self._cache = StaticCache(decoder, prompts, [owner[row.request] for row in rows], self._longest)

    def run(self, is_stopped: Callable[[], bool]) -> None:
        logits = self._decoder.prefill(self._cache)
        tokens = self._draw(logits, 0)
        for t in range(1, self._longest):
            if is_stopped() or not any(self._rows):
                return
            tokens = self._shrink(tokens)
            logits = self._decoder.step(self._cache, tokens)
            tokens = self._draw(logits, t)

    def _draw(self, logits: Tensor, t: int) -> Tensor:
        """Token number t of each row; reports the rows that it ends, or each."""
        sampling, places = self._sampling, self._places
        draws = draw(logits, self._uniforms[places, t], sampling["temperature"], sampling["top_p"], sampling["top_k"])
        self._logprobs[:, places, t] = torch.stack([draws.old_logprobs, draws.sampling_logprobs, draws.plain_logprobs])
        for i, token in enumerate(draws.tokens.tolist()):
            row = self._rows[i]
            if row is None:
                continue
            row.tokens.append(token)
            if len(row.tokens) >= row.limit or token in self._ends or self._stop.ends(row, token):
                self._report(row, is_finished=True)
                self._rows[i] = None
            elif self._is_streamed:
                self._report(row, is_finished=False)
        return draws.tokens

    def _report(self, row: Row, is_finished: bool) -> None:
        start, row.told = row.told, len(row.tokens)
        old, sampling, plain = self._logprobs[:, row.place, start : row.told].cpu()
        tokens = torch.tensor(row.tokens[start:], dtype=torch.int32)
        self._on_completion(Completion(row.request, row.index, tokens, old, sampling, plain, is_finished))

    def _shrink(self, tokens: Tensor) -> Tensor:
        """Leaves finished rows behind, where that is worth a new shape."""
        left = [i for i, row in enumerate(self._rows) if row is not None]
        size = min(len(self._rows), next((count for count in COUNTS if count >= len(left)), len(left)))
        if size >= SHRINK_BELOW * len(self._rows):
            return tokens
        # Some that have finished fill the places up.
        finished = [i for i, row in enumerate(self._rows) if row is None]
        kept = sorted(left + finished[: size - len(left)])
        index = torch.tensor(kept, device=tokens.device)
        self._rows = [self._rows[i] for i in kept]
        self._places = self._places[index]
        self._cache.keep(index)
        return tokens[index]
