"""What TRL's GRPOTrainer does on one card with the work of `gpu_7b.py`: rollouts, log-probs of the reference, updates, whole steps.

TRL as it comes, without vLLM: transformers samples. Random weights, made on the card: no files, no download. Every completion has all its
tokens. Without checkpointing the completions of before are learned from again, so that the update is timed twice and sampling once; a
second whole step follows if time is left. The flop count, the peak and the prompts are those of `gpu_7b.py`. Needs trl, datasets and peft.

    python native/bench/trl_7b.py                     # under two and a half minutes on a large card
    python native/bench/trl_7b.py --shapes tiny       # the same way through, on a processor in seconds
"""

import argparse
import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

STARTED = time.perf_counter()
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch  # noqa: E402
import transformers  # noqa: E402
import trl  # noqa: E402
from datasets import Dataset  # noqa: E402
from gpu_7b import SHAPES, Bench, matmul_peak, random_model, some_requests  # noqa: E402
from peft import LoraConfig  # noqa: E402
from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: E402
from transformers import PreTrainedTokenizerFast, TrainerCallback  # noqa: E402
from transformers.trainer_callback import PrinterCallback  # noqa: E402
from trl import GRPOConfig, GRPOTrainer  # noqa: E402

from veritune_engine.policy import device_of  # noqa: E402

PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
# In place of a length: no new completions, the last ones again.
AGAIN = 0


@dataclass
class Carried:
    """What one trainer leaves to the next, and what says whether another step fits into the time."""

    # What TRL's _generate gave for the last completions of full length.
    generated: Any = None
    seconds_per_token: float = 0.0
    update_seconds: float = 0.0


@dataclass
class Plan:
    """The lengths of completions, step by step, and how the update is named."""

    lengths: list[int]
    name: str
    is_recomputed: bool
    microbatch: int
    updates: list[float] = field(default_factory=list)


