"""Seeded tables of people: raw ones, and ones whose equivalence classes have planted sizes and contents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rqml.subjects.dataset import Dataset
from rqml.subjects.hierarchy import Hierarchy

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

ILLNESSES = ("none", "asthma", "diabetes", "migraine", "gout", "flu", "anaemia", "eczema")
_CODES = tuple(f"7{i:02d}{j:02d}" for i in range(5) for j in range(8))


def hierarchies() -> dict[str, Hierarchy]:
    """Hierarchies of age (18 to 97) and postcode."""
    return {"age": Hierarchy.intervals(18, 97, (5, 10, 20, 40)), "postcode": Hierarchy.prefixes(_CODES)}


def raw(seed: int, rows: int = 600) -> Dataset:
    """People as they are collected: most are unique in age, postcode and sex; illness depends on age."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    age = np.clip(rng.normal(45, 15, rows), 18, 97).astype(int)
    illness = (age // 12 + rng.integers(0, 4, rows)) % len(ILLNESSES)
    frame = pd.DataFrame(
        {
            "age": age,
            "postcode": rng.choice(_CODES, rows),
            "sex": rng.choice(["f", "m"], rows),
            "illness": np.array(ILLNESSES)[illness],
            "claims": (illness + rng.integers(0, 3, rows) > 4).astype(int),
        }
    )
    return _dataset(frame)


def in_classes(seed: int, smallest: int, classes: int = 30, *, missing: bool = False) -> Dataset:
    """People in `classes` equivalence classes, one of them of exactly `smallest` records, the others larger.

    Args:
        seed: for everything else.
        smallest: records in the smallest class.
        classes: number of classes.
        missing: the smallest class is that of the people whose age is missing.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    sizes = smallest + rng.integers(3, 25, classes)
    sizes[0] = smallest
    frame = _people(rng, sizes)
    if missing:
        ages = frame["age"].astype("Float64")
        frame["age"] = ages.mask(frame.pop("class") == 0)
        frame.loc[frame["age"].isna(), ["postcode", "sex"]] = [_CODES[0], "f"]
    else:
        del frame["class"]
    return _shuffled(frame, rng)


def with_illnesses(seed: int, values: int, classes: int = 12) -> Dataset:
    """People in classes of equal size; in one class `values` illnesses occur, equally often, in the others all."""
    import numpy as np

    rng = np.random.default_rng(seed)
    size = 3 * len(ILLNESSES)
    frame = _people(rng, np.full(classes, size))
    illness = np.tile(np.array(ILLNESSES), len(frame) // len(ILLNESSES))
    odd = frame["class"].to_numpy() == 0
    illness[odd] = np.array(ILLNESSES)[rng.permutation(len(ILLNESSES))[np.arange(size) % values]]
    frame["illness"] = illness
    del frame["class"]
    return _shuffled(frame, rng)


def with_skew(seed: int, share: float, classes: int = 10, *, numeric: bool = False) -> Dataset:
    """People in classes of equal size, illnesses equally frequent in all but one class.

    In that class `share` of the records (of the table's distance) have their illness of the first half replaced by
    one of the second half: its total variation distance from the table is `share`, and so is the hierarchical one,
    as `illness_groups` puts the halves apart.

    Args:
        seed: for everything else.
        share: distance of the odd class from the table, below 0.4.
        classes: number of classes.
        numeric: illnesses are numbers 0 to 7; then the ordered distance of the odd class is 4/7 of `share`.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    size = 40 * len(ILLNESSES)
    frame = _people(rng, np.full(classes, size))
    illness = np.tile(np.arange(len(ILLNESSES)), len(frame) // len(ILLNESSES))
    odd = np.flatnonzero((frame.pop("class").to_numpy() == 0) & (illness < len(ILLNESSES) // 2))
    moved = round(share * size * classes / (classes - 1))
    illness[odd[:moved]] += len(ILLNESSES) // 2
    frame["illness"] = illness if numeric else np.array(ILLNESSES)[illness]
    return _shuffled(frame, rng)


def illness_groups() -> Hierarchy:
    """A hierarchy that puts the first and the second half of the illnesses into two groups."""
    return Hierarchy.from_rows([(name, "first" if i < 4 else "second", "*") for i, name in enumerate(ILLNESSES)])


def _people(rng: np.random.Generator, sizes: Any) -> pd.DataFrame:
    """One combination of age, postcode and sex per class; column `class` says which."""
    import numpy as np
    import pandas as pd

    combinations = rng.permutation(40 * len(_CODES))[: len(sizes)]
    number = np.repeat(np.arange(len(sizes)), sizes)
    chosen = combinations[number]
    return pd.DataFrame(
        {
            "class": number,
            "age": 18 + 2 * (chosen % 40),
            "postcode": np.array(_CODES)[chosen // 40],
            "sex": np.where(number % 2 == 0, "f", "m"),
            "illness": rng.choice(ILLNESSES, len(number)),
            "claims": rng.integers(0, 2, len(number)),
        }
    )


def _shuffled(frame: pd.DataFrame, rng: np.random.Generator) -> Dataset:
    return _dataset(frame.iloc[rng.permutation(len(frame))].reset_index(drop=True))


def _dataset(frame: pd.DataFrame) -> Dataset:
    return Dataset(
        frame,
        quasi_identifiers=("age", "postcode", "sex"),
        sensitive=("illness",),
        target="claims",
        hierarchies=hierarchies(),
    )
