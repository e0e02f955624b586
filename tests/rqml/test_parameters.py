"""Wrong parameters: one sentence that names the class, the parameter, what it takes and what it was given."""

from __future__ import annotations

import contextlib
import inspect
import pickle
from typing import Any

import attrs
import pytest

from rqml import Requirement, registry
from rqml.errors import InvalidParameter
from rqml.meta import Meta, Severity, Stage, limit
from rqml.parameters import COMMON
from rqml.subjects.dataset import Dataset


def even(_: object, __: object, value: int) -> None:
    if value % 2:
        raise ValueError("an even number is needed")


@attrs.frozen(kw_only=True)
class Sample(Requirement[Dataset]):
    meta = Meta(id="TST-01", title="", statement="", remedy="", stage=Stage.INGESTION, severity=Severity.LOW)
    rows: int = limit(stricter="higher", validator=[attrs.validators.instance_of(int), attrs.validators.ge(1)])
    share: float = attrs.field(default=0.5, validator=attrs.validators.instance_of((int, float)))
    mode: str = attrs.field(default="fast", validator=attrs.validators.in_(("fast", "exact")))
    seats: int = attrs.field(default=2, validator=even)
    parts: tuple[str, ...] = attrs.field(default=(), converter=tuple)
    most: int | None = None
    least: float = attrs.field(default=0.0, validator=attrs.validators.ge(0.0))

    def __attrs_post_init__(self) -> None:
        if self.most is not None and self.most < self.rows:
            raise ValueError("most is below rows")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"rows": "3"}, "Sample: rows must be int, got '3' (str)"),
        ({"rows": 0}, "Sample: rows must be >= 1, got 0 (int)"),
        ({"rows": 1, "least": "half"}, "Sample: least must be a number, got 'half' (str)"),
        ({"rows": 1, "share": "half"}, "Sample: share must be int or float, got 'half' (str)"),
        ({"rows": 1, "mode": "slow"}, "Sample: mode must be in ('fast', 'exact'), got 'slow' (str)"),
        ({"rows": 1, "seats": 3}, "Sample: seats: an even number is needed, got 3 (int)"),
        ({"rows": 1, "parts": 3}, "Sample: parts takes several values, such as a list, got 3 (int)"),
        ({"rows": 3, "most": 2}, "Sample: most is below rows"),
        ({}, "Sample: missing a required argument: 'rows'"),
        ({"rows": 1, "moed": "fast"}, "Sample has no parameter 'moed'; did you mean 'mode'?"),
        (
            {"rows": 1, "zzz": 1},
            "Sample has no parameter 'zzz'. Its parameters are rows, share, mode, seats, parts, most, least",
        ),
        ({"rows": 1, "label": 3}, "Sample: label must be str, got 3 (int)"),
        ({"rows": "3" * 500}, "..."),
    ],
)
def test_one_sentence_says_it(given: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        Sample(**given)
    text = str(caught.value)
    assert says in text
    assert "Attribute(" not in text
    assert len(text) < 200
    assert caught.value.__suppress_context__
    named = caught.value.parameter
    assert named == "" or named in given


def test_positional_arguments_are_refused_in_words() -> None:
    with pytest.raises(InvalidParameter, match="too many positional arguments"):
        Sample(3)  # type: ignore[misc]


def test_copies_and_subclasses_explain_themselves_too() -> None:
    @attrs.frozen(kw_only=True)
    class Narrow(Sample):
        extra: int = attrs.field(default=1, validator=attrs.validators.instance_of(int))

    with pytest.raises(InvalidParameter, match=r"^Narrow: extra must be int"):
        Narrow(rows=1, extra="x")  # type: ignore[arg-type]
    with pytest.raises(InvalidParameter, match=r"^Narrow: rows must be >= 1"):
        attrs.evolve(Narrow(rows=1), rows=0)
    assert list(inspect.signature(Sample).parameters) == [
        "label",
        "needs",
        "rows",
        "share",
        "mode",
        "seats",
        "parts",
        "most",
        "least",
    ]


def test_the_error_survives_pickle() -> None:
    error = pickle.loads(pickle.dumps(InvalidParameter("k is wrong", "k")))
    assert (str(error), error.parameter) == ("k is wrong", "k")


@pytest.mark.parametrize("cls", registry.requirements(), ids=lambda cls: cls.__name__)
def test_every_class_of_the_catalog_names_what_is_wrong(cls: Any) -> None:
    fields = [field for field in attrs.fields(cls) if field.init and field.name not in COMMON]
    needed = [field.alias for field in fields if field.default is attrs.NOTHING]
    for name in (field.alias for field in fields if not needed):
        with pytest.raises(InvalidParameter, match=rf"^{cls.__name__}: {name}") as caught:
            cls(**{name: object()})
        assert caught.value.parameter == name
        with contextlib.suppress(InvalidParameter):
            taken = getattr(cls(**{name: "xyz"}), name)
            assert not isinstance(taken, tuple) or len(taken) == 1, "a text is one value, not its letters"
    if needed:
        with pytest.raises(InvalidParameter, match=rf"^{cls.__name__}: missing .*'{needed[0]}'"):
            cls()
    with pytest.raises(InvalidParameter, match=f"{cls.__name__} has no parameter 'misspelt'"):
        cls(misspelt=1)
