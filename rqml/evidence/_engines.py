"""Lazy tables: polars collects; DuckDB sums row digests where the data are; other engines cannot answer."""

from __future__ import annotations

from typing import Any

from rqml.evidence._encoding import digest, pack, utf8

_LIMBS = 4  # a SHA-256 as four 64-bit numbers, each summed on its own
_NESTED = ("STRUCT", "MAP", "UNION", "LIST", "ARRAY")


def duckdb_digest(relation: Any, extra: bytes) -> bytes:
    """The 32-byte digest of a DuckDB relation as a multiset of rows, computed by DuckDB in constant memory.

    Each row is one length-prefixed text, hashed by SHA-256; the hashes are added in 64-bit limbs, an
    incremental hash in the manner of Bellare and Micciancio ("A New Paradigm for Collision-Free Hashing",
    Eurocrypt 1997). It recognises changes; it is no proof against one who crafts many rows to balance the sums.
    """
    schema = sorted(zip(relation.columns, map(str, relation.types), strict=True))
    row = " || ".join(_cell(name, kind) for name, kind in schema)
    limbs = (f"('0x' || substr(h, {1 + 16 * i}, 16))::UBIGINT::HUGEINT" for i in range(_LIMBS))
    sums = ", ".join(f"sum({limb})::VARCHAR" for limb in limbs)
    found = relation.project(f"sha256({row}) AS h").aggregate(f"count(*)::VARCHAR, {sums}").fetchall()[0]
    names = (pack(utf8(name), [utf8(kind)]) for name, kind in schema)
    return digest("duckdb", pack(b"duckdb", [extra, *names, *(str(part).encode() for part in found)]))


def _cell(name: str, kind: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    if kind in ("FLOAT", "DOUBLE"):  # + 0.0 folds -0.0 into 0.0; NaN is missing
        text = f"CASE WHEN isnan({column}) THEN NULL ELSE ({column} + 0.0)::VARCHAR END"
    elif kind == "TIMESTAMP WITH TIME ZONE":  # its text would depend on the zone of the session
        text = f"CASE WHEN isfinite({column}) THEN epoch_us({column})::VARCHAR ELSE {column}::VARCHAR END"
    elif kind == "BLOB":
        text = f"hex({column})"
    elif kind.startswith(_NESTED) or kind.endswith("]"):
        text = f"to_json({column})::VARCHAR"
    else:
        text = f"{column}::VARCHAR"
    return f"coalesce(length({text})::VARCHAR || ':' || ({text}), '-')"
