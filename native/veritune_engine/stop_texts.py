"""Texts that end a completion. What each token adds to a text comes from the trainer: the engine itself knows no text."""

from dataclasses import dataclass
from typing import Any, Protocol


class HasTail(Protocol):
    tail: str


@dataclass(frozen=True)
class StopTexts:
    texts: list[str]
    token_texts: list[str]

    @staticmethod
    def of(stop: dict[str, Any] | None) -> "StopTexts":
        return StopTexts([], []) if stop is None else StopTexts(stop["texts"], stop["token_texts"])

    def ends(self, row: HasTail, token: int) -> bool:
        """Whether this token completes one of the texts. The row keeps the end of its text, as long as a stop text could begin in it."""
        if not self.texts:
            return False
        row.tail += self.token_texts[token] if token < len(self.token_texts) else ""
        if any(text in row.tail for text in self.texts):
            return True
        row.tail = row.tail[-max(len(text) for text in self.texts) :]
        return False
