"""A Llama or Qwen2 token by token, through transformers' own modules, over a key-value cache that is allocated once.

On a graphics card the step is captured as a CUDA graph, one per number of rows and attended length, so that Python's own time
(some hundred launches a token) does not count.
"""

import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedModel

from .shards import Shards

# Padded prompt tokens that are read at once.
PREFILL_TOKENS = {"cuda": 16_384, "cpu": 4_096}
# Attended lengths are multiples of this: each is another graph, and what is attended beyond the tokens costs time.
LENGTH_STEP = {"cuda": 128, "cpu": 64}
# Steps on a card are captured, where that can be done.
IS_GRAPHED = True


class Decoder:
    def __init__(self, model: PreTrainedModel, shards: Shards) -> None:
        config = model.config
        self._shards = shards
        # Whoever gathers layers from others cannot be captured.
        self.is_graphed = IS_GRAPHED and not shards.is_on
        self._model = model.model
        self._head = model.get_output_embeddings().weight
        self.device, self.dtype = self._head.device, self._head.dtype
        self.head_count: int = config.num_attention_heads
        self.key_value_head_count: int = config.num_key_value_heads
        self.head_size: int = self._model.layers[0].self_attn.head_dim
        self.layer_count: int = config.num_hidden_layers
        self.context_length: int = config.max_position_embeddings
        self.bytes_per_token = 2 * self.layer_count * self.key_value_head_count * self.head_size * self.dtype.itemsize
        self.length_step = LENGTH_STEP.get(self.device.type, 64)

    def prefill(self, cache: "StaticCache") -> Tensor:
        """Reads each prompt once and gives its keys and values to all its rows; logits of the first tokens, [rows, vocabulary]."""
        longest = cache.prompt_length
        at_once = max(1, PREFILL_TOKENS.get(self.device.type, 4_096) // longest)
        states = []
        for start in range(0, len(cache.prompts), at_once):
            states.append(self._read(cache, start, min(len(cache.prompts), start + at_once)))
        return functional.linear(torch.cat(states)[cache.owners], self._head).float()

    def step(self, cache: "StaticCache", tokens: Tensor) -> Tensor:
        """Takes the next token of each row, [rows]; logits of the one after it, [rows, vocabulary]."""
        cache.take(tokens)
        step = self.length_step
        length = min(cache.length, -(-(cache.filled + 1) // step) * step)
        if cache.graphs is None:
            logits = self._decode(cache, length)
        else:
            logits = cache.graphs.run((cache.row_count, length), lambda: self._decode(cache, length))
        cache.advance()
        return logits

    def _read(self, cache: "StaticCache", start: int, end: int) -> Tensor:
        """Prompts start..end, padded on the right, where a causal model needs no mask; [prompts, hidden] of their last tokens."""
        prompts = cache.prompts[start:end]
        lengths = torch.tensor([len(prompt) for prompt in prompts], device=self.device)
        tokens = torch.zeros(len(prompts), cache.prompt_length, dtype=torch.int64)
        for place, prompt in enumerate(prompts):
            tokens[place, : len(prompt)] = torch.tensor(prompt)
        positions = torch.arange(cache.prompt_length, device=self.device)[None, :]

        def attend(layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
            cache.store_prompts(layer, start, end, keys, values)
            grouped = {"enable_gqa": True} if queries.shape[1] != keys.shape[1] else {}
            return functional.scaled_dot_product_attention(queries, keys, values, is_causal=True, **grouped)

        x = self._layers(self._model.embed_tokens(tokens.to(self.device)), self._model.rotary_emb(self._head, positions), attend)
        return self._model.norm(x[torch.arange(len(prompts), device=self.device), lengths - 1])

    def _decode(self, cache: "StaticCache", length: int) -> Tensor:
        """One token of each row at the cache's slot. Twice at the same slot is the same as once."""
        groups = self.head_count // self.key_value_head_count
        mask = cache.mask[:, :, :, :length]

        def attend(layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
            all_keys, all_values = cache.keys[layer], cache.values[layer]
            all_keys.index_copy_(2, cache.slot, keys)
            all_values.index_copy_(2, cache.slot, values)
            # Heads that share keys stand as queries beside each other.
            queries = queries.view(-1, self.key_value_head_count, groups, self.head_size)
            y = functional.scaled_dot_product_attention(queries, all_keys[:, :, :length], all_values[:, :, :length], attn_mask=mask)
            return y.reshape(-1, self.head_count, 1, self.head_size)

        angles = tuple(table[cache.positions][:, None] for table in cache.angles)
        x = self._layers(self._model.embed_tokens(cache.tokens[:, None]), angles, attend)
        return functional.linear(self._model.norm(x[:, 0]), self._head).float()

    def _layers(self, x: Tensor, angles: Any, attend: Callable[[int, Tensor, Tensor, Tensor], Tensor]) -> Tensor:
        """x [rows, tokens, hidden] through all layers. attend gets and gives [rows, heads, tokens, head size], rotated."""
        cos, sin = (table.unsqueeze(1) for table in angles)
        rows, tokens, _ = x.shape
        self._shards.begin_walk()
        for place, layer in enumerate(self._model.layers):
            with self._shards.whole(layer):
                attention, h = layer.self_attn, layer.input_layernorm(x)
                projections = (attention.q_proj, attention.k_proj, attention.v_proj)
                queries, keys, values = (project(h).view(rows, tokens, -1, self.head_size).transpose(1, 2) for project in projections)
                y = attend(place, _rotated(queries, cos, sin), _rotated(keys, cos, sin), values).transpose(1, 2)
                x = x + attention.o_proj(y.reshape(rows, tokens, -1))
                x = x + layer.mlp(layer.post_attention_layernorm(x))
        return x

    def angles(self, count: int) -> tuple[Tensor, Tensor]:
        """Cosines and sines of the first positions, [count, head size] each."""
        cos, sin = self._model.rotary_emb(self._head, torch.arange(count, device=self.device)[None, :])
        return cos[0], sin[0]


def _rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    half = x.shape[-1] // 2
    return x * cos + torch.cat((-x[..., half:], x[..., :half]), dim=-1) * sin


class StaticCache:
    """Keys and values of rows whose prompts end at the same slot: each row's tokens stand at the right end of its prompt's slots.

    keys, values: by layer, [rows, key-value heads, slots, head size]; mask: [rows, 1, 1, slots], what is added to the scores.
    """

    def __init__(self, decoder: Decoder, prompts: list[list[int]], owners: list[int], completion_length: int) -> None:
        device, dtype = decoder.device, decoder.dtype
        self.prompts = prompts
        self.prompt_length = max(len(prompt) for prompt in prompts)
        self.row_count = len(owners)
        self.owners = torch.tensor(owners, device=device)
        # A whole number of steps, so that the rows of the mask are aligned as the kernels want them.
        self.length = -(-(self.prompt_length + completion_length) // decoder.length_step) * decoder.length_step
        self.filled = self.prompt_length
        shape = (self.row_count, decoder.key_value_head_count, self.length, decoder.head_size)
        # Zeros, not whatever was there: what is masked still takes part in a product with 0.
        self.keys = [torch.zeros(shape, dtype=dtype, device=device) for _ in range(decoder.layer_count)]
        self.values = [torch.zeros(shape, dtype=dtype, device=device) for _ in range(decoder.layer_count)]
        lengths = torch.tensor([len(prompt) for prompt in prompts], device=device)
        self._pads = self.prompt_length - lengths
        slots = torch.arange(self.length, device=device)[None, :]
        is_open = (slots >= self._pads[self.owners][:, None]) & (slots < self.prompt_length)
        self.mask = torch.zeros(self.row_count, 1, 1, self.length, dtype=dtype, device=device)
        self.mask.masked_fill_(~is_open[:, None, None, :], -torch.inf)
        self.slot = torch.tensor([self.prompt_length], device=device)
        self.positions = lengths[self.owners]
        self.tokens = torch.zeros(self.row_count, dtype=torch.int64, device=device)
        self.graphs = _Graphs() if device.type == "cuda" and decoder.is_graphed else None
        self.angles = decoder.angles(min(decoder.context_length, self.prompt_length + completion_length))

    def store_prompts(self, layer: int, start: int, end: int, keys: Tensor, values: Tensor) -> None:
        """keys, values [prompts, heads, tokens, size] of prompts start..end, padded on the right: to the rows that they own."""
        count = self.prompt_length
        source = (torch.arange(count, device=keys.device)[None, :] - self._pads[start:end, None]).clamp_(min=0)
        index = source[:, None, :, None].expand(-1, keys.shape[1], -1, keys.shape[3])
        rows = ((self.owners >= start) & (self.owners < end)).nonzero()[:, 0]
        own = self.owners[rows] - start
        self.keys[layer][rows, :, :count] = keys.gather(2, index)[own]
        self.values[layer][rows, :, :count] = values.gather(2, index)[own]

    def take(self, tokens: Tensor) -> None:
        self.tokens.copy_(tokens)
        self.mask.index_fill_(3, self.slot, 0)

    def advance(self) -> None:
        self.slot += 1
        # A row that has finished may stand at the context's end.
        self.positions.add_(1).clamp_(max=len(self.angles[0]) - 1)
        self.filled += 1

    def keep(self, rows: Tensor) -> None:
        """Leaves only these rows, at the front of the memory that is there."""
        self.row_count = len(rows)
        for tensors in (self.keys, self.values):
            for layer, tensor in enumerate(tensors):
                tensor[: self.row_count, :, : self.filled] = tensor[rows, :, : self.filled]
                tensors[layer] = tensor[: self.row_count]
        self.mask = self.mask[rows].clone()
        self.positions, self.tokens, self.owners = self.positions[rows], self.tokens[rows], self.owners[rows]


class _Graphs:
    """Steps captured as CUDA graphs, which share one pool of memory. A step that cannot be captured runs as it is."""

    def __init__(self) -> None:
        self._captured: dict[tuple[int, int], tuple[torch.cuda.CUDAGraph, Tensor]] = {}
        self._pool = torch.cuda.graph_pool_handle()
        self._is_possible = True

    def run(self, key: tuple[int, int], step: Callable[[], Tensor]) -> Tensor:
        """key: rows, attended length."""
        if not self._is_possible:
            return step()
        if key not in self._captured:
            try:
                self._captured[key] = self._capture(step)
            except RuntimeError as error:
                if "out of memory" in str(error).lower():
                    raise
                sys.stderr.write(f"The decode step runs without a CUDA graph: {error}\n")
                self._is_possible = False
                self._captured.clear()
                return step()
        graph, logits = self._captured[key]
        graph.replay()
        return logits

    def _capture(self, step: Callable[[], Tensor]) -> tuple[torch.cuda.CUDAGraph, Tensor]:
        # A first run outside: libraries set themselves up, which no graph may hold. The step may run twice.
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool):
            logits = step()
        return graph, logits
