"""Dataset: a table with the roles of its columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import attrs

from rqml.errors import InvalidParameter, InvalidSubject
from rqml.meta import one_or_many
from rqml.subjects.hierarchy import Hierarchy
from rqml.subjects.subject import Subject

if TYPE_CHECKING:
    import narwhals as nw


def _names(value: str | Iterable[str]) -> tuple[str, ...]:
    try:
        return one_or_many(value)
    except InvalidParameter:
        raise InvalidSubject(f"a role needs a column name or several, got {type(value).__name__}") from None


def _check_hierarchies(_: Dataset, __: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, Mapping):
        raise InvalidSubject("hierarchies need a column name for each: hierarchies={column: Hierarchy.from_csv(path)}")
    for column, hierarchy in value.items():
        if not isinstance(hierarchy, Hierarchy):
            raise InvalidSubject(
                f"the hierarchy of {column!r} is no Hierarchy but of type {type(hierarchy).__name__}: "
                "use Hierarchy.from_csv(path), .from_rows(rows), .intervals(...) or .prefixes(...)"
            )


@attrs.frozen(eq=False)
class Dataset(Subject):
    """A table of any narwhals-supported library and the roles of its columns.

    Attributes:
        frame: pandas, polars, pyarrow, DuckDB, Spark (...) frame; rows are records.
        identifiers: columns that name a person directly.
        quasi_identifiers: columns that together may single a person out.
        sensitive: columns that must not be learnt about a person.
        target: the column a model learns to predict.
        time: the column that dates a record.
        group: the column that names the group (site, labeller, client) a record comes from.
        roles: further roles by name, each a column or several.
        hierarchies: how the values of a column generalise, by column.
        name: what to call it in reports.
        columns: names of all columns, read from the frame.

    Raises:
        InvalidSubject: the frame is of no known library, has no unique column names, or lacks a named column;
            a hierarchy is no Hierarchy.
    """

    frame: Any = attrs.field(repr=False)
    identifiers: tuple[str, ...] = attrs.field(default=(), converter=_names, kw_only=True)
    quasi_identifiers: tuple[str, ...] = attrs.field(default=(), converter=_names, kw_only=True)
    sensitive: tuple[str, ...] = attrs.field(default=(), converter=_names, kw_only=True)
    target: str | None = attrs.field(default=None, kw_only=True)
    time: str | None = attrs.field(default=None, kw_only=True)
    group: str | None = attrs.field(default=None, kw_only=True)
    roles: Mapping[str, str | tuple[str, ...]] = attrs.field(factory=dict, kw_only=True)
    hierarchies: Mapping[str, Hierarchy] = attrs.field(
        factory=dict, kw_only=True, repr=False, validator=_check_hierarchies
    )
    name: str = attrs.field(default="", kw_only=True)
    columns: tuple[str, ...] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Check that every named column is there."""
        columns = _columns_of(self.frame)
        object.__setattr__(self, "columns", columns)
        if len(set(columns)) < len(columns):
            twice = sorted({column for column in columns if columns.count(column) > 1})
            raise InvalidSubject(f"column names must be unique; these occur more than once: {_quoted(twice)}")
        for role, names in self._named_columns():
            missing = [name for name in names if name not in columns]
            if missing:
                raise InvalidSubject(
                    f"{role} names {_quoted(missing)}, which the frame does not have; "
                    f"its columns are {_quoted(columns)}"
                )

    @classmethod
    def from_arrays(
        cls,
        X: Any,
        y: Any = None,
        *,
        features: Sequence[str] | None = None,
        target: str = "target",
        **roles: Any,
    ) -> Self:
        """A dataset from numpy arrays.

        Args:
            X: array of shape (rows, columns), or (rows,) for one column.
            y: array of shape (rows,), becomes the column named by `target`.
            features: names of the columns of X; default x0, x1, ...
            target: name of the column for y.
            **roles: any other attribute of Dataset.

        Raises:
            InvalidSubject: the shapes do not fit each other.
        """
        import numpy as np
        import pandas as pd

        table = np.asarray(X)
        table = table.reshape(-1, 1) if table.ndim == 1 else table
        if table.ndim != 2:
            raise InvalidSubject(f"X needs the shape (rows, columns), got {table.shape}")
        names = list(features) if features is not None else [f"x{i}" for i in range(table.shape[1])]
        if len(names) != table.shape[1]:
            raise InvalidSubject(f"{len(names)} feature names for {table.shape[1]} columns")
        frame = pd.DataFrame(table, columns=names)
        if y is None:
            return cls(frame, **roles)
        labels = np.asarray(y)
        if labels.shape != (len(frame),):
            raise InvalidSubject(f"y needs the shape ({len(frame)},) to fit X, got {labels.shape}")
        if target in names:
            raise InvalidSubject(f"a feature is already called {target!r}: give y another name by target=")
        frame[target] = labels
        return cls(frame, target=target, **roles)

    @classmethod
    def coerce(cls, value: Any) -> Self | None:
        """A raw frame becomes a dataset without roles."""
        if isinstance(value, cls):
            return value
        return cls(value) if is_frame(value) else None

    @property
    def features(self) -> tuple[str, ...]:
        """Columns a model may learn from: all but the target and the identifiers."""
        return tuple(c for c in self.columns if c != self.target and c not in self.identifiers)

    @property
    def is_lazy(self) -> bool:
        """True if the rows lie in an engine (DuckDB, Spark, a lazy polars plan) and are not loaded."""
        import narwhals as nw

        return isinstance(nw.from_native(self.frame), nw.LazyFrame)

    def narwhals(self) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:
        """The frame behind narwhals' common interface."""
        import narwhals as nw

        wrapped: nw.DataFrame[Any] | nw.LazyFrame[Any] = nw.from_native(self.frame)
        return wrapped

    def __len__(self) -> int:
        """Number of rows; an engine counts them."""
        import narwhals as nw

        frame = self.narwhals()
        if isinstance(frame, nw.LazyFrame):
            return int(frame.select(nw.len()).collect().item())
        return len(frame)

    def __bool__(self) -> bool:
        """A dataset is a thing, whatever its length."""
        return True

    def to_pandas(self, columns: Sequence[str] | None = None) -> Any:
        """The rows as a pandas frame of their own (columns in the given order); loads a lazy frame.

        Raises:
            InvalidSubject: there is no column of one of the names.
        """
        import narwhals as nw

        wanted = list(self.columns if columns is None else columns)
        lacking = [column for column in wanted if column not in self.columns]
        if lacking:
            raise InvalidSubject(
                f"these data lack the columns {', '.join(map(repr, lacking))}: give them, or leave out"
            )
        frame = self.narwhals().select(wanted)
        eager = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
        return eager.to_pandas().copy(deep=False)  # else it may be the user's frame, which no repair may write to

    def arrays(self) -> tuple[Any, Any]:
        """Features as a pandas frame of shape (rows, features) and the target as an array of shape (rows,).

        Raises:
            InvalidSubject: the dataset has no target.
        """
        if self.target is None:
            raise InvalidSubject("this dataset has no target: name its column by Dataset(..., target=...)")
        frame = self.to_pandas([*self.features, self.target])
        return frame[list(self.features)], frame[self.target].to_numpy()

    def with_frame(self, frame: Any) -> Self:
        """The same roles over another frame; roles of columns that are gone are dropped."""
        columns = set(_columns_of(frame))

        def kept(names: str | tuple[str, ...]) -> tuple[str, ...]:
            return tuple(name for name in _names(names) if name in columns)

        return attrs.evolve(
            self,
            frame=frame,
            identifiers=kept(self.identifiers),
            quasi_identifiers=kept(self.quasi_identifiers),
            sensitive=kept(self.sensitive),
            target=self.target if self.target in columns else None,
            time=self.time if self.time in columns else None,
            group=self.group if self.group in columns else None,
            roles={role: kept(names) for role, names in self.roles.items() if kept(names)},
            hierarchies={column: h for column, h in self.hierarchies.items() if column in columns},
        )

    def fingerprint(self) -> str | None:
        """Digest of rows, column names and roles; None for a lazy frame that its engine cannot digest.

        The order of rows counts (folds, seeds and batches take rows by position), except for engines that
        define none; the order of columns, the library and the chunking do not.
        """
        from rqml.evidence.fingerprint import fingerprint_frame

        roles = {role: list(names) for role, names in self._named_columns() if names}
        return fingerprint_frame(self.frame, extra={"roles": roles})

    def native(self) -> Any:
        """The frame."""
        return self.frame

    def describe(self) -> str:
        """Name, or kind and number of columns."""
        return self.name or f"dataset with {len(self.columns)} columns"

    def obstacle(self) -> str:
        """Columns of lists, dicts, objects or values of several types."""
        from rqml.subjects.cells import odd_columns

        odd = odd_columns(self.narwhals())
        if not odd:
            return ""
        each = ", ".join(f"{name!r} holds {kinds}" for name, kinds in odd.items())
        return f"{each}: make it numbers or texts (such as str or one column for each part), or leave it out"

    def _named_columns(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        yield "identifiers", self.identifiers
        yield "quasi_identifiers", self.quasi_identifiers
        yield "sensitive", self.sensitive
        for role in ("target", "time", "group"):
            column = getattr(self, role)
            yield role, () if column is None else (column,)
        for role, names in self.roles.items():
            yield f"roles[{role!r}]", _names(names)
        yield "hierarchies", tuple(self.hierarchies)


def is_frame(value: Any) -> bool:
    """True for a frame of a library that narwhals knows."""
    import narwhals as nw
    from narwhals.exceptions import DuplicateError

    try:
        nw.from_native(value)
    except TypeError:
        return False
    except DuplicateError:  # a frame, though not one that Dataset takes; it says why
        return True
    return True


def _columns_of(frame: Any) -> tuple[str, ...]:
    import narwhals as nw
    from narwhals.exceptions import DuplicateError

    try:
        return tuple(nw.from_native(frame).collect_schema().names())
    except (DuplicateError, ValueError):
        names = getattr(frame, "column_names", None)  # pyarrow, whose .columns are the cells
        return tuple(str(column) for column in (frame.columns if names is None else names))
    except TypeError:
        raise InvalidSubject(
            f"a dataset needs a frame (pandas, polars, pyarrow, DuckDB, Spark, ...), got {type(frame).__name__}; "
            "for numpy arrays use Dataset.from_arrays(X, y)"
        ) from None


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)
