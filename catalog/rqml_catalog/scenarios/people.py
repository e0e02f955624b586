"""Seeded tables of people: raw ones, and ones whose equivalence classes have planted sizes and contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rqml.subjects.dataset import Dataset
from rqml.subjects.hierarchy import Hierarchy

if TYPE_CHECKING:
    import pandas as pd

ILLNESSES = ("none", "asthma", "diabetes", "migraine", "gout", "flu", "anaemia", "eczema")
ROLES = {"quasi_identifiers": ("age", "postcode", "sex"), "sensitive": ("illness",)}
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
    return Dataset(frame, target="claims", hierarchies=hierarchies(), **ROLES)


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


def _people(rng: object, sizes: object) -> pd.DataFrame:
    """One combination of age, postcode and sex per class; column `class` says which."""
    import numpy as np
    import pandas as pd

    assert isinstance(rng, np.random.Generator)
    counts = np.asarray(sizes)
    combinations = rng.permutation(40 * len(_CODES))[: len(counts)]
    number = np.repeat(np.arange(len(counts)), counts)
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


def _shuffled(frame: pd.DataFrame, rng: object) -> Dataset:
    import numpy as np

    assert isinstance(rng, np.random.Generator)
    order = rng.permutation(len(frame))
    return Dataset(frame.iloc[order].reset_index(drop=True), target="claims", hierarchies=hierarchies(), **ROLES)
