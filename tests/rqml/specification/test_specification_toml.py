import textwrap

import pytest

from rqml import Specification, System
from rqml.errors import InvalidSpecification


@pytest.fixture(autouse=True)
def _known(toys, monkeypatch):
    classes = {name: cls for cls in vars(toys).values() for name in (cls.__name__, cls.meta.id)}

    def find(name):
        from rqml.errors import UnknownName

        if name not in classes:
            raise UnknownName(f"there is no requirement {name!r}; did you mean MinRows?")
        return classes[name]

    monkeypatch.setattr("rqml.specification_toml.find", find)


@pytest.fixture
def write(tmp_path):
    def write(text, name="s.toml"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text), "utf-8")
        return path

    return write


GOOD = """\
    name = "clinic"
    owner = "team@example.org"

    [[require]]
    use = "MinRows"
    on = "table"
    label = "big"
    rows = 2

    [[require]]
    use = "TOY-02"
    needs = ["big"]

    [[waive]]
    requirement = "TOY-02"
    approver = "A. Person"
    justification = "agreed"
    start = 2026-01-01T00:00:00Z
    expiry = 2096-12-31T00:00:00Z
"""


def test_a_file_becomes_a_specification(write, table):
    specification = Specification.from_toml(write(GOOD))
    assert (specification.name, specification.owner) == ("clinic", "team@example.org")
    assert [proposition.key for proposition in specification] == ["big", "TOY-02"]
    assert specification.check(System("x", table=table)).exit_code == 0
    assert specification.waivers[0].approver == "A. Person"


def test_the_name_defaults_to_the_file(write):
    assert Specification.from_toml(write("[[require]]\nuse = 'MinRows'\n", "team.toml")).name == "team"


@pytest.mark.parametrize(
    ("line", "wrong", "at", "says"),
    [
        ('use = "MinRows"', 'use = "MinRowz"', 5, "did you mean"),
        ("rows = 2", "rowz = 2", 8, "rowz"),
        ("rows = 2", "rows = 0", 8, "rows"),
        ('use = "TOY-02"', "x = 1", 10, "use ="),
        ('owner = "team@example.org"', 'boss = "x"', 2, "boss"),
        ('approver = "A. Person"', 'approved = "x"', 16, "approved"),
        ('approver = "A. Person"', "", 14, "approver"),
        ("start = 2026-01-01T00:00:00Z", "start = 2026-01-01", 14, "time zone"),
        ('on = "table"', "on = 3", 6, "name of a part"),
        ('needs = ["big"]', 'needs = ["small"]', 1, "small"),
    ],
)
def test_errors_name_file_and_line(write, line, wrong, at, says):
    path = write(textwrap.dedent(GOOD).replace(line, wrong))
    with pytest.raises(InvalidSpecification) as caught:
        Specification.from_toml(path)
    assert str(caught.value).startswith(f"{path}:{at}: ")
    assert says in str(caught.value)


def test_broken_toml_is_told_with_its_place(write):
    with pytest.raises(InvalidSpecification, match=r"not TOML.*line 1"):
        Specification.from_toml(write("name = \n"))


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(InvalidSpecification, match="does not exist"):
        Specification.from_toml(tmp_path / "none.toml")
    with pytest.raises(InvalidSpecification, match="folder"):
        Specification.from_toml(tmp_path)


def test_binary_is_refused(tmp_path):
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidSpecification, match="as text"):
        Specification.from_toml(tmp_path / "b.toml")


def test_extends(write):
    write(GOOD, "base.toml")
    child = Specification.from_toml(
        write("name = 'team'\nextends = 'base.toml'\n[tailor.big]\nrows = 4\n[[require]]\nuse='MinRows'\n", "c.toml")
    )
    assert [one.name for one in child.lineage()] == ["team", "clinic"]
    assert child["big"].proposition.rows == 4
    assert [change.kind.value for change in child.diff()] == ["stricter", "added"]


def test_extends_may_not_weaken(write):
    write(GOOD.partition("    [[waive]]")[0], "base.toml")
    with pytest.raises(InvalidSpecification, match="weakens"):
        Specification.from_toml(write("extends = 'base.toml'\nremove = ['TOY-02']\n", "c.toml"))


def test_extends_in_a_circle(write):
    write("extends = 'two.toml'\n", "one.toml")
    with pytest.raises(InvalidSpecification, match="circle"):
        Specification.from_toml(write("extends = 'one.toml'\n", "two.toml"))


def test_tailoring_needs_something_to_tailor(write):
    with pytest.raises(InvalidSpecification, match="extends"):
        Specification.from_toml(write("remove = ['x']\n"))


@pytest.mark.parametrize(
    ("lines", "at", "says"),
    [
        ("\n[tailor.TOY-99]\nrows = 4", 3, "holds no 'TOY-99'"),
        ("\n[tailor.big]\nrowz = 4", 3, "no parameter 'rowz'"),
        ("\n[tailor.big]\nrows = 0", 3, "rows must be >= 1, got 0"),
        ("\n[tailor.big]\nrows = 1", 3, "weakens 'clinic'"),
        ("tailor = 'x'", 2, "a table for each key"),
        ("[tailor]\nbig = 3", 2, "a table for each key"),
        ("remove = 'big'", 2, "a list of keys"),
        ("remove = ['TOY-99']", 2, "holds no 'TOY-99'"),
        ("name = 3", 2, "name is written as text"),
        ("owner = 3", 2, "owner is written as text"),
    ],
)
def test_errors_of_tailoring_name_file_and_line(write, lines, at, says):
    write(GOOD, "base.toml")
    path = write("extends = 'base.toml'\n" + lines, "c.toml")
    with pytest.raises(InvalidSpecification) as caught:
        Specification.from_toml(path)
    assert str(caught.value).startswith(f"{path}:{at}: ")
    assert says in str(caught.value)


@pytest.mark.parametrize("extends", ["3", "'none.toml'", "'.'"])
def test_what_is_extended_must_be_a_file(write, extends):
    path = write(f"name = 'a'\nextends = {extends}\n")
    with pytest.raises(InvalidSpecification, match=r"s\.toml:2: (there is no file|extends is written as text)"):
        Specification.from_toml(path)


def test_validators_speak_in_one_sentence(write):
    path = write(textwrap.dedent(GOOD).replace('label = "big"', "label = 3"))
    with pytest.raises(InvalidSpecification) as caught:
        Specification.from_toml(path)
    assert "label must be str, got 3" in str(caught.value)
    assert "Attribute(" not in str(caught.value)
