"""Writes test/golden/engine/<name>/: tiny random models and what PyTorch, transformers and PEFT compute on them.

The model and its adapter are transformers' and PEFT's own code, loaded from the folder that is written. Weights are float32; the
arithmetic is float64, except where transformers itself casts to float32 (norms, the softmax of attention, RoPE's angles).
"""

import argparse
import json
import platform
import sys
from pathlib import Path
from typing import Any

import numpy
import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, PreTrainedModel

from cases import (
    COMPLETION_LENGTHS,
    COUNTS,
    FULL_OBJECTIVES,
    MAX_GRAD_NORM_SHARE,
    OBJECTIVES,
    OPTIMIZER,
    STEP_OBJECTIVE,
    STEPS,
    TEMPERATURES,
    Sequence,
    some_batches,
    some_sequences,
)
from measure import Policy, first_grad_norm, flaw_of, measured_gradients, measured_steps
from objective import Now, TokenBatch
from specs import COMMON, SPECS, Spec

BOUND = 1e-4
LORA = {"r": 2, "lora_alpha": 6}
LAYERS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
PEFT_PREFIX = "base_model.model."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "test" / "golden" / "engine")
    parser.add_argument("--only", help="name of one folder")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    for place, spec in enumerate(SPECS):
        if chosen.only in (None, spec.name):
            write_folder(spec, chosen.out / spec.name, seed=100 + place)
            sys.stderr.write(f"{spec.name}\n")


