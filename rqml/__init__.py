"""Executable security requirements for machine-learning systems.

A requirement is a class: it says what must hold, `check()` measures whether it holds, `enforce()` makes it hold.
Names are imported when they are first used, so that `import rqml` costs next to nothing.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOME = {
    "rqml.attach": ("Mode", "ensure", "require"),
    "rqml.combinators": ("AllOf", "AnyOf", "AtLeast", "Implies", "Not"),
    "rqml.errors": ("RequirementViolation", "RqmlError"),
    "rqml.estimate": ("Estimate",),
    "rqml.guard": ("Guard",),
    "rqml.judge": ("all_of", "at_least", "at_most"),
    "rqml.meta": ("Cost", "Meta", "Severity", "Stage", "limit", "one_or_many"),
    "rqml.proposition": ("Checkable", "Enforceable"),
    "rqml.report": ("Report",),
    "rqml.requirement": ("Requirement",),
    "rqml.run": ("Run",),
    "rqml.scenario": ("Scenario", "satisfied", "violated"),
    "rqml.specification": ("Specification",),
    "rqml.subjects.dataset": ("Dataset",),
    "rqml.subjects.hierarchy": ("Hierarchy",),
    "rqml.subjects.model": ("TrainedModel",),
    "rqml.subjects.model_file": ("ModelFile",),
    "rqml.subjects.subject": ("Subject",),
    "rqml.subjects.system": ("System", "derived"),
    "rqml.subjects.trace": ("Trace",),
    "rqml.verdict": (
        "Assurance",
        "CheckResult",
        "CheckStatus",
        "EnforcementResult",
        "EnforcementStatus",
        "Judgement",
        "Measurement",
        "Reason",
        "Repair",
    ),
    "rqml.waiver": ("Waiver",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = sorted(_MODULE_OF)  # noqa: PLE0605 - the stub names them for type checkers


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'rqml' has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
