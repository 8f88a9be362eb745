"""What the PyTorch engine does on one card with the shapes of deepseek-coder-7b-instruct-v1.5: rollouts, log-probs, updates.

Random weights, made on the card: no files, no download. One JSON line per figure, as it comes. The engine's own modules are measured.

    python native/bench/gpu_7b.py                     # under four minutes on a large card
    python native/bench/gpu_7b.py --shapes tiny       # the same way through, on a processor in seconds
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch  # noqa: E402
import transformers  # noqa: E402
from transformers import LlamaConfig, LlamaForCausalLM  # noqa: E402

from veritune_engine import decoder  # noqa: E402
from veritune_engine.engine import Engine  # noqa: E402
from veritune_engine.microbatches import Sequences  # noqa: E402
from veritune_engine.policy import Policy, device_of  # noqa: E402
from veritune_engine.ranks import Ranks  # noqa: E402
from veritune_engine.rollout import Completion, Request  # noqa: E402
from veritune_engine.training import Minibatch  # noqa: E402

# Published shapes; 37,478,400 = 30 layers x rank 16 x (4 x (4096 + 4096) + 3 x (4096 + 11008)).
SHAPES = {
    "7b": {"hidden": 4096, "intermediate": 11008, "layers": 30, "heads": 32, "vocabulary": 102_400, "trainable": 37_478_400},
    "tiny": {"hidden": 64, "intermediate": 172, "layers": 2, "heads": 4, "vocabulary": 500, "trainable": None},
}
POLICY_OBJECTIVE = {
    "kind": "policy",
    "temperature": 1.0,
    "clip_epsilon_low": 0.2,
    "clip_epsilon_high": 0.2,
    "kl_coef": 0.02,
    "entropy_coef": 0.0,
    "loss_mean": "token",
    "value": None,
    "learning_rate": 1e-5,
    "value_learning_rate": 1e-4,
}


@dataclass
class Bench:
    shapes: dict[str, Any]
    device: torch.device
    prompt_length: int
    completion_length: int
    seconds: float
    started: float = field(default_factory=time.perf_counter)
    # bf16 flop/s of the card, measured here.
    peak: float = 1.0

    def say(self, figure: str, **values: Any) -> None:
        line = {"figure": figure, **values, "at_s": round(time.perf_counter() - self.started, 1)}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    def figure(self, name: str, measure: Callable[[], dict[str, Any]]) -> None:
        """Another figure is worth more than the reason why one failed."""
        if time.perf_counter() - self.started > self.seconds:
            return self.say(name, skipped="no time left")
        self._reset()
        try:
            values = measure()
        except Exception as error:
            return self.say(name, error=f"{type(error).__name__}: {error}"[:500])
        if self.device.type == "cuda":
            values["peak_gb"] = round(torch.cuda.max_memory_allocated() / 1e9, 2)
        self.say(name, **values)

    def time(self, run: Callable[[], Any]) -> float:
        """Seconds of one run, the card's work included."""
        self.wait()
        start = time.perf_counter()
        run()
        self.wait()
        return time.perf_counter() - start

    def wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def _reset(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()

    def forward_flops(self, rows: int) -> float:
        """Of a pass over rows of prompt and completion: matrix products, causal attention, the head at completion tokens alone."""
        hidden, layers, length = self.shapes["hidden"], self.shapes["layers"], self.prompt_length + self.completion_length
        in_layers = layers * (4 * hidden * hidden + 3 * hidden * self.shapes["intermediate"])
        attention = layers * 2 * length * length * hidden
        return rows * (2 * in_layers * length + attention + 2 * hidden * self.shapes["vocabulary"] * self.completion_length)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", choices=SHAPES, default="7b")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--prompts", type=int, default=8)
    parser.add_argument("--group", type=int, default=8)
    parser.add_argument("--prompt-length", type=int, default=None)
    parser.add_argument("--completion-length", type=int, default=None)
    parser.add_argument("--microbatches", type=int, nargs="+", default=[8, 16, 4])
    parser.add_argument("--seconds", type=float, default=215, help="no figure is begun after that many")
    chosen = parser.parse_args()
    is_tiny = chosen.shapes == "tiny"
    bench = Bench(
        SHAPES[chosen.shapes],
        device_of(chosen.device),
        chosen.prompt_length or (24 if is_tiny else 256),
        chosen.completion_length or (40 if is_tiny else 512),
        chosen.seconds,
    )
    name = torch.cuda.get_device_name() if bench.device.type == "cuda" else "cpu"
    bench.say("machine", device=name, torch=torch.__version__, transformers=transformers.__version__, python=sys.version.split()[0])
    bench.figure("matmul peak", lambda: matmul_peak(bench, 256 if is_tiny else 8192))
    engine = build(bench)
    requests = some_requests(bench, chosen.prompts, chosen.group)
    done = rollouts(bench, engine, requests)
    learn(bench, engine, requests, done, chosen.microbatches)


