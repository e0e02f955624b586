"""StructureUnchanged: the model in use is the one that was approved, part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import attrs

from rqml import (
    Cost,
    Estimate,
    Judgement,
    Measurement,
    Meta,
    Repair,
    Requirement,
    Run,
    Scenario,
    Severity,
    Stage,
    at_most,
    satisfied,
    violated,
)
from rqml.errors import Unsupported
from rqml_catalog.model_protection.release import Release
from rqml_catalog.scenarios import approved_models as made

_DIFFERENCES_KEPT = 20


@attrs.frozen(kw_only=True)
class StructureUnchanged(Requirement[Release]):
    """Every step, layer, tree, function and parameter of the model is as it was approved.

    Requires:
        A Release: the model in use, and the record that `structure_of(model).to_json()` gave when it was approved.
        Keep the record where whoever can exchange the model cannot write, or sign it.
    Why:
        A Trojan may be a layer, a tree or a lambda more in a pipeline that otherwise predicts as before.
    Measured:
        A tree of digests over parameters, fitted attributes, members, layers and functions (by their bytecode) is
        compared with the approved one from the root; the topmost parts that differ are counted and named.
    Enforced:
        The approved model takes its place again, where the Release says how to `restore` it.
    False alarms:
        Attributes that an estimator writes when it predicts; functions under another version of Python.
    Blind spots:
        The code of classes and of functions from libraries, which count by name; what the approved model does.
    References:
        R. Merkle, A Digital Signature Based on a Conventional Encryption Function, CRYPTO 1987.
    """

    meta = Meta(
        id="MDL-05",
        title="structure unchanged",
        statement="The model's structure and parameters are those that were approved.",
        remedy="Deploy the approved model again (enforce() does where it can be restored), or approve the change.",
        stage=Stage.RELEASE,
        severity=Severity.HIGH,
        references=("AML.T0018.001", "AML.T0018", "AML.T0076", "AML.M0014", "ML10", "NISTAML.051", "NISTAML.026"),
        cost=Cost.COMMIT,
    )

    def measure(self, release: Release, run: Run) -> Measurement:
        """Count the topmost parts that differ."""
        from rqml_catalog.model_protection.structure import differences, structure_of

        approved, found = release.structure, structure_of(release.estimator)
        told = differences(approved, found)
        return Measurement(
            estimates={"differences": Estimate.exact(len(told), unit="parts")},
            details={
                "differences": [str(difference) for difference in told[:_DIFFERENCES_KEPT]],
                "approved digest": approved.digest,
                "digest": found.digest,
            },
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """None at all; the message names the first."""
        judgement = at_most(measurement.estimates["differences"], 0, "differences from the approved model")
        first = next(iter(measurement.details["differences"]), None)
        return attrs.evolve(judgement, message=f"{judgement.message}: {first}") if first else judgement

    def repair(self, release: Release, run: Run) -> Repair:
        """Put the approved model in place."""
        if release.restore is None:
            raise Unsupported("the approved model cannot be restored: give Release(..., restore=function)")
        restored = attrs.evolve(release, estimator=release.restore())
        return Repair(subject=restored, changes=("puts the approved model in place",))

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Models as approved, and with a part added, exchanged or nudged."""
        yield satisfied("a pipeline as approved", cls(), _release(made.pipeline))
        yield satisfied("a forest as approved", cls(), _release(made.forest))
        yield satisfied("read back from a file", cls(), _release(made.stored))
        yield violated("a tree added", cls(), _release(made.added_tree))
        yield violated("a step added", cls(), _release(made.added_step))
        yield violated("a function exchanged for a lambda", cls(), _release(made.exchanged_function))
        yield violated("a threshold moved", cls(), _release(made.moved_threshold))
        yield violated("a weight nudged", cls(), _release(made.nudged_weight))


def _release(pair: Callable[[int], made.Pair]) -> Callable[[int, Path], Release]:
    """How a scenario builds its subject from the model in use and the approved one."""

    def build(seed: int, _: Path) -> Release:
        from rqml_catalog.model_protection.structure import structure_of

        model, approved = pair(seed)
        return Release(model, structure_of(approved).to_json(), lambda: approved)

    return build
