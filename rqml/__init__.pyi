"""Types of the facade; the names are imported when first used."""

from rqml.attach import Mode as Mode
from rqml.attach import ensure as ensure
from rqml.attach import require as require
from rqml.combinators import AllOf as AllOf
from rqml.combinators import AnyOf as AnyOf
from rqml.combinators import AtLeast as AtLeast
from rqml.combinators import Implies as Implies
from rqml.combinators import Not as Not
from rqml.errors import RequirementViolation as RequirementViolation
from rqml.errors import RqmlError as RqmlError
from rqml.estimate import Estimate as Estimate
from rqml.guard import Guard as Guard
from rqml.judge import all_of as all_of
from rqml.judge import at_least as at_least
from rqml.judge import at_most as at_most
from rqml.meta import Cost as Cost
from rqml.meta import Meta as Meta
from rqml.meta import Severity as Severity
from rqml.meta import Stage as Stage
from rqml.meta import limit as limit
from rqml.meta import one_or_many as one_or_many
from rqml.proposition import Checkable as Checkable
from rqml.proposition import Enforceable as Enforceable
from rqml.report import Report as Report
from rqml.requirement import Requirement as Requirement
from rqml.run import Run as Run
from rqml.scenario import Scenario as Scenario
from rqml.scenario import satisfied as satisfied
from rqml.scenario import violated as violated
from rqml.specification import Specification as Specification
from rqml.subjects.dataset import Dataset as Dataset
from rqml.subjects.hierarchy import Hierarchy as Hierarchy
from rqml.subjects.model import TrainedModel as TrainedModel
from rqml.subjects.model_file import ModelFile as ModelFile
from rqml.subjects.subject import Subject as Subject
from rqml.subjects.system import System as System
from rqml.subjects.system import derived as derived
from rqml.subjects.trace import Trace as Trace
from rqml.verdict import Assurance as Assurance
from rqml.verdict import CheckResult as CheckResult
from rqml.verdict import CheckStatus as CheckStatus
from rqml.verdict import EnforcementResult as EnforcementResult
from rqml.verdict import EnforcementStatus as EnforcementStatus
from rqml.verdict import Judgement as Judgement
from rqml.verdict import Measurement as Measurement
from rqml.verdict import Reason as Reason
from rqml.verdict import Repair as Repair
from rqml.waiver import Waiver as Waiver

__version__: str
__all__: list[str]
