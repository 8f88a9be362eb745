"""Draws a token from each row of logits, by the rules of src-main/trainer/engines/onnx/sampler.ts."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Draws:
    """[rows] each; log-probs float32, natural."""

    tokens: Tensor
    # At the sampling's temperature, before top-k and top-p.
    old_logprobs: Tensor
    # Under the distribution that was drawn from.
    sampling_logprobs: Tensor
    # At temperature 1, before top-k and top-p.
    plain_logprobs: Tensor


def draw(logits: Tensor, uniforms: Tensor, temperature: float, top_p: float, top_k: int) -> Draws:
    """logits: [rows, vocabulary]; uniforms: [rows] float64 in [0, 1)."""
    plain = torch.log_softmax(logits.float(), dim=-1)
    tempered = plain if temperature == 1 else torch.log_softmax(logits.float() / temperature, dim=-1)
    shares = tempered.exp()
    is_cut = 0 < top_k < logits.shape[1] or top_p < 1
    kept, masses = _nucleus(shares, top_p, top_k) if is_cut else (shares, None)
    tokens = _walk(kept, uniforms if masses is None else uniforms * masses)
    old = _at(tempered, tokens)
    sampling = old if masses is None else (_at(shares, tokens).double() / masses).log().float()
    return Draws(tokens, old, sampling, _at(plain, tokens))


def _walk(shares: Tensor, targets: Tensor) -> Tensor:
    """The first token at which the shares add up to more than the target; else, after rounding, the last that has any share."""
    found = torch.searchsorted(shares.double().cumsum(-1), targets[:, None], right=True)[:, 0]
    last = shares.shape[1] - 1 - (shares > 0).flip(-1).float().argmax(-1)
    return torch.minimum(found, last)


def _nucleus(shares: Tensor, top_p: float, top_k: int) -> tuple[Tensor, Tensor]:
    """Shares of the `top_k` likeliest tokens, of those the fewest whose mass reaches `top_p`, others 0; and their mass, [rows] float64.

    Of equal shares the smaller ids come first.
    """
    ordered, ids = shares.sort(dim=-1, descending=True, stable=True)
    masses = ordered.double().cumsum(-1)
    # A token stays while the mass before it has not reached top_p.
    stays = (masses - ordered.double()) < top_p if top_p < 1 else torch.ones_like(ordered, dtype=torch.bool)
    stays[:, 0] = True
    if top_k > 0:
        stays[:, top_k:] = False
    count = stays.sum(-1, keepdim=True)
    kept = torch.zeros_like(shares).scatter_(1, ids, ordered * stays)
    return kept, masses.gather(1, count - 1)[:, 0]


def _at(rows: Tensor, tokens: Tensor) -> Tensor:
    return rows.gather(1, tokens[:, None])[:, 0]
