"""Sequences -> padded rows of one forward pass. Rows are padded on the right: a causal model needs no mask then."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Sequences:
    """Prompts with their completions, end to end: `tokens` holds prompt and completion of the first, then of the second, and so on."""

    tokens: Tensor
    prompt_lengths: list[int]
    completion_lengths: list[int]

    @property
    def lengths(self) -> list[int]:
        return [prompt + completion for prompt, completion in zip(self.prompt_lengths, self.completion_lengths)]

    def rows(self) -> tuple[Tensor, ...]:
        return self.tokens.split(self.lengths)

    def assert_fit(self, context_length: int) -> None:
        longest = max(self.lengths, default=0)
        if longest > context_length:
            raise ValueError(f"A sequence of {longest} tokens is longer than the model's context of {context_length} tokens.")


@dataclass(frozen=True)
class Microbatch:
    # Places of its sequences in the list that was planned.
    indices: list[int]
    # [sequences, length]
    tokens: Tensor
    # Where a completion token is said, in the flat [sequences * length], and which: [completion tokens] each.
    places: Tensor
    targets: Tensor


def plan(sequences: Sequences, size: int) -> list[list[int]]:
    """At most `size` sequences each, of similar length, the longest first: what does not fit says so at once."""
    lengths = sequences.lengths
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    return [order[start : start + size] for start in range(0, len(order), size)]


def microbatches(sequences: Sequences, plans: Sequence[list[int]], device: torch.device) -> Iterator[Microbatch]:
    rows = sequences.rows()
    for indices in plans:
        yield _microbatch(sequences, rows, indices, device)


def _microbatch(sequences: Sequences, rows: Sequence[Tensor], indices: list[int], device: torch.device) -> Microbatch:
    step = 64 if device.type == "cuda" else 8
    length = -(-max(len(rows[i]) for i in indices) // step) * step
    tokens = torch.zeros(len(indices), length, dtype=torch.int64)
    places, targets = [], []
    for row, i in enumerate(indices):
        prompt, whole = sequences.prompt_lengths[i], rows[i].long()
        tokens[row, : len(whole)] = whole
        places.append(torch.arange(prompt - 1, len(whole) - 1) + row * length)
        targets.append(whole[prompt:])
    return Microbatch(indices, tokens.to(device), torch.cat(places).to(device), torch.cat(targets).to(device))
