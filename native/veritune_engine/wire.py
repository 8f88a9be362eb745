"""Frames of the socket between trainer and engine; the other side is src-main/trainer/engines/torch/frames.ts.

A frame: uint32 bytes of the header, uint32 bytes of the body (little-endian), the header as JSON in UTF-8, the body. The header's
`tensors` lists [dtype, count] of the arrays that stand end to end in the body. Needs nothing but the standard library, so that a
missing package can still be told.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from socket import socket
from threading import Lock
from typing import Any

PREFIX = struct.Struct("<II")
FORMATS = {"int32": "i", "float32": "f"}


@dataclass(frozen=True)
class Frame:
    header: dict[str, Any]
    # One-dimensional, in place in the frame's bytes.
    tensors: list[memoryview]


class Connection:
    """One socket; frames are sent whole from any thread."""

    def __init__(self, link: socket) -> None:
        self._link = link
        self._lock = Lock()

    def send(self, header: dict[str, Any], tensors: Sequence[memoryview] = ()) -> None:
        """tensors: contiguous one-dimensional views with format i or f."""
        pieces = encoded(header, tensors)
        with self._lock:
            for piece in pieces:
                self._link.sendall(piece)

    def finish(self, outcome: dict[str, Any]) -> dict[str, Any]:
        """What to answer, once a call has come to its end. There is nobody to wait for."""
        return outcome

    def receive(self) -> Frame | None:
        """The next frame; None when the other side has gone."""
        prefix = self._read(PREFIX.size)
        if prefix is None:
            return None
        header_size, body_size = PREFIX.unpack(prefix)
        text, body = self._read(header_size), self._read(body_size)
        if text is None or body is None:
            return None
        return _frame(text, body)

    def _read(self, size: int) -> bytearray | None:
        buffer = bytearray(size)
        view, done = memoryview(buffer), 0
        while done < size:
            count = self._link.recv_into(view[done:])
            if count == 0:
                return None
            done += count
        return buffer


def encoded(header: dict[str, Any], tensors: Sequence[memoryview] = ()) -> list[bytes | memoryview]:
    """A frame in pieces."""
    kinds = {letter: name for name, letter in FORMATS.items()}
    listed = [[kinds[tensor.format], len(tensor)] for tensor in tensors]
    text = json.dumps(header | {"tensors": listed}).encode()
    size = sum(tensor.nbytes for tensor in tensors)
    return [PREFIX.pack(len(text), size) + text, *(tensor.cast("B") for tensor in tensors if tensor.nbytes > 0)]


def frame_of(whole: bytearray) -> Frame:
    """Of one whole frame's bytes."""
    header_size, _ = PREFIX.unpack(whole[: PREFIX.size])
    end = PREFIX.size + header_size
    return _frame(whole[PREFIX.size : end], whole[end:])


def _frame(text: bytearray, body: bytearray) -> Frame:
    header = json.loads(bytes(text))
    return Frame(header, _views(header.get("tensors", []), body))


def _views(listed: list[tuple[str, int]], body: bytearray) -> list[memoryview]:
    views, start, whole = [], 0, memoryview(body)
    for dtype, count in listed:
        end = start + 4 * count
        views.append(whole[start:end].cast(FORMATS[dtype]))
        start = end
    return views
