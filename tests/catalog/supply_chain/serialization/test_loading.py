"""load(): what passes comes back as it was, and every name is asked for once more while it is unpickled."""

from __future__ import annotations

import platform

import joblib
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from rqml_catalog.supply_chain import load
from rqml_catalog.supply_chain.serialization import allowed_names, loading, scan_bytes

X = np.random.default_rng(0).normal(size=(50, 3))


@pytest.mark.parametrize("compress", [0, ("zlib", 3), ("gzip", 3), ("bz2", 3), ("lzma", 3), ("xz", 3)], ids=str)
def test_joblib_files_come_back(tmp_path, compress):
    model = RandomForestClassifier(3, random_state=0).fit(X, X[:, 0] > 0)
    joblib.dump(model, tmp_path / "m", compress=compress)
    assert (load(tmp_path / "m").predict_proba(X) == model.predict_proba(X)).all()


@pytest.mark.parametrize("compress", [0, 3])
def test_names_are_asked_for_again_while_joblib_unpickles(tmp_path, compress):
    """Even if the walk were deceived, as it is here by a scan of other bytes, no other name is looked up."""
    joblib.dump({"a": X, "b": platform.node}, tmp_path / "bad", compress=compress)
    joblib.dump({"a": X}, tmp_path / "good", compress=compress)
    scan = scan_bytes((tmp_path / "good").read_bytes())
    assert scan.status == "PASS"
    with pytest.raises(Exception, match="not on the list"):
        loading._loaded((tmp_path / "bad").read_bytes(), scan, allowed_names())


OBJECTS = np.array([[1, None], ["a", (2, "b")]], dtype=object)


def test_arrays_of_objects_come_back(tmp_path):
    np.save(tmp_path / "a.npy", OBJECTS, allow_pickle=True)
    np.savez(tmp_path / "a.npz", objects=OBJECTS, numbers=X)
    np.savez_compressed(tmp_path / "b.npz", objects=OBJECTS, numbers=X)
    assert load(tmp_path / "a.npy").tolist() == OBJECTS.tolist()
    for name in ("a.npz", "b.npz"):
        arrays = load(tmp_path / name)
        assert sorted(arrays) == ["numbers", "objects"]
        assert arrays["objects"].tolist() == OBJECTS.tolist()
        assert (arrays["numbers"] == X).all()


@pytest.mark.parametrize("save", [np.save, np.savez])
def test_names_are_asked_for_again_in_arrays_of_objects(tmp_path, save):
    for name, value in (("bad", platform.node), ("good", 1)):
        with (tmp_path / name).open("wb") as file:
            save(file, np.array([value, None], dtype=object), allow_pickle=True)
    scan = scan_bytes((tmp_path / "good").read_bytes())
    assert scan.status == "PASS"
    with pytest.raises(Exception, match="not on the list"):
        loading._loaded((tmp_path / "bad").read_bytes(), scan, allowed_names())
