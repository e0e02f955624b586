from __future__ import annotations

import pickle
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rqml.errors import InvalidSubject, MissingSubject, Unsupported
from rqml.subjects.dataset import Dataset
from rqml.subjects.model_file import ModelFile
from rqml.subjects.subject import Subject
from rqml.subjects.system import System, derived

FRAME = pd.DataFrame({"a": [1, 2, 3]})


def test_parts_are_chosen_by_their_type(toys: SimpleNamespace, tmp_path: Path) -> None:
    number = toys.Number(1)
    system = System("s", data=FRAME, number=number, file=tmp_path / "m", junk=3)
    assert system.select(toys.Number) == ("number", number)
    name, data = system.select(Dataset)
    assert (name, data.frame is FRAME) == ("data", True)
    assert system.select(Dataset)[1] is data  # coerced once, so that a run remembers by identity
    assert system.select(ModelFile) == ("file", ModelFile(tmp_path / "m"))
    assert system.select(Dataset, "data") == ("data", data)


def test_what_is_missing_or_could_be_several_is_said(toys: SimpleNamespace) -> None:
    system = System("credit", train=FRAME, test=FRAME)
    with pytest.raises(MissingSubject, match="'credit' has no part that is a Number"):
        system.select(toys.Number)
    with pytest.raises(Unsupported, match=r"several parts .* \('train', 'test'\): name one by \.on\('train'\)"):
        system.select(Dataset)
    with pytest.raises(MissingSubject, match="no part 'model'; its parts are 'train', 'test'"):
        system["model"]
    with pytest.raises(MissingSubject, match="its parts are none"):
        System("empty")["x"]
    with pytest.raises(Unsupported, match="part 'train' of system 'credit' is a DataFrame, not a Number"):
        system.select(toys.Number, "train")
    with pytest.raises(MissingSubject):
        system.select(toys.Number, "model")
    with pytest.raises(MissingSubject, match="'model' to replace"):
        system.replace(model=1)


def test_derived_parts_are_made_when_needed_and_once(toys: SimpleNamespace) -> None:
    made: list[str] = []

    def double(data: Any) -> Any:
        made.append("double")
        return toys.Number(2 * len(data))

    system = System("s", model=derived(double, "data"), data=FRAME)
    assert system.parts == ("data", "model")
    assert system.lineage == {"model": ("data",)}
    assert made == []
    assert "model" in system
    assert "nothing" not in system
    assert system["model"].value == system["model"].value == 6
    assert made == ["double"]
    assert repr(system) == "System('s': model, data)"
    assert system.describe() == "system s"


def test_parents_come_in_the_order_named() -> None:
    system = System("s", a=7, b=2, c=derived(lambda x, y: x - y, "a", "b"), d=derived(lambda x, y: x - y, "b", "a"))
    assert (system["c"], system["d"]) == (5, -5)


@given(st.permutations(["a", "b", "c", "d"]), st.sets(st.sampled_from(["a", "b", "c", "d"])))
def test_replacing_makes_exactly_the_descendants_anew(order: list[str], replaced: set[str]) -> None:
    made: list[str] = []

    def recipe(name: str) -> Any:
        def make(*parents: int) -> int:
            made.append(name)
            return sum(parents) + 1

        return make

    parts = {
        "a": 1,
        "b": derived(recipe("b"), "a"),
        "c": derived(recipe("c"), "b"),
        "d": derived(recipe("d"), "a"),
    }
    system = System("s", **{name: parts[name] for name in order})
    first = {name: system[name] for name in "abcd"}
    made.clear()
    other = system.replace(**dict.fromkeys(replaced, 100))
    parents = {"b": "a", "c": "b", "d": "a"}
    expected = dict.fromkeys(replaced, 100)
    for name in "abcd":
        if name not in expected:
            changed = name in parents and expected[parents[name]] != first[parents[name]]
            expected[name] = expected[parents[name]] + 1 if changed else first[name]
    assert {name: other[name] for name in "abcd"} == expected
    assert set(made) == {name for name in "bcd" if name not in replaced and expected[name] != first[name]}
    assert {name: system[name] for name in "abcd"} == first


def test_a_part_may_be_replaced_by_another_recipe() -> None:
    system = System("s", a=1, b=derived(lambda a: a + 1, "a"), c=derived(lambda b: b * 10, "b"))
    assert system["c"] == 20
    other = system.replace(b=derived(lambda a: a + 5, "a"))
    assert other["c"] == 60
    assert other.replace(a=2)["c"] == 70
    with pytest.raises(InvalidSubject, match="circle"):
        system.replace(a=derived(lambda c: c, "c"))


