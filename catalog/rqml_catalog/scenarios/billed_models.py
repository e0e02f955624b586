"""Seeded stored models, and ways in which a bill of materials can be wrong."""

from __future__ import annotations

import functools
import json
import pickle
from pathlib import Path
from random import Random
from typing import Any

from rqml import Dataset, TrainedModel

Bill = dict[str, Any]
USES = ("a demonstration on invented data",)
LIMITATIONS = ("knows nothing of the world",)


@functools.lru_cache(maxsize=8)
def _model(seed: int) -> TrainedModel:
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rng = Random(seed)  # noqa: S311 (no secrets)
    frame = pd.DataFrame({"a": [rng.random() for _ in range(40 + seed)], "b": [rng.random() for _ in range(40 + seed)]})
    frame["y"] = (frame["a"] > frame["b"]).astype(int)
    line = LogisticRegression(C=1.0 + seed)
    estimator = make_pipeline(StandardScaler(), line) if seed % 2 else line
    estimator.fit(frame[["a", "b"]], frame["y"])
    return TrainedModel(estimator, Dataset(frame, target="y"))


def stored(seed: int, folder: Path) -> tuple[Path, TrainedModel]:
    """A model and the file that holds it."""
    model = _model(seed % 4)
    path = folder / "model.pkl"
    path.write_bytes(pickle.dumps(model.estimator, protocol=4) if seed < 4 else pickle.dumps((seed, model.estimator)))
    return path, model


def true(bill: Bill, seed: int) -> None:
    """Leaves the bill as it is."""


def richer(bill: Bill, seed: int) -> None:
    """Says more than is asked for: a serial number, a description, a measured accuracy."""
    bill["serialNumber"] = f"urn:uuid:00000000-0000-4000-8000-{seed:012}"
    bill["metadata"]["component"]["description"] = "made by hand"
    metric = {"type": "accuracy", "value": "0.9"}
    bill["metadata"]["component"]["modelCard"]["quantitativeAnalysis"] = {"performanceMetrics": [metric]}


def exchanged_file(bill: Bill, seed: int) -> None:
    """The digest is that of another file."""
    bill["metadata"]["component"]["hashes"][0]["content"] = f"{seed + 1:064x}"


def wrong_version(bill: Bill, seed: int) -> None:
    """A library stands there with another version."""
    library = _libraries(bill)[seed % 3]
    library["version"] = f"0.{seed}"


def library_left_out(bill: Bill, seed: int) -> None:
    """A library is not there."""
    bill["components"].remove(_libraries(bill)[seed % 3])


def other_data(bill: Bill, seed: int) -> None:
    """The fingerprint of the training data is another."""
    data = next(component for component in bill["components"] if component["type"] == "data")
    properties = data["data"][0]["contents"]["properties"]
    next(p for p in properties if p["name"] == "rqml:fingerprint")["value"] = f"{seed:064x}"


def broken(bill: Bill, seed: int) -> None:
    """Is not valid any more."""
    bill["metadata"]["component"]["type"] = ("model", "machine learning model", 3)[seed % 3]


def thin(bill: Bill, _: int) -> None:
    """Says nothing of limitations."""
    del bill["metadata"]["component"]["modelCard"]["considerations"]["technicalLimitations"]


def written(bill: Bill, path: Path) -> None:
    """Write a bill."""
    path.write_text(json.dumps(bill))


def _libraries(bill: Bill) -> list[Bill]:
    return [component for component in bill["components"] if component["type"] == "library"]
