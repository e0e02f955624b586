"""Merge what `generate_allowlist.py` wrote in several environments into `allowed.tsv`."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator

Row = tuple[str, str, str]


def merge(paths: Iterable[str]) -> Iterator[str]:
    """One line per (kind, module): `kind <tab> module <tab> environments <tab> names`, sorted."""
    environments: list[str] = []
    seen: dict[Row, str] = defaultdict(str)
    strength = {"F": 0, "N": 1, "M": 2, "C": 3, "R": 4, "T": 5}
    kinds: dict[tuple[str, str], str] = {}
    for number, path in enumerate(paths):
        with open(path, encoding="utf-8") as handle:  # noqa: PTH123 (kept free of any import but the standard library's core)
            lines = handle.read().splitlines()
        environments.append(lines[0].removeprefix("# "))
        for line in lines[1:]:
            kind, module, name = line.split("\t")
            known = kinds.get((module, name), kind)
            kinds[module, name] = max(kind, known, key=strength.__getitem__)
            seen[kind, module, name] += chr(ord("a") + number)
    versions: dict[tuple[str, str], set[str]] = defaultdict(set)
    for (_, module, name), letters in seen.items():
        versions[module, name].update(letters)
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for (module, name), kind in kinds.items():
        groups[kind, module, "".join(sorted(versions[module, name]))].append(name)
    yield from (f"# {chr(ord('a') + number)} = {text}" for number, text in enumerate(environments))
    for (kind, module, letters), names in sorted(groups.items(), key=lambda item: (item[0][1], item[0])):
        yield f"{kind}\t{module}\t{letters}\t{' '.join(sorted(names))}"


if __name__ == "__main__":
    print("\n".join(merge(sys.argv[1:])))