class TimedTrainer(GRPOTrainer):
    """TRL's trainer with a clock around its parts. Nothing is computed otherwise than by TRL."""

    def __init__(self, bench: Bench, plan: Plan, carried: Carried, **given: Any) -> None:
        super().__init__(**given)
        self.bench, self.plan, self.carried = bench, plan, carried
        self.peaks: list[float] = []
        self.step_started = self.update_started = 0.0
        self.remove_callback(PrinterCallback)
        self.add_callback(StepClock(self))

    @property
    def length(self) -> int:
        return self.plan.lengths[self.state.global_step]

    def _generate(self, prompts: list[Any]) -> Any:
        if self.length == AGAIN and self.carried.generated is not None:
            return self.carried.generated
        length = self.length or self.bench.completion_length
        self.generation_config.max_new_tokens = length
        seconds, peak, generated = self._timed(lambda: super(TimedTrainer, self)._generate(prompts))
        prompt_tokens, completions = generated[:2]
        assert {len(prompt) for prompt in prompt_tokens} == {self.bench.prompt_length}, "prompts of another length"
        tokens = sum(map(len, completions))
        assert tokens == len(completions) * length, f"{tokens} tokens in {len(completions)} completions of {length}"
        self.carried.seconds_per_token = seconds / length
        is_full = length == self.bench.completion_length
        if is_full:
            self.carried.generated = generated
        name = "TRL rollouts" if is_full else "TRL rollouts, first call"
        self.bench.say(
            name, rows=len(completions), tokens=tokens, seconds=round(seconds, 3), tokens_per_s=round(tokens / seconds, 1), **peak
        )
        return generated

    def _get_per_token_logps_and_entropies(self, *given: Any, **named: Any) -> Any:
        ask = super()._get_per_token_logps_and_entropies
        if torch.is_grad_enabled():
            return ask(*given, **named)
        # With beta and whole rollouts in one update, TRL asks for no other log-probs outside of the loss.
        seconds, peak, found = self._timed(lambda: ask(*given, **named))
        if self._is_full:
            share = self.bench.forward_flops(len(found[0])) / seconds / self.bench.peak
            self.bench.say("TRL log-probs of the reference", seconds=round(seconds, 3), share_of_peak=round(share, 3), **peak)
        return found

    def _prepare_inputs(self, generation_batch: Any) -> Any:
        """Of a step's first microbatch: samples and scores. What follows until the step's end is the update."""
        inputs = super()._prepare_inputs(generation_batch)
        if self._step % self.args.gradient_accumulation_steps == 0:
            self.update_started = self._begin()
        return inputs

    def begin_step(self) -> None:
        self.peaks.clear()
        self.step_started = self._begin()

    def end_step(self, control: Any) -> None:
        seconds, peak = self._end(self.update_started)
        self.carried.update_seconds = seconds
        done = self.plan.lengths[self.state.global_step - 1]
        if done in (AGAIN, self.bench.completion_length):
            self._say_update(seconds, peak)
        if done == self.bench.completion_length:
            whole, peak = time.perf_counter() - self.step_started, {"peak_gb": max(self.peaks)} if self.peaks else {}
            self.bench.say(f"TRL whole step, {self.plan.name}", seconds=round(whole, 3), **peak)
        if self.state.global_step < len(self.plan.lengths) and not has_time(self.bench, self.carried, self.length):
            self.bench.say(f"TRL step {self.state.global_step + 1}, {self.plan.name}", skipped="no time left")
            control.should_training_stop = True

    def say_logs(self, logs: dict[str, Any]) -> None:
        shown = ("loss", "grad_norm", "kl", "entropy", "reward", "completions/mean_length")
        if "loss" in logs:
            self.bench.say(f"TRL stats, {self.plan.name}", **{name: logs.get(name) for name in shown})

    @property
    def _is_full(self) -> bool:
        return self.length in (AGAIN, self.bench.completion_length)

    def _say_update(self, seconds: float, peak: dict[str, float]) -> None:
        bench, plan = self.bench, self.plan
        plan.updates.append(seconds)
        best, rows = min(plan.updates), self.args.generation_batch_size
        forward = bench.forward_flops(rows)
        bench.say(
            f"TRL GRPO update, microbatch {plan.microbatch}, {plan.name}",
            seconds=round(best, 3),
            first_seconds=round(plan.updates[0], 3),
            this_seconds=round(seconds, 3),
            tokens_per_s=round(rows * (bench.prompt_length + bench.completion_length) / best, 1),
            share_of_peak=round(2 * forward / best / bench.peak, 3),
            share_of_peak_with_recomputing=round((3 if plan.is_recomputed else 2) * forward / best / bench.peak, 3),
            **peak,
        )

    def _timed(self, run: Callable[[], Any]) -> tuple[float, dict[str, float], Any]:
        start = self._begin()
        found = run()
        return *self._end(start), found

    def _begin(self) -> float:
        self.bench.wait()
        if self.bench.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
        return time.perf_counter()

    def _end(self, start: float) -> tuple[float, dict[str, float]]:
        """Seconds since then, and the peak of memory since the last beginning of a part."""
        self.bench.wait()
        seconds = time.perf_counter() - start
        if self.bench.device.type != "cuda":
            return seconds, {}
        self.peaks.append(round(torch.cuda.max_memory_allocated() / 1e9, 2))
        return seconds, {"peak_gb": self.peaks[-1]}


