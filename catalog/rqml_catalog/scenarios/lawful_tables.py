"""Seeded tables whose rows carry purposes, consent and dates, partly in breach of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rqml_catalog.scenarios.personal_tables import seeded

AS_OF = "2026-01-01T00:00:00+00:00"
ROWS = 200


def with_purposes(seed: int, others: float = 0.0, missing: float = 0.0, refused: float = 0.0) -> Any:
    """A dataset whose rows allow "care" (some also "research"), but for shares that allow nothing of the kind.

    Args:
        seed: the seed.
        others: share of rows that only allow "marketing".
        missing: share of rows without a purpose.
        refused: share of rows whose consent was withdrawn.
    """
    import pandas as pd

    from rqml import Dataset

    rng = seeded(seed)
    purposes: list[str | None] = [rng.choice(["care", "care;research", "research; care"]) for _ in range(ROWS)]
    consents = ["yes"] * ROWS
    order = rng.sample(range(ROWS), ROWS)
    first, second = round(others * ROWS), round((others + missing) * ROWS)
    for row in order[:first]:
        purposes[row] = "marketing"
    for row in order[first:second]:
        purposes[row] = None
    for row in order[second : second + round(refused * ROWS)]:
        consents[row] = "withdrawn"
    frame = pd.DataFrame({"purpose": purposes, "consent": consents, "age": [rng.randint(18, 90) for _ in range(ROWS)]})
    return Dataset(frame, roles={"purpose": "purpose", "consent": "consent"})


def with_ages(seed: int, oldest_days: float, offset: str = "", expired: float = 0.1) -> Any:
    """A dataset dated before `AS_OF`: a share of the rows up to `oldest_days` old, the others a tenth of that.

    Args:
        seed: the seed.
        oldest_days: age of the oldest row in days.
        offset: what to write behind the dates, e.g. "+02:00"; nothing for naive dates.
        expired: share of rows that are nearly as old as the oldest.
    """
    import pandas as pd

    from rqml import Dataset

    rng = seeded(seed)
    now = datetime.fromisoformat(AS_OF)
    ages = [oldest_days] + [
        oldest_days * (rng.uniform(0.95, 1) if rng.random() < expired else rng.uniform(0, 0.1)) for _ in range(ROWS - 1)
    ]
    rng.shuffle(ages)
    dates = [(now - timedelta(days=age)).strftime("%Y-%m-%d %H:%M:%S") + offset for age in ages]
    return Dataset(pd.DataFrame({"seen": dates, "amount": [rng.randint(1, 99) for _ in ages]}), time="seen")
