"""Forward passes and updates over padded microbatches."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from .failure import Failure
from .loss_mean import token_weights
from .microbatches import Microbatch, Sequences, microbatches, plan
from .next_token import next_tokens
from .objective import Now, Objective, Sums, TokenBatch, mean_of, objective_loss, stats_of, total_of
from .optimizer import AdamW
from .policy import VALUE_HEAD, Policy
from .ranks import Ranks
from .seeded import hash_seed
from .shards import Shards


# Of an update, in the order of the trainer's arrays.
GIVEN = ("old_logprobs", "ref_logprobs", "advantages", "returns", "old_values")
# Of a rehearsal: what is multiplied by nothing takes as much memory.
LONGEST = {"kind": "policy", "temperature": 1.0, "clip_epsilon_low": 0.2, "clip_epsilon_high": 0.2, "kl_coef": 0.0, "loss_mean": "token"}


@dataclass(frozen=True)
class Minibatch:
    """given: by the names of TokenBatch without `weights`, [completion tokens] of all sequences end to end."""

    sequences: Sequences
    given: dict[str, Tensor]
    # How many identical rollouts each sequence stands for.
    counts: list[int]


class Training:
    def __init__(self, policy: Policy, settings: dict[str, Any], ranks: Ranks, shards: Shards) -> None:
        self.optimizer = AdamW(policy.trained, settings["optimizer"])
        self._policy = policy
        self._ranks, self._shards = ranks, shards
        self._size: int = settings["microbatch_size"]
        self._seed: int = settings["seed"]

    @torch.no_grad()
    def logprobs(self, sequences: Sequences, who: str, temperature: float) -> Tensor:
        """Log-prob of each completion token at the temperature, all sequences end to end: [tokens] float32."""

        def said(model: PreTrainedModel, batch: Microbatch) -> Tensor:
            states = hidden_states(model, batch)
            return next_tokens(states, model.get_output_embeddings().weight, batch.targets, temperature, False)[0]

        return self._forward(sequences, who, said)

    @torch.no_grad()
    def values(self, sequences: Sequences) -> Tensor:
        """Value of the state before each completion token, all sequences end to end: [tokens] float32."""
        return self._forward(sequences, "current", lambda model, batch: self._policy.values(hidden_states(model, batch)))

    def update(self, minibatch: Minibatch, objective: Objective, is_stopped: Callable[[], bool]) -> dict[str, float]:
        """One optimizer step on the gradients of all microbatches; UpdateStats. A stop between microbatches leaves the weights as they were.

        Throws Failure training.not-finite.
        """
        minibatch.sequences.assert_fit(self._policy.context_length)
        self._drop_gradients()
        self._policy.causal.train()
        try:
            return self._update(minibatch, objective, is_stopped)
        finally:
            self._policy.causal.eval()
            self._drop_gradients()

    def _update(self, minibatch: Minibatch, objective: Objective, is_stopped: Callable[[], bool]) -> dict[str, float]:
        lengths = minibatch.sequences.completion_lengths
        shares = token_weights(lengths, minibatch.counts, mean_of(objective))
        weights = torch.cat([torch.full((length,), share) for length, share in zip(lengths, shares)])
        parts: list[Sums] = []
        token_count, was_stopped = 0, False
        with self._ranks.together(), self._shards.or_end():
            for batch, counts in self._own(minibatch.sequences):
                was_stopped = self._shards.agreed(is_stopped())
                if was_stopped:
                    break
                # The masks of dropout: the same whenever the step is taken again, others in every microbatch.
                torch.manual_seed(hash_seed(self._seed, "dropout", self.optimizer.step_count + 1, batch.indices[0]))
                parts.append(self._backward(minibatch, batch, weights if counts else 0 * weights, objective))
                token_count += sum(lengths[i] * minibatch.counts[i] for i in batch.indices) if counts else 0
        total = torch.cat([total_of(parts), torch.tensor([token_count], dtype=torch.float64)])
        self._ranks.add([total])
        if self._add_gradients(was_stopped):
            return stats_of(total, 0.0)
        norm = self.optimizer.norm()
        if not torch.isfinite(torch.tensor(norm)):
            raise Failure("training.not-finite", where="the gradient")
        rates = {True: objective["value_learning_rate"], False: objective["learning_rate"]}
        self.optimizer.step(norm, lambda name: rates[name in VALUE_HEAD])
        self._policy.changed()
        return stats_of(total, norm)

    def rehearse(self, prompt_tokens: int, completion_tokens: int, entropy_coef: float) -> float:
        """Seconds of one microbatch of the longest sequences, forward and backward, the second time; weights and moments stay as they are."""
        count, tokens = self._size * self._ranks.size, prompt_tokens + completion_tokens
        sequences = Sequences(torch.ones(count * tokens, dtype=torch.int32), [prompt_tokens] * count, [completion_tokens] * count)
        zeros = torch.zeros(count * completion_tokens)
        minibatch = Minibatch(sequences, dict.fromkeys(GIVEN, zeros), [1] * count)
        value = None if self._policy.value_head is None else {"coef": 0.5, "clip_epsilon": 0.2}
        objective = LONGEST | {"entropy_coef": entropy_coef, "value": value}
        seconds = 0.0
        try:
            for _ in range(2):
                self._policy.causal.train()
                started = time.perf_counter()
                with self._ranks.together(), self._shards.or_end():
                    for batch, _ in self._own(sequences):
                        self._backward(minibatch, batch, zeros, objective)
                    self.optimizer.rehearse()
                    if self._policy.device.type == "cuda":
                        # The card is behind its orders.
                        torch.cuda.synchronize()
                seconds = time.perf_counter() - started
        finally:
            self._policy.causal.eval()
            self._drop_gradients()
        return self._ranks.most(seconds)

    def _own(self, sequences: Sequences) -> Iterator[tuple[Microbatch, bool]]:
        """The microbatches of this rank, smaller ones where else some ranks would have none, and whether they count."""
        size = min(self._size, max(1, -(-len(sequences.completion_lengths) // self._ranks.size)))
        plans = plan(sequences, size)
        own = self._shards.in_step(self._ranks.share(plans), plans)
        batches = microbatches(sequences, [indices for indices, _ in own], self._policy.device)
        return zip(batches, [counts for _, counts in own])

    def _add_gradients(self, was_stopped: bool) -> bool:
        """Sums them over all ranks; true where one of them was stopped, and then no rank may take the step."""
        if self._ranks.size == 1:
            return was_stopped
        trained = list(self._policy.trained.values())
        is_stopped, *has_gradient = self._ranks.is_any([was_stopped, *(tensor.grad is not None for tensor in trained)])
        if is_stopped:
            return True
        learning = [tensor for tensor, has in zip(trained, has_gradient) if has]
        for tensor in learning:
            if tensor.grad is None:
                tensor.grad = torch.zeros_like(tensor)
        self._ranks.add([tensor.grad for tensor in learning if tensor.grad is not None])
        return False

    def _backward(self, minibatch: Minibatch, batch: Microbatch, weights: Tensor, objective: Objective) -> Sums:
        """Adds the gradients of one microbatch to those of the others; its part of the sums."""
        policy, lengths = self._policy, minibatch.sequences.completion_lengths

        def part(whole: Tensor) -> Tensor:
            pieces = whole.split(lengths)
            return torch.cat([pieces[i] for i in batch.indices]).to(policy.device)

        given = TokenBatch(weights=part(weights), **{name: part(tensor) for name, tensor in minibatch.given.items()})
        states = hidden_states(policy.causal, batch)
        logprobs, entropies = next_tokens(
            states,
            policy.causal.get_output_embeddings().weight,
            batch.targets,
            objective.get("temperature", 1.0),
            objective.get("entropy_coef", 0) > 0,
        )
        values = None if policy.value_head is None else policy.values(states)
        loss, sums = objective_loss(objective, given, Now(logprobs, entropies, values))
        loss.backward()
        return {name: tensor.detach() for name, tensor in sums.items()}

    def _forward(self, sequences: Sequences, who: str, said: Callable[[PreTrainedModel, Microbatch], Tensor]) -> Tensor:
        sequences.assert_fit(self._policy.context_length)
        lengths = sequences.completion_lengths
        # What other ranks find is 0 here.
        results = [torch.zeros(length) for length in lengths]
        with self._ranks.together(), self._shards.or_end(), self._policy.speaking(who) as model:
            for batch, counts in self._own(sequences):
                found = said(model, batch).cpu().split([lengths[i] for i in batch.indices])
                for i, result in zip(batch.indices, found):
                    if counts:
                        results[i] = result
        whole = torch.cat(results) if results else torch.zeros(0)
        self._ranks.add([whole])
        return whole

    def _drop_gradients(self) -> None:
        for tensor in self._policy.trained.values():
            tensor.grad = None


def hidden_states(model: PreTrainedModel, batch: Microbatch) -> Tensor:
    """[completion tokens, hidden]: after the last norm, where the model stands when it says a completion token."""
    hidden = model.model(input_ids=batch.tokens, use_cache=False).last_hidden_state
    return hidden.flatten(0, 1).index_select(0, batch.places)
