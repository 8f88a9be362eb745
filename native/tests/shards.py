"""Under torchrun: how many elements of the layers each rank holds. Prints one JSON line a rank. Argument: a model folder."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from torch.distributed.tensor import DTensor  # noqa: E402

from veritune_engine.policy import load_policy  # noqa: E402
from veritune_engine.ranks import Ranks  # noqa: E402
from veritune_engine.shards import Shards  # noqa: E402

LORA = {"rank": 2, "alpha": 4, "dropout": 0.0}
SETTINGS = {
    "model_folder": sys.argv[1],
    "device": "cpu",
    "precision": "float32",
    "quantization": "none",
    "lora": LORA,
    "has_value_head": False,
    "is_checkpointed": False,
    "seed": 1,
}

ranks = Ranks.join(True)
policy = load_policy(SETTINGS, is_cut=True)
Shards(ranks, True).cut(policy.causal, policy.trained, policy.device)
base = [parameter for layer in policy.causal.model.layers for parameter in layer.parameters() if not parameter.requires_grad]
held = sum((tensor.to_local() if isinstance(tensor, DTensor) else tensor).numel() for tensor in base)
print(json.dumps({"held": held, "all": sum(tensor.numel() for tensor in base)}))
