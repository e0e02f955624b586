"""Repair columns that hold identifiers: drop, mask, generalise or tokenise them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from rqml_catalog.data_privacy.anonymity.frames import lazy_like, replace_columns
from rqml_catalog.data_privacy.identifiers.column_values import as_printed, missing
from rqml_catalog.data_privacy.identifiers.dictionary_attack import looks_hashed
from rqml_catalog.data_privacy.identifiers.pseudonyms import Key, pseudonymise, vault
from rqml_catalog.data_privacy.identifiers.redact import area_of, mask, redact, tokens, year_only
from rqml_catalog.data_privacy.identifiers.tally import is_prose

Treatment = Literal["drop", "mask", "generalise", "tokenise"]
# Kinds of which something less telling stays when they are generalised; others are masked then.
GENERALISED = frozenset({"DATE_OF_BIRTH", "ADDRESS"})
_MASK = re.compile(r"\[[A-Z_]+\]")
_DONE = {"drop": "dropped", "mask": "masked", "generalise": "generalised", "tokenise": "replaced by keyed tokens"}


def treat(
    frame: Any,
    kinds: Mapping[str, str],
    treatment: Treatment,
    key: Key | None = None,
    *,
    whole: Collection[str] = (),
) -> tuple[Any, tuple[str, ...]]:
    """Take the identifiers out of the columns found.

    In columns of sentences only the identifiers are replaced, whatever the treatment; columns of single values are
    dropped, masked ("[EMAIL]"), replaced by tokens, or generalised: dates of birth to years, addresses to prefixes of
    their postcodes; other kinds are masked then.

    Args:
        frame: any frame narwhals knows; it is not changed.
        kinds: what the columns to treat hold, e.g. {"mail": "EMAIL"}.
        treatment: how.
        key: the secret of the tokens; needed to tokenise.
        whole: columns whose values are treated whole even where they are sentences.

    Returns:
        A frame of the same library, and what was done in words.
    """
    import narwhals as nw

    wrapped = nw.from_native(frame)
    eager = wrapped.collect() if isinstance(wrapped, nw.LazyFrame) else wrapped
    new: dict[str, list[str | None]] = {}
    dropped, changes = [], []
    for column, kind in kinds.items():
        values = texts_of(eager, column)
        prose = column not in whole and _is_prose(values)
        if treatment == "drop" and not prose:
            dropped.append(column)
        else:
            new[column] = _treated(values, kind, treatment, key, prose=prose)
        what = "identifiers in sentences" if prose else f"{kind} values"
        done = "masked" if prose and treatment in {"drop", "generalise"} else _DONE[treatment]
        changes.append(f"column {column!r}: {what} {done}")
    kept = eager.drop(dropped).to_native()
    result = replace_columns(kept, new, np.ones(len(eager), dtype=np.bool_))
    return lazy_like(result, frame), tuple(changes)


def way_back(frame: Any, kinds: Mapping[str, str], key: Key, *, whole: Collection[str] = ()) -> dict[str, str]:
    """From the tokens that `treat` puts into columns of single values to the values; personal data, keep it apart.

    Args:
        frame: the frame before it was treated.
        kinds: what the columns treated held.
        key: the secret of the tokens.
        whole: columns whose values were treated whole.
    """
    import narwhals as nw

    wrapped = nw.from_native(frame)
    eager = wrapped.collect() if isinstance(wrapped, nw.LazyFrame) else wrapped
    back: dict[str, str] = {}
    for column, kind in kinds.items():
        values = texts_of(eager, column)
        if column in whole or not _is_prose(values):
            back |= vault(values, key, kind)
    return back


def _is_prose(values: list[str | None]) -> bool:
    return is_prose([value for value in dict.fromkeys(values) if value])


def hidden(values: Sequence[str]) -> bool:
    """Whether values are masks or digests: they name nobody directly, though digests may be undone."""
    return bool(values) and (all(map(_MASK.fullmatch, values)) or looks_hashed(values))


def texts_of(eager: Any, column: str) -> list[str | None]:
    """The values of a column of an eager narwhals frame as text, missing ones as None."""
    values = eager.get_column(column).to_list()
    return [None if missing(value) and not isinstance(value, str) else _plain(value) for value in values]


def _plain(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else as_printed(value)


def _treated(
    values: list[str | None], kind: str, treatment: Treatment, key: Key | None, *, prose: bool
) -> list[str | None]:
    if prose:
        return redact(values, tokens(key) if treatment == "tokenise" and key is not None else mask)
    if treatment == "tokenise" and key is not None:
        return pseudonymise(values, key, kind)
    if treatment == "generalise" and kind == "DATE_OF_BIRTH":
        return [year_only(value) for value in values]
    if treatment == "generalise" and kind == "ADDRESS":
        return [area_of(value) for value in values]
    return [None if value is None else f"[{kind}]" for value in values]
