"""Shadow models: the same training on random halves of a pool of records, so that each record is seen both in and out.

Carlini et al., "Membership Inference Attacks From First Principles" (arXiv 2112.03570, section IV). One set
serves every attack and every later question about the same training; here it is trained once, in parallel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rqml.errors import Signal, Unsupported
from rqml_catalog.techniques.record_signals import Bools, Floats, Signals

TrainAndQuery = Callable[[npt.NDArray[np.intp], int], Signals]
"""Trains on these row numbers of the pool under this seed, and says what the model answers on the whole pool."""

Progress = Callable[[int, int], None]
"""Told (shadows done, shadows in all)."""


class ShadowTrainingFailed(Unsupported):
    """The training failed on one random half of the records; the text names the cause and what to do."""


class Shadows(NamedTuple):
    """What S shadow models answer on a pool of n records.

    Attributes:
        log_odds: (S, n) log-odds of the true class.
        correct: (S, n) whether the true class was predicted.
        inside: (S, n) whether the record was in the shadow's training half; models 2i and 2i+1 are complements.
    """

    log_odds: Floats
    correct: Bools
    inside: Bools

    def without_pair(self, model: int) -> Shadows:
        """The other shadows, when `model` plays the target.

        Its complement goes too: otherwise the number of models that hold a record would tell its membership.
        """
        keep = np.arange(len(self.inside)) // 2 != model // 2
        return Shadows(self.log_odds[keep], self.correct[keep], self.inside[keep])

    def at(self, rows: npt.NDArray[np.intp]) -> Shadows:
        """The answers on these records."""
        return Shadows(self.log_odds[:, rows], self.correct[:, rows], self.inside[:, rows])

    def answers_of(self, model: int) -> Signals:
        """What one shadow says of the whole pool."""
        return Signals(self.log_odds[model], self.correct[model])


def balanced_halves(strata: npt.ArrayLike, n_models: int, seed: int) -> Bools:
    """Draw complementary random halves, so that each record is in exactly half of the models.

    Args:
        strata: (n,) a label per record; each half holds half of every stratum (to one record).
        n_models: even, at least 2.
        seed: of the draw.

    Returns:
        (n_models, n) True where the record is in the half.
    """
    if n_models < 2 or n_models % 2:
        raise ValueError(f"the number of shadow models must be even and positive, not {n_models}")
    codes = np.unique(np.asarray(strata), return_inverse=True)[1].ravel()
    rng = np.random.default_rng(seed)
    inside = np.empty((n_models, len(codes)), dtype=bool)
    for pair in range(0, n_models, 2):
        order = np.lexsort((rng.random(len(codes)), codes))
        # Alternate along the sorted strata; the random start keeps the halves free of a fixed offset.
        inside[pair, order] = (np.arange(len(codes)) + rng.integers(2)) % 2 == 0
        inside[pair + 1] = ~inside[pair]
    return inside


def train_shadows(
    train_and_query: TrainAndQuery,
    strata: npt.ArrayLike,
    *,
    n_models: int = 32,
    seed: int = 0,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> Shadows:
    """Train `n_models` shadows on balanced halves of the pool, and query each on the whole pool.

    Args:
        train_and_query: called with (rows, seed); runs in worker threads when `n_jobs` is not 1, each
            limited to one BLAS thread.
        strata: (n,) class label per record of the pool.
        n_models: even number of shadows.
        seed: draws the halves and the shadows' own seeds.
        n_jobs: shadows trained at once, as in joblib (-1: one per core).
        progress: told after each shadow, from the calling thread.

    Raises:
        ShadowTrainingFailed: a shadow could not be trained or queried.
    """
    from joblib import Parallel, delayed
    from threadpoolctl import threadpool_limits

    inside = balanced_halves(strata, n_models, seed)
    seeds = np.random.SeedSequence([seed, n_models]).generate_state(n_models)
    answers: list[Signals] = []
    with threadpool_limits(limits=1):
        tasks = (
            delayed(_one_shadow)(train_and_query, np.flatnonzero(half), int(s) % 2**31, number, n_models)
            for number, (half, s) in enumerate(zip(inside, seeds, strict=True))
        )
        for answer in Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(tasks):
            answers.append(answer)
            if progress is not None:
                progress(len(answers), n_models)
    return Shadows(np.stack([a.log_odds for a in answers]), np.stack([a.correct for a in answers]), inside)


def _one_shadow(
    train_and_query: TrainAndQuery, rows: npt.NDArray[np.intp], seed: int, number: int, n_models: int
) -> Signals:
    try:
        return train_and_query(rows, seed)
    except Signal:
        raise
    except Exception as error:
        raise ShadowTrainingFailed(
            f"training failed on shadow {number + 1} of {n_models} ({len(rows)} records, half of the pool) with "
            f"{type(error).__name__}; the training must work on any half of its records: give more records of "
            "rare classes, or a fit that copes with fewer"
        ) from error
