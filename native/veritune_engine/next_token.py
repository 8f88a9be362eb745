"""What the model says of given next tokens, without [tokens, vocabulary] ever standing in memory in full."""

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

# Elements of a chunk's logits, float32.
CHUNK_ELEMENTS = {"cuda": 1 << 26, "cpu": 1 << 22}


def next_tokens(states: Tensor, head: Tensor, targets: Tensor, temperature: float, has_entropy_gradient: bool) -> tuple[Tensor, Tensor]:
    """Log-prob of each target and entropy of each row, [tokens] float32 both, from states [tokens, hidden] and head [vocabulary, hidden].

    Differentiable by the states; by the head as well, which then costs each chunk a second time.
    """
    if torch.is_grad_enabled() and head.requires_grad:
        return _recomputed(states, head, targets, temperature)
    return _NextTokens.apply(states, head, targets, temperature, has_entropy_gradient)


def chunk_rows(states: Tensor, vocabulary: int) -> int:
    return max(1, CHUNK_ELEMENTS.get(states.device.type, 1 << 22) // vocabulary)


class _NextTokens(torch.autograd.Function):
    """The gradients are taken while the shares are at hand, so that nothing of the size of the vocabulary waits for the backward pass.

    With shares p, log-shares l and m = p W: d logprob / d states = (W[target] - m) / T, and with the entropy H = -sum p l,
    d H / d states = -(p (l + H)) W / T.
    """

    @staticmethod
    def forward(ctx, states, head, targets, temperature, has_entropy_gradient):  # type: ignore[no-untyped-def]
        logprobs, entropies, by_state, by_state_entropy = [], [], [], []
        for rows, chosen in zip(states.split(chunk_rows(states, head.shape[0])), targets.split(chunk_rows(states, head.shape[0]))):
            logits = functional.linear(rows, head).float()
            log_shares = torch.log_softmax(logits.div_(temperature), dim=-1)
            del logits
            shares = log_shares.exp()
            entropy = -(shares * log_shares).sum(-1)
            logprobs.append(log_shares.gather(1, chosen[:, None])[:, 0])
            entropies.append(entropy)
            if not states.requires_grad:
                continue
            means = shares.to(head.dtype) @ head
            by_state.append((head[chosen] - means) / temperature)
            if has_entropy_gradient:
                pull = shares.mul_(log_shares.add_(entropy[:, None]))
                by_state_entropy.append(-(pull.to(head.dtype) @ head) / temperature)
        if states.requires_grad:
            ctx.has_entropy = has_entropy_gradient
            ctx.save_for_backward(torch.cat(by_state), *([torch.cat(by_state_entropy)] if has_entropy_gradient else []))
        return torch.cat(logprobs), torch.cat(entropies)

    @staticmethod
    def backward(ctx, by_logprob, by_entropy):  # type: ignore[no-untyped-def]
        saved = ctx.saved_tensors
        gradient = saved[0] * by_logprob[:, None].to(saved[0].dtype)
        if ctx.has_entropy and by_entropy is not None:
            gradient = gradient + saved[1] * by_entropy[:, None].to(saved[1].dtype)
        return gradient, None, None, None, None


def _recomputed(states: Tensor, head: Tensor, targets: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    parts = [
        checkpoint(_chunk, rows, head, chosen, temperature, use_reentrant=False)
        for rows, chosen in zip(states.split(chunk_rows(states, head.shape[0])), targets.split(chunk_rows(states, head.shape[0])))
    ]
    logprobs, entropies = zip(*parts)
    return torch.cat(logprobs), torch.cat(entropies)


def _chunk(rows: Tensor, head: Tensor, chosen: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    log_shares = torch.log_softmax(functional.linear(rows, head).float() / temperature, dim=-1)
    return log_shares.gather(1, chosen[:, None])[:, 0], -(log_shares.exp() * log_shares).sum(-1)
