"""Hierarchy: how the values of a column generalise, from a leaf up to `*`."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from numbers import Integral, Real
from pathlib import Path

import attrs

from rqml.errors import InvalidSubject

ROOT = "*"
_MOST_LEAVES = 1_000_000


def as_label(value: object) -> str:
    """One spelling for a value, whatever its type: 39, 39.0 and "39" are the same leaf."""
    if isinstance(value, Real) and not isinstance(value, (bool, Integral)):
        number = float(value)
        return str(int(number)) if number.is_integer() else repr(number)
    return str(int(value)) if isinstance(value, Integral) and not isinstance(value, bool) else str(value)


@attrs.frozen(slots=False)
class Hierarchy:
    """A tree over the values of one column, all leaves equally deep.

    Attributes:
        rows: one path per leaf, from the leaf to `*`; all of the same length (the height, leaf level included).
        step: width of a leaf on the number line (made by `intervals`), or None. With a step, a number belongs
            to the leaf at or below it; without, a value must be a leaf or an inner node.

    Raises:
        InvalidSubject: no rows, ragged rows, a leaf twice, a node with two parents or on two paths,
            or a path that does not end in `*`.
    """

    rows: tuple[tuple[str, ...], ...] = attrs.field(repr=False)
    step: float | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Refuse what is not a tree."""
        if not self.rows:
            raise InvalidSubject("a hierarchy needs at least one leaf: it has no rows")
        _check_shape(self.rows)
        _check_tree(self.rows)

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence[object]]) -> Hierarchy:
        """A hierarchy from paths such as ("Bachelors", "Higher education", "*")."""
        return cls(tuple(tuple(as_label(value) for value in row) for row in rows))

    @classmethod
    def from_csv(cls, path: str | Path, separator: str = ";") -> Hierarchy:
        """Read the format of the ARX tool: no header, one row per leaf, one column per level, last `*`.

        Raises:
            InvalidSubject: the file is missing, not UTF-8, or holds no tree.
        """
        try:
            with Path(path).open(encoding="utf-8-sig", newline="") as stream:
                rows = [tuple(row) for row in csv.reader(stream, delimiter=separator) if row]
        except OSError as error:
            raise InvalidSubject(f"the hierarchy file cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise InvalidSubject("the hierarchy file is not UTF-8 text: save it as UTF-8") from error
        if rows and len(rows[0]) == 1:
            raise InvalidSubject(f"no {separator!r} in the hierarchy file: name its separator by separator=")
        return cls(tuple(rows))

    @classmethod
    def intervals(cls, low: float, high: float, widths: Sequence[float], *, step: float = 1) -> Hierarchy:
        """Bins of growing width over the numbers from `low` to `high`.

        Args:
            low: smallest value of the domain, where all bins start.
            high: largest value of the domain, inclusive.
            widths: bin width of each level above the leaves, each a multiple of the one before, as (5, 10, 20).
            step: width of a leaf; 1 for whole numbers.

        Raises:
            InvalidSubject: low >= high, no width, widths that do not nest, or more than a million leaves.
        """
        if not (math.isfinite(low) and math.isfinite(high) and low < high and step > 0 and widths):
            raise InvalidSubject("intervals need finite low < high, a step > 0 and at least one width")
        factors = [round(width / step) for width in widths]
        chain = [1, *factors]
        if any(not math.isclose(f * step, w) for f, w in zip(factors, widths, strict=True)) or any(
            b <= a or b % a for a, b in pairwise(chain)
        ):
            raise InvalidSubject(f"each width must be a multiple of the one before (first: of step={step:g})")
        count = math.floor((high - low) / step + 1e-9) + 1
        if count > _MOST_LEAVES:
            raise InvalidSubject(
                f"{count} leaves of width {step:g} are too many (at most {_MOST_LEAVES}): give wider ones by step=, "
                f"above {(high - low) / _MOST_LEAVES:g}, and widths that are multiples of it"
            )
        rows = []
        for leaf in range(count):
            bins = (_bin(low, step, factor, leaf // factor, count) for factor in factors)
            rows.append((as_label(low + leaf * step), *bins, ROOT))
        return cls(tuple(rows), step=step)

    @classmethod
    def prefixes(cls, values: Iterable[object], lengths: Sequence[int] | None = None, *, mask: str = "*") -> Hierarchy:
        """Codes whose last characters are masked level by level, as postcodes: 75011, 7501*, 75***.

        Args:
            values: the domain, for instance all postcodes of the country or those of the column; missing ones are
                skipped, since a missing value stays one under every hierarchy.
            lengths: characters kept at each level, falling, as (4, 2); default: one character less each level.
            mask: character that stands for a masked one.

        Raises:
            InvalidSubject: no values, or lengths that do not fall.
        """
        from rqml.evidence._encoding import is_missing

        leaves = sorted({as_label(value) for value in values if not is_missing(value)})
        longest = max(map(len, leaves), default=0)
        kept = list(range(longest - 1, 0, -1)) if lengths is None else list(lengths)
        if any(b >= a for a, b in pairwise(kept)) or any(length < 1 for length in kept):
            raise InvalidSubject("lengths must fall from level to level and be at least 1")
        return cls(tuple((leaf, *(_masked(leaf, length, mask) for length in kept), ROOT) for leaf in leaves))

    @property
    def height(self) -> int:
        """Number of levels, leaves and `*` included."""
        return len(self.rows[0])

    @property
    def leaves(self) -> tuple[str, ...]:
        """The most specific values, in the order given."""
        return tuple(row[0] for row in self.rows)

    def path(self, value: object) -> tuple[str, ...]:
        """Labels of a value from level 0 to `*`; a value that is an inner node stays itself below its level.

        Raises:
            InvalidSubject: the value is neither a leaf nor a node (the message does not repeat it).
        """
        found = self._paths.get(as_label(value))
        if found is None and self.step is not None:
            found = self._bin_of(value)
        if found is None:
            raise InvalidSubject(
                "a value is absent from the hierarchy of its column: add a row for it, or clean the column"
            )
        return found

    def leaves_under(self, level: int, label: str) -> tuple[str, ...]:
        """The leaves that a node covers, in the order given."""
        return self.covered(level, label)[1]

    def covered(self, level: int, label: str) -> tuple[int, tuple[str, ...]]:
        """Number of the first leaf that a node covers, and all its leaves.

        A label that is not on `level` (an inner node met where a leaf was expected) is looked up above it.
        """
        members = next(nodes[label] for nodes in self._members[level:] if label in nodes)
        return members[0], tuple(self.rows[i][0] for i in members)

    @cached_property
    def _members(self) -> tuple[Mapping[str, list[int]], ...]:
        return _members(self.rows)

    @cached_property
    def _paths(self) -> Mapping[str, tuple[str, ...]]:
        paths: dict[str, tuple[str, ...]] = {}
        for level in range(self.height):
            for row in self.rows:
                paths.setdefault(row[level], (row[level],) * level + row[level:])
        return paths

    def _bin_of(self, value: object) -> tuple[str, ...] | None:
        try:
            position = (float(str(value)) - float(self.rows[0][0])) / float(self.step or 1)
        except ValueError:
            return None
        leaf = math.floor(position + 1e-9) if math.isfinite(position) else -1
        return self.rows[leaf] if 0 <= leaf < len(self.rows) else None


def _bin(low: float, step: float, factor: int, index: int, count: int) -> str:
    """Label of a bin: first and last leaf it covers."""
    first, last = index * factor, min((index + 1) * factor, count) - 1
    return f"{as_label(low + first * step)}-{as_label(low + last * step)}"


def _masked(leaf: str, kept: int, mask: str) -> str:
    return leaf[:kept] + mask * (len(leaf) - kept)


def _members(rows: Sequence[Sequence[str]]) -> tuple[dict[str, list[int]], ...]:
    levels: list[dict[str, list[int]]] = []
    for level in range(len(rows[0])):
        nodes: dict[str, list[int]] = {}
        for i, row in enumerate(rows):
            nodes.setdefault(row[level], []).append(i)
        levels.append(nodes)
    return tuple(levels)


def _check_shape(rows: Sequence[Sequence[str]]) -> None:
    height = len(rows[0])
    for i, row in enumerate(rows):
        if len(row) != height:
            raise InvalidSubject(f"ragged hierarchy: row {i + 1} has {len(row)} levels, row 1 has {height}")
        if row[-1] != ROOT:
            raise InvalidSubject(f"the last level of row {i + 1} is not {ROOT!r}: every path must end there")
    if height < 2:
        raise InvalidSubject(f"a hierarchy needs at least two levels: the leaf and {ROOT!r}")


def _check_tree(rows: Sequence[Sequence[str]]) -> None:
    """Each leaf once, each node one parent, and no label at two places of the tree."""
    seen: dict[str, int] = {}
    for i, row in enumerate(rows):
        if row[0] in seen:
            raise InvalidSubject(f"rows {seen[row[0]] + 1} and {i + 1} have the same leaf")
        seen[row[0]] = i
    places: dict[str, set[int]] = {}
    for level, nodes in enumerate(_members(rows)):
        for label, members in nodes.items():
            if level + 1 < len(rows[0]) and len({rows[i][level + 1] for i in members}) > 1:
                raise InvalidSubject(
                    f"a node of level {level} (first in row {members[0] + 1}) has two parents at level {level + 1}"
                )
            if not places.setdefault(label, set()) <= set(members):
                raise InvalidSubject(
                    f"cyclic hierarchy: a label of level {level} (first in row {members[0] + 1}) "
                    "is also a lower node that it does not contain"
                )
            places[label].update(members)
