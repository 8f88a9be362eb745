"""One step of the 7B presets on one card, stage by stage, with the shapes of deepseek-coder-7b-instruct-v1.5 and random weights.

Prompts of 256 tokens; every completion is as long as it may be, so that a real step takes less. Scores are not among it. One JSON line a preset.

    python native/bench/presets_7b.py                                # the seed's and the recommended ones
    python native/bench/presets_7b.py --shapes tiny 7b-grpo          # the same way through, on a processor
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from gpu_7b import POLICY_OBJECTIVE, SHAPES, Bench, build, matmul_peak, minibatch_of, some_requests  # noqa: E402
from veritune_engine.engine import Engine  # noqa: E402
from veritune_engine.policy import device_of  # noqa: E402
from veritune_engine.rollout import Completion, Request  # noqa: E402

PRESETS = Path(__file__).resolve().parents[2] / "resources/presets"
NAMES = ("seed-grpo-7b", "seed-ppo-7b", "7b-grpo", "7b-ppo")
TINY = {"completion": 24, "prompts": 2}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("presets", nargs="*", default=NAMES)
    parser.add_argument("--shapes", choices=SHAPES, default="7b")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    chosen = parser.parse_args()
    is_tiny = chosen.shapes == "tiny"
    bench = Bench(SHAPES[chosen.shapes], device_of(chosen.device), 24 if is_tiny else 256, 0, 1e9)
    bench.figure("matmul peak", lambda: matmul_peak(bench, 256 if is_tiny else 8192))
    engine = build(bench)
    for name in chosen.presets:
        config = json.loads((PRESETS / f"{name}.json").read_text())["config"]
        if is_tiny:
            config["sampling"]["maxCompletionTokens"], config["promptsPerStep"] = TINY["completion"], TINY["prompts"]
        # The second is what a run takes: the first captures graphs and finds kernels.
        bench.figure(f"{name}, first step", lambda: step(bench, engine, config))
        bench.figure(f"{name}, a step", lambda: step(bench, engine, config))


def step(bench: Bench, engine: Engine, config: dict[str, Any]) -> dict[str, Any]:
    """Seconds by stage, in the order of src-main/trainer/recipes."""
    algorithm, sampling = config["algorithm"], config["sampling"]
    bench.completion_length = sampling["maxCompletionTokens"]
    engine._training._size = config["microbatchSize"]
    engine.policy.recompute(config.get("gradientCheckpointing", False))
    requests = some_requests(bench, config["promptsPerStep"], config["groupSize"])
    done: list[Completion] = []
    drawn = {
        "temperature": sampling["temperature"],
        "top_p": sampling["topP"],
        "top_k": sampling["topK"],
        "max_completion_tokens": bench.completion_length,
        "end_tokens": [],
        "stop": None,
    }
    seconds = {"rollouts": bench.time(lambda: engine.generate(requests, drawn, "current", done.append, lambda: False))}
    # A group's completions stand together, as in a run.
    done.sort(key=lambda each: (each.request, each.index))
    whole = minibatch_of(requests, done)
    passes = {
        "reference": algorithm["klCoef"] > 0,
        "current": config.get("samplerCorrection") is not None,
    }
    for who, is_asked in passes.items():
        if is_asked:
            seconds[f"log-probs, {who}"] = bench.time(lambda: engine.logprobs(whole.sequences, who, sampling["temperature"]))
    is_ppo = algorithm["name"] == "ppo"
    if is_ppo:
        seconds["values"] = bench.time(lambda: engine.values(whole.sequences))
    seconds["update"] = bench.time(lambda: learn(engine, config, requests, done))
    total = sum(seconds.values())
    tokens = sum(len(each.tokens) for each in done)
    forward = bench.forward_flops(len(done))
    return {
        "rollouts": len(done),
        "new_tokens": tokens,
        "seconds": {name: round(value, 2) for name, value in seconds.items()},
        "step_seconds": round(total, 2),
        "rollout_tokens_per_s": round(tokens / seconds["rollouts"], 1),
        "update_share_of_peak": round(2 * forward * config["updateEpochs"] / seconds["update"] / bench.peak, 3),
    }


def learn(engine: Engine, config: dict[str, Any], requests: list[Request], done: list[Completion]) -> None:
    algorithm, size = config["algorithm"], config["minibatchSize"]
    is_ppo = algorithm["name"] == "ppo"
    objective = POLICY_OBJECTIVE | {
        "temperature": config["sampling"]["temperature"],
        "clip_epsilon_low": algorithm["clipEpsilonLow"],
        "clip_epsilon_high": algorithm["clipEpsilonHigh"],
        "kl_coef": 0.0 if is_ppo else algorithm["klCoef"],
        "entropy_coef": algorithm["entropyCoef"],
        "value": {"coef": algorithm["valueCoef"], "clip_epsilon": algorithm["valueClipEpsilon"]} if is_ppo else None,
        "learning_rate": config["optimizer"]["learningRate"],
        "value_learning_rate": algorithm.get("valueLearningRate", 0.0),
    }
    for _ in range(config["updateEpochs"]):
        for start in range(0, len(done), size):
            engine.update(minibatch_of(requests, done[start : start + size]), objective, lambda: False)


if __name__ == "__main__":
    main()
