from __future__ import annotations

import json

import pytest

from rqml import registry
from rqml.docstring import docstring_of


def test_every_requirement_is_listed_once(cli):
    entries = json.loads(cli.run("catalog", "list", "--format", "json").out)
    assert [entry["id"] for entry in entries] == [cls.meta.id for cls in registry.requirements()]
    lines = cli.run("catalog", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == [entry["id"] for entry in entries]


def test_a_family_can_be_chosen(cli):
    lines = cli.run("catalog", "list", "--family", "data_privacy").out.splitlines()
    assert lines
    assert all("data_privacy" in line for line in lines)
    unknown = cli.run("catalog", "list", "--family", "data_privcy")
    assert unknown.code == 2
    assert "did you mean data_privacy" in unknown.err


@pytest.mark.parametrize("name", ["KAnonymity", "PII-02"])
def test_show_tells_what_the_class_says(cli, name):
    out = " ".join(cli.run("catalog", "show", name).out.split())
    cls = registry.find("KAnonymity")
    text = docstring_of(cls)
    for part in (cls.meta.title, cls.meta.remedy, text.summary, *text.sections.values(), *text.arguments.values()):
        assert " ".join(part.split()) in out
    assert "k (default" in out
    assert "limit: higher is stricter" in out
    assert "(in no shipped taxonomy)" not in out


def test_show_can_run_the_scenarios(cli):
    out = cli.run("catalog", "show", "KAnonymity", "--verdicts").out
    scenarios = list(registry.find("KAnonymity").scenarios())
    assert all(f"{scenario.name} (must be {scenario.expected.value}):" in out for scenario in scenarios)
    assert "PII-02 KAnonymity FAIL: " in out


def test_coverage_counts_what_it_lists(cli):
    entries = json.loads(cli.run("catalog", "coverage", "--format", "json").out)
    covered = {e["id"] for e in entries if e["source"].startswith("MITRE ATLAS") and e["requirements"]}
    listed = cli.run("catalog", "coverage", "--source", "mitre atlas").out.splitlines()
    assert {line.split()[0] for line in listed if not line.endswith(" -")} == covered
    counted = next(line for line in cli.run("catalog", "coverage").out.splitlines() if line.startswith("MITRE ATLAS"))
    assert counted.split()[3] == str(len(covered))
    assert "did you mean" not in counted


def test_an_unknown_taxonomy_is_refused(cli):
    result = cli.run("catalog", "coverage", "--source", "MITER")
    assert result.code == 2
    assert "MITRE ATLAS" in result.err
