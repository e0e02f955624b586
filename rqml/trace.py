"""Traceability: from a threat, requirement or content to what meets it, where, by which evidence, and whose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from rqml import registry
from rqml.attachments import Attachment, attachments
from rqml.bound import Bound
from rqml.errors import InvalidParameter, UnknownName
from rqml.proposition import Proposition, with_consulted
from rqml.specification import Specification
from rqml.taxonomy import resolve

if TYPE_CHECKING:
    from rqml.evidence.ledger import Ledger
    from rqml.evidence.queries import Verdict
    from rqml.requirement import Requirement


@attrs.frozen(kw_only=True)
class Link:
    """One requirement on the way, with what lies on both sides of it.

    Attributes:
        key: its label or id.
        title: what it is called.
        references: ids of the threats and controls that it names.
        places: where it is specified, or attached to code.
        verdicts: its last verdict on each system, from the evidence.
        owners: who answers for it.
    """

    key: str
    title: str
    references: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    owners: tuple[str, ...] = ()


def trace(
    what: str,
    *,
    specifications: Sequence[Specification] = (),
    files: Mapping[Path, Sequence[Specification]] | None = None,
    ledger: Ledger | None = None,
) -> tuple[str, tuple[Link, ...]]:
    """What a thing is, and the requirements that it touches.

    Args:
        what: id of a threat or control, which stands for all that lies below it, too; id, class name or label of a
            requirement; a file, whose content is or was judged, whose code judges, or that specifies; the name of a
            system's part, as of a data set; or a fingerprint, or its beginning.
        specifications: where requirements are specified. Attachments count that were made in this process, and those
            that are on record.
        files: further specifications, by the file that they stand in.
        ledger: the evidence.

    Returns:
        what it was taken for ("reference", "requirement", "file", "part" or "content"), and the links.

    Raises:
        UnknownName: nothing is known by this name.
        InvalidParameter: the name is empty.
    """
    from rqml.evidence.queries import held_at

    if not what.strip():
        raise InvalidParameter("name what to trace: a threat, control or requirement, a file, a part or a fingerprint")
    held = [] if ledger is None else held_at(ledger)
    known = _Known(specifications, files or {}, attachments(), held)
    reference = resolve(what)
    if reference is not None:
        found = [link for link in known.links() if any(_lies_in(one, reference.id) for one in link.references)]
        return "reference", tuple(found)
    by_name = [link for link in known.links() if what == link.key or what in link.title.split()]
    if by_name:
        return "requirement", tuple(by_name)
    if Path(what).exists():
        return "file", tuple(known.touched_by(Path(what), ledger))
    of_part = known.keys_of_part(what)
    if of_part:
        return "part", tuple(link for link in known.links() if link.key in of_part)
    touched = [] if ledger is None else held_at(ledger, subject=what)
    if touched:
        return "content", tuple(known.of_verdicts(touched))
    raise UnknownName(
        f"nothing is known by the name {what!r}: give the id of a threat, control or requirement, a file, the name of "
        "a part, or a fingerprint that is on record"
    )


class _Known:
    """Everything that can be traced, by key."""

    def __init__(
        self,
        specifications: Sequence[Specification],
        files: Mapping[Path, Sequence[Specification]],
        attached: Sequence[Attachment],
        held: Sequence[Verdict],
    ) -> None:
        self.attached = attached
        self.held = held
        self.files = {path.resolve(): found for path, found in files.items()}
        self.specifications = [*specifications, *(s for found in files.values() for s in found)]
        self.specified = [(s, proposition) for s in self.specifications for proposition in s.requirements]

    def links(self) -> Iterator[Link]:
        """One link for each key: of the specifications and attachments, of the catalogs, of the evidence."""
        propositions = [proposition for _, proposition in self.specified]
        propositions += [attachment.proposition for attachment in self.attached]
        seen: set[str] = set()
        for key, title, references in (*map(_of_proposition, propositions), *map(_of_class, registry.requirements())):
            if key not in seen:
                yield self.link(key, title, references)
            seen.add(key)
        for verdict in self.held:
            if verdict.key not in seen:
                yield self.link(verdict.key, verdict.record.body["result"]["name"], verdict.references)
            seen.add(verdict.key)

    def link(self, key: str, title: str, references: Iterable[str]) -> Link:
        """The link of a key, with places, verdicts and owners."""
        verdicts = tuple(verdict for verdict in self.held if verdict.key == key)
        homes = [specification for specification, proposition in self.specified if proposition.key == key]
        places = [f"specification {specification.name}" for specification in homes]
        places += [str(a.place) for a in self.attached if a.proposition.key == key]
        places += [str(place) for verdict in verdicts for place in verdict.places]
        owners = {*(home.owner for home in homes), *(verdict.owner for verdict in verdicts)} - {""}
        return Link(
            key=key,
            title=title,
            references=tuple(references),
            places=tuple(dict.fromkeys(places)),
            verdicts=verdicts,
            owners=tuple(sorted(owners)),
        )

    def touched_by(self, path: Path, ledger: Ledger | None) -> Iterator[Link]:
        """The requirements that judge, or judged, this file, that are specified or attached in it, or its code."""
        from rqml.evidence.code import sources_of

        place = path.resolve()
        keys = {verdict.key for verdict in _judged_content(path, ledger)}
        keys |= {proposition.key for specification in self.files.get(place, ()) for proposition in specification}
        keys |= {key for specification, part in self._parts_in(place) for key in self._keys_on(specification, part)}
        attached = [(a.proposition.key, a.place) for a in self.attached]
        attached += [(verdict.key, one) for verdict in self.held for one in verdict.places]
        keys |= {key for key, one in attached if one.file and Path(one.file).resolve() == place}
        classes = {type(r): p.key for _, p in self.specified for r in with_consulted(p)}
        classes |= {cls: cls.meta.id for cls in registry.requirements() if cls not in classes}
        if path.suffix == ".py":
            keys |= {key for cls, key in classes.items() if place in sources_of(cls)}
        return (link for link in self.links() if link.key in keys)

    def keys_of_part(self, name: str) -> set[str]:
        """Keys of what judged, or is bound to judge, the part of this name."""
        keys = {verdict.key for verdict in self.held if name in verdict.fingerprints}
        return keys | {key for one in self.specifications for key in self._keys_on(one, name)}

    def _parts_in(self, place: Path) -> Iterator[tuple[Specification, str]]:
        """The parts of the specifications' own systems that are this file, and those that derive from them."""
        systems = [(one, one.system) for one in self.specifications if one.system is not None]
        for specification, system in systems:
            for part in set(system.parts) - set(system.lineage):
                path = getattr(system[part], "path", system[part])
                if isinstance(path, Path) and path.resolve() == place:
                    yield from ((specification, name) for name in (part, *system.descendants(part)))

    def _keys_on(self, specification: Specification, part: str) -> set[str]:
        """Keys of what a specification binds to a part by its name, or judged on it."""
        bound = {p.key for p in specification.requirements if isinstance(p, Bound) and p.part == part}
        judged = {v.key for v in self.held if v.specification == specification.name and part in v.fingerprints}
        return bound | judged

    def of_verdicts(self, verdicts: Sequence[Verdict]) -> Iterator[Link]:
        """The links of some verdicts, with these verdicts only."""
        for link in self.links():
            chosen = tuple(verdict for verdict in verdicts if verdict.key == link.key)
            if chosen:
                yield attrs.evolve(link, verdicts=chosen)


