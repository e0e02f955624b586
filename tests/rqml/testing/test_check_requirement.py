"""check_requirement and parametrize_with_checks: all breaches at once, and excuses that must be true."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rqml.errors import InvalidParameter
from rqml.testing import LAWS, LawBroken, check_requirement, parametrize_with_checks, prove

REASON = "the planted class does so to test excuses"


def test_a_good_class_passes(plant):
    assert check_requirement(plant("small_file").SmallFile) is None


def test_every_breach_is_listed_with_what_to_change(plant):
    module = plant("few_gaps", "import attrs\n", "import attrs\nimport numpy\n")
    module.FewGaps.__setattr__ = object.__setattr__
    with pytest.raises(LawBroken) as caught:
        check_requirement(module.FewGaps)
    text = str(caught.value)
    assert f"FewGaps breaks 2 of {len(LAWS)} laws" in text
    assert "is_frozen: an instance can be changed" in text
    assert "import_is_light: importing" in text


def test_a_crash_within_a_law_is_a_breach(plant):
    module = plant(
        "few_gaps", '        yield satisfied("no gaps"', '        raise OSError\n        yield satisfied("no gaps"'
    )
    with pytest.raises(LawBroken, match="crashed with OSError"):
        check_requirement(module.FewGaps)


def test_a_written_excuse_is_accepted_where_the_law_is_broken(plant):
    excuse = f'excuses: typing.ClassVar = {{"references_resolve": "{REASON}"}}'
    module = plant("few_gaps", "    meta = Meta(", f"    import typing\n    {excuse}\n    meta = Meta(")
    object.__setattr__(module.FewGaps.meta, "references", ())
    check_requirement(module.FewGaps)


def test_an_excuse_that_is_not_needed_is_a_breach(plant):
    module = plant("few_gaps")
    module.FewGaps.excuses = {"import_is_light": REASON}
    with pytest.raises(LawBroken, match="excused from this law but keeps it"):
        check_requirement(module.FewGaps)


def test_an_excuse_is_not_inherited(plant):
    module = plant("fewer_gaps")
    module.FewGaps.excuses = {"import_is_light": REASON}
    check_requirement(module.FewerGaps)


def test_the_id_is_compared_within_the_catalog(plant):
    cls, other = plant("few_gaps").FewGaps, plant("few_gaps").FewGaps
    with pytest.raises(LawBroken, match="is also that of FewGaps"):
        check_requirement(cls, catalog=[cls, other])


def test_a_retired_id_of_the_package_is_found(plant):
    module = plant("few_gaps")
    sys.modules[module.__package__].RETIRED = {"GAP-01": "GAP-09"}
    with pytest.raises(LawBroken, match=r"GAP-01 is retired \(GAP-09\)"):
        check_requirement(module.FewGaps)


def test_pytest_gets_an_item_per_class_and_law(plant):
    first, second = plant("few_gaps").FewGaps, plant("small_file").SmallFile
    second.excuses = {"is_frozen": REASON}
    items = parametrize_with_checks([first, second]).args[1]
    assert [item.id for item in items][: len(LAWS)] == [f"FewGaps-{law.__name__}" for law in LAWS]
    marked = [item for item in items if item.marks]
    assert [item.id for item in marked] == ["SmallFile-is_frozen"]
    assert marked[0].marks[0].kwargs == {"strict": True, "raises": LawBroken, "reason": REASON}


def test_items_pass_fail_and_xfail_under_pytest(plant, tmp_path):
    module = plant("few_gaps", "import attrs\n", "import attrs\nimport numpy\n")
    (tmp_path / "test_generated.py").write_text(
        f"from {module.__name__} import FewGaps\n"
        f"from {module.__package__}.small_file import SmallFile\n"
        "from rqml.testing import parametrize_with_checks\n"
        "FewGaps.excuses = {'import_is_light': 'numpy is imported here on purpose'}\n"
        "SmallFile.excuses = {'is_frozen': 'it is frozen, so this excuse is wrong'}\n"
        "@parametrize_with_checks([FewGaps, SmallFile])\n"
        "def test_contract(check):\n    check()\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_generated.py"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert f"1 failed, {2 * len(LAWS) - 2} passed, 1 xfailed" in done.stdout


def test_importing_the_contract_loads_no_test_tool_and_nothing_heavy():
    code = (
        "import sys, rqml.testing;"
        "print([m for m in ('pytest', 'hypothesis', 'numpy', 'pandas', 'joblib') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("given", [3, ValueError, "KAnonymity"])
def test_only_requirement_classes_are_held_to_the_contract(given):
    for held in (lambda: check_requirement(given), lambda: parametrize_with_checks([given]), lambda: prove(given)):
        with pytest.raises(InvalidParameter, match="this takes a requirement class"):
            held()


def test_a_contract_without_classes_is_refused():
    with pytest.raises(InvalidParameter, match="at least one"):
        parametrize_with_checks([])