def write_folder(spec: Spec, folder: Path, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_model(spec, folder / "model", seed)
    if spec.has_adapter:
        write_adapter(folder, seed + 1000)
    policy = load_policy(spec, folder, seed + 2000)
    sequences = some_sequences(seed + 3000, COMMON["vocab_size"])
    now = {temperature: policy.now(sequences, temperature) for temperature in TEMPERATURES}
    objectives = {name: each for name, each in OBJECTIVES.items() if spec.has_adapter or name in FULL_OBJECTIVES}
    batches = good_batches(seed + 4000, objectives, now)

    start = {name: tensor.detach().clone() for name, tensor in policy.value_head.items()}
    losses, gradients = measured_gradients(policy, sequences, batches, objectives)
    tensors = said(policy, sequences, now) | start | gradients
    max_grad_norm = round(MAX_GRAD_NORM_SHARE * first_grad_norm(policy, sequences, batches[1.0]), 3)
    steps, final = measured_steps(policy, sequences, batches[1.0], max_grad_norm)
    save_file(as_float32(tensors | final), folder / "expected.safetensors")
    cases = {
        "sequences": [sequence_json(place, sequence, batches) for place, sequence in enumerate(sequences)],
        "objectives": [{"name": name, "objective": each, "loss": losses[name]} for name, each in objectives.items()],
        "training": {"objective": STEP_OBJECTIVE, "optimizer": OPTIMIZER | {"maxGradNorm": max_grad_norm}, "steps": steps},
    }
    (folder / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")
    (folder / "about.json").write_text(json.dumps(about(spec), indent=2) + "\n")


def write_model(spec: Spec, folder: Path, seed: int) -> None:
    """A random model; weights so spread that no part of the arithmetic drowns in rounding."""
    config = spec.config_class(**(COMMON | spec.settings))
    model = AutoModelForCausalLM.from_config(config)
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in model.named_parameters():
        noise = torch.randn(tensor.shape, generator=generator)
        tensor.data = 1 + 0.2 * noise if "norm" in name else 0.25 * noise
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    if spec.old_spelling is not None:
        file = folder / "config.json"
        fields = json.loads(file.read_text())
        del fields["rope_parameters"]
        file.write_text(json.dumps(fields | spec.old_spelling, indent=2) + "\n")


def write_adapter(folder: Path, seed: int) -> None:
    """A PEFT adapter on all linear layers. B is not zero, so that A has a gradient."""
    base = load_base(folder)
    config = LoraConfig(task_type="CAUSAL_LM", target_modules=LAYERS, **LORA)
    model = get_peft_model(base, config)
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in model.named_parameters():
        if "lora_" in name:
            tensor.data = 0.2 * torch.randn(tensor.shape, generator=generator)
    # Where the base lies is no fact of the adapter.
    model.peft_config["default"].base_model_name_or_path = "model"
    model.save_pretrained(folder / "adapter", save_embedding_layers=False)
    (folder / "adapter" / "README.md").unlink(missing_ok=True)
    # PEFT writes a set; sorted, so that the same numbers give the same file.
    file = folder / "adapter" / "adapter_config.json"
    fields = json.loads(file.read_text())
    file.write_text(json.dumps(fields | {"target_modules": sorted(fields["target_modules"])}, indent=2) + "\n")


def load_base(folder: Path) -> PreTrainedModel:
    return AutoModelForCausalLM.from_pretrained(folder / "model", attn_implementation="eager", dtype=torch.float32)


def load_policy(spec: Spec, folder: Path, seed: int) -> Policy:
    """The model of a folder in float64, with a random value head."""
    base = load_base(folder).double()
    model: nn.Module = PeftModel.from_pretrained(base, folder / "adapter", is_trainable=True).double() if spec.has_adapter else base
    random = numpy.random.default_rng(seed)
    # The bias stays away from 0, where an error relative to it would say nothing.
    head = {"value_head.weight": random.normal(0, 0.3, (1, COMMON["hidden_size"])), "value_head.bias": random.normal(1, 0.1, 1)}
    value_head = {name: torch.tensor(x.astype(numpy.float32).astype(numpy.float64), requires_grad=True) for name, x in head.items()}
    trained = {
        name.removeprefix(PEFT_PREFIX).replace(".default.", "."): tensor
        for name, tensor in model.named_parameters()
        if tensor.requires_grad
    }
    return Policy(model, value_head, trained | value_head)


def good_batches(seed: int, objectives: dict[str, dict[str, Any]], now: dict[float, Now]) -> dict[float, TokenBatch]:
    for attempt in range(1000):
        batches = some_batches(seed + attempt, now)
        if flaw_of(objectives, batches, now) is None:
            return batches
    raise RuntimeError(f"no good numbers from seed {seed}: {flaw_of(objectives, batches, now)}")


def said(policy: Policy, sequences: list[Sequence], now: dict[float, Now]) -> dict[str, Tensor]:
    """What the policy says before any step: `logits` [tokens, vocabulary], the rest [tokens]."""
    tensors = {"logits": policy.picked_logits(sequences), "values": now[1.0].values}
    if isinstance(policy.model, PeftModel):
        with policy.model.disable_adapter():
            tensors["reference_logprobs:1.0"] = policy.now(sequences, 1.0).logprobs
    for temperature, each in now.items():
        tensors |= {f"logprobs:{temperature}": each.logprobs, f"entropies:{temperature}": each.entropies}
    return tensors


def sequence_json(place: int, sequence: Sequence, batches: dict[float, TokenBatch]) -> dict[str, Any]:
    start = sum(COMPLETION_LENGTHS[:place])
    part = slice(start, start + COMPLETION_LENGTHS[place])
    one = batches[1.0]
    return {
        "promptTokens": sequence.prompt,
        "completionTokens": sequence.completion,
        "weight": COUNTS[place],
        "advantages": one.advantages[part].tolist(),
        "returns": one.returns[part].tolist(),
        "oldValues": one.old_values[part].tolist(),
        "oldLogprobs": {str(temperature): batch.old_logprobs[part].tolist() for temperature, batch in batches.items()},
        "refLogprobs": {str(temperature): batch.ref_logprobs[part].tolist() for temperature, batch in batches.items()},
    }


def as_float32(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().to(torch.float32).contiguous() for name, tensor in tensors.items()}


def about(spec: Spec) -> dict[str, Any]:
    versions = {"python": platform.python_version(), "torch": torch.__version__, "numpy": numpy.__version__}
    return {
        "about": spec.about,
        "madeBy": "native/golden/make_golden.py",
        "versions": versions | {"transformers": transformers.__version__, "peft": peft.__version__},
        "dtype": "float64; float32 where transformers casts to it (norms, the softmax of attention, RoPE's angles)",
        "bound": BOUND,
    }


if __name__ == "__main__":
    main()
