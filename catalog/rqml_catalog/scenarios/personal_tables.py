"""Seeded tables with and without personal identifiers, hashed or tokenised ones, dates and purposes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from rqml_catalog.scenarios import personal_data
from rqml_catalog.scenarios.national_numbers import digits

ROWS = 200
_TEXT = """
parcel arrived late and the box was damaged so we would like a refund the colour does not match the picture support was
friendly but slow please check the battery of the device again it works fine since the last update
"""
_WORDS = _TEXT.split()


def seeded(seed: int) -> Random:
    """A generator of chance that gives the same for the same seed."""
    return Random(seed)  # noqa: S311 - invented data, no secrets


def sentence(rng: Random, words: int = 9) -> str:
    """Words of customers' comments, without any identifier."""
    return " ".join(rng.choice(_WORDS) for _ in range(words))


def harmless(seed: int, rows: int = ROWS) -> Any:
    """A pandas table of look-alikes: order numbers, versions, hashes, models, comments; no identifier."""
    import pandas as pd

    rng = seeded(seed)
    return pd.DataFrame(
        {
            "order_number": [digits(rng, 10) for _ in range(rows)],
            "app_version": [f"{rng.randint(1, 9)}.{rng.randint(0, 30)}.{rng.randint(0, 9)}" for _ in range(rows)],
            "build": [f"{rng.getrandbits(160):040x}" for _ in range(rows)],
            "phone_model": [rng.choice(["Pixel 8", "Galaxy S23", "Nokia 3310"]) for _ in range(rows)],
            "email_opt_in": [rng.choice(["yes", "no"]) for _ in range(rows)],
            "amount": [round(rng.uniform(1, 500), 2) for _ in range(rows)],
            "comment": [sentence(rng) for _ in range(rows)],
        }
    )


def with_columns(seed: int, kinds: Sequence[str], rows: int = ROWS) -> Any:
    """The harmless table and a column for each kind of identifier, under names that do not tell."""
    rng = seeded(seed)
    table = harmless(seed, rows)
    for index, kind in enumerate(kinds):
        table[f"field_{index}"] = personal_data.column(rng, kind, rows)
    return table


def with_comments(seed: int, share: float, rows: int = ROWS, kinds: Sequence[str] = ("EMAIL", "IBAN")) -> Any:
    """The harmless table with identifiers in that share of its comments."""
    rng = seeded(seed)
    table = harmless(seed, rows)
    comments = list(table["comment"])
    for row in rng.sample(range(rows), round(share * rows)):
        kind = rng.choice(list(kinds))
        identifier = personal_data.MAKERS[kind](rng, rng.choice(personal_data.LOCALES))
        comments[row] = f"{comments[row]} {identifier} {sentence(rng, 3)}"
    table["comment"] = comments
    return table


def with_hashes(seed: int, make: Callable[[Random], str], scheme: Callable[[str], str], rows: int = ROWS) -> Any:
    """The harmless table and a column `subject` of hashed (or otherwise disguised) values."""
    rng = seeded(seed)
    table = harmless(seed, rows)
    table["subject"] = [scheme(make(rng)) for _ in range(rows)]
    return table.drop(columns=["build", "order_number"])


def digest(algorithm: str, *, size: int | None = None, salt: str = "") -> Callable[[str], str]:
    """A plain hash in hexadecimal, cut to `size` characters; with a fixed salt if one is given."""
    return lambda value: hashlib.new(algorithm, (salt + value).encode()).hexdigest()[:size]


def keyed(key: str) -> Callable[[str], str]:
    """HMAC-SHA256 under a key."""
    return lambda value: hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()


def birth_date_of_1985(rng: Random) -> str:
    """A day in the summer of 1985."""
    return f"1985-{rng.randint(6, 8):02d}-{rng.randint(1, 28):02d}"
