"""Makes the bill of materials of a model from the model, its data and what is installed.

Source: CycloneDX 1.6 (ECMA-424), machine-learning-model components and their model cards. The library of CycloneDX
validates; it has no model cards, so the document is built here.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rqml import Dataset
from rqml.extras import optional
from rqml_catalog.supply_chain.bill.libraries import libraries_of

MODEL = "model"
_SCALARS = (bool, int, float, str, type(None))


def bill_of(
    estimator: Any,
    file: Path,
    datasets: dict[str, Dataset],
    *,
    use_cases: Sequence[str] = (),
    limitations: Sequence[str] = (),
) -> dict[str, Any]:
    """The bill as JSON: the file's digest, the model card, the data by fingerprint, the libraries by record.

    Equal inputs give equal bills: it holds neither a time nor a serial number.

    Args:
        estimator: the fitted model in the file.
        file: the model file.
        datasets: the data by their part ("train", "test").
        use_cases: what the model is for, in words.
        limitations: what it is known not to do, in words.
    """
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    data = [_data_component(part, dataset) for part, dataset in datasets.items()]
    libraries = [
        {
            "type": "library",
            "bom-ref": f"library:{library.name}",
            "name": library.name,
            "version": library.version,
            "purl": f"pkg:pypi/{library.name}@{library.version}",
            "properties": [{"name": "rqml:record:sha256", "value": library.record}],
        }
        for library in libraries_of(estimator)
    ]
    model = {
        "type": "machine-learning-model",
        "bom-ref": MODEL,
        "name": file.name,
        "hashes": [{"alg": "SHA-256", "content": digest}],
        "modelCard": _card(estimator, datasets, use_cases, limitations),
    }
    references = [str(component["bom-ref"]) for component in (*data, *libraries)]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": model},
        "components": [*data, *libraries],
        "dependencies": [{"ref": MODEL, "dependsOn": references}],
    }


def is_valid(document: str) -> bool:
    """True if the text is strictly valid CycloneDX 1.6 in JSON.

    Raises:
        Unsupported: cyclonedx-python-lib is not installed.
    """
    try:
        return _validator().validate_str(document) is None
    except (ValueError, RecursionError):
        return False


@functools.cache
def _validator() -> Any:
    validation = optional("cyclonedx.validation.json", "supply-chain")
    schema = optional("cyclonedx.schema", "supply-chain")
    optional("jsonschema", "supply-chain")
    return validation.JsonStrictValidator(schema.SchemaVersion.V1_6)


def _card(
    estimator: Any, datasets: dict[str, Dataset], use_cases: Sequence[str], limitations: Sequence[str]
) -> dict[str, Any]:
    kind = getattr(estimator, "_estimator_type", "") or getattr(_tags(estimator), "estimator_type", "") or "other"
    supervised = any(dataset.target is not None for dataset in datasets.values())
    features = next(iter(datasets.values())).features if datasets else ()
    parameters = {
        "approach": {"type": "supervised" if supervised else "unsupervised"},
        "task": {"classifier": "classification", "regressor": "regression"}.get(kind, kind),
        "architectureFamily": type(estimator).__module__.partition(".")[0],
        "modelArchitecture": f"{type(estimator).__module__}.{type(estimator).__qualname__}",
        "datasets": [{"ref": f"data:{part}"} for part in datasets],
        "inputs": [{"format": f"column {feature}"} for feature in features],
    }
    considerations = {"useCases": list(use_cases), "technicalLimitations": list(limitations)}
    return {
        "modelParameters": parameters,
        "considerations": {name: texts for name, texts in considerations.items() if texts},
        "properties": [
            {"name": f"rqml:parameter:{name}", "value": _spoken(value)} for name, value in _parameters(estimator)
        ],
    }


def _tags(estimator: Any) -> Any:
    return estimator.__sklearn_tags__() if hasattr(estimator, "__sklearn_tags__") else None


def _parameters(estimator: Any) -> list[tuple[str, Any]]:
    return sorted(estimator.get_params(deep=True).items()) if hasattr(estimator, "get_params") else []


def _spoken(value: Any) -> str:
    """A parameter as text: plain ones as they are, all others by class and digest."""
    if isinstance(value, _SCALARS):
        return json.dumps(value)
    if hasattr(value, "get_params"):
        return type(value).__qualname__
    from rqml.evidence.fingerprint import fingerprint_estimator

    return f"{type(value).__qualname__} {fingerprint_estimator(value)}"


def _data_component(part: str, dataset: Dataset) -> dict[str, Any]:
    facts = {"rows": len(dataset), "columns": len(dataset.columns), "fingerprint": dataset.fingerprint() or ""}
    properties = [{"name": f"rqml:{name}", "value": str(value)} for name, value in facts.items()]
    contents = {"type": "dataset", "name": part, "contents": {"properties": properties}}
    return {"type": "data", "bom-ref": f"data:{part}", "name": part, "data": [contents]}
