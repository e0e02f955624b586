"""SafeModelFile: loading a stored model calls nothing but what models need."""

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
    all_of,
    at_most,
    limit,
    one_or_many,
    satisfied,
    violated,
)
from rqml.errors import InsufficientEvidence, MissingSubject, Unsupported
from rqml_catalog.scenarios import model_files as made

if TYPE_CHECKING:
    from rqml_catalog.supply_chain.serialization import AllowList, Scan

_FINDINGS_KEPT = 20


@attrs.frozen(kw_only=True)
class SafeModelFile(Requirement[ModelFile]):
    """Loading the model file runs no code beyond what the libraries of models need.

    Requires:
        A file, or with `folder` a folder of files. Formats are decided by content; names and extensions are ignored.
    Why:
        A pickle is a program: loading it runs what its author chose. Deny-lists of bad names miss most routes.
    Measured:
        Every opcode is walked on an abstract stack; nothing is imported, loaded or called. Names have to be on an
        exact list made from scikit-learn 1.5 to 1.9, numpy, scipy, pandas and joblib; what CPython's pickler never
        writes, a second reading of the same bytes, broken containers, hostile numbers in trees, sparse matrices and
        support vectors, and code in settings, templates and column types are refused too.
        What cannot be read to its end makes the verdict INCOMPLETE.
    Enforced:
        Refused files move to a quarantine folder beside them with a record of the reasons (CONTAINED; rollback moves
        them back). `convert="skops"` rewrites clean pickles that only their format lets fail.
    False alarms:
        Classes of your own and of other libraries, until you name them in `trusted`.
    Blind spots:
        What a listed class does with hostile numbers beyond those (codes of pandas's categories, for one); a model
        that is merely wrong; the code of classes in `trusted`; HDF5, GGUF and other formats that are not looked into
        are INCOMPLETE.
    References:
        Python documentation, module pickle; Liu et al., The Art of Hide and Seek, arXiv:2508.19774.

    Args:
        trusted: your own classes that the file may build, each as "package.module.ClassName".
        callable_formats: most files allowed whose format could call code although these do not (files); 0 asks for
            skops, safetensors or plain arrays. None allows any number.
        folder: True judges every file of a folder; otherwise a folder in place of a file is INCOMPLETE.
        convert: what enforce does with clean files of such a format: "" puts them into quarantine, "skops" rewrites.
    """

    meta = Meta(
        id="SUP-01",
        title="safe model file",
        statement="Loading the model file calls nothing but what models need.",
        remedy="Do not load it: enforce() puts it into quarantine. Train again, or get it from its author as skops.",
        stage=Stage.SUPPLY,
        severity=Severity.CRITICAL,
        references=("AML.T0011.000", "AML.T0010.003", "AML.M0016", "ML06", "NISTAML.05", "AI Act 15(5)"),
        cost=Cost.COMMIT,
    )
    trusted: tuple[str, ...] = attrs.field(
        default=(), converter=one_or_many, validator=v.deep_iterable(v.instance_of(str))
    )
    callable_formats: int | None = limit(
        default=None, stricter="lower", validator=v.optional(v.and_(v.instance_of(int), v.ge(0)))
    )
    folder: bool = attrs.field(default=False, validator=v.instance_of(bool))
    convert: str = attrs.field(default="", validator=v.in_(("", "skops")))

    def measure(self, file: ModelFile, run: Run) -> Measurement:
        """Walk the file, or every file of the folder."""
        scans = self._scans(file, run)
        refused = [scan for scan in scans if scan.status == "FAIL"]
        unread = [scan for scan in scans if scan.status == "INCOMPLETE"]
        if unread and not refused:
            raise Unsupported(f"{len(unread)} of {len(scans)} files could not be judged: {unread[0].reasons[0]}")
        callable_ = [scan for scan in scans if scan.can_call]
        reasons = [finding for scan in refused for finding in scan.findings if finding.blocks][:_FINDINGS_KEPT]
        return Measurement(
            estimates={
                "refused files": Estimate.exact(len(refused), n=len(scans), unit="files"),
                "callable formats": Estimate.exact(len(callable_), n=len(scans), unit="files"),
            },
            details={
                "findings": [attrs.asdict(finding) for finding in reasons],
                "formats": sorted({scan.format for scan in scans}),
                "first": str(reasons[0]) if reasons else "",
            },
        )

    def judge(self, measurement: Measurement) -> Judgement:
        """No refused file, and no more files of a callable format than allowed."""
        refused = at_most(measurement.estimates["refused files"], 0, "refused files")
        if measurement.details["first"]:
            refused = attrs.evolve(refused, message=f"{refused.message}: {measurement.details['first']}")
        if self.callable_formats is None:
            return refused
        callable_ = at_most(
            measurement.estimates["callable formats"], self.callable_formats, "files of a callable format"
        )
        return all_of(refused, callable_)

    def repair(self, file: ModelFile, run: Run) -> Repair:
        """Rewrite what is clean, put into quarantine what is not."""
        from rqml_catalog.supply_chain.containment import contain

        scans = self._scans(file, run)
        failing = [scan for scan in scans if scan.status == "FAIL"]
        return contain(file, failing or scans, self._allowed(), convert=bool(self.convert) and not failing)

    def _allowed(self) -> AllowList:
        from rqml_catalog.supply_chain.serialization import allowed_names

        return allowed_names().extended(self.trusted)

    def _scans(self, file: ModelFile, run: Run) -> list[Scan]:
        from rqml_catalog.supply_chain.serialization import scan_path

        if not file.path.exists() and not file.path.is_symlink():
            raise MissingSubject(f"there is no file {file.path.name}")
        if file.path.is_dir() and not self.folder:
            raise Unsupported(
                f"{file.path.name} is a folder, not a model file: name the file in it, "
                "or judge all its files by SafeModelFile(folder=True) or `rqml scan`"
            )
        scans = run.once(file, ("scan", self.trusted), lambda: scan_path(file.path, allow=self._allowed()))
        if all(scan.format == "unknown" and not scan.size for scan in scans):
            raise InsufficientEvidence(f"{file.path.name} holds nothing to judge: {scans[0].reasons[0]}")
        return scans

    @classmethod
    def scenarios(cls) -> Iterable[Scenario]:
        """Fitted models in several formats, and files that would call something."""
        yield satisfied("a pickled forest", cls(), made.pickled_forest)
        yield satisfied("a compressed joblib pipeline", cls(), made.joblib_pipeline)
        yield satisfied("plain arrays", cls(callable_formats=0), made.arrays)
        yield satisfied("a class of the user's own", cls(trusted=("shop.models.Scorer",)), made.own_class)
        yield violated("a call hidden in a model", cls(), made.hidden_call)
        yield violated("a call after the model", cls(), made.second_pickle)
        yield violated("a zip behind a pickle", cls(), made.zip_tail)
        yield violated("a tree with a child out of range", cls(), made.hostile_tree)
        yield violated("a class nobody vouched for", cls(), made.own_class)
