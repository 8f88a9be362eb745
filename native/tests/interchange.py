"""What transformers and PEFT make of folders that VeriTune wrote, and a folder that PEFT writes.

One JSON order on stdin: {"orders": [...]}; one JSON line of answers on stdout, in their order. Driven by
test/trainer/engines/onnx/peft-interchange.test.ts.
  {"do": "logprobs", "model": folder, "adapter": folder or null, "tokens": [ids]} -> [positions][vocabulary] natural log-probs after each token
  {"do": "make-adapter", "model": folder, "out": folder, "settings": {LoraConfig fields}, "tokens": [ids]} -> its log-probs, likewise
"""

import json
import sys

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM


def load(folder: str, dtype: torch.dtype | str = torch.float32) -> torch.nn.Module:
    """ "auto" takes the type that the folder's config.json names."""
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()


def logprobs(model: torch.nn.Module, tokens: list[int]) -> list[list[float]]:
    """[positions][vocabulary]"""
    with torch.no_grad():
        logits = model(torch.tensor([tokens])).logits[0]
    return torch.log_softmax(logits.double(), dim=-1).tolist()


def make_adapter(order: dict) -> list[list[float]]:
    """A random adapter: PEFT's own beginning has a B of zeros, which would show nothing."""
    torch.manual_seed(1)
    model = get_peft_model(load(order["model"]), LoraConfig(task_type="CAUSAL_LM", **order["settings"])).eval()
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    model.save_pretrained(order["out"], safe_serialization=True)
    return logprobs(model, order["tokens"])


def answer(order: dict) -> list[list[float]]:
    if order["do"] == "make-adapter":
        return make_adapter(order)
    if order["adapter"] is None:
        return logprobs(load(order["model"], "auto"), order["tokens"])
    return logprobs(PeftModel.from_pretrained(load(order["model"]), order["adapter"]).eval(), order["tokens"])


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps([answer(order) for order in json.load(sys.stdin)["orders"]]))
