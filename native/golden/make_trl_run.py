"""Writes test/fixtures/trl-run: what TRL's GRPOTrainer leaves behind, a tiny random Llama trained for four steps with its completions logged.

Two reward functions, an evaluation in the second step. Only the files that an import reads are kept.
"""

import argparse
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from datasets import Dataset
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM
from trl import GRPOConfig, GRPOTrainer

ROOT = Path(__file__).parents[2]
TASKS = ("a 2-to-1 multiplexer", "a 4-bit counter", "a <b>half</b> adder", "an edge detector")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "test" / "fixtures" / "trl-run")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        train(Path(folder))
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(Path(folder) / "completions", out / "completions")
        for name in ("trainer_state.json", "README.md"):
            shutil.copy(Path(folder) / name, out / name)


def train(folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(ROOT / "resources" / "starter" / "model")
    tokenizer.pad_token = tokenizer.eos_token
    torch.manual_seed(7)
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
    # The trainer loads its reference model from a folder.
    LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), **shape)).save_pretrained(folder / "model")
    prompts = Dataset.from_dict({"prompt": [f"Write {task} in Verilog.\n" for task in TASKS * 2]})
    trainer = GRPOTrainer(
        model=str(folder / "model"),
        processing_class=tokenizer,
        reward_funcs=[share_of_letters, brevity],
        train_dataset=prompts,
        eval_dataset=prompts.select(range(2)),
        args=GRPOConfig(
            output_dir=str(folder),
            max_steps=4,
            logging_steps=1,
            eval_strategy="steps",
            eval_steps=2,
            save_strategy="no",
            per_device_train_batch_size=8,
            per_device_eval_batch_size=8,
            num_generations=4,
            max_completion_length=24,
            learning_rate=1e-3,
            beta=0.04,
            log_completions=True,
            num_completions_to_print=0,
            report_to="none",
            use_cpu=True,
            bf16=False,
            seed=7,
        ),
    )
    trainer.train()
    trainer.save_state()
    trainer.create_model_card(model_name="trl-run")


def share_of_letters(completions: list[str], **_: Any) -> list[float]:
    return [sum(sign.isalpha() for sign in text) / max(1, len(text)) for text in completions]


def brevity(completions: list[str], **_: Any) -> list[float]:
    return [1 / (1 + len(text) / 40) for text in completions]


if __name__ == "__main__":
    main()
