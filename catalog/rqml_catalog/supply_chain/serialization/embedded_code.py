"""Finds code in formats that are meant for data: layers, templates and types that their libraries run when they load.

Each is looked for where a library would take it from; what merely speaks of code is let through.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

from rqml_catalog.supply_chain.serialization.findings import RefusedStream
from rqml_catalog.supply_chain.serialization.json_objects import objects_in
from rqml_catalog.supply_chain.serialization.machine import Source

_ENDS = 16 << 20  # bytes at the beginning and at the end in which settings and schemas stand
_LAMBDAS = frozenset({"Lambda", "TFOpLambda", "SlicingOpLambda", "__lambda__"})
_LAMBDA = re.compile(rb'"class_name"\s*:\s*"(?:Lambda|TFOpLambda|SlicingOpLambda|__lambda__)"')
_KERAS = frozenset({"keras", "tf_keras", "tensorflow"})
# Modules of Keras whose classes are made of settings; their functions are named by `builtins.function`.
_KERAS_PARTS = frozenset(
    {
        "activations", "constraints", "dtype_policies", "initializers", "layers", "losses", "metrics",
        "models", "optimizers", "quantizers", "random", "regularizers",
    }
)  # fmt: skip
# Activations, losses and metrics.
_NAMED = """
    celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear log_sigmoid
    log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid
    sparsemax squareplus swish tanh tanh_shrink threshold
    binary_crossentropy binary_focal_crossentropy categorical_crossentropy categorical_focal_crossentropy
    categorical_hinge cosine_similarity ctc dice hinge huber kl_divergence kld log_cosh mae mape
    mean_absolute_error mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error mse msle
    poisson sparse_categorical_crossentropy squared_hinge tversky
    accuracy binary_accuracy categorical_accuracy sparse_categorical_accuracy top_k_categorical_accuracy
    sparse_top_k_categorical_accuracy
"""
_FUNCTIONS = frozenset(_NAMED.split())
_TOP_CLASSES = frozenset(
    {"DTypePolicy", "FloatDTypePolicy", "Functional", "Model", "QuantizedDTypePolicy", "Sequential"}
)
# Layers that load other models, whose code runs: from a folder, or from a pickle in their settings.
_LOADING = frozenset({"FlaxLayer", "JaxLayer", "TFSMLayer", "TorchModuleWrapper"})
_SHELLS = frozenset({"__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__", "slice", "set", "tuple"})
_SPECIAL = "class|mro|base|bases|subclasses|globals|init|builtins|import|getattribute|dict|code|reduce|call"
_ESCAPES = re.compile(rf"__(?:{_SPECIAL})__|\\x5f|\\u005f|\|\s*attr\b")
_TEMPLATE = re.compile(rb"\{[{%][^\0]{0,4000}?(?:" + _ESCAPES.pattern.encode() + rb")")
_PICKLED_TYPE = b"arrow.py_extension_type"
# Tags of Python's objects; tags that are written with escapes or shortened by a directive could be such.
YAML_CALL = re.compile(r"!!python/|tag:yaml\.org,2002:python/|![!<]\S*%[0-9A-Fa-f]{2}|^\ufeff?%TAG\b", re.MULTILINE)


def _ends(data: Source) -> Iterator[bytes]:
    yield data[:_ENDS]
    if len(data) > _ENDS:
        yield data[max(_ENDS, len(data) - _ENDS) :]


def check_settings(value: Any) -> None:
    """Settings in JSON, as Keras and tokenizers write them.

    Raises:
        RefusedStream: a layer is a function of its own, a class comes from a foreign module, a template reaches for the
            inside of the interpreter; or, as something that cannot be judged here, code is asked for from elsewhere.
    """
    for node in objects_in(value):
        _check_layer(node)
        _check_template(node)
        if "auto_map" in node:
            raise RefusedStream("remote-code", "classes are to be taken from code beside the model", blocks=False)


def _check_layer(node: dict[str, Any]) -> None:
    name = node.get("class_name")
    if isinstance(name, str) and name in _LAMBDAS:
        raise RefusedStream("code-in-settings", "a layer or function is a program of its own")
    module = node.get("module")
    if isinstance(module, str) and {"class_name", "config"} <= set(node) and not _of_keras(module, node):
        raise RefusedStream(
            "code-in-settings", "a class or function is named that is no part of a Keras model", name=module[:120]
        )


def _is_function(node: dict[str, Any]) -> bool:
    return isinstance(node["config"], str) and node["config"] in _FUNCTIONS


def _of_keras(module: str, node: dict[str, Any]) -> bool:
    """Whether what Keras would import is a class to build models from or a function it ships."""
    name = node["class_name"]
    if not isinstance(name, str):
        return False
    if module == "builtins":
        return name in _SHELLS or (name == "function" and _is_function(node))
    root, *parts = module.split(".")
    known = root in _KERAS and not _KERAS_PARTS.isdisjoint(parts)
    if name == "function":
        return known and _is_function(node)
    plain = name[:1].isupper() and name.isidentifier() and name not in _LOADING
    return plain and (known or (root in _KERAS and name in _TOP_CLASSES))


def _check_template(node: dict[str, Any]) -> None:
    template = node.get("chat_template")
    entries = template if isinstance(template, list) else [template]
    texts = [entry.get("template") if isinstance(entry, dict) else entry for entry in entries]
    if any(isinstance(text, str) and _ESCAPES.search(text) for text in texts):
        raise RefusedStream("code-in-template", "a template reaches for the inside of the interpreter")


def check_unread(data: Source, name: str) -> None:
    """What can be told of formats that are not looked into otherwise.

    Raises:
        RefusedStream: an HDF5 file holds a layer that is a program, or the template of a GGUF file is hostile.
    """
    if name == "hdf5" and any(_LAMBDA.search(part) for part in _ends(data)):
        raise RefusedStream("code-in-settings", "a layer or function is a program of its own")
    if name == "gguf" and any(_TEMPLATE.search(part) for part in _ends(data)):
        raise RefusedStream("code-in-template", "a template reaches for the inside of the interpreter")


def check_schema(data: Source) -> None:
    """Columns of an Arrow or Parquet file are of types that hold values only.

    Raises:
        RefusedStream: a type is a pickle, which older readers load when they open the file.
    """
    # Parquet keeps Arrow's schema in base 64: the name begins at one of three places of a group of letters.
    cores = [base64.b64encode(bytes(shift) + _PICKLED_TYPE)[4:-4] for shift in range(3)]
    if any(mark in part for part in _ends(data) for mark in (_PICKLED_TYPE, *cores)):
        raise RefusedStream("code-in-schema", "the type of a column is a pickle")