def _of_proposition(proposition: Proposition[Any]) -> tuple[str, str, tuple[str, ...]]:
    parts = list(with_consulted(proposition))
    title = " ".join(f"{part.meta.id} {type(part).__name__}" for part in parts)
    return proposition.key, title, tuple(sorted({one for part in parts for one in part.meta.references}))


def _of_class(cls: type[Requirement[Any]]) -> tuple[str, str, tuple[str, ...]]:
    return cls.meta.id, f"{cls.meta.id} {cls.__name__}", cls.meta.references


def _judged_content(path: Path, ledger: Ledger | None) -> Iterator[Verdict]:
    """The verdicts on what a file holds, and on what it held when it was read last."""
    from rqml.evidence.file_digests import FileDigests
    from rqml.evidence.fingerprint import fingerprint_file, fingerprint_of
    from rqml.evidence.queries import held_at
    from rqml.evidence.session import files_place

    if ledger is None:
        return
    before = FileDigests(files_place(ledger)).last(path)
    digests = {fingerprint_file(path), *([] if before is None else [fingerprint_of(before)])}
    for digest in sorted(digests):
        yield from held_at(ledger, subject=digest)


def _lies_in(reference: str, whole: str) -> bool:
    """True if a reference is to this id, or to a part of it: AML.T0010.003 lies in AML.T0010, GDPR 5(1)c in GDPR 5."""
    found = resolve(reference)
    one = reference if found is None else found.id
    below = one.removeprefix(whole)
    return one == whole or (one.startswith(whole) and (below[0] in ".(" or whole.endswith(")")))
