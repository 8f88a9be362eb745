"""What each token of a minibatch counts in its loss: src-main/trainer/math/loss-mean.ts, which is the judge and says the sources."""

# token, sequence, or {"local_rollouts": size}, or {"tokens_per_rollout": tokens}: LossMean in src-main/trainer/flow.ts.
LossMean = str | dict[str, int]


def token_weights(lengths: list[int], counts: list[int], mean: LossMean) -> list[float]:
    """Weight of a token of each sequence. A sequence that stands for `count` duplicates counts as often; one without tokens is a rollout."""
    if isinstance(mean, dict):
        if "local_rollouts" in mean:
            return _local_weights(lengths, counts, mean["local_rollouts"])
        rollouts = sum(counts)
        return [count / (rollouts * mean["tokens_per_rollout"]) for count in counts]
    total = sum(count * (length if mean == "token" else 1) for count, length in zip(counts, lengths))
    if total == 0:
        return [0.0 for _ in lengths]
    return [count * (1.0 if mean == "token" else 1 / max(1, length)) / total for length, count in zip(lengths, counts)]


def _local_weights(lengths: list[int], counts: list[int], size: int) -> list[float]:
    """Local batches are the minibatch's rollouts, `size` at a time in its order: not what the engine computes at once, which is packed by length."""
    owners = [i for i, count in enumerate(counts) for _ in range(count)]
    batches = [owners[start : start + size] for start in range(0, len(owners), size)]
    weights = [0.0 for _ in lengths]
    for batch in batches:
        tokens = sum(lengths[i] for i in batch)
        for i in batch:
            weights[i] += 1 / (max(1, tokens) * len(batches))
    return weights
