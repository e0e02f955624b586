"""`rqml catalog`: what requirements there are, what they say, and which threats and controls they cover."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rqml.cli.options import PlainFormat

if TYPE_CHECKING:
    from rqml.requirement import Requirement

app = typer.Typer(no_args_is_help=True, help="What requirements there are.")
Families = Annotated[
    list[str] | None, typer.Option("--family", metavar="NAME", help="Only this family; may be given several times.")
]
FormatOption = Annotated[PlainFormat, typer.Option("--format")]


@app.command("list")
def list_(family: Families = None, format_: FormatOption = PlainFormat.TEXT) -> None:
    """List the requirements: id, class, family, severity, title."""
    from rqml.cli.output import table
    from rqml.registry import requirements

    classes = requirements(family or None)
    if format_ is PlainFormat.JSON:
        print(json.dumps([_entry(cls) for cls in classes], indent=2, ensure_ascii=False))
        return
    headings = ("id", "class", "family", "severity", "title")
    table([tuple(str(_entry(cls)[heading]) for heading in headings) for cls in classes], headings)


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="Id or class name.", show_default=False)],
    verdicts: Annotated[
        bool, typer.Option("--verdicts", help="Run the scenarios of the class and show what it says of them.")
    ] = False,
) -> None:
    """Show a requirement: what it demands, how it is measured and enforced, parameters, references."""
    from rqml.registry import find

    cls = find(name)
    lines = [*_described(cls), *_parameters(cls), *_references(cls)]
    if verdicts:
        lines += ["", "Verdicts on its scenarios (seed 0):", *_verdicts(cls)]
    print("\n".join(lines))


@app.command()
def coverage(
    family: Families = None,
    source: Annotated[
        str, typer.Option(metavar="TEXT", help="List a taxonomy in full: its name begins with this.")
    ] = "",
    format_: FormatOption = PlainFormat.TEXT,
) -> None:
    """Count which entries of the public taxonomies the requirements cover; with --source, list them."""
    from rqml.cli.output import table

    covered = _covered(family)
    if format_ is PlainFormat.JSON:
        print(json.dumps(_coverage_entries(covered, source), indent=2, ensure_ascii=False))
    elif source:
        rows = [(e["id"], e["name"], ", ".join(e["requirements"]) or "-") for e in _coverage_entries(covered, source)]
        _known_source(rows, source)
        table(rows, ("id", "name", "requirements"))
    else:
        table(_coverage_counts(covered), ("taxonomy", "covered", "entries", "requirements"))


def _entry(cls: type[Requirement[Any]]) -> dict[str, Any]:
    from rqml.meta import limits_of

    meta = cls.meta
    return {
        "id": meta.id,
        "class": cls.__name__,
        "family": _family(cls),
        "title": meta.title,
        "statement": meta.statement,
        "stage": meta.stage.value,
        "severity": meta.severity.name.lower(),
        "cost": meta.cost.name.lower(),
        "subject": cls.subject_type().__name__,
        "limits": limits_of(cls),
        "references": list(meta.references),
    }


def _family(cls: type) -> str:
    return cls.__module__.split(".")[-2]


def _described(cls: type[Requirement[Any]]) -> list[str]:
    from rqml.docstring import docstring_of

    meta, text = cls.meta, docstring_of(cls)
    lines = [f"{meta.id} {cls.__name__}: {meta.title}", "", text.summary, "", f"Statement: {meta.statement}"]
    lines += [
        f"Judges: {cls.subject_type().__name__}   Stage: {meta.stage.value}   Severity: {meta.severity.name.lower()}"
        f"   Cost: {meta.cost.name.lower()}",
        f"Use: from {cls.__module__.rpartition('.')[0]} import {cls.__name__}",
        f"Remedy: {meta.remedy}",
    ]
    for heading, section in text.sections.items():
        lines += ["", f"{heading}:", *_wrapped(section, "  ")]
    return lines


def _parameters(cls: type[Requirement[Any]]) -> list[str]:
    import attrs

    from rqml.docstring import docstring_of
    from rqml.meta import limits_of

    said, limits = docstring_of(cls).arguments, limits_of(cls)
    lines = ["", "Parameters:"]
    for field in attrs.fields(cls):
        if field.inherited:
            continue
        default = "required" if field.default is attrs.NOTHING else f"default {_default(field.default)}"
        limit = f", limit: {limits[field.name]} is stricter" if field.name in limits else ""
        lines += [f"  {field.name} ({default}{limit})", *_wrapped(said.get(field.name, ""), "      ")]
    return lines if len(lines) > 2 else [*lines, "  none"]


def _default(value: Any) -> str:
    return "computed" if hasattr(value, "factory") else repr(value)


def _references(cls: type[Requirement[Any]]) -> list[str]:
    from rqml.taxonomy import resolve

    lines = ["", "Threats and controls:"]
    for reference in cls.meta.references:
        found = resolve(reference)
        lines.append(f"  {reference}  {f'{found.name} ({found.source})' if found else 'in no shipped taxonomy'}")
    return lines if cls.meta.references else [*lines, "  none"]


def _verdicts(cls: type[Requirement[Any]]) -> list[str]:
    import tempfile
    from pathlib import Path

    from rqml.run import Run

    lines = []
    for scenario in cls.scenarios():
        with tempfile.TemporaryDirectory(prefix="rqml-scenario-") as folder:
            result = scenario.requirement.check(scenario.build(0, Path(folder)), run=Run(seed=0))
        lines += [f"  {scenario.name} (must be {scenario.expected.value}):", *_wrapped(result.message, "      ")]
    return lines


def _covered(family: list[str] | None) -> dict[str, list[str]]:
    """Ids of the requirements for each reference, under the id that the taxonomy uses."""
    from rqml.registry import requirements
    from rqml.taxonomy import resolve

    covered: dict[str, list[str]] = {}
    for cls in requirements(family or None):
        for reference in cls.meta.references:
            found = resolve(reference)
            covered.setdefault(found.id if found else reference, []).append(cls.meta.id)
    return covered


def _coverage_entries(covered: dict[str, list[str]], source: str) -> list[dict[str, Any]]:
    from rqml.taxonomy import references, resolve

    listed = {reference.id: reference for reference in references() if reference.is_current}
    others = [found for found in map(resolve, covered) if found is not None and found.id not in listed]
    return [
        {"id": r.id, "name": r.name, "source": r.source, "requirements": sorted(set(covered.get(r.id, ())))}
        for r in (*listed.values(), *others)
        if r.source.lower().startswith(source.lower())
    ]


def _coverage_counts(covered: dict[str, list[str]]) -> list[tuple[str, ...]]:
    by_source: dict[str, list[dict[str, Any]]] = {}
    for entry in _coverage_entries(covered, ""):
        by_source.setdefault(entry["source"], []).append(entry)
    return [
        (
            source,
            str(sum(bool(entry["requirements"]) for entry in entries)),
            "-"
            if source in ("GDPR", "AI Act")
            else str(len(entries)),  # articles follow a pattern, they are not listed
            str(len({requirement for entry in entries for requirement in entry["requirements"]})),
        )
        for source, entries in by_source.items()
    ]


def _known_source(rows: Sequence[tuple[str, ...]], source: str) -> None:
    from rqml.errors import UnknownName
    from rqml.taxonomy import references

    if not rows:
        known = sorted({reference.source for reference in references()})
        raise UnknownName(f"there is no taxonomy {source!r}; known are: {', '.join(known)}")


def _wrapped(text: str, indent: str) -> list[str]:
    import textwrap

    return [
        line
        for paragraph in text.split("\n\n")
        for line in textwrap.wrap(paragraph, 110, initial_indent=indent, subsequent_indent=indent)
    ]
