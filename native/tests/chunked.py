"""How far next_token.py in chunks is from autograd on the whole, for test/trainer/engines/torch/training.test.ts.

One JSON answer on stdout: the largest difference of log-probs, entropies, the gradients of the states and of a trained head.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch  # noqa: E402
from torch import Tensor  # noqa: E402

from veritune_engine import next_token  # noqa: E402

ROWS, HIDDEN, VOCABULARY, TEMPERATURE = 23, 8, 50, 0.7


def whole(states: Tensor, head: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    log_shares = torch.log_softmax(states @ head.T / TEMPERATURE, dim=-1)
    return log_shares.gather(1, targets[:, None])[:, 0], -(log_shares.exp() * log_shares).sum(-1)


def difference(is_head_trained: bool) -> float:
    generator = torch.Generator().manual_seed(1)
    states = torch.randn(ROWS, HIDDEN, generator=generator).requires_grad_()
    head = torch.randn(VOCABULARY, HIDDEN, generator=generator).requires_grad_(is_head_trained)
    targets = torch.randint(0, VOCABULARY, (ROWS,), generator=generator)
    pulls = torch.randn(2, ROWS, generator=generator)
    inputs = [states, head] if is_head_trained else [states]

    def with_gradients(said: tuple[Tensor, Tensor]) -> list[Tensor]:
        loss = (pulls[0] * said[0] + pulls[1] * said[1]).sum()
        return [*said, *torch.autograd.grad(loss, inputs)]

    found = with_gradients(next_token.next_tokens(states, head, targets, TEMPERATURE, True))
    wanted = with_gradients(whole(states, head, targets))
    return max((one - other).abs().max().item() for one, other in zip(found, wanted))


if __name__ == "__main__":
    torch.set_num_threads(1)
    # Chunks of four rows, the last of three.
    next_token.CHUNK_ELEMENTS["cpu"] = 4 * VOCABULARY
    print(json.dumps({"frozen_head": difference(False), "trained_head": difference(True)}))
