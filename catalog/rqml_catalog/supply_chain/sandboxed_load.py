"""SandboxedLoad: loading the file does nothing but load it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs
from attrs import validators as v

from rqml import (
    Cost,
    Estimate,
    Judgement,
    Measurement,
    Meta,
    ModelFile,
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
from rqml.errors import InsufficientEvidence, MissingSubject, Unsupported
from rqml_catalog.scenarios import loaded_files as made

if TYPE_CHECKING:
    from rqml_catalog.supply_chain.sandbox import Observed


@attrs.frozen(kw_only=True)
class SandboxedLoad(Requirement[ModelFile]):
    """Loading the file starts no process, opens no socket, writes nowhere and stays within its resources.

    Requires:
        A file that can be loaded on this machine, and Linux. It is really loaded, in a child process: look at it by
        SafeModelFile first, and use a machine that holds nothing of value for files that you do not trust at all.
    Why:
        A loader is code. What it does shows when it runs, also where static reading does not know the format.
    Measured:
        The file is loaded in a child without environment, with bounds on memory and time, under a hook on the audit
        events of the interpreter; the first forbidden event ends the child before it takes effect.
    Enforced:
        The file goes into quarantine, where nothing loads it (CONTAINED; rollback moves it back).
    False alarms:
        Loaders that write caches (give `writes`), compile code of their own, or ask the network for updates.
    Blind spots:
        Native code raises no audit events: what compiled libraries open, write or send by themselves (pyarrow, h5py,
        XGBoost) is not seen, nor are named semaphores, which joblib tries on its own. The functions of CPython that
        reach beyond the process without an event (pipes and devices made, shared memory, programs started below
        subprocess, limits raised) are given one here, those known when this was written. Reading is not forbidden, and
        neither is the rest of the machine's memory or time up to the limits; what is done only later, at prediction, or
        only on another machine or date does not show. A hook in the interpreter is a tripwire, no wall: containers are.
    References:
        PEP 578, Python Runtime Audit Hooks.

    Args:
        loader: what loads it: "auto" (by its content), "pickle", or a function of the path as "package:function".
        writes: folder that it may write to, relative to the file's; "" for none.
        memory_mb: memory that it may take, in MiB.
        seconds: processor time that it may take, in seconds.
    """

    meta = Meta(
        id="SUP-06",
        title="sandboxed load",
        statement="Loading the file starts nothing, sends nothing, writes nothing and stays within its resources.",
        remedy="Do not load it outside of a sandbox: enforce() puts it into quarantine.",
        stage=Stage.SUPPLY,
        severity=Severity.HIGH,
        references=("AML.T0011.000", "AML.T0105", "AML.T0050", "AML.M0011", "ML06"),
        cost=Cost.COMMIT,
    )
    loader: str = attrs.field(default="auto", validator=v.matches_re(r"auto|pickle|[\w.]+:\w+"))
    writes: str = attrs.field(default="", validator=v.instance_of(str))
    memory_mb: int = attrs.field(default=2048, validator=v.and_(v.instance_of(int), v.ge(16)))
    seconds: int = attrs.field(default=60, validator=v.and_(v.instance_of(int), v.ge(1)))

    def measure(self, file: ModelFile, run: Run) -> Measurement:
        """Load it once, watched."""
        seen = run.once(file, ("sandbox", self), lambda: self._load(file))
        if seen.outcome == "error":
            raise Unsupported(
                f"the loader raised {seen.event} before it was done, so that nothing is known of the rest"
            )
        return Measurement(
            estimates={"forbidden": Estimate.exact(int(seen.outcome != "loaded"), unit="events")},
            details={"outcome": seen.outcome, "event": seen.event},
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """None at all; the message names what was seen."""
        judgement = at_most(measurement.estimates["forbidden"], 0, "forbidden events")
        told = f"{measurement.details['outcome']}: {measurement.details['event']}"
        return attrs.evolve(judgement, message=f"{judgement.message} ({told})")

    def repair(self, file: ModelFile, run: Run) -> Repair:
        """Put the file into quarantine."""
        from rqml_catalog.supply_chain.containment import contain
        from rqml_catalog.supply_chain.serialization import Finding, Scan, Status, allowed_names

        seen = run.once(file, ("sandbox", self), lambda: self._load(file))
        finding = Finding("forbidden-event", f"loading it was stopped ({seen.outcome}: {seen.event})")
        scan = Scan(str(file.path), Status.FAIL, findings=(finding,), size=file.path.stat().st_size)
        return contain(file, [scan], allowed_names(), convert=False)

    def _load(self, file: ModelFile) -> Observed:
        from rqml_catalog.supply_chain.sandbox import Bounds, load_watched
        from rqml_catalog.supply_chain.serialization import scan_file

        if not file.path.is_file():
            raise MissingSubject(f"there is no file {file.path.name}")
        if not file.path.stat().st_size:
            raise InsufficientEvidence(f"{file.path.name} is empty")
        loader = self.loader
        if loader == "auto":
            loader = "pickle" if scan_file(file.path).format in ("pickle", "unknown") else "joblib:load"
        return load_watched(
            file.path,
            loader=loader,
            bounds=Bounds(self.memory_mb, self.seconds),
            folder=file.path.parent / self.writes if self.writes else None,
        )

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Plain files, and planted loaders whose harmless deeds are stopped before they are done."""
        plain = cls(loader="pickle", memory_mb=256, seconds=5)
        yield satisfied("plain parameters", plain, made.parameters)
        yield satisfied("objects of the standard library", plain, made.objects)
        yield satisfied("a cache in the folder that it may write to", attrs.evolve(plain, writes="cache"), made.cached)
        yield violated("starts a program", plain, made.starts_a_program)
        yield violated("opens a socket", plain, made.opens_a_socket)
        yield violated("writes a file", plain, made.writes_a_file)
        yield violated("runs a text as code", plain, made.runs_a_text)
        yield violated("asks for more memory than there is", plain, made.takes_memory)
