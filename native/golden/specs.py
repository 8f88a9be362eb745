"""The tiny models that golden files are made of: one line per thing in which a Llama or Qwen2 folder can differ."""

from dataclasses import dataclass, field
from typing import Any

from transformers import LlamaConfig, PreTrainedConfig, Qwen2Config


@dataclass(frozen=True)
class Spec:
    name: str
    about: str
    config_class: type[PreTrainedConfig] = LlamaConfig
    settings: dict[str, Any] = field(default_factory=dict)
    # Fields of config.json as transformers 4 spelled them, in place of rope_parameters.
    old_spelling: dict[str, Any] | None = None
    # False: all weights are trained.
    has_adapter: bool = True


COMMON: dict[str, Any] = {
    "vocab_size": 48,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "rms_norm_eps": 1e-5,
    "tie_word_embeddings": False,
    "bos_token_id": 1,
    "eos_token_id": 0,
    "pad_token_id": 2,
}

SPECS: tuple[Spec, ...] = (
    Spec("llama-gqa", "Llama, two query heads per key head, untied; heads of 8, where hidden / heads is 4", settings={"head_dim": 8}),
    Spec("llama-tied", "Llama, no grouped heads, tied embeddings", settings={"tie_word_embeddings": True, "num_key_value_heads": 4}),
    Spec("llama-bias", "Llama with biases in attention (output too) and MLP", settings={"attention_bias": True, "mlp_bias": True}),
    Spec(
        "llama-rope-linear",
        "Llama with linear RoPE scaling, in the spelling of transformers 4",
        settings={"head_dim": 8},
        old_spelling={"rope_theta": 100_000.0, "rope_scaling": {"type": "linear", "factor": 4.0}},
    ),
    Spec(
        "llama-rope-llama3",
        "Llama with llama3 RoPE scaling: of four pairs one stays, one is mixed, two are slowed",
        settings={
            "head_dim": 8,
            "rope_parameters": {
                "rope_type": "llama3",
                "rope_theta": 10_000.0,
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 128,
            },
        },
    ),
    Spec(
        "llama-rope-yarn",
        "Llama with YaRN: of four pairs one stays, one is mixed, two are slowed; attention factor 0.1 ln 4 + 1",
        settings={
            "head_dim": 8,
            "rope_parameters": {
                "rope_type": "yarn",
                "rope_theta": 10_000.0,
                "factor": 4.0,
                "original_max_position_embeddings": 64,
            },
        },
    ),
    Spec("qwen2", "Qwen2: biases of queries, keys and values; tied", Qwen2Config, {"tie_word_embeddings": True}),
    Spec("qwen2-full", "Qwen2, tied, all weights trained", Qwen2Config, {"tie_word_embeddings": True}, has_adapter=False),
)
