"""The outputs of a mechanism, and a mechanism that gives none."""

from __future__ import annotations

from typing import Any, NoReturn

import attrs
import numpy as np
import numpy.typing as npt

from rqml.errors import RqmlError, Unsupported
from rqml.run import Run
from rqml_catalog.training.mechanism import Mechanism

CHUNK = 1000


def outputs_of(mechanism: Mechanism, data: Any, runs: int, run: Run, what: str) -> npt.NDArray[np.float64]:
    """(runs, d) independent releases on one data set.

    Raises:
        Unsupported: the outputs are no finite numbers, or differ in length.
    """
    rng = run.rng("releases")
    sizes = [min(CHUNK, runs - start) for start in range(0, runs, CHUNK)]
    parts = [_chunk(mechanism, data, size, rng) for size in run.track(sizes, len(sizes), what)]
    try:
        outputs = np.concatenate(parts).astype(float).reshape(runs, -1)
    except (TypeError, ValueError):
        raise Unsupported("a release must be a number or a vector of fixed length") from None
    if not np.isfinite(outputs).all():
        raise Unsupported("some releases are NaN or infinite: clip them, or release a code for them")
    return outputs


def _chunk(mechanism: Mechanism, data: Any, n: int, rng: np.random.Generator) -> npt.NDArray[Any]:
    if mechanism.batch is not None:
        return np.asarray(mechanism.batch(data, rng, n))
    return np.array([mechanism.release(data, rng) for _ in range(n)])


class ReleaseRefused(RqmlError):
    """A mechanism that failed its audit was asked for a release."""


@attrs.frozen
class Refused:
    """A release that refuses.

    Attributes:
        requirement: id of the requirement that was violated.
    """

    requirement: str

    def __call__(self, dataset: Any, rng: Any) -> NoReturn:
        """Refuse.

        Raises:
            ReleaseRefused: always.
        """
        raise ReleaseRefused(f"{self.requirement}: this mechanism leaks more than it claims; its releases are refused")