def matmul_peak(bench: Bench, size: int) -> dict[str, Any]:
    left, right = (torch.randn(size, size, device=bench.device, dtype=torch.bfloat16) for _ in range(2))
    times = [bench.time(lambda: left @ right) for _ in range(20)]
    bench.peak = 2 * size**3 / min(times)
    return {"tflops": round(bench.peak / 1e12, 2), "size": size}


def random_model(bench: Bench, **ends: Any) -> LlamaForCausalLM:
    """bfloat16 on the device. ends: ids of the tokens that begin and end a text, where not transformers' own."""
    shapes = bench.shapes
    config = LlamaConfig(
        vocab_size=shapes["vocabulary"],
        hidden_size=shapes["hidden"],
        intermediate_size=shapes["intermediate"],
        num_hidden_layers=shapes["layers"],
        num_attention_heads=shapes["heads"],
        num_key_value_heads=shapes["heads"],
        max_position_embeddings=4096,
        rms_norm_eps=1e-6,
        tie_word_embeddings=False,
        **ends,
    )
    config._attn_implementation = "sdpa"
    torch.set_default_dtype(torch.bfloat16)
    with bench.device:
        causal = LlamaForCausalLM(config)
    torch.set_default_dtype(torch.float32)
    return causal


def build(bench: Bench) -> Engine:
    shapes = bench.shapes
    settings = {
        "model_folder": "random",
        "lora": {"rank": 16, "alpha": 32, "dropout": 0.0},
        "has_value_head": True,
        "optimizer": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.01, "max_grad_norm": 1.0},
        "microbatch_size": 8,
        "is_checkpointed": True,
        "seed": 1,
        "threads": torch.get_num_threads(),
        "precision": "bfloat16",
    }
    engine = Engine(Policy(random_model(bench), settings), settings, Ranks())
    adapter = sum(tensor.numel() for name, tensor in engine.policy.trained.items() if "lora_" in name)
    if shapes["trainable"] is not None:
        assert adapter == shapes["trainable"], f"{adapter} trainable parameters, not {shapes['trainable']}"
    bench.say("model", parameters=engine.policy.parameter_count, adapter_parameters=adapter)
    return engine


def some_requests(bench: Bench, prompts: int, group: int) -> list[Request]:
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(0, bench.shapes["vocabulary"], (prompts, bench.prompt_length), generator=generator)
    return [Request(row.tolist(), [1000 * place + index for index in range(group)]) for place, row in enumerate(tokens)]


def rollouts(bench: Bench, engine: Engine, requests: list[Request]) -> list[Completion]:
    done: list[Completion] = []

    def measure(length: int) -> dict[str, Any]:
        done.clear()
        # No end token: every completion has all its tokens.
        sampling = {"temperature": 1.0, "top_p": 1.0, "top_k": 0, "max_completion_tokens": length, "end_tokens": [], "stop": None}
        seconds = bench.time(lambda: engine.generate(requests, sampling, "current", done.append, lambda: False))
        tokens = sum(len(completion.tokens) for completion in done)
        return {"rows": len(done), "tokens": tokens, "seconds": round(seconds, 3), "tokens_per_s": round(tokens / seconds, 1)}

    short = bench.completion_length // 4
    bench.figure("rollouts, first call", lambda: measure(short))
    if bench.device.type == "cuda":
        graphs, decoder.IS_GRAPHED = decoder.IS_GRAPHED, False
        bench.figure("rollouts without CUDA graphs", lambda: measure(short))
        decoder.IS_GRAPHED = graphs
    bench.figure("rollouts, a quarter of the tokens", lambda: measure(short))
    bench.figure("rollouts", lambda: measure(bench.completion_length))
    return done


