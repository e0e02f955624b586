from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rqml.scenario import satisfied, violated
from rqml.verdict import CheckStatus


def test_scenarios_say_what_they_deserve_and_get_it(toys: SimpleNamespace, tmp_path: Path) -> None:
    def build(seed: int, folder: Path) -> Any:
        return toys.Number(seed)

    clean = satisfied("clean", toys.Enough(low=5), build)
    faulty = violated("faulty", toys.Enough(low=99), build, unrepairable="too far")
    assert (clean.expected, faulty.expected) == (CheckStatus.PASS, CheckStatus.FAIL)
    assert (clean.unrepairable, faulty.unrepairable) == ("", "too far")
    for scenario in (clean, faulty):
        assert scenario.requirement.check(scenario.build(7, tmp_path)).status is scenario.expected
