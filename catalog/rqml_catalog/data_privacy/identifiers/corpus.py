"""Many texts as one string, so that a pattern is run once per batch instead of once per text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rqml_catalog.data_privacy.identifiers.spans import Span

SEPARATOR = "\x00"


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts joined by a character that no pattern matches.

    Attributes:
        text: the joined texts.
        starts: position of each text in `text`, ascending.
    """

    text: str
    starts: tuple[int, ...]

    @classmethod
    def join(cls, texts: Sequence[str]) -> Corpus:
        """Join the texts; positions inside a text stay what they were."""
        starts, position = [], 0
        for text in texts:
            starts.append(position)
            position += len(text) + 1
        joined = SEPARATOR.join(texts)
        if joined.count(SEPARATOR) != max(len(texts) - 1, 0):
            joined = SEPARATOR.join(text.replace(SEPARATOR, " ") for text in texts)
        return cls(joined, tuple(starts))

    def split(self, spans: Iterable[Span]) -> list[list[Span]]:
        """Give each span of the joined string back to its text, in coordinates of that text."""
        found: list[list[Span]] = [[] for _ in self.starts]
        for span in spans:
            index = bisect_right(self.starts, span.start) - 1
            offset = self.starts[index]
            found[index].append(Span(span.start - offset, span.end - offset, span.kind))
        return found