def learn(bench: Bench, engine: Engine, requests: list[Request], done: list[Completion], sizes: list[int]) -> None:
    minibatch = minibatch_of(requests, done)
    forward = bench.forward_flops(len(done))
    training = engine._training

    def logprobs(who: str) -> dict[str, Any]:
        found: list[torch.Tensor] = []
        seconds = bench.time(lambda: found.append(engine.logprobs(minibatch.sequences, who, 1.0)))
        gap = (found[0] - minibatch.given["old_logprobs"]).abs()
        minibatch.given["ref_logprobs"] = found[0]
        return {
            "seconds": round(seconds, 3),
            "share_of_peak": round(forward / seconds / bench.peak, 3),
            # Sampling and training run other kernels: what the importance ratio would take for a change of policy.
            "gap_to_sampling_mean": gap.mean().item(),
            "gap_to_sampling_max": gap.max().item(),
        }

    bench.figure("log-probs of the reference", lambda: logprobs("reference"))
    bench.figure("log-probs of the policy", lambda: logprobs("current"))
    bench.figure("values", lambda: {"seconds": round(bench.time(lambda: engine.values(minibatch.sequences)), 3)})

    def update(objective: dict[str, Any], repeats: int, is_recomputed: bool) -> dict[str, Any]:
        seconds, found = [], []
        for _ in range(repeats):
            seconds.append(bench.time(lambda: found.append(engine.update(minibatch, objective, lambda: False))))
        best = min(seconds)
        return {
            "seconds": round(best, 3),
            "first_seconds": round(seconds[0], 3),
            "tokens_per_s": round(len(minibatch.sequences.tokens) / best, 1),
            # Forward and the gradient through it; the adapter's own products are thin. Recomputing is work, but not useful work.
            "share_of_peak": round(2 * forward / best / bench.peak, 3),
            "share_of_peak_with_recomputing": round((3 if is_recomputed else 2) * forward / best / bench.peak, 3),
            "stats": found[0],
        }

    def grpo(size: int, is_recomputed: bool) -> None:
        training._size = size
        engine.policy.recompute(is_recomputed)
        name = f"GRPO update, microbatch {size}, {'checkpointed' if is_recomputed else 'not checkpointed'}"
        bench.figure(name, lambda: update(POLICY_OBJECTIVE, 2, is_recomputed))

    grpo(sizes[0], True)
    ppo = POLICY_OBJECTIVE | {"kl_coef": 0.0, "value": {"coef": 0.5, "clip_epsilon": 0.2}}
    bench.figure(f"PPO update, microbatch {sizes[0]}, checkpointed", lambda: update(ppo, 2, True))
    for size in sizes[1:]:
        grpo(size, True)
    for size in sorted(sizes)[:2]:
        grpo(size, False)


def minibatch_of(requests: list[Request], done: list[Completion]) -> Minibatch:
    tokens = torch.cat([torch.cat([torch.tensor(requests[each.request].prompt, dtype=torch.int32), each.tokens]) for each in done])
    lengths = [len(each.tokens) for each in done]
    sequences = Sequences(tokens, [len(requests[each.request].prompt) for each in done], lengths)
    signs = torch.cat([torch.full((length,), 1.0 if place % 2 == 0 else -1.0) for place, length in enumerate(lengths)])
    old = torch.cat([each.old_logprobs for each in done])
    zeros = torch.zeros_like(old)
    given = {"old_logprobs": old, "ref_logprobs": old.clone(), "advantages": signs, "returns": signs, "old_values": zeros}
    return Minibatch(sequences, given, [1] * len(done))


if __name__ == "__main__":
    main()
