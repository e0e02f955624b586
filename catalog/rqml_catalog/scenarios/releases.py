"""Seeded releases: synthetic people of whom a planted share are copies of original records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rqml.subjects.dataset import Dataset

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_KNOWN = ("age", "height", "weight", "district", "wage")


def synthetic(seed: int, copied: float, rows: int = 1200, *, noise: float = 0.0) -> tuple[Dataset, Dataset, Dataset]:
    """A released, an original and a control table.

    Of the released records the share `copied` repeats originals; the rest are drawn from the population.

    Args:
        seed: for everything.
        copied: share of released records that are copies, in [0, 1]; then the same share of originals is copied.
        rows: records in each of the three tables.
        noise: standard deviation added to the numbers of copies, as a share of their spread.
    """
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    original, control, fresh = (_people(rng, rows) for _ in range(3))
    copies = original.iloc[rng.permutation(rows)[: round(copied * rows)]].copy()
    for name in ("height", "weight", "wage", "illness"):
        copies[name] += noise * copies[name].std() * rng.normal(size=len(copies)) if noise else 0
    released = pd.concat([copies, fresh.iloc[len(copies) :]]).sample(frac=1, random_state=seed)
    return _dataset(released), _dataset(original), _dataset(control)


def _dataset(frame: pd.DataFrame) -> Dataset:
    return Dataset(frame.reset_index(drop=True), quasi_identifiers=_KNOWN, sensitive="illness")


def _people(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """People with a severity of illness that what is known of them hardly tells."""
    import numpy as np
    import pandas as pd

    height = rng.normal(170, 10, rows)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 90, rows),
            "height": height,
            "weight": rng.normal(height - 100, 12),
            "district": rng.choice([f"d{i}" for i in range(12)], rows),
            "wage": np.exp(rng.normal(8, 0.5, rows)),
            "illness": rng.random(rows) * 100,
        }
    )