class StepClock(TrainerCallback):
    """A step begins before its first microbatch and ends when the gradients are cleared."""

    def __init__(self, trainer: TimedTrainer) -> None:
        self.trainer = trainer

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.trainer.begin_step()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.trainer.end_step(control)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        self.trainer.say_logs(logs or {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", choices=SHAPES, default="7b")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--prompts", type=int, default=8)
    parser.add_argument("--group", type=int, default=8)
    parser.add_argument("--prompt-length", type=int, default=None)
    parser.add_argument("--completion-length", type=int, default=None)
    parser.add_argument("--microbatch", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=145, help="no step is begun that would end after that many")
    chosen = parser.parse_args()
    is_tiny = chosen.shapes == "tiny"
    bench = Bench(
        SHAPES[chosen.shapes],
        device_of(chosen.device),
        chosen.prompt_length or (24 if is_tiny else 256),
        chosen.completion_length or (40 if is_tiny else 512),
        chosen.seconds,
        STARTED,
    )
    name = torch.cuda.get_device_name() if bench.device.type == "cuda" else "cpu"
    versions = {"torch": torch.__version__, "transformers": transformers.__version__, "trl": trl.__version__}
    bench.say("machine", device=name, **versions, python=sys.version.split()[0])
    bench.figure("matmul peak", lambda: matmul_peak(bench, 256 if is_tiny else 8192))
    carried, full = Carried(), bench.completion_length
    train(bench, chosen, carried, Plan([full // 4, full, AGAIN], "checkpointed", True, chosen.microbatch))
    train(bench, chosen, carried, Plan([AGAIN, AGAIN, full], "not checkpointed", False, chosen.microbatch))
    bench.say("end", seconds=round(time.perf_counter() - STARTED, 1))


def has_time(bench: Bench, carried: Carried, length: int) -> bool:
    """Sampling goes by tokens, the update by what the last one took."""
    expected = carried.seconds_per_token * length + carried.update_seconds
    return time.perf_counter() - bench.started + expected < bench.seconds


def train(bench: Bench, chosen: argparse.Namespace, carried: Carried, plan: Plan) -> None:
    """A trainer of its own for each way to update: another's figure is worth more than the reason why one failed."""
    if not has_time(bench, carried, plan.lengths[0]):
        return bench.say(f"TRL, {plan.name}", skipped="no time left")
    try:
        with tempfile.TemporaryDirectory() as folder:
            trainer_of(bench, chosen, carried, plan, folder).train()
    except Exception as error:
        bench.say(f"TRL, {plan.name}", error=f"{type(error).__name__}: {error}"[:1500])
    # A trainer and its callbacks hold each other: its model would count in the memory of the next one.
    gc.collect()
    if bench.device.type == "cuda":
        torch.cuda.empty_cache()


def trainer_of(bench: Bench, chosen: argparse.Namespace, carried: Carried, plan: Plan, folder: str) -> TimedTrainer:
    rows = chosen.prompts * chosen.group
    tokenizer = words(bench.shapes["vocabulary"])
    requests = some_requests(bench, chosen.prompts, chosen.group)
    prompts = [" ".join(tokenizer.convert_ids_to_tokens(request.prompt)) for request in requests]
    settings = GRPOConfig(
        output_dir=folder,
        per_device_train_batch_size=chosen.microbatch,
        gradient_accumulation_steps=rows // chosen.microbatch,
        num_generations=chosen.group,
        max_completion_length=bench.completion_length,
        max_steps=len(plan.lengths),
        beta=0.02,
        loss_type="dapo",
        learning_rate=1e-5,
        weight_decay=0.01,
        max_grad_norm=1.0,
        gradient_checkpointing=plan.is_recomputed,
        bf16=True,
        use_cpu=bench.device.type == "cpu",
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    trainer = TimedTrainer(
        bench,
        plan,
        carried,
        model=random_model(bench, bos_token_id=None, eos_token_id=None),
        reward_funcs=every_other,
        args=settings,
        train_dataset=Dataset.from_dict({"prompt": prompts}),
        processing_class=tokenizer,
        peft_config=LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules=PROJECTIONS, task_type="CAUSAL_LM"),
    )
    trained = sum(tensor.numel() for tensor in trainer.model.parameters() if tensor.requires_grad)
    expected = bench.shapes["trainable"]
    assert expected in (None, trained), f"{trained} trainable parameters, not {expected}"
    bench.say(f"TRL model, {plan.name}", parameters=trainer.model.num_parameters() - trained, adapter_parameters=trained)
    return trainer


def words(vocabulary: int) -> PreTrainedTokenizerFast:
    """A word for each token. The end token lies behind the vocabulary: no model draws it, every completion has all its tokens."""
    texts = {"<pad>": 0, **{f"t{place}": place for place in range(1, vocabulary)}, "<end>": vocabulary}
    tokenizer = Tokenizer(models.WordLevel(texts, unk_token="<pad>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<end>", padding_side="left")


def every_other(completions: list[str], **_: Any) -> list[float]:
    return [float(place % 2 == 0) for place in range(len(completions))]


if __name__ == "__main__":
    main()
