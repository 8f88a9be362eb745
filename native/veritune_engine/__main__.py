"""Entry: `python -m veritune_engine`, started by the trainer with the socket's address in the environment."""

import os
import sys

# Whatever a library prints belongs to the log: before any import that could print, descriptor 1 becomes the log.
os.dup2(2, 1)
sys.stdout = sys.stderr

from veritune_engine.session import main  # noqa: E402

main()
