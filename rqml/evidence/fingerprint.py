"""Fingerprints: what a verdict was about, as a digest of content.

A fingerprint is `blake3:` and 64 hexadecimal digits. It depends on content only: the same table in pandas,
polars or pyarrow has one fingerprint, and so has a fitted model in two processes. What an engine computes for a
lazy table carries the engine's name (`duckdb:...`) and is comparable only with other digests of that engine.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from os import PathLike
from pathlib import Path
from typing import Any

__all__ = [
    "fingerprint_array",
    "fingerprint_estimator",
    "fingerprint_file",
    "fingerprint_frame",
    "fingerprint_of",
    "fingerprint_value",
    "noting_layouts",
]

_layouts: ContextVar[list[Any] | None] = ContextVar("rqml_layouts", default=None)


@contextlib.contextmanager
def noting_layouts() -> Iterator[list[Any]]:
    """While this lasts, what fingerprints of tables in this thread leave out: order, types, categories of columns."""
    noted: list[Any] = []
    token = _layouts.set(noted)
    try:
        yield noted
    finally:
        _layouts.reset(token)


def fingerprint_frame(frame: Any, extra: Mapping[str, object] | None = None) -> str | None:
    """The fingerprint of a table, or None where the engine of a lazy table cannot compute one.

    Equal content is equal values under equal names: the library, chunks, the order of columns, index labels and
    the width of a type do not count. int32, int64 and float64 of equal values agree, a category is its values,
    NaN and null are one missing value, an instant counts in UTC whatever its zone; a column without any value
    has no type. The order of rows counts, because folds, seeds and batches take rows by position.

    polars LazyFrames are collected by the streaming engine. DuckDB relations, which have no order of rows, are
    hashed by DuckDB as a multiset; there types count. Spark, Dask and Ibis give None: verdicts are not cached.

    Args:
        frame: a table of any library that narwhals reads.
        extra: what else belongs to the subject, e.g. the roles of columns; plain values.

    Raises:
        InvalidSubject: not a table, duplicate column names, or a cell whose content cannot be read.
    """
    from rqml.evidence._encoding import text_form
    from rqml.evidence._engines import duckdb_digest
    from rqml.evidence._objects import encode_any
    from rqml.evidence._tables import as_narwhals, layout, table_digest

    wrapped = as_narwhals(frame)
    noted = _layouts.get()
    if noted is not None:
        noted.append(layout(wrapped))
    more = encode_any(dict(extra or {}))
    implementation = wrapped.implementation
    if implementation.is_duckdb():
        return f"duckdb:{duckdb_digest(wrapped.to_native(), more).hex()}"
    if hasattr(wrapped, "collect"):  # a LazyFrame
        if not implementation.is_polars():
            return None
        wrapped = as_narwhals(wrapped.to_native().collect(engine="streaming"))
    return text_form(table_digest(wrapped, more))  # type: ignore[arg-type]


def fingerprint_array(array: Any) -> str:
    """The fingerprint of an array of any shape, by shape and values in C order.

    Numbers agree across widths and memory layouts, as in `fingerprint_frame`; a sparse matrix agrees with
    other sparse formats of it, not with the dense array.

    Args:
        array: a numpy array, anything that numpy.asarray takes, or a scipy sparse matrix.
    """
    from rqml.evidence._arrays import array_digest
    from rqml.evidence._encoding import text_form

    return text_form(array_digest(array))


def fingerprint_file(path: str | PathLike[str]) -> str:
    """The fingerprint of a file, equal to its plain blake3 hash, or of a directory.

    A directory counts by the names, kinds and contents of its entries, at any depth. A symbolic link inside
    counts by its target's name and by the content found there. Times, owners and permissions do not count.

    Args:
        path: a regular file or a directory; a link given here is followed.

    Raises:
        InvalidSubject: it does not exist, cannot be read, or holds a device, pipe or socket.
    """
    from rqml.evidence._encoding import text_form
    from rqml.evidence._files import path_digest

    return text_form(path_digest(Path(path)))


def fingerprint_of(digest: bytes) -> str:
    """The fingerprint that a digest of 32 bytes is written as."""
    from rqml.evidence._encoding import text_form

    return text_form(digest)


def fingerprint_estimator(estimator: object) -> str:
    """The fingerprint of a fitted estimator: class, parameters and learnt state.

    The state is what pickle would store. It is hashed as a structure; nothing in it is called, loaded or
    imported. Equal fits agree across processes and hash seeds. Functions count by name, bytecode, defaults and
    closure, hence differ between Python versions. Classes count by name: a change of their code is not seen.

    Args:
        estimator: a scikit-learn estimator, a pipeline, or any object that can be pickled.

    Raises:
        InvalidSubject: a part (a lock, an open file, a generator) has no content that can be read.
    """
    from rqml.evidence._encoding import text_form
    from rqml.evidence._objects import object_digest

    return text_form(object_digest(estimator))


def fingerprint_value(value: object) -> str:
    """The fingerprint of parameters: scalars, dates, paths, sequences, sets, mappings, attrs and data classes.

    Equal numbers agree (1 and 1.0, not True); lists and tuples agree; mappings and sets ignore their order;
    None and NaN agree. Anything else counts by its content, as in `fingerprint_estimator`.
    """
    from rqml.evidence._encoding import text_form
    from rqml.evidence._objects import value_digest

    return text_form(value_digest(value))
