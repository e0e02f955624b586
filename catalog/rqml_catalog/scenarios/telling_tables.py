"""Seeded tables whose features tell, by a known amount, about the target or about a protected attribute."""

from __future__ import annotations

from typing import Any

ROWS = 1500


def with_features(seed: int, useful: int, useless: int, rows: int = ROWS) -> Any:
    """A dataset whose target depends on each of the useful features and on none of the others.

    Args:
        seed: the seed.
        useful: number of features that matter equally.
        useless: number of features that are pure noise.
        rows: number of rows.
    """
    import numpy as np
    import pandas as pd

    from rqml import Dataset

    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, useful + useless))
    score = 1.8 * X[:, :useful].sum(axis=1) + rng.logistic(size=rows)
    names = [f"need_{i}" for i in range(useful)] + [f"noise_{i}" for i in range(useless)]
    return Dataset(pd.DataFrame(X, columns=names).assign(target=np.where(score > 0, "yes", "no")), target="target")


def with_proxy(seed: int, strength: float, rows: int = 3000) -> Any:
    """A dataset with a protected attribute of two groups that one feature tells.

    Args:
        seed: the seed.
        strength: balanced accuracy beyond chance of the best guess from `district` (0 to 1).
        rows: number of rows.
    """
    from statistics import NormalDist

    import numpy as np
    import pandas as pd

    from rqml import Dataset

    rng = np.random.default_rng(seed)
    group = rng.integers(0, 2, size=rows)
    # Two normal groups this far apart are told with balanced accuracy (1 + strength) / 2.
    distance = 2 * NormalDist().inv_cdf((1 + strength) / 2)
    frame = pd.DataFrame(
        {
            "district": rng.normal(size=rows) + distance * group,
            "income": rng.normal(size=rows),
            "years": rng.normal(size=rows),
            "origin": np.where(group == 1, "a", "b"),
            "target": rng.integers(0, 2, size=rows),
        }
    )
    return Dataset(frame, target="target", roles={"protected": "origin"})
