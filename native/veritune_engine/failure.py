"""Failures: what a person can mend. Their texts stand in src-main/contract/failure.ts; here are codes and facts."""


class Failure(Exception):
    def __init__(self, code: str, **facts: str | int | float) -> None:
        super().__init__(f"{code} {facts}")
        self.code = code
        self.facts = facts


class OnOtherRank(Exception):
    """What another process of the engine could not do, as it goes to the trainer."""

    def __init__(self, wire: dict[str, object]) -> None:
        super().__init__(str(wire))
        self.wire = wire


# ENOSPC, EFBIG, EDQUOT: a quota and a limit on the size of files are a full disk to whoever writes.
_FULL = (28, 27, 122)
_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "cublas_status_alloc_failed")


def to_wire(error: BaseException, place: str) -> dict[str, object]:
    """place: where the engine was when the error came up."""
    if isinstance(error, OnOtherRank):
        return error.wire
    if isinstance(error, Failure):
        return {"kind": "failure", "code": error.code, "facts": error.facts}
    full = full_disk_path(error)
    if full is not None:
        return {"kind": "failure", "code": "disk.full", "facts": {"path": full}}
    if is_out_of_memory(error):
        return {"kind": "failure", "code": "memory.exhausted", "facts": {"where": place}}
    import traceback

    return {"kind": "error", "message": f"{type(error).__name__}: {error}", "stack": "".join(traceback.format_exception(error))}


def full_disk_path(error: BaseException) -> str | None:
    if isinstance(error, OSError) and error.errno in _FULL:
        return str(error.filename or "the run")
    # safetensors wraps the system's error in one of its own.
    is_wrapped = type(error).__name__ == "SafetensorError" and any(f"os error {number})" in str(error) for number in _FULL)
    return "the run" if is_wrapped else None


def is_out_of_memory(error: BaseException) -> bool:
    """PyTorch has an own error for the graphics card alone; on the processor it is a RuntimeError with a sentence."""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _OUT_OF_MEMORY)
