"""Three attacks on a released table: singling out, linkability, inference.

Source: Giomi et al., A unified framework for quantifying privacy risk in synthetic data, PoPETs 2023(2). An attack is
run against records behind the release and, just so, against control records; what it achieves on these is what the
population tells anyway. The risk is (success - control) / (1 - control). Here all guesses are evaluated as arrays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs
import numpy as np

from rqml.errors import InsufficientEvidence, Unsupported
from rqml.estimate import Estimate
from rqml_catalog.data_privacy.anonymity.codes import Column, Flags, Floats, Ints, combine
from rqml_catalog.data_privacy.reidentification.attributes import Attribute, hidden, strange
from rqml_catalog.data_privacy.reidentification.nearest import Records, nearest

_BINS = 32
_TOLERANCE = 0.05
_FEWEST = 30
_PILOT, _SPLITS = 100, 8


@attrs.frozen(eq=False)
class Tables:
    """The three tables, column by column coded together.

    Attributes:
        known: attributes that the attacker knows of a person.
        secret: attributes that the attacker wants to learn.
        released, original, control: rows of each table in the coded columns.
        names: of the columns that the attributes stand for, the known ones first.
    """

    known: Sequence[Attribute]
    secret: Sequence[Attribute]
    released: Ints
    original: Ints
    control: Ints
    names: Sequence[str]

    @property
    def columns(self) -> list[Column]:
        """All columns of all attributes."""
        return columns_of([*self.known, *self.secret])

    def check(self) -> None:
        """Refuse tables too small to say anything, and values that cannot be compared.

        Raises:
            InsufficientEvidence: fewer than 30 records in one of the tables.
            Unsupported: most released values of a column occur in neither the original nor its hierarchy, while those
                of the control do: they are labels that nothing can be compared with.
        """
        least = min(len(self.released), len(self.original), len(self.control))
        if least < _FEWEST:
            raise InsufficientEvidence(f"the smallest of the three tables has {least} records: {_FEWEST} are needed")
        for name, column in zip(self.names, [*self.known, *self.secret], strict=True):
            unknown, usual = (strange(column[-1], rows, self.original) for rows in (self.released, self.control))
            if not column[-1].is_numeric and unknown - usual > 0.5:
                raise Unsupported(
                    f"most released values of column {name!r} occur neither in the original nor in a hierarchy: give "
                    "the hierarchy of its labels by Dataset(..., hierarchies={column: hierarchy}), or, where they are "
                    "representatives that KAnonymity wrote, say so by Dataset(..., roles={'representatives': columns})"
                )


def columns_of(attributes: Sequence[Attribute]) -> list[Column]:
    """The columns of several attributes."""
    return [column for one in attributes for column in one]


def singling_out(tables: Tables, attacks: int, generator: np.random.Generator) -> tuple[Flags, Flags]:
    """Guess predicates that hold for one released record only; success if one original record satisfies them.

    A predicate fixes the values (numbers: the bin of 32) of a random set of columns as in one released record, which
    tells them all. Where no such predicate is found, all attempts failed: so many guesses without success.

    Returns:
        success per guess on the original and on the control records.
    """
    plain = tables.columns
    columns = [_binned(column) for column in plain]
    hits: list[Flags] = []
    controls: list[Flags] = []
    rounds = 20
    for _ in range(rounds):
        width = int(generator.integers(min(2, len(columns)), len(columns) + 1))
        chosen = generator.choice(len(columns), width, replace=False)
        ids, count = combine([columns[j] for j in chosen], [int(columns[j].max()) + 1 for j in chosen])
        told = tables.released[~hidden([plain[j] for j in chosen])[tables.released]]
        seen = np.bincount(ids[told], minlength=count)
        unique = np.flatnonzero(seen == 1)
        guesses = generator.permutation(unique)[: math.ceil(attacks / rounds)]
        hits.append(np.bincount(ids[tables.original], minlength=count)[guesses] == 1)
        controls.append(np.bincount(ids[_as_many(tables, generator)], minlength=count)[guesses] == 1)
    if not any(map(len, hits)):
        return np.zeros(attacks, dtype=bool), np.zeros(attacks, dtype=bool)
    return np.concatenate(hits), np.concatenate(controls)


def _as_many(tables: Tables, generator: np.random.Generator) -> Ints:
    """Control records, as many as there are originals where possible: being unique depends on the number."""
    return generator.permutation(tables.control)[: len(tables.original)]


def linkability(tables: Tables, attacks: int, generator: np.random.Generator) -> tuple[Flags, Flags]:
    """Link two halves of what is known of a person by the released record that is nearest to both.

    The split into halves that links most is chosen on a pilot, whose records are not attacked again.

    Returns:
        success per attacked record of the original and of the control.
    """
    original, control = generator.permutation(tables.original), generator.permutation(tables.control)
    pilot = min(_PILOT, len(original) // 4)
    splits = [np.array_split(generator.permutation(len(tables.known)), 2) for _ in range(_SPLITS)]
    split = max(splits, key=lambda halves: int(_linked(tables, halves, original[:pilot]).sum()))
    targets = original[pilot : pilot + attacks]
    return _linked(tables, split, targets), _linked(tables, split, control[:attacks])


def _linked(tables: Tables, halves: Sequence[Ints], targets: Ints) -> Flags:
    """Per target: do both halves of its known columns lead to the same released record?"""
    found = [nearest(*_pair([tables.known[j] for j in half], targets, tables))[0] for half in halves]
    linked: Flags = found[0] == found[1]
    return linked


def inference(tables: Tables, attacks: int, generator: np.random.Generator) -> tuple[Flags, Flags]:
    """Guess a person's secret to be that of the released record nearest in what is known.

    A number is guessed if it is off by at most 5 % of the range. With several secrets all must be right.

    Returns:
        success per attacked record of the original and of the control.
    """
    sides = []
    for rows in (tables.original, tables.control):
        targets = generator.permutation(rows)[:attacks]
        guessed = tables.released[nearest(*_pair(tables.known, targets, tables))[0]]
        sides.append(np.all([_right(secret, targets, guessed) for secret in tables.secret], axis=0))
    return sides[0], sides[1]


def risk(success: Flags, control: Flags, confidence: float) -> Estimate:
    """Risk of an attack above the control, in [0, 1], with a conservative interval.

    Both success rates get Clopper-Pearson intervals at half the error each (union bound).
    """
    each = 1 - (1 - confidence) / 2
    attack = Estimate.proportion(int(success.sum()), len(success), confidence=each)
    base = Estimate.proportion(int(control.sum()), len(control), confidence=each)
    value, low, high = (
        _above(a, b) for a, b in ((attack.value, base.value), (attack.low, base.high), (attack.high, base.low))
    )
    return Estimate.interval(value, low, high, confidence=confidence, n=len(success), unit="share")


def _above(attack: float, control: float) -> float:
    return min(max((attack - control) / (1 - control), 0.0), 1.0) if control < 1 else 0.0


def records(columns: Sequence[Column], rows: Ints, reference: Ints) -> Records:
    """Records in comparable form; numbers are scaled by the range of the `reference` rows."""
    numbers = [_scaled(column, rows, reference) for column in columns if column.is_numeric]
    codes = [column.codes[rows] for column in columns if not column.is_numeric]
    empty = np.empty((len(rows), 0))
    return Records(
        np.stack(numbers, axis=1) if numbers else empty,
        np.stack(codes, axis=1) if codes else empty.astype(np.int64),
    )


def _pair(attributes: Sequence[Attribute], targets: Ints, tables: Tables) -> tuple[Records, Records]:
    columns = columns_of(attributes)
    return (
        records(columns, targets, tables.original),
        records(columns, tables.released, tables.original),
    )


def _values(column: Column) -> Floats:
    return np.array([np.nan if value is None else float(value) for value in column.values])


def _scaled(column: Column, rows: Ints, reference: Ints) -> Floats:
    values = _values(column)
    there = values[column.codes[reference]]
    width = float(np.nanmax(there) - np.nanmin(there)) if not np.isnan(there).all() else 0.0
    return values[column.codes[rows]] / (width or 1.0)


def _right(secret: Attribute, targets: Ints, guessed: Ints) -> Flags:
    """Is all that the guessed records tell of the secret right, and do they tell something?"""
    untold = [hidden([column])[guessed] for column in secret]
    right = [open_ | _same(column, targets, guessed) for column, open_ in zip(secret, untold, strict=True)]
    found: Flags = np.all(right, axis=0) & ~np.all(untold, axis=0)
    return found


def _same(column: Column, rows: Ints, others: Ints) -> Flags:
    if not column.is_numeric:
        equal: Flags = column.codes[rows] == column.codes[others]
        return equal
    gap = np.abs(_scaled(column, rows, rows) - _scaled(column, others, rows))
    near: Flags = (gap <= _TOLERANCE) | (column.codes[rows] == column.codes[others])
    return near


def _binned(column: Column) -> Ints:
    if not column.is_numeric or len(column.values) <= _BINS:
        return column.codes
    values = _values(column)[column.codes]
    edges = np.nanquantile(values, np.linspace(0, 1, _BINS + 1)[1:-1])
    return np.where(np.isnan(values), _BINS, np.searchsorted(edges, values, side="right")).astype(np.int64)
