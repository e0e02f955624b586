"""What the requirements on equivalence classes share: reading roles, counting once a run, repairing by recoding."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

from rqml.costs import Final, Share
from rqml.errors import InsufficientEvidence, InvalidParameter, MissingSubject, Unsupported
from rqml.verdict import Repair

if TYPE_CHECKING:
    from rqml.estimate import Estimate
    from rqml.run import Run
    from rqml.subjects.dataset import Dataset
    from rqml_catalog.data_privacy.anonymity.codes import Column
    from rqml_catalog.data_privacy.anonymity.contingency import Contingency
    from rqml_catalog.data_privacy.anonymity.goal import ClassTest, Goal
    from rqml_catalog.data_privacy.anonymity.release import Release

REPRESENTATIVES = "representatives"
"""The role of columns that hold numbers in place of labels; also the word that asks for them."""
_TELLS_ALL = 0.9
_EPSILON = 1e-9


def without_rounding_error(value: float) -> float:
    """A measured l or t to 12 places: exp(entropy) of three equal shares is 3 and not 2.9999999999999996."""
    return round(float(value), 12)


def leaves_out_rows(rule: Any, attribute: Any, limit: float) -> None:
    """Validator of `suppression_limit`: only global recoding has a use for it."""
    if limit > 0 and rule.recoding == "local":
        raise InvalidParameter(f"{attribute.name} needs recoding='global': local recoding leaves out no rows")


def contingency(dataset: Dataset, run: Run, *, sensitive: bool) -> Contingency:
    """The count over quasi-identifiers, made once a run; with the sensitive columns if they are needed.

    Raises:
        MissingSubject: no quasi-identifiers, or no sensitive columns where they are needed.
        InsufficientEvidence: the table has no records.
    """
    from rqml_catalog.data_privacy.anonymity.frames import contingency_of

    if not dataset.quasi_identifiers:
        raise MissingSubject("no quasi-identifiers are named: give them by Dataset(..., quasi_identifiers=[...])")
    if sensitive and not dataset.sensitive:
        raise MissingSubject("no sensitive columns are named: give them by Dataset(..., sensitive=[...])")
    values = dataset.sensitive if sensitive or not dataset.is_lazy else ()
    found = run.once(
        dataset,
        ("contingency", bool(values)),
        lambda: contingency_of(dataset.frame, dataset.quasi_identifiers, values),
    )
    if not found.rows:
        raise InsufficientEvidence("the table has no records: nothing can be said about their anonymity")
    return found


def repair_by_recoding(
    dataset: Dataset,
    run: Run,
    goal: Callable[[list[Column]], Goal],
    *,
    recoding: str,
    suppression_limit: float = 0.0,
    publish: str = "labels",
    sensitive: bool = False,
) -> Repair:
    """Generalise the quasi-identifiers until every class satisfies the goal, and keep the k, l and t reached before.

    Raises:
        Unsupported: not even one class of all records satisfies it, or a quasi-identifier is what is to be hidden.
    """
    from rqml_catalog.data_privacy.anonymity.release import Plan, anonymise

    both = [name for name in dataset.quasi_identifiers if name in dataset.sensitive]
    if sensitive and both:
        raise Unsupported(f"column {both[0]!r} is a quasi-identifier and sensitive: who knows it has nothing to learn")
    kept = _to_keep(dataset, run, recoding, suppression_limit)
    plan = Plan(
        quasi_identifiers=dataset.quasi_identifiers,
        sensitive=dataset.sensitive if sensitive or kept is not None else (),
        hierarchies=dataset.hierarchies,
        recoding=recoding,
        suppression_limit=suppression_limit,
        publish=publish,
    )
    release = anonymise(dataset.frame, plan, goal if kept is None else lambda columns: goal(columns).joined(kept))
    if release is None:
        raise Unsupported(
            "no generalisation reaches the limit: even all records as one class miss it; "
            "lower the limit or collect more records"
        )
    repaired = dataset.with_frame(release.frame)
    if publish == REPRESENTATIVES:
        hierarchies = {c: h for c, h in repaired.hierarchies.items() if c not in release.replaced}
        roles = {**repaired.roles, REPRESENTATIVES: release.replaced}
        repaired = attrs.evolve(repaired, hierarchies=hierarchies, roles=roles)
    return Repair(subject=repaired, changes=release.changes, cost=_cost(dataset, release, run))


def _to_keep(dataset: Dataset, run: Run, recoding: str, suppression_limit: float) -> Goal | None:
    """What a repair could spoil: local recoding moves single records, and rows that are left out move the table.

    Full-domain recoding merges whole classes, which spoils nothing by itself. Where it leaves out rows, a table in
    which people are still unique has no closeness to keep.
    """
    if not dataset.sensitive or (recoding == "global" and not suppression_limit):
        return None
    found = _reached(dataset, run)
    unique = found is None or found.k == 1
    return None if recoding == "global" and unique else found


def _reached(dataset: Dataset, run: Run) -> Goal | None:
    """What the classes satisfy already; None for a table as raw as can be.

    A class more than `_TELLS_ALL` away from the table has no closeness to keep.
    """
    from rqml_catalog.data_privacy.anonymity.closeness import distance_for
    from rqml_catalog.data_privacy.anonymity.goal import Closeness, Diversity, Goal, Recursion
    from rqml_catalog.data_privacy.anonymity.measures import distinct_diversity, entropy_diversity, recursive_ratios

    counted = contingency(dataset, run, sensitive=True)
    tests: list[ClassTest] = []
    for j, (name, pairs) in enumerate(counted.sensitive.items()):
        least = int(distinct_diversity(pairs).min())
        if least > 1:  # finite ratios tell of as many distinct values
            tests.append(Recursion(j, recursive_ratios(pairs, least).max(axis=0)))
        entropy = float(entropy_diversity(pairs).min())
        tests += [Diversity(j, entropy, "entropy")] if entropy > 1 + _EPSILON else []
        distance = distance_for(pairs.labels, dataset.hierarchies.get(name))
        farthest = float(distance(pairs, None).max())
        tests += [Closeness(j, farthest, distance)] if farthest < _TELLS_ALL else []
    smallest = int(counted.sizes.min())
    return Goal(smallest, tuple(tests)) if tests or smallest > 1 else None


def _cost(dataset: Dataset, release: Release, run: Run) -> dict[str, float | Estimate]:
    from rqml_catalog.data_privacy.anonymity.utility import accuracy_loss

    found = release.recoding
    cost: dict[str, Any] = {
        "loss": _share_lost(found.loss_before, found.loss),
        "ncp": _share_lost(found.ncp_before, found.ncp),
        "discernibility": Final(found.discernibility),
        "suppressed": float(found.suppressed.sum()),
    }
    if dataset.target is not None and not dataset.is_lazy:
        lost = accuracy_loss(
            dataset.frame,
            release.frame,
            ~found.suppressed,
            features=dataset.features,
            target=dataset.target,
            seed=run.derive("utility").seed,
        )
        if lost is not None:
            cost["accuracy"] = lost
    return cost


def _share_lost(before: float, after: float) -> Share:
    """What is lost of what the table given still told: so the costs of successive repairs are those of the whole."""
    return Share((after - before) / (1 - before) if before < 1 else 0.0)
