"""Release: what stands in the way of a system, by its specification as it is now and the evidence there is."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import attrs

from rqml.evidence.queries import held_at
from rqml.evidence.release import Obstacle, obstacles
from rqml.evidence.session import files_place, remembered_fingerprints
from rqml.subjects.system import System
from rqml.tailoring import effective

if TYPE_CHECKING:
    from rqml.evidence.ledger import Ledger
    from rqml.evidence.release import Approvals
    from rqml.specification import Specification


def standing_in_the_way(
    ledger: Ledger, specification: Specification, subject: Any, *, approvals: Approvals, max_age: dt.timedelta
) -> list[Obstacle]:
    """Why a system may not be released yet; empty if it may. Nothing is measured.

    Args:
        ledger: the evidence.
        specification: what must hold; its waivers count as they are now.
        subject: what is to be released; None for the system of the specification.
        approvals: the statements that count; without an author the owner of the specification is taken for it.
        max_age: how old the measurement behind a verdict may be.
    """
    demanded = {proposition.key: proposition for proposition in effective(specification, approvals.now)[0]}
    if not demanded:
        return [Obstacle(specification.name, "the specification is empty")]
    subject = specification.system if subject is None else subject
    system = subject.name if isinstance(subject, System) else None
    held = [
        verdict
        for verdict in held_at(ledger)
        if verdict.specification == specification.name and system in (None, verdict.system)
    ]
    if held and all(verdict.status == "NOT_APPLICABLE" for verdict in held):
        return [Obstacle(specification.name, "nothing of the specification applies")]
    counting = attrs.evolve(
        approvals,
        author=approvals.author or specification.owner,
        waivers=specification.all_waivers(),
    )
    current, name = remembered_fingerprints(subject, files_place(ledger)), specification.name
    found = obstacles(held, current, obligatory=demanded, approvals=counting, max_age=max_age, specification=name)
    return list(found)
