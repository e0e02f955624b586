"""Settings of Keras: what a model is built from passes, what else Keras could be made to import does not."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest

from rqml_catalog.supply_chain.serialization import Status, scan_bytes


def _node(module, name, config=None, **more):
    return {"module": module, "class_name": name, "config": {} if config is None else config, **more}


def _model(activation):
    layer = _node(
        "keras.layers", "Dense", {"units": 2, "activation": activation, "dtype": _node("keras", "DTypePolicy")}
    )
    return json.dumps(_node("keras", "Sequential", {"layers": [layer]})).encode()


def _archive(config):
    weights, buffer = io.BytesIO(), io.BytesIO()
    np.savez(weights, a=np.ones(3))
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in (
            ("metadata.json", b"{}"),
            ("config.json", config),
            ("model.weights.npz", weights.getvalue()),
        ):
            archive.writestr(name, content)
    return buffer.getvalue()


HOSTILE = (
    _node("builtins", "function", "exec"), _node("builtins", "exec"), _node("builtins", "function", ["relu"]),
    _node("keras.utils", "get_file"), _node("keras.utils", "Sequence"), _node("keras.layers", "get_file"),
    _node("keras.activations", "function", "get_file"), _node("os", "Sequential"), _node("keras.layers", ["Dense"]),
    _node("keras.layers", "TFSMLayer", {"filepath": "x"}), _node("keras.layers", "TorchModuleWrapper"),
    _node("keras.src.saving", "Anything"), _node("oskeras.layers", "Dense"),
)  # fmt: skip
HONEST = (
    "relu", _node("builtins", "function", "relu", registered_name="function"), _node("keras.layers", "ReLU"),
    _node("keras.activations", "function", "gelu"), _node("keras.src.layers.activations.relu", "ReLU"),
)  # fmt: skip


@pytest.mark.parametrize("wrap", [_model, lambda node: _archive(_model(node)), lambda node: json.dumps(node).encode()])
@pytest.mark.parametrize("node", HOSTILE, ids=json.dumps)
def test_what_is_no_part_of_a_model_is_refused(node, wrap):
    assert [one.technique for one in scan_bytes(wrap(node)).findings] == ["code-in-settings"]


@pytest.mark.parametrize("node", HONEST, ids=json.dumps)
def test_models_of_layers_and_named_activations_pass(node):
    assert scan_bytes(_model(node)).status is Status.PASS
    assert scan_bytes(_archive(_model(node))).status is Status.PASS
