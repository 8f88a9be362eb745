"""What objective.py and next_token.py say without a model, for test/trainer/engines/torch/loss-options.test.ts.

One JSON order on stdin: updates as they are sent to the engine, header and arrays, each with what the policy says of its tokens. One JSON answer
on stdout. losses: of each update the stats without a gradient's norm, and the slopes by log-prob, entropy and value, [tokens] each. frozen_head,
trained_head: the largest difference of log-probs, entropies and gradients between a vocabulary in chunks and autograd on the whole.
"""

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch  # noqa: E402
from torch import Tensor  # noqa: E402

from veritune_engine import next_token  # noqa: E402
from veritune_engine.loss_mean import token_weights  # noqa: E402
from veritune_engine.objective import Now, TokenBatch, mean_of, objective_loss, stats_of, total_of  # noqa: E402

ROWS, HIDDEN, VOCABULARY, TEMPERATURE = 23, 8, 50, 0.7


def trained(said: list[float]) -> Tensor:
    return torch.tensor(said, dtype=torch.float32, requires_grad=True)


def answer_to(update: dict[str, Any]) -> dict[str, Any]:
    objective = update["header"]["objective"]
    _tokens, _prompt_lengths, lengths, counts, *given = update["arrays"]
    shares = token_weights(lengths, counts, mean_of(objective))
    weights = torch.tensor([share for length, share in zip(lengths, shares) for _ in range(length)])
    batch = TokenBatch(*(torch.tensor(array, dtype=torch.float32) for array in given), weights=weights)
    now = {name: None if said is None else trained(said) for name, said in update["now"].items()}
    loss, sums = objective_loss(objective, batch, Now(**now))
    slopes = torch.autograd.grad(loss, [said for said in now.values() if said is not None], materialize_grads=True)
    names = [name for name, said in now.items() if said is not None]
    return {"stats": stats_of(torch.cat([total_of([sums]), torch.zeros(1, dtype=torch.float64)]), 0.0), "slopes": dict(zip(names, map(Tensor.tolist, slopes)))}


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
    losses = [answer_to(update) for update in json.load(sys.stdin)]
    # Chunks of four rows, the last of three.
    next_token.CHUNK_ELEMENTS["cpu"] = 4 * VOCABULARY
    print(json.dumps({"losses": losses, "frozen_head": difference(False), "trained_head": difference(True)}))
