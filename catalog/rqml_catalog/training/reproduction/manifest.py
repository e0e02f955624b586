"""TrainingManifest: what a training depends on besides its code, written down when it was done."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import attrs
from attrs import validators as v

from rqml.errors import InvalidSubject

RANDOM = "random"  # what stands for PYTHONHASHSEED where it is not set
LIBRARIES = ("numpy", "scipy", "scikit-learn", "pandas", "joblib")


@attrs.frozen(kw_only=True)
class TrainingManifest:
    """The inputs of one training.

    Attributes:
        seed: given to the training function.
        data: digest of the train data, the order of rows included.
        threads: numbers of BLAS and OpenMP threads.
        hash_seed: PYTHONHASHSEED, "random" where it is not set.
        versions: of Python, the platform and the libraries.
    """

    seed: int = attrs.field(validator=v.and_(v.instance_of(int), v.ge(0)))
    data: str = attrs.field(validator=v.instance_of(str))
    threads: int = attrs.field(validator=v.and_(v.instance_of(int), v.ge(1)))
    hash_seed: str = attrs.field(default=RANDOM, validator=v.instance_of(str))
    versions: Mapping[str, str] = attrs.field(factory=dict, validator=v.instance_of(dict))

    @classmethod
    def of(cls, seed: int, data: str, threads: int | None = None) -> TrainingManifest:
        """The manifest of a training that is done here and now."""
        return cls(
            seed=seed,
            data=data,
            threads=threads or os.cpu_count() or 1,
            hash_seed=os.environ.get("PYTHONHASHSEED", RANDOM),
            versions=_versions(),
        )

    def to_json(self) -> str:
        """The manifest as JSON text."""
        return json.dumps(attrs.asdict(self), indent=2, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> TrainingManifest:
        """The manifest that `to_json` wrote.

        Raises:
            InvalidSubject: it is none.
        """
        try:
            return cls(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise InvalidSubject(
                f"this is no training manifest ({type(error).__name__}): write one by to_json()"
            ) from None

    def changes(self, data: str) -> list[str]:
        """What is different here and now, in words."""
        now = TrainingManifest.of(self.seed, data, self.threads)
        found = [] if self.data == data else ["the train data, or the order of their rows"]
        if self.hash_seed != now.hash_seed:
            found.append(f"PYTHONHASHSEED was {self.hash_seed}, is {now.hash_seed}")
        names = sorted(set(self.versions) | set(now.versions))
        pairs = [(name, self.versions.get(name, "none"), now.versions.get(name, "none")) for name in names]
        return found + [f"{name} was {before}, is {after}" for name, before, after in pairs if before != after]


def _versions() -> dict[str, str]:
    found: dict[str, Any] = {"python": platform.python_version(), "machine": platform.machine()}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found
