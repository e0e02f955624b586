"""The pages made from requirement classes: everything on them is the class's own."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import attrs
import pytest

from rqml import CheckStatus, limit, satisfied
from rqml.errors import Unsupported
from rqml.registry import families, find, requirements
from rqml.testing import prove

EXTENSION = Path(__file__).parents[2] / "docs" / "_ext"


@pytest.fixture(scope="module", autouse=True)
def pages():
    """The site's own modules, on the path as MkDocs puts them."""
    sys.path.insert(0, str(EXTENSION))
    try:
        yield importlib.import_module("requirement_pages")
    finally:
        sys.path.remove(str(EXTENSION))


@pytest.fixture(scope="module")
def k_anonymity(pages) -> str:
    return pages.requirement_page(find("PII-02"), None)


def test_a_page_has_the_class_its_sections_and_parameters(k_anonymity):
    cls = find("PII-02")
    assert k_anonymity.startswith("# PII-02 KAnonymity\n\nEach combination")
    assert "from rqml_catalog.data_privacy import KAnonymity" in k_anonymity
    for section in ("Requires", "Measured", "Enforced", "False alarms", "Blind spots", "References", "Parameters"):
        assert f"\n## {section}\n" in k_anonymity
    for name in cls().parameters:
        assert f"| `{name}` |" in k_anonymity
    assert "| `k` | `5` | higher |" in k_anonymity
    assert "| `GDPR 25` | Data protection by design and by default | GDPR | article |" in k_anonymity


def test_a_page_shows_real_verdicts(pages, k_anonymity, tmp_path):
    for scenario in find("PII-02").scenarios():
        assert f"| {scenario.name} | {scenario.expected.value} |" in k_anonymity
    faulty = next(s for s in find("PII-02").scenarios() if s.expected is CheckStatus.FAIL)
    told = faulty.requirement.check(faulty.build(pages.SEED, tmp_path)).message
    assert pages.cell(told) in k_anonymity
    assert "enforce() on this fault: SUCCESS" in k_anonymity


def test_a_scenario_that_gets_another_verdict_stops_the_build(pages):
    @attrs.frozen(kw_only=True)
    class Wrong(find("PII-02")):
        @classmethod
        def scenarios(cls):
            faulty = [s for s in super().scenarios() if s.expected is CheckStatus.FAIL]
            return [satisfied("not clean at all", faulty[0].requirement, faulty[0].build), *faulty]

    with pytest.raises(ValueError, match="not clean at all"):
        pages.requirement_page(Wrong, None)


def test_a_missing_extra_is_told_where_the_verdict_would_stand(pages):
    @attrs.frozen(kw_only=True)
    class Lacking(find("PII-02")):
        def measure(self, dataset, run):
            raise Unsupported("this needs something: pip install 'rqml[something]'")

        @classmethod
        def scenarios(cls):
            return [attrs.evolve(s, requirement=cls()) for s in super().scenarios()]

    told = pages.requirement_page(Lacking, None)
    assert '!!! warning "twice k: INCOMPLETE"' in told
    assert "pip install 'rqml[something]'" in told


def test_inherited_parameters_keep_their_meaning(pages):
    @attrs.frozen(kw_only=True)
    class Stricter(find("PII-02")):
        """Stricter.

        Args:
            k: smallest number of records, more of them.
        """

        k: int = limit(default=20, stricter="higher")

    docstrings = importlib.import_module("docstrings")
    rows = {name: (default, meaning) for name, default, _, meaning in docstrings.parameter_rows(Stricter)}
    assert rows["`k`"] == ("`20`", "smallest number of records, more of them.")
    assert rows["`recoding`"][1]


def test_a_proof_is_told_with_its_seeds_and_intervals(pages):
    proofs = importlib.import_module("proofs")
    figures = proofs.recorded(prove(find("PII-02"), range(2)), version=1)
    assert json.loads(json.dumps(figures)) == figures
    told = pages.requirement_page(find("PII-02"), figures)
    assert "at 2 seeds\n(0 to 1)" in told
    assert "| Planted faults found | 1.000 |" in told
    assert "Not yet measured" not in told


def test_recorded_proofs_are_of_classes_that_exist():
    proofs = importlib.import_module("proofs")
    for id_, figures in proofs.read_proofs().items():
        assert find(id_).__name__ == figures["name"]
        assert figures["seeds_detected"] <= figures["seeds"]


def test_the_index_lists_every_class_of_a_family(pages):
    family = next(family for family in families() if family.name == "data_privacy")
    index = pages.index_page([family], {})
    for cls in requirements(["data_privacy"]):
        assert f"[`{cls.__name__}`]({cls.meta.id}.md)" in index


def test_the_table_of_the_readme_is_written_in_its_marked_place():
    readme = importlib.import_module("readme")
    family = next(family for family in families() if family.name == "data_privacy")
    text = "before\n<!-- requirements -->\nstale\n<!-- /requirements -->\nafter\n"
    told = readme.with_table(text, [family])
    assert "| PII-02 | `rqml_catalog.data_privacy.KAnonymity` | Dataset |" in told
    assert told.startswith("before\n") and told.endswith("after\n") and "stale" not in told
    assert readme.with_table(told, [family]) == told


@pytest.mark.parametrize(
    ("text", "safe"), [("a < b", "a &lt; b"), ("to `*` and *", "to `*` and \\*"), ("one\ntwo | x", "one two \\| x")]
)
def test_text_is_never_taken_for_markup(text, safe):
    markdown = importlib.import_module("markdown_text")
    assert markdown.cell(text) == safe
