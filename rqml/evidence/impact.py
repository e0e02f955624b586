"""Impact: which verdicts on record an update of a catalog or of a taxonomy calls into question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from rqml.evidence.code import code_digest
from rqml.evidence.queries import Verdict, held_at
from rqml.evidence.rules import other_class
from rqml.taxonomy import resolve
from rqml.taxonomy.shipped import ATLAS_RELEASE

if TYPE_CHECKING:
    from rqml.evidence.ledger import Ledger
    from rqml.requirement import Requirement

    Classes = Mapping[str, type[Requirement[Any]]]


@attrs.frozen
class Renewal:
    """A verdict that was made by other rules than those that are installed now.

    Attributes:
        verdict: the last verdict of a requirement on a system.
        reasons: what is another than it was, in words.
    """

    verdict: Verdict
    reasons: tuple[str, ...]


def impact(ledger: Ledger, classes: Classes | None = None) -> list[Renewal]:
    """The last verdicts that must be renewed, since their requirement or its references are no longer as they were.

    Compared are version and code of each requirement class, the threats and controls that it names, and whether the
    shipped taxonomies still have these. What changed about data and models is another question: see `release.stale`.

    Args:
        ledger: the evidence.
        classes: the requirement classes that are installed now, by id; default: those of all catalogs.
    """
    from rqml import registry

    installed = {cls.meta.id: cls for cls in registry.requirements()} if classes is None else classes
    code = {id_: code_digest(cls) for id_, cls in installed.items()}
    found = ((verdict, tuple(_reasons(verdict, installed, code))) for verdict in held_at(ledger))
    return [Renewal(verdict, reasons) for verdict, reasons in found if reasons]


def _reasons(verdict: Verdict, classes: Classes, code: Mapping[str, str | None]) -> Iterator[str]:
    body = verdict.record.body
    known = {id_: classes[id_] for id_ in body["requirements"] if id_ in classes}
    for id_ in body["requirements"]:
        if id_ not in known:
            yield f"{id_} is in no catalog that is installed"
        elif why := other_class(body, known[id_], code[id_]):
            yield why
    yield from _references(verdict, known if len(known) == len(body["requirements"]) else {})


def _references(verdict: Verdict, classes: Classes) -> Iterator[str]:
    before = set(verdict.references)
    now = {reference for cls in classes.values() for reference in cls.meta.references} if classes else before
    for reference in sorted(before - now):
        yield f"it no longer speaks to {reference}"
    for reference in sorted(now - before):
        yield f"it speaks to {reference}, too"
    release = verdict.record.body["context"]["environment"].get("taxonomy")
    for reference in sorted(before):
        found = resolve(reference)
        if found is None:
            yield f"{reference} is in no taxonomy any more"
        elif not found.is_current and release != ATLAS_RELEASE:
            yield f"{reference} was given up{f' for {found.successor}' if found.successor else ''}"
