"""What an engine writes into a checkpoint, file for file as src-main/trainer/engines/onnx/saved-state.ts: either engine resumes the other's.

The folder is there already, and whoever made it renames it into place when it is whole.
"""

import json
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import Parameter

from .failure import Failure, full_disk_path
from .lora import TARGET_MODULES
from .optimizer import AdamW
from .policy import VALUE_HEAD

PEFT_PREFIX = "base_model.model."
WEIGHTS, ADAPTER, ADAPTER_SETTINGS = "model.safetensors", "adapter_model.safetensors", "adapter_config.json"
HEAD, MOMENTS, STEP = "value_head.safetensors", "optimizer.safetensors", "optimizer.json"

Trained = dict[str, Parameter]


def save(directory: str, trained: Trained, optimizer: AdamW, settings: dict[str, Any]) -> None:
    """Throws Failure disk.full."""
    folder, lora = Path(directory), settings["lora"]
    model, head = _split(trained)
    if lora is None:
        _write(folder / WEIGHTS, model)
    else:
        _write(folder / ADAPTER, {PEFT_PREFIX + name: tensor for name, tensor in model.items()})
        _write_json(folder / ADAPTER_SETTINGS, _adapter_settings(lora, settings["model_folder"]))
    if head:
        _write(folder / HEAD, head)
    _write(folder / MOMENTS, optimizer.moments.all())
    _write_json(folder / STEP, {"step": optimizer.step_count})


def load(directory: str, trained: Trained, optimizer: AdamW, settings: dict[str, Any], alpha: float | None) -> None:
    """alpha: of the saved adapter, whose settings the trainer has checked. Without a saved optimizer it begins anew.

    Throws Failure adapter.invalid, model.invalid, model.missing-file.
    """
    folder, lora = Path(directory), settings["lora"]
    model, head = _split(trained)
    if lora is None:
        _fill(folder, WEIGHTS, model)
    else:
        _load_adapter(folder, model, (alpha or lora["alpha"]) / lora["alpha"])
    if head and (folder / HEAD).is_file():
        _fill(folder, HEAD, head)
    _load_optimizer(folder, optimizer)


def _load_adapter(folder: Path, model: dict[str, Tensor], ratio: float) -> None:
    """A layer that the file leaves alone gets a B of zeros. Another scale than the run's goes into B: the model is the one that was saved."""
    if not (folder / ADAPTER).is_file():
        raise _refused(folder, f"it has no {ADAPTER}", "Copy the adapter again from where it came.")
    saved = {name.removeprefix(PEFT_PREFIX): tensor for name, tensor in load_file(folder / ADAPTER).items()}
    for name, tensor in saved.items():
        if name not in model:
            raise _refused(folder, f"it adapts {name}, which this engine does not", "Use it with the model that it was trained on.")
        if model[name].shape != tensor.shape:
            problem = f"{name} is {list(tensor.shape)}, and the model needs {list(model[name].shape)}"
            raise _refused(folder, problem, "Use it with the model that it was trained on.")
    for name, tensor in model.items():
        is_b = name.endswith(".lora_B.weight")
        if name in saved:
            tensor.copy_(saved[name].float() * (ratio if is_b else 1.0))
        elif is_b:
            tensor.zero_()


def _load_optimizer(folder: Path, optimizer: AdamW) -> None:
    moments = optimizer.moments.all()
    if not (folder / MOMENTS).exists() and not (folder / STEP).exists():
        optimizer.step_count = 0
        for tensor in moments.values():
            tensor.zero_()
        optimizer.moments.take(moments)
        return
    _fill(folder, MOMENTS, moments)
    optimizer.moments.take(moments)
    optimizer.step_count = json.loads((folder / STEP).read_text())["step"]


def _fill(folder: Path, file: str, target: dict[str, Tensor]) -> None:
    if not (folder / file).is_file():
        raise Failure("model.missing-file", folder=str(folder), file=file)
    saved = load_file(folder / file)
    for name, tensor in target.items():
        found = saved.get(name)
        if found is None or found.shape != tensor.shape:
            problem = f"{file} has no tensor {name}" if found is None else f"{file}: {name} has another shape than this run's"
            remedy = "Use a checkpoint of a run with the same model and adapter rank."
            raise Failure("model.invalid", folder=str(folder), problem=problem, remedy=remedy)
        tensor.copy_(found)


def _split(trained: Trained) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    model = {name: tensor.data for name, tensor in trained.items() if name not in VALUE_HEAD}
    return model, {name: tensor.data for name, tensor in trained.items() if name in VALUE_HEAD}


def _write(file: Path, tensors: dict[str, Tensor]) -> None:
    try:
        save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, file, metadata={"format": "pt"})
    except Exception as error:
        if full_disk_path(error) is not None:
            raise Failure("disk.full", path=str(file)) from error
        raise


def _write_json(file: Path, value: dict[str, Any]) -> None:
    file.write_text(json.dumps(value, indent=2) + "\n")


def _adapter_settings(lora: dict[str, Any], base: str) -> dict[str, Any]:
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "r": lora["rank"],
        "lora_alpha": lora["alpha"],
        "lora_dropout": lora["dropout"],
        "target_modules": list(TARGET_MODULES),
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
        "modules_to_save": None,
        "use_rslora": False,
        "use_dora": False,
    }


def _refused(folder: Path, problem: str, remedy: str) -> Failure:
    return Failure("adapter.invalid", folder=str(folder), problem=problem, remedy=remedy)
