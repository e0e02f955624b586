"""Scenario: a seeded system that satisfies, or violates, a requirement. Scenarios are a class's own proof."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from rqml.proposition import Proposition
from rqml.verdict import CheckStatus


@attrs.frozen(kw_only=True)
class Scenario:
    """A seeded system with the verdict it deserves.

    Attributes:
        name: a few words, unique within the class.
        requirement: the requirement to judge it by, with its parameters.
        build: `build(seed, folder)` gives a subject; the same seed gives the same one. Files go into `folder`,
            an empty directory that exists.
        expected: PASS (a clean twin) or FAIL (a planted fault). Faults are sized near the limit: 1.5 to 2 times
            beyond it, clean twins likewise inside it.
        unrepairable: why `enforce` cannot mend this fault; empty if it can.
    """

    name: str
    requirement: Proposition[Any]
    build: Callable[[int, Path], Any]
    expected: CheckStatus
    unrepairable: str = ""


def satisfied(name: str, requirement: Proposition[Any], build: Callable[[int, Path], Any]) -> Scenario:
    """A clean twin: the requirement must PASS on it."""
    return Scenario(name=name, requirement=requirement, build=build, expected=CheckStatus.PASS)


def violated(
    name: str, requirement: Proposition[Any], build: Callable[[int, Path], Any], *, unrepairable: str = ""
) -> Scenario:
    """A planted fault: the requirement must FAIL on it."""
    return Scenario(
        name=name, requirement=requirement, build=build, expected=CheckStatus.FAIL, unrepairable=unrepairable
    )
