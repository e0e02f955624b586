"""The outputs of a mechanism, and a mechanism that gives none."""

from __future__ import annotations

from typing import Any, NoReturn

import attrs
import numpy as np
import numpy.typing as npt

from rqml.errors import InvalidSubject, RqmlError, Unsupported
from rqml.run import Run
from rqml_catalog.training.mechanism import Mechanism

CHUNK = 1000
SINGLE = 400  # releases that are compared with those of the batch form
NEVER = 1e-6  # chance of calling forms unlike that are alike

Floats = npt.NDArray[np.float64]


def outputs_of(mechanism: Mechanism, data: Any, runs: int, run: Run, what: str) -> Floats:
    """(runs, d) independent releases on one data set.

    Raises:
        Unsupported: a release fails, its outputs are no finite numbers, or differ in length.
        InvalidSubject: a release changes its data, or the batch form gives other outputs than the release.
    """
    before = _digest(data)
    rng = run.rng("releases")
    sizes = [min(CHUNK, runs - start) for start in range(0, runs, CHUNK)]
    outputs = np.vstack([_chunk(mechanism, data, size, rng) for size in run.track(sizes, len(sizes), what)])
    if mechanism.batch is not None:
        single = attrs.evolve(mechanism, batch=None)
        _check_alike(outputs, _chunk(single, data, min(SINGLE, runs), run.rng("single releases")))
    if _digest(data) != before:
        raise InvalidSubject("the release changes the data set that it is given: let it work on a copy")
    return outputs


def check_lengths(first: Floats, second: Floats) -> None:
    """Refuse outputs whose length tells the data sets apart."""
    if first.shape[1] != second.shape[1]:
        raise Unsupported(
            f"releases have {first.shape[1]} numbers on the data set and {second.shape[1]} on its neighbour: a release "
            "must be of one length, or its length gives the record away"
        )


def scores_of(mechanism: Mechanism, included: npt.NDArray[np.bool_], rng: np.random.Generator) -> Floats:
    """(canaries,) scores of one training with canaries."""
    scores = _chunk(attrs.evolve(mechanism, batch=None), included.copy(), 1, rng).ravel()
    if len(scores) != len(included):
        raise InvalidSubject(f"train(included, rng) must give a score for each canary: {len(included)} numbers")
    return scores


def repeats(mechanism: Mechanism, run: Run) -> bool:
    """Whether releases follow from the generator: all randomness comes from `rng`."""
    once, again = (_chunk(mechanism, mechanism.dataset, 2, run.rng("repeated")) for _ in range(2))
    return bool(np.array_equal(once, again))


def _chunk(mechanism: Mechanism, data: Any, n: int, rng: np.random.Generator) -> Floats:
    try:
        if mechanism.batch is None:
            return _numbers([mechanism.release(data, rng) for _ in range(n)], n)
        return _numbers(mechanism.batch(data, rng, n), n)
    except RqmlError:
        raise
    except Exception as error:
        raise Unsupported(f"the release fails ({type(error).__name__}): it must answer for both data sets") from error


def _numbers(values: Any, n: int) -> Floats:
    """(n, d) numbers."""
    try:
        outputs = np.asarray(values)
    except ValueError:
        raise Unsupported("releases differ in length: a release must be a number or a vector of fixed length") from None
    if outputs.dtype.kind not in "biuf":
        raise Unsupported("a release must be a number or a vector of fixed length, and not text, None or complex")
    if outputs.ndim == 0 or len(outputs) != n:
        raise InvalidSubject("batch(dataset, rng, n) must give n releases, of shape (n,) or (n, d)")
    outputs = outputs.astype(float).reshape(n, -1)
    if not np.isfinite(outputs).all():
        raise Unsupported("some releases are NaN or infinite: clip them, or release a code for them")
    return outputs


def _check_alike(many: Floats, single: Floats) -> None:
    """Kolmogorov and Smirnov's test of each coordinate: a batch form that leaks less would hide a leak."""
    unlike = InvalidSubject(
        "batch(dataset, rng, n) gives other outputs than release(dataset, rng): correct it, or leave it out"
    )
    if many.shape[1] != single.shape[1]:
        raise unlike
    sizes = 1.0 / len(many) + 1.0 / len(single)
    limit = np.sqrt(-0.5 * np.log(NEVER / (2.0 * many.shape[1])) * sizes)
    for column, other in zip(many.T, single.T, strict=True):
        at = np.concatenate([column, other])
        shares = [np.searchsorted(np.sort(side), at, "right") / len(side) for side in (column, other)]
        if np.abs(shares[0] - shares[1]).max() > limit:
            raise unlike


def _digest(data: Any) -> str | None:
    from rqml.evidence.fingerprint import fingerprint_estimator

    try:
        return fingerprint_estimator(data)
    except RqmlError:
        return None


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
