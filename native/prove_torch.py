"""Says in one line of JSON what the PyTorch of this Python is, after it has computed something: the fields of TorchProof in
src-main/contract/torch-environment.ts. Ends with 1 and a sentence on stderr where it does not work."""

import json
import platform
import sys
import warnings
from importlib import metadata


def main() -> None:
    try:
        import numpy  # noqa: F401
        import safetensors.torch  # noqa: F401
        import torch
        import transformers  # noqa: F401
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {_first_sentence(error)}")
    try:
        _compute(torch, "cpu")
    except Exception as error:
        sys.exit(f"it does not compute: {_first_sentence(error)}")
    cards, problem = _cards(torch)
    print(
        json.dumps(
            {
                "python": platform.python_version(),
                "torch": torch.__version__,
                "cuda": torch.version.cuda,
                "rocm": torch.version.hip,
                "cards": cards,
                "problem": problem,
                "packages": {found.metadata["Name"]: found.version for found in metadata.distributions()},
            }
        )
    )


def _compute(torch, device: str) -> None:  # type: ignore[no-untyped-def]
    """A product whose sum can be reckoned by hand: each of 64 x 64 numbers is 64 * 2."""
    product = torch.ones(64, 64, device=device) @ torch.full((64, 64), 2.0, device=device)
    if float(product.sum()) != 64 * 64 * 64 * 2:
        raise ArithmeticError(f"a product on {device} came out as {float(product.sum())}")


def _cards(torch) -> tuple[list[str], str | None]:  # type: ignore[no-untyped-def]
    """Names of the cards that work, and why none does where this PyTorch was built for one. ROCm speaks by the names of CUDA."""
    if torch.version.cuda is None and torch.version.hip is None:
        return [], None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            torch.cuda.init()
            names = [torch.cuda.get_device_name(place) for place in range(torch.cuda.device_count())]
            for place in range(len(names)):
                _compute(torch, f"cuda:{place}")
        except Exception as error:
            return [], _first_sentence(error)
    return names, None if names else "it finds no card"


def _first_sentence(error: Exception) -> str:
    # What to do stands in the sentences behind it; ours say it for this program.
    return (str(error).strip().split("\n")[0].split(". ")[0] or type(error).__name__).rstrip(".")


main()
