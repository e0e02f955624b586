"""Answers of shadow models kept on disk, under a fingerprint of all that decides them: later runs train none.

Off unless the variable RQML_SHADOWS names a folder. Only numbers are kept and read, never pickles. Who can write to
the folder can decide verdicts: keep it as safe as the models.
"""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np
import numpy.typing as npt

from rqml.errors import InvalidSubject, Unsupported
from rqml.evidence.code import module_digest
from rqml.evidence.environment import package_versions
from rqml.evidence.fingerprint import fingerprint_estimator, fingerprint_frame, fingerprint_value
from rqml.subjects.dataset import Dataset
from rqml.subjects.estimator import clone_with_seed
from rqml.subjects.model import TrainedModel
from rqml_catalog.techniques.shadow_models import Shadows, balanced_halves

FOLDER = "RQML_SHADOWS"
_INSTALLED = ("site-packages", "dist-packages")
_OWN = ("rqml_catalog.techniques.shadow_store", "rqml_catalog.techniques.shadow_models", "rqml.subjects.model",
        "rqml.subjects.estimator", "rqml_catalog.techniques.record_signals")  # fmt: skip


def kept_or_trained(
    key: str | None, strata: npt.ArrayLike, *, n_models: int, seed: int, train: Callable[[], Shadows]
) -> Shadows:
    """What shadows of this key, number and seed answered before, else what `train` gives, kept for next time.

    Args:
        key: of `training_key`; None keeps nothing.
        strata: (n,) class per record, which together with the seed decides the halves.
        n_models: number of shadows.
        seed: of halves and trainings.
        train: called where nothing is kept, or what is kept is damaged.
    """
    folder = os.environ.get(FOLDER)
    if key is None or not folder:
        return train()
    name = fingerprint_value({"training": key, "models": n_models, "seed": seed}).rpartition(":")[2]
    path = Path(folder) / f"{name}.npz"
    inside = balanced_halves(strata, n_models, seed)
    kept = _read(path, inside)
    if kept is not None:
        return kept
    shadows = train()
    with contextlib.suppress(OSError):  # a full or read-only disk costs time later, no verdict now
        _write(path, shadows)
    return shadows


def training_key(model: TrainedModel, data: Dataset, X: Any) -> str | None:
    """A fingerprint of all that decides what shadows of this model answer on these records, number and seed apart.

    It covers the parameters of the estimator, the code of its classes (by version where installed, else by their
    sources), the records in their order, and the versions of Python and of the packages at work.

    Returns:
        None where something cannot be told: a training function of one's own may read anything.
    """
    if not os.environ.get(FOLDER) or model.fit is not None:
        return None
    try:
        blank = clone_with_seed(model.estimator, 0)
        if not hasattr(blank, "get_params"):
            return None
        code = {name: _code_of(name) for name in {*_OWN, *_modules_of(blank)}}
        dtypes = [str(kind) for kind in X.dtypes] if hasattr(X, "dtypes") else [str(np.asarray(X).dtype)]
        extra = {"features": list(model.features), "target": model.train.target, "dtypes": dtypes}
        records = fingerprint_frame(data.frame, extra=extra)
        if records is None or None in code.values():
            return None
        return fingerprint_value(
            {
                "estimator": fingerprint_estimator(blank),
                "code": code,
                "records": records,
                "packages": dict(package_versions()),
                "platform": platform.platform(),
            }
        )
    except (InvalidSubject, Unsupported):
        return None


def _modules_of(estimator: Any) -> Iterator[str]:
    """Modules of the classes and functions that an unfitted estimator is made of.

    Raises:
        Unsupported: it holds a function whose behaviour its source does not tell.
    """
    for part in (estimator, *estimator.get_params(deep=True).values()):
        if isinstance(part, FunctionType) and part.__closure__ is not None:
            raise Unsupported("a function that closes over values")
        known = isinstance(part, type | FunctionType | BuiltinFunctionType | np.ufunc) or hasattr(part, "get_params")
        if callable(part) and not known:
            raise Unsupported("an object that is called")
        named = part if isinstance(part, type | FunctionType) else type(part)
        yield from (kind.__module__ for kind in (getattr(named, "__mro__", None) or (named,)))


def _code_of(module: str) -> str | None:
    """A version or digest that changes when the code of a loaded module does; None where there is none to see."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names and top != "__main__":
        return "standard library"
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    if any(part in _INSTALLED for part in Path(file).parts):
        version = getattr(sys.modules.get(top), "__version__", None)
        return None if version is None else f"{top} {version}"
    return module_digest(module)


def _read(path: Path, inside: npt.NDArray[np.bool_]) -> Shadows | None:
    """What the file keeps, or None where there is no such file or it is not what was written."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            log_odds, correct = kept["log_odds"], kept["correct"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    right = log_odds.shape == correct.shape == inside.shape and (log_odds.dtype, correct.dtype) == (float, bool)
    return Shadows(log_odds, correct, inside) if right and np.isfinite(log_odds).all() else None


def _write(path: Path, shadows: Shadows) -> None:
    """All or nothing, so that a reader at the same time finds a whole file or none."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".partial", delete=False) as partial:
        try:
            np.savez(partial, log_odds=shadows.log_odds, correct=shadows.correct)
            partial.close()
            Path(partial.name).replace(path)
        except OSError:
            Path(partial.name).unlink(missing_ok=True)
            raise
