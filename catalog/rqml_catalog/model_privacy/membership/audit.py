"""Membership inference against a trained model: records, shadows and suite put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from rqml.errors import InsufficientEvidence, MissingSubject, Unsupported
from rqml.run import Run
from rqml.subjects.model import TrainedModel
from rqml.verdict import Assurance, Measurement
from rqml_catalog.model_privacy.membership import roc
from rqml_catalog.model_privacy.membership.cross_check import art_black_box_tpr
from rqml_catalog.model_privacy.membership.exposure import WorstGroup, worst_group
from rqml_catalog.model_privacy.membership.finding import MembershipFinding
from rqml_catalog.model_privacy.membership.suite import check_sizes, run_suite
from rqml_catalog.model_privacy.membership.without_shadows import attack_without_shadows
from rqml_catalog.techniques.record_pool import ignores_its_records, record_pool, shadows_of, target_signals

MOST_GROUPS = 50


def attack_model(model: TrainedModel, *, at_fpr: float, shadows: int, run: Run) -> MembershipFinding:
    """What the strongest attack achieves against this model.

    Args:
        model: a classifier with its train and held-out records.
        at_fpr: the false-positive rate at which members are counted.
        shadows: number of shadow models, even, at least 8, trained once per run for all who ask for as many; or 0
            for the one attack that needs none.
        run: seed, confidence, jobs, deadline, memo.

    Raises:
        Signal: the subject cannot be judged; the text says why and what would help.
    """
    if shadows == 0:
        return attack_without_shadows(model, at_fpr=at_fpr, run=run)
    pool = record_pool(model)
    check_sizes(pool.members, shadows, at_fpr)
    rows = pool.telling_rows(roc.records_needed(at_fpr))
    finding = run_suite(
        target_signals(model, pool).at(rows),
        shadows_of(model, pool, shadows, run).at(rows),
        pool.members[rows],
        at_fpr=at_fpr,
        confidence=run.confidence,
        seed=run.derive("membership").seed,
        features=pool.numbers[rows],
    )
    if finding.plain.low > finding.tpr.high and ignores_its_records(model, pool, run):
        raise InsufficientEvidence(
            "the model's confidence tells train records from others, and retraining tells nothing of it: `fit` answers "
            "alike whatever records it is given, so that no shadow is like the model; give a fit that trains on the "
            "records it gets, or check with cost='commit', which trains none"
        )
    return attrs.evolve(finding, rows=rows, shared=float(pool.shared[~pool.members].mean()))


def measure_membership(
    model: TrainedModel, *, at_fpr: float, shadows: int, groups: Sequence[str], cross_check: bool, run: Run
) -> Measurement:
    """The numbers of PRV-01: those of `attack_model`, and on request those of the worst group.

    Args:
        model: a classifier with its train and held-out records.
        at_fpr: the false-positive rate at which members are counted.
        shadows: as in `attack_model`.
        groups: columns whose every value is a group.
        cross_check: whether ART's attack is to be told beside.
        run: seed, confidence, jobs, deadline, memo.
    """
    codes, column_of = group_codes(model, groups)
    finding = attack_model(model, at_fpr=at_fpr, shadows=shadows, run=run)
    estimates = {"tpr": finding.tpr, "fpr": finding.fpr, "advantage": finding.advantage, "auc": finding.auc}
    details = finding.details()
    if cross_check:
        details |= _cross_checked(model, at_fpr, run)
    if groups:
        members = np.arange(len(finding.rows)) < finding.n_train
        seed = run.derive("membership by groups").seed
        own = codes[finding.rows]
        worst = worst_group(finding.scores, members, own, at_fpr=at_fpr, confidence=run.confidence, seed=seed)
        estimates["worst_tpr"] = worst.tpr
        details["groups"] = _told(worst, codes, column_of)
    return Measurement(estimates, details, Assurance.EMPIRICAL)


def _cross_checked(model: TrainedModel, at_fpr: float, run: Run) -> dict[str, Any]:
    """What ART's attack recognises, or why it cannot be asked: it warns only, so that a verdict never waits for it."""
    try:
        return {"tpr_of_art_black_box": round(art_black_box_tpr(model, at_fpr=at_fpr, run=run), 4)}
    except (Unsupported, InsufficientEvidence) as reason:
        return {"warning_of_cross_check": f"not carried out: {reason}"}


def group_codes(model: TrainedModel, columns: Sequence[str]) -> tuple[npt.NDArray[np.intp], dict[int, str]]:
    """(n, columns) number of every record's group, train records first, and the column of each number.

    Raises:
        MissingSubject: a column is missing in the train or held-out records.
        Unsupported: a column has too many values to be groups.
    """
    if model.test is None or not columns:
        return np.empty((0, 0), dtype=np.intp), {}
    import pandas as pd

    lacking = [name for name in columns if name not in model.train.columns or name not in model.test.columns]
    if lacking:
        raise MissingSubject(f"the records have no column {', '.join(lacking)} to group them by")
    frame = pd.concat([data.to_pandas(list(columns)) for data in (model.train, model.test)])
    codes: list[npt.NDArray[np.intp]] = []
    column_of: dict[int, str] = {}
    for name in columns:
        own, values = pd.factorize(frame[name])
        if len(values) > MOST_GROUPS:
            raise Unsupported(f"{name!r} has {len(values)} values: bin it into at most {MOST_GROUPS} groups")
        codes.append(np.where(own < 0, -1, own + len(column_of)))
        column_of |= dict.fromkeys(range(len(column_of), len(column_of) + len(values)), name)
    return np.column_stack(codes), column_of


def _told(worst: WorstGroup, codes: npt.NDArray[np.intp], column_of: dict[int, str]) -> dict[str, Any]:
    """A group is told by its column and a row that belongs to it, never by its value."""
    told = attrs.asdict(worst, filter=attrs.filters.exclude("tpr", "group"))
    if worst.judged:
        column = column_of[worst.group]
        told |= {"column": column, "example_row": int(np.flatnonzero((codes == worst.group).any(axis=1))[0])}
    return told
