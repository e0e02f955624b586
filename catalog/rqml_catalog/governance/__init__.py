"""Governance: who answers for what, whether it was shown, and what may be released."""

from rqml_catalog.governance.accountable_owner_and_waiver import AccountableOwnerAndWaiver as AccountableOwnerAndWaiver
from rqml_catalog.governance.release_gate import ReleaseGate as ReleaseGate
from rqml_catalog.governance.requirement_traceability import RequirementTraceability as RequirementTraceability
