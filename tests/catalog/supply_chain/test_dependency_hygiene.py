"""DependencyHygiene: the contract, its proof, and the laws of its parts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rqml import CheckStatus
from rqml.errors import InvalidParameter
from rqml.testing import parametrize_with_checks, prove
from rqml_catalog.supply_chain import DependencyHygiene
from rqml_catalog.supply_chain.dependencies import advisories_in, parse
from rqml_catalog.supply_chain.dependencies.judging import POPULAR, imitates, one_edit


@parametrize_with_checks([DependencyHygiene])
def test_contract(check):
    check()


def test_proof():
    assert prove(DependencyHygiene, seeds=range(100, 120)).misses == ()


def distance(left: str, right: str) -> int:
    """Optimal string alignment, by its definition."""
    table = {(i, 0): i for i in range(len(left) + 1)} | {(0, j): j for j in range(len(right) + 1)}
    for i in range(1, len(left) + 1):
        for j in range(1, len(right) + 1):
            cost = left[i - 1] != right[j - 1]
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + cost)
            if i > 1 and j > 1 and left[i - 2 : i] == right[j - 1] + right[j - 2]:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return table[len(left), len(right)]


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_one_edit_is_distance_one(left, right):
    assert one_edit(left, right) == (distance(left, right) == 1)


def test_popular_names_imitate_nobody():
    assert [name for name in POPULAR if imitates(name)] == []
    assert imitates("nunpy") == "numpy"
    assert imitates("scikitlearn") == "scikit-learn"


def test_locks_are_read_as_pip_does():
    text = (
        "# c\n--index-url x\nnumpy==1.0 \\\n  --hash=sha256:"
        + "a" * 64
        + "\nPy_Yaml>=2 ; python_version>'3'\n./local\n"
    )
    pins = parse(text)
    assert [(pin.line, pin.name, pin.version, pin.hashes) for pin in pins[:2]] == [
        (3, "numpy", "1.0", 1),
        (5, "py-yaml", "", 0),
    ]
    assert pins[2].direct


@pytest.mark.parametrize(
    ("version", "affected"), [("0.9", False), ("1.0", True), ("1.4", True), ("1.5", False), ("x", True)]
)
def test_ranges_of_advisories(tmp_path, version, affected):
    events = [{"introduced": "1.0"}, {"fixed": "1.5"}]
    entry = {
        "id": "A-1",
        "affected": [
            {"package": {"ecosystem": "PyPI", "name": "P_k"}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
        ],
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps([entry]))
    (advisory,) = advisories_in(tmp_path)
    assert (advisory.name, advisory.affects(version)) == ("p-k", affected)
    path.write_text("no json")
    with pytest.raises(InvalidParameter, match="OSV"):
        advisories_in(path)


def test_an_empty_lock_is_no_pass(tmp_path):
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    assert DependencyHygiene().check(tmp_path / "requirements.txt").status is CheckStatus.INCOMPLETE


def test_what_else_a_requirements_file_installs_is_seen(tmp_path):
    lock = tmp_path / "requirements.txt"
    lock.write_text("\ufeffnumpy==2.0.0\n-e git+https://git.example.org/a.git@main#egg=a\n", encoding="utf-8")
    faults = DependencyHygiene(hashes=False).check(lock).details["faults"]
    assert [(fault["line"], fault["kind"]) for fault in faults] == [(2, "address")]
    lock.write_text("numpy==2.0.0\n--requirement other.txt\n")
    result = DependencyHygiene(hashes=False).check(lock)
    assert result.status is CheckStatus.INCOMPLETE
    assert "other files" in result.message


def test_answers_of_the_service_are_advisories(tmp_path):
    lock = tmp_path / "requirements.txt"
    lock.write_text("numpy==2.0.0\n")
    advisory = {"affected": [{"package": {"ecosystem": "PyPI", "name": "NumPy"}, "versions": ["2.0.0"]}]}
    (tmp_path / "advisories.json").write_text(json.dumps({"vulns": [{"id": "EXAMPLE-1", **advisory}]}))
    check = DependencyHygiene(hashes=False, advisories="advisories.json").check
    assert check(lock).status is CheckStatus.FAIL
    (tmp_path / "advisories.json").write_text(json.dumps(advisory))  # without an id
    assert check(lock).status is CheckStatus.INCOMPLETE


DIGEST = f" --hash=sha256:{'ab' * 32}"
FAULTY = [
    ("--extra-index-url https://b.example/simple\nnumpy==2.1.0", "other index"),
    ("--extra-index https://b.example/simple\nnumpy==2.1.0", "other index"),
    ("numpy==2.1.0\n-f https://b.example/links", "other index"),
    ("-i http://b.example/simple\nnumpy==2.1.0", "unverified index"),
    ("--index-url=HTTP://b.example/simple\nnumpy==2.1.0" + DIGEST, "unverified index"),
    ("--trusted-host b.example\nnumpy==2.1.0" + DIGEST, "unverified index"),
    ("sklearn==0.0", "look-alike"),
    ("numpy==2.1.0\nscipy==1.14.0\nNumPy==2.0.0", "two versions"),
    (f"numpy==2.1.0{DIGEST}\nnumpy==2.0.0{DIGEST}", "two versions"),
    ("not toml [", "unreadable"),
    ("./local", "address"),
]
SOUND = [
    "--index-url https://a.example/simple\nnumpy==2.1.0",
    "-i http://localhost:8080/simple\nnumpy==2.1.0",
    f"--extra-index-url https://b.example/simple\nnumpy==2.1.0{DIGEST}",
    "numpy==1.26.4 ; python_version < '3.10'\nnumpy==2.1.0 ; python_version >= '3.10'",
    "--require-hashes\n--no-binary :all:\nnumpy==2.1.0\nnumpy==2.1.0",
]


@pytest.mark.parametrize(("text", "kind"), FAULTY)
def test_what_lets_strangers_answer_is_found(tmp_path, text, kind):
    (tmp_path / "uv.lock").write_text(text)
    result = DependencyHygiene(hashes=False).check(tmp_path / "uv.lock")
    assert [fault["kind"] for fault in result.details["faults"]] == [kind]


@pytest.mark.parametrize("text", SOUND)
def test_sound_options_and_markers_are_none(tmp_path, text):
    (tmp_path / "requirements.txt").write_text(text)
    assert DependencyHygiene(hashes=False).check(tmp_path / "requirements.txt").status is CheckStatus.PASS
