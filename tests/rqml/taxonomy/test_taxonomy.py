"""Ids of public taxonomies resolve to what they mean; ids that no longer exist say so."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rqml.taxonomy import references, resolve


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("ML03", "ML03:2023"),
        ("ML10", "ML10:2023"),
        ("AISVS C1.1.1", "AISVS-v1.0-C1.1.1"),
        ("AISVS-C1.1.1", "AISVS-v1.0-C1.1.1"),
        ("GDPR 5(1)(c)", "GDPR 5(1)c"),
    ],
)
def test_a_short_form_means_the_same_as_the_full_id(short, full):
    assert resolve(short) == resolve(full)
    assert resolve(full).id == full


@given(st.sampled_from(references()))
def test_every_shipped_id_resolves_to_itself(reference):
    assert resolve(reference.id) == reference
    assert reference.name
    assert reference.source


@given(st.sampled_from(["GDPR", "AI Act"]), st.integers(-5, 200))
def test_articles_exist_up_to_the_last_of_the_law(law, number):
    last = {"GDPR": 99, "AI Act": 113}[law]
    assert (resolve(f"{law} {number}") is not None) == (1 <= number <= last)


@pytest.mark.parametrize(
    "nothing",
    ["", "CWE-502x", "AML.T9999", "AML.T0024.999", "NISTAML.99", "ML11", "ML00", "AISVS C99.9.9", "GDPR", "GDPR 25 "],
)
def test_what_no_taxonomy_has_does_not_resolve(nothing):
    assert resolve(nothing) is None


def test_the_step_from_atlas_5_6_1_to_2026_09_is_recorded():
    top = [r for r in references("MITRE ATLAS") if len(r.id) == len("AML.T0000")]
    techniques = [r for r in top if r.kind == "technique"]
    assert len([r for r in techniques if r.since == "2026.09"]) == 22
    assert [r.id for r in techniques if not r.is_current] == ["AML.T0019", "AML.T0058", "AML.T0104"]
    assert len([r for r in top if r.kind == "mitigation" and r.formerly]) == 7
    assert len([r for r in top if r.kind == "mitigation" and r.since == "2026.09"]) == 5


def test_what_was_given_up_names_a_successor_that_exists():
    for reference in references():
        assert not reference.successor or resolve(reference.successor).is_current


def test_importing_and_resolving_loads_nothing_heavy():
    code = (
        "import sys; from rqml.taxonomy import resolve; resolve('AML.T0024');"
        "print([m for m in ('numpy', 'pandas', 'cattrs', 'yaml') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
