"""Seeded randomness, the same numbers as src-main/trainer/math/random.ts, in whole arrays: Mulberry32's state is a counter."""

import hashlib
import json

import numpy
from numpy.typing import NDArray

_STEP = numpy.uint32(0x6D2B79F5)


def hash_seed(*parts: int | str) -> int:
    """32-bit seed: the first four bytes of SHA-256 over the parts' JSON, as JavaScript writes it."""
    text = json.dumps(parts, separators=(",", ":"), ensure_ascii=False)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")


def uniforms(seed: int, count: int) -> NDArray[numpy.float64]:
    """The first `count` numbers of the generator with this seed, in [0, 1), 32 bits each."""
    steps = numpy.arange(1, count + 1, dtype=numpy.uint32)
    return _mixed(numpy.uint32(seed) + steps * _STEP)


def draw_uniforms(seeds: list[int], count: int) -> NDArray[numpy.float64]:
    """[seeds, count]: the number that draws token `t` of the completion with each seed; it depends on nothing else."""
    own = (numpy.array(seeds, dtype=numpy.uint64).astype(numpy.uint32) ^ numpy.uint32(0x9E3779B9)) * numpy.uint32(0x85EBCA6B)
    positions = numpy.arange(1, count + 1, dtype=numpy.uint32) * numpy.uint32(0xC2B2AE35)
    return _mixed((own[:, None] ^ positions[None, :]) + _STEP)


def _mixed(state: NDArray[numpy.uint32]) -> NDArray[numpy.float64]:
    t = (state ^ (state >> numpy.uint32(15))) * (state | numpy.uint32(1))
    t ^= t + (t ^ (t >> numpy.uint32(7))) * (t | numpy.uint32(61))
    return (t ^ (t >> numpy.uint32(14))).astype(numpy.float64) / 4294967296.0
