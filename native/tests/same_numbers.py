"""What the engine's Python says of a frame, of seeds and of random numbers, for test/trainer/engines/torch/frames.test.ts.

One JSON order on stdin, one JSON answer on stdout: the frame read and written again, the hashes, the first numbers of a seed.
"""

import base64
import json
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from veritune_engine.seeded import hash_seed, uniforms  # noqa: E402
from veritune_engine.wire import Connection  # noqa: E402


def passed_on(frame: bytes) -> bytes:
    """The frame through a connection: read from one end, sent from the other."""
    here, there = socket.socketpair()
    here.sendall(frame)
    connection = Connection(there)
    read = connection.receive()
    assert read is not None
    connection.send({name: value for name, value in read.header.items() if name != "tensors"}, read.tensors)
    there.close()
    pieces = []
    while piece := here.recv(1 << 16):
        pieces.append(piece)
    return b"".join(pieces)


if __name__ == "__main__":
    order = json.load(sys.stdin)
    answer = {
        "frame": base64.b64encode(passed_on(base64.b64decode(order["frame"]))).decode(),
        "hashes": [hash_seed(*parts) for parts in order["hashes"]],
        "uniforms": uniforms(order["seed"], order["count"]).tolist(),
    }
    print(json.dumps(answer))
