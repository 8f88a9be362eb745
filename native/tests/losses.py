"""What objective.py says of given tokens, for test/trainer/engines/torch/loss-options.test.ts.

One JSON order on stdin: updates as they are sent to the engine, header and arrays, each with what the policy says of its tokens. One JSON answer
on stdout: of each the stats without a gradient's norm, and the slopes by log-prob, entropy and value, [tokens] each.
"""

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch  # noqa: E402
from torch import Tensor  # noqa: E402

from veritune_engine.loss_mean import token_weights  # noqa: E402
from veritune_engine.objective import Now, TokenBatch, mean_of, objective_loss, stats_of  # noqa: E402


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
    return {"stats": stats_of([sums], 0.0, 0.0), "slopes": dict(zip(names, map(Tensor.tolist, slopes)))}


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps([answer_to(update) for update in json.load(sys.stdin)]))
