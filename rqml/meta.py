"""Meta: what is known of a requirement class without running it; and `limit`, which marks its limits."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import attrs

from rqml.errors import InvalidParameter

ID_PATTERN = re.compile(r"[A-Z][A-Z0-9]{1,7}-\d{2,4}")
STRICTER = "rqml.stricter"


class Stage(enum.Enum):
    """The stage of the lifecycle at which a requirement is judged."""

    INGESTION = "ingestion"
    TRAINING = "training"
    VALIDATION = "validation"
    SUPPLY = "supply"
    RELEASE = "release"
    SERVING = "serving"
    MONITORING = "monitoring"
    OPERATION = "operation"
    GOVERNANCE = "governance"


class Severity(enum.IntEnum):
    """How much a violation matters."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class Cost(enum.IntEnum):
    """When a requirement can be afforded; the runner goes from cheap to dear."""

    INLINE = 1
    """Microseconds: at every call of serving code."""
    COMMIT = 2
    """Seconds: at every commit."""
    RELEASE = 3
    """Minutes: at every release."""
    AUDIT = 4
    """Hours: on demand."""


def _valid_id(_: object, __: object, value: str) -> None:
    if not ID_PATTERN.fullmatch(value):
        raise InvalidParameter(f"a requirement id reads like 'PII-02' (letters, dash, 2-4 digits), got {value!r}")


def one_or_many(value: str | Iterable[str]) -> tuple[str, ...]:
    """Converter for fields that hold names: a single text is one name, not a sequence of letters.

    Raises:
        InvalidParameter: it is neither a text nor a sequence.
    """
    try:
        return (value,) if isinstance(value, str) else tuple(value)
    except TypeError:
        raise InvalidParameter(f"this needs a text or several, got {type(value).__name__}") from None


@attrs.frozen(kw_only=True)
class Meta:
    """What a requirement class says of itself.

    Attributes:
        id: unique, never reused ("PII-02").
        title: a few words for tables.
        statement: what must hold, with parameters in braces: "Each combination occurs at least {k} times."
        remedy: what a user should do about a violation.
        stage: where in the lifecycle it is judged.
        severity: how much a violation matters.
        references: ids of threats and controls in public taxonomies ("NISTAML.032", "AML.T0024", "GDPR 5(1)c").
        cost: when it can be afforded.
        version: raised when the same inputs may get another verdict.
        volatile: the verdict depends on more than subject, parameters and seed (the time of day, permissions, a
            network), so that no measurement is ever used again.
    """

    id: str = attrs.field(validator=_valid_id)
    title: str
    statement: str
    remedy: str
    stage: Stage
    severity: Severity
    references: tuple[str, ...] = attrs.field(default=(), converter=one_or_many)
    cost: Cost = Cost.COMMIT
    version: int = 1
    volatile: bool = False


def limit(
    *,
    stricter: Literal["higher", "lower"],
    default: Any = attrs.NOTHING,
    validator: Callable[..., Any] | Sequence[Callable[..., Any]] | None = None,
    converter: Callable[[Any], Any] | None = None,
) -> Any:
    """A field of a requirement that is a limit: only `judge` reads it, and tailoring may only make it stricter.

    Args:
        stricter: the direction in which the requirement demands more ("higher" for a minimum).
        default: value used when the caller gives none.
        validator: attrs validator, or several in a list.
        converter: attrs converter.
    """
    if stricter not in ("higher", "lower"):
        raise InvalidParameter(f"stricter is 'higher' or 'lower', got {stricter!r}")
    return attrs.field(
        default=default, validator=validator, converter=converter, metadata={STRICTER: stricter}, kw_only=True
    )


def limits_of(cls: type) -> dict[str, str]:
    """The marked limits of a requirement class: name -> "higher" or "lower"."""
    return {f.name: f.metadata[STRICTER] for f in attrs.fields(cls) if STRICTER in f.metadata}
