"""The contract of requirement classes, for the catalog and for third parties.

`check_requirement(cls)` applies every law, `parametrize_with_checks` makes a pytest item of each, and `prove(cls)` says
how often the class finds its planted faults and leaves its clean twins alone. pytest and hypothesis are imported by the
functions that need them.
"""

from __future__ import annotations

from rqml.testing.case import LawBroken as LawBroken
from rqml.testing.contract import LAWS as LAWS
from rqml.testing.contract import Check as Check
from rqml.testing.contract import check_requirement as check_requirement
from rqml.testing.contract import parametrize_with_checks as parametrize_with_checks
from rqml.testing.proof import Proof as Proof
from rqml.testing.proof import Trial as Trial
from rqml.testing.prove import prove as prove

__all__ = ["LAWS", "Check", "LawBroken", "Proof", "Trial", "check_requirement", "parametrize_with_checks", "prove"]
