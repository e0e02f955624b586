"""Seeded model files: honest ones, and ones with a planted fault that is never loaded by anything here.

Every fault is inert by design: what a file would call is a harmless function, and the files are only ever read.
"""

from __future__ import annotations

import io
import pickle
import platform
import sys
import types
import zipfile
from pathlib import Path
from typing import Any

from rqml import ModelFile


def _data(seed: int) -> tuple[Any, Any]:
    import numpy as np

    rng = np.random.default_rng(seed)
    X = rng.normal(size=(60 + seed % 17, 4))
    return X, (X[:, 0] + X[:, seed % 4] > 0).astype(int)


def forest(seed: int) -> Any:
    """A small fitted random forest."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(3 + seed % 4, max_depth=3, random_state=seed).fit(*_data(seed))


def _written(folder: Path, content: bytes, name: str = "model.bin") -> ModelFile:
    path = folder / name
    path.write_bytes(content)
    return ModelFile(path)


def pickled_forest(seed: int, folder: Path) -> ModelFile:
    """A forest as a pickle, of a protocol that depends on the seed."""
    return _written(folder, pickle.dumps(forest(seed), protocol=seed % 6))


def joblib_pipeline(seed: int, folder: Path) -> ModelFile:
    """A pipeline as joblib writes it, with a codec that depends on the seed."""
    import joblib
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    path = folder / "model.bin"
    codec = ("zlib", "gzip", "bz2", "lzma", "xz")[seed % 5]
    joblib.dump(make_pipeline(StandardScaler(), LogisticRegression()).fit(*_data(seed)), path, compress=(codec, 3))
    return ModelFile(path)


def arrays(seed: int, folder: Path) -> ModelFile:
    """Weights as an .npz archive of plain arrays."""
    import numpy as np

    X, y = _data(seed)
    buffer = io.BytesIO()
    (np.savez if seed % 2 else np.savez_compressed)(buffer, X=X, y=y)
    return _written(folder, buffer.getvalue())


def own_class(seed: int, folder: Path) -> ModelFile:
    """A pickle of a class `shop.models.Scorer` that no library knows."""
    module = types.ModuleType("shop.models")
    scorer = type("Scorer", (), {"__module__": "shop.models"})
    module.Scorer = scorer  # type: ignore[attr-defined]
    instance = scorer()
    instance.weights = list(_data(seed)[0][0])
    names = {"shop": types.ModuleType("shop"), "shop.models": module}
    sys.modules.update(names)
    try:
        return _written(folder, pickle.dumps(instance, protocol=2 + seed % 4))
    finally:
        for name in names:
            del sys.modules[name]


class _Calls:
    """Pickles as a call of a harmless function."""

    def __init__(self, function: Any, *args: Any) -> None:
        self._call = (function, args)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self._call


def hidden_call(seed: int, folder: Path) -> ModelFile:
    """A fitted forest that carries a call of `platform.node` in one of its attributes."""
    model = forest(seed)
    model.notes_ = {"made": seed, "by": _Calls((platform.node, platform.machine, platform.system)[seed % 3])}
    return _written(folder, pickle.dumps(model, protocol=seed % 6))


def second_pickle(seed: int, folder: Path) -> ModelFile:
    """A clean pickle with another behind its end."""
    extra = pickle.dumps(_Calls(platform.node), protocol=seed % 6)
    return _written(folder, pickle.dumps(forest(seed), protocol=4) + extra)


def zip_tail(seed: int, folder: Path) -> ModelFile:
    """A clean pickle that is also a zip when read from its end."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("data.pkl", pickle.dumps(_Calls(platform.node)))
    return _written(folder, pickle.dumps(forest(seed)) + buffer.getvalue())


def hostile_tree(seed: int, folder: Path) -> ModelFile:
    """A forest one of whose nodes points to a child that does not exist."""
    import numpy as np

    model = forest(seed)
    tree = model.estimators_[seed % len(model.estimators_)].tree_
    nodes = tree.__getstate__()["nodes"]
    content = pickle.dumps(model, protocol=4)
    faulty = nodes.copy()
    faulty["left_child"][0] = np.int64(10_000 + seed)
    return _written(folder, content.replace(nodes.tobytes(), faulty.tobytes(), 1))
