"""Private releases, right and wrong: the noise is a parameter."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

Records = npt.NDArray[np.float64]


@attrs.frozen
class NoisySum:
    """Sum of records in [0, 1] with noise of a scale; `noise` is "laplace" or "normal"."""

    noise: str
    scale: float

    def __call__(self, records: Records, rng: np.random.Generator) -> float:
        """One release."""
        return float(self.many(records, rng, 1)[0])

    def many(self, records: Records, rng: np.random.Generator, n: int) -> Any:
        """(n,) releases."""
        return records.sum() + getattr(rng, self.noise)(0.0, self.scale, n)


@attrs.frozen
class RandomisedResponse:
    """Each record (0 or 1) is given truly with a probability, else flipped."""

    truth: float

    def __call__(self, records: Records, rng: np.random.Generator) -> Any:
        """One release, of the length of the records."""
        return self.many(records, rng, 1)[0]

    def many(self, records: Records, rng: np.random.Generator, n: int) -> Any:
        """(n, records) releases."""
        flipped = rng.random((n, len(records))) >= self.truth
        return np.where(flipped, 1.0 - records, records)