def test_descendants() -> None:
    parts = {"a": 1, "b": derived(abs, "a"), "c": derived(abs, "b"), "d": 1}
    system = System("s", **parts)
    assert system.descendants("a") == ("b", "c")
    assert system.descendants("b") == ("c",)
    assert system.descendants("d") == ()


def test_circles_and_unknown_parents_are_refused() -> None:
    with pytest.raises(InvalidSubject, match=r"derived in a circle: (a -> b -> a|b -> a -> b)"):
        System("s", a=derived(abs, "b"), b=derived(abs, "a"))
    with pytest.raises(InvalidSubject, match="circle"):
        System("s", a=derived(abs, "a"))
    with pytest.raises(InvalidSubject, match="'b' of system 's' is derived from 'x', which is no part"):
        System("s", a=1, b=derived(abs, "x"))


@pytest.mark.parametrize("arguments", [(3, "a"), (abs,), (abs, 3), (abs, "a", None)])
def test_a_recipe_needs_a_function_and_parents(arguments: Any) -> None:
    with pytest.raises(InvalidSubject, match=r"derived\(function"):
        derived(*arguments)


def test_a_system_needs_a_name() -> None:
    with pytest.raises(InvalidSubject, match="needs a name first, got DataFrame"):
        System(FRAME)  # type: ignore[arg-type]
    assert System("s", name=FRAME, self=1)["self"] == 1


def test_an_annotated_recipe_is_not_run_to_learn_its_kind(toys: SimpleNamespace) -> None:
    def file(_data: Any) -> ModelFile:
        raise AssertionError("never needed")

    def broken_annotation(data: Any) -> NoSuchName:  # type: ignore[name-defined] # noqa: F821
        return 3

    def plain(data: Any) -> int:
        return 3

    system = System(
        "s",
        data=FRAME,
        file=derived(file, "data"),
        other=derived(broken_annotation, "data"),
        plain=derived(plain, "data"),
    )
    assert system.select(Dataset)[0] == "data"
    with pytest.raises(AssertionError):
        system.select(ModelFile)


def test_fingerprints(toys: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"weights")
    system = System("s", data=FRAME, number=toys.Number(1), file=path, made=derived(lambda n: n, "number"))
    first = system.fingerprints()
    assert set(first) == {"data", "number", "file"}
    assert first["data"] == Dataset(FRAME).fingerprint()
    assert first["number"] == "number:1"
    assert first["file"] == ModelFile(path).fingerprint()
    whole = system.fingerprint()
    assert whole is not None
    parts = {"number": toys.Number(1), "data": FRAME, "file": path}
    assert whole == System("other", made=derived(lambda n: n, "number"), **parts).fingerprint()
    assert whole != System("other", made=derived(lambda n: -n, "number"), **parts).fingerprint()
    assert whole != System("other", **parts).fingerprint()
    assert whole != system.replace(number=toys.Number(2)).fingerprint()
    assert System("s", junk=3).fingerprints() == {"junk": None}
    assert System("s", junk=3).fingerprint() is None


def test_many_threads_make_a_part_once() -> None:
    made: list[int] = []

    def slow(_a: int) -> int:
        time.sleep(0.02)
        made.append(1)
        return 1

    system = System("s", a=1, b=derived(slow, "a"))
    threads = [threading.Thread(target=lambda: system["b"]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_a_system_can_be_sent_to_another_process() -> None:
    system = System("s", a=-1, b=derived(abs, "a"), data=FRAME)
    other = pickle.loads(pickle.dumps(system))
    assert (other["b"], other.parts, other.name) == (1, system.parts, "s")


def test_a_subject_stands_for_itself() -> None:
    class Thing(Subject):
        def fingerprint(self) -> str | None:
            return None

    thing = Thing()
    assert Thing.coerce(thing) is thing.native() is thing
    assert Thing.coerce(3) is None
    assert thing.describe() == "Thing"


def test_the_fingerprint_does_not_depend_on_what_was_made_already(tmp_path):
    def build(rows):
        return System("s", data=pd.DataFrame({"a": [1] * rows}), more=derived(lambda data: data.assign(b=2), "data"))

    one, other = build(2), build(3)
    before = one.fingerprint()
    assert one["more"] is not None and one.fingerprint() == before
    assert other.fingerprint() != before
    replaced = one.replace(more=pd.DataFrame({"b": [9]}))
    assert replaced.fingerprint() != before, "a value given in place of a recipe counts by its content"
