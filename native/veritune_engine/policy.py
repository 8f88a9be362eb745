"""The model that is trained: a frozen base with adapter, or all weights; value head; the reference."""

import copy
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM, BitsAndBytesConfig, PreTrainedModel
from transformers.utils.logging import disable_progress_bar

from . import lora
from .failure import Failure
from .norm import use_own_norms

VALUE_HEAD = ("value_head.weight", "value_head.bias")
# What the embedded engine runs as well; rollout.py walks through their layers itself.
MODEL_TYPES = ("llama", "qwen2")
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class Policy:
    """trained: name as in checkpoints -> parameter, float32, the value head last."""

    def __init__(self, causal: PreTrainedModel, settings: dict[str, Any]) -> None:
        self.causal = causal
        self.device = causal.get_input_embeddings().weight.device
        self.dtype = causal.get_input_embeddings().weight.dtype
        self.context_length: int = causal.config.max_position_embeddings
        self.vocabulary_size: int = causal.config.vocab_size
        use_own_norms(causal)
        self.parameter_count = sum(count(tensor) for tensor in causal.parameters())
        self._switch: lora.Switch | None = None
        self._frozen: PreTrainedModel | None = None
        # Updates run in training mode, where a dropout of the base would act as well.
        for layer in causal.model.layers:
            layer.self_attn.attention_dropout = 0.0
        causal.requires_grad_(settings["lora"] is None)
        if settings["lora"] is None:
            # Before it is trained: the reference.
            self._frozen = copy.deepcopy(causal).requires_grad_(False)
            self.trained = dict(causal.named_parameters())
        else:
            self.trained, self._switch = lora.adapt(causal, settings["lora"], settings["seed"])
        self.value_head = self._value_head() if settings["has_value_head"] else None
        self.trained |= self.value_head or {}
        if settings["is_checkpointed"]:
            self.recompute(True)
        causal.eval()

    def recompute(self, is_on: bool) -> None:
        """Whether the backward pass computes each layer again instead of keeping it. Acts in training mode only."""
        # transformers 5.24 calls by another name what 5.17 knows.
        names = ("activation_checkpointing", "gradient_checkpointing")
        name = next(name for name in names if hasattr(self.causal, f"{name}_enable"))
        if is_on:
            # The older way asks for inputs that need a gradient, which a frozen embedding has not.
            getattr(self.causal, f"{name}_enable")({"use_reentrant": False})
        else:
            getattr(self.causal, f"{name}_disable")()

    @contextmanager
    def speaking(self, policy: str) -> Iterator[PreTrainedModel]:
        """The model of 'current' or 'reference', as long as the block lasts."""
        if policy == "current":
            yield self.causal
        elif self._switch is None:
            assert self._frozen is not None
            yield self._frozen
        else:
            self._switch.is_on = False
            try:
                yield self.causal
            finally:
                self._switch.is_on = True

    def values(self, states: Tensor) -> Tensor:
        """[tokens] from hidden states [tokens, hidden]. The value head reads the state but does not shape it."""
        assert self.value_head is not None
        weight, bias = (self.value_head[name] for name in VALUE_HEAD)
        return states.detach().float() @ weight[0] + bias

    def changed(self) -> None:
        """To be told after trained tensors were changed."""
        lora.refresh(self.causal)

    def _value_head(self) -> dict[str, nn.Parameter]:
        """Says 0 everywhere."""
        hidden = self.causal.config.hidden_size
        shapes = {"value_head.weight": (1, hidden), "value_head.bias": (1,)}
        return {name: nn.Parameter(torch.zeros(shape, dtype=torch.float32, device=self.device)) for name, shape in shapes.items()}


def count(tensor: Tensor) -> int:
    """Weights in a tensor, also where two of them share a byte."""
    state = getattr(tensor, "quant_state", None)
    return tensor.numel() if state is None else int(torch.Size(state.shape).numel())


def peak_bytes(device: torch.device) -> int:
    """The most so far: reserved on the card, or resident in the computer's memory."""
    if device.type == "cuda":
        return torch.cuda.max_memory_reserved(device)
    import resource

    # Linux counts in kilobytes, macOS in bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def device_of(name: str) -> torch.device:
    """name: auto, cpu or cuda. Throws Failure torch.device-refused."""
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        reason = "this PyTorch was built without CUDA" if torch.version.cuda is None else "PyTorch finds no card or no driver for it"
        raise Failure("torch.device-refused", device=name, reason=reason)
    # Under torchrun each process has chosen its own.
    return torch.device("cuda", torch.cuda.current_device())


def load_policy(settings: dict[str, Any], is_cut: bool = False) -> Policy:
    """is_cut: the layers stay in the computer's memory, for whoever cuts them over the ranks (shards.py).

    Throws Failure model.missing-file, model.invalid, torch.device-refused."""
    device = device_of(settings["device"])
    folder = Path(settings["model_folder"])
    _refuse(folder)
    disable_progress_bar()
    is_small = settings["quantization"] == "nf4"
    causal = AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=DTYPES[settings["precision"]],
        attn_implementation="sdpa",
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        **(_in_four_bits(settings, device) if is_small else {}),
    )
    if is_small:
        # A processor's own kernels are for some shapes only, and for one way through the layers: sampling would differ from training.
        for layer in causal.modules():
            if hasattr(layer, "support_avx512bf16_for_cpu"):
                layer.support_avx512bf16_for_cpu = False
        return Policy(causal, settings)
    if not is_cut:
        return Policy(causal.to(device), settings)
    for part in (*(child for name, child in causal.model.named_children() if name != "layers"), causal.get_output_embeddings()):
        part.to(device)
    return Policy(causal, settings)


def _in_four_bits(settings: dict[str, Any], device: torch.device) -> dict[str, Any]:
    """Source: QLoRA (Dettmers et al., 2023): normal floats of 4 bits, their scales quantised again. Throws Failure python.packages-missing."""
    if importlib.util.find_spec("bitsandbytes") is None:
        raise Failure("python.packages-missing", python=sys.executable, packages="bitsandbytes")
    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=DTYPES[settings["precision"]],
    )
    return {"quantization_config": config, "device_map": {"": device}}


def _refuse(folder: Path) -> None:
    if not (folder / "config.json").is_file():
        raise Failure("model.missing-file", folder=str(folder), file="config.json")
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:
        # Whatever transformers has against the file: its first line says what.
        problem = str(error).strip().split("\n")[0]
        raise _invalid(folder, f"transformers cannot read its config.json: {problem}") from error
    if config.model_type not in MODEL_TYPES:
        raise _invalid(folder, f'model_type "{config.model_type}" is not supported')
    if getattr(config, "use_sliding_window", False):
        raise _invalid(folder, "use_sliding_window is not supported")
    if not any(folder.glob("*.safetensors")):
        raise Failure("model.missing-file", folder=str(folder), file="model.safetensors")


def _invalid(folder: Path, problem: str) -> Failure:
    return Failure("model.invalid", folder=str(folder), problem=problem, remedy="Choose a model folder with a plain Llama or Qwen2.")
