"""Reports of scans: machines can read them, whatever the paths are called."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from rqml_catalog.supply_chain.scan_reports import exit_code, ignored_patterns, to_json, to_junit, to_sarif
from rqml_catalog.supply_chain.serialization import scan_bytes

SCANS = [
    scan_bytes(b"\x80\x02N.", path="a.pkl"),
    scan_bytes(b"\x80\x02cos\ngetcwd\nq\x00)Rq\x01.", path="odd \x07 & <name>\ud800.pkl"),
    scan_bytes(b"", path="empty"),
]


def test_json_has_the_stable_keys():
    entries = json.loads(to_json(SCANS))
    assert [entry["status"] for entry in entries] == ["PASS", "FAIL", "INCOMPLETE"]
    assert "os.getcwd" in entries[1]["reasons"][0]


def test_sarif_names_the_technique_and_its_offset():
    (run,) = json.loads(to_sarif(SCANS))["runs"]
    first = run["results"][0]
    assert (first["ruleId"], first["level"]) == ("unlisted-global", "error")
    assert first["locations"][0]["physicalLocation"]["region"]["byteOffset"] == 2


def test_junit_is_well_formed_for_odd_paths():
    suite = ElementTree.fromstring(to_junit(SCANS).encode("utf-8"))
    assert (suite.get("failures"), suite.get("errors"), len(suite)) == ("1", "1", 3)


def test_exit_codes():
    assert [exit_code(SCANS[:1]), exit_code(SCANS), exit_code(SCANS[2:]), exit_code([])] == [0, 1, 3, 3]


def test_ignore_files(tmp_path):
    (tmp_path / ".rqmlignore").write_text("# comment\n*.csv\n\ncache/\n")
    assert ignored_patterns(tmp_path) == ("*.csv", "cache")
    assert ignored_patterns(tmp_path / "none") == ()
