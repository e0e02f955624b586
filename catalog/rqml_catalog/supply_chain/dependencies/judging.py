"""What is wrong with the requirements of a lock file, and what can be mended in its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import attrs
from packaging.utils import canonicalize_name

from rqml_catalog.supply_chain.dependencies.advisories import Advisory, first_fix
from rqml_catalog.supply_chain.dependencies.audit import Answer
from rqml_catalog.supply_chain.dependencies.formats import Lock
from rqml_catalog.supply_chain.dependencies.locks import Pin

_POPULAR = """
    numpy scipy pandas scikit-learn matplotlib torch torchvision torchaudio tensorflow keras jax jaxlib flax xgboost
    lightgbm catboost transformers datasets tokenizers accelerate diffusers huggingface-hub safetensors sentencepiece
    onnx onnxruntime joblib skops cloudpickle dill polars pyarrow duckdb dask numba cython statsmodels seaborn plotly
    opencv-python pillow scikit-image nltk spacy gensim mlflow wandb tensorboard optuna ray fastapi starlette uvicorn
    flask django requests urllib3 httpx pydantic sqlalchemy pyyaml cryptography boto3 botocore google-cloud-storage
    jupyter notebook ipython jupyterlab streamlit gradio langchain openai anthropic sentence-transformers faiss-cpu
    pytest setuptools pip wheel attrs click rich typer tqdm protobuf grpcio certifi packaging python-dateutil
    threadpoolctl imbalanced-learn shap hydra-core pytorch-lightning lightning timm einops evaluate peft
    torchmetrics vllm bitsandbytes deepspeed gymnasium ultralytics albumentations networkx sympy h5py pyspark aiohttp
    beautifulsoup4 lxml jinja2 redis selenium colorama pycryptodome cattrs
"""
POPULAR = frozenset(_POPULAR.split())
# Honest packages whose names lie one edit from a popular one.
KNOWN = frozenset(
    {"boto", "bpython", "dash", "dataset", "djongo", "faiss-gpu", "grequests", "ngboost", "scapy", "simpy", "torchx"}
    | {"tensorboardx"}
)
# Modules whose package has another name; what is found under theirs is a stranger's or given up.
MODULES = {
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "imblearn": "imbalanced-learn",
    "pil": "pillow",
    "pytorch": "torch",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}


@attrs.frozen
class Fault:
    """One fault of one requirement; `mend` is the version or name that would mend it, if one is known."""

    line: int
    name: str
    kind: str
    detail: str
    mend: str = ""


def faults_of(
    lock: Lock, advisories: Iterable[Advisory], *, hashes: bool, answers: Iterable[Answer] = ()
) -> list[Fault]:
    """The faults of requirements, in the order of their lines.

    Args:
        lock: the requirements, and where they are taken from.
        advisories: what is known of versions.
        hashes: whether each needs a digest.
        answers: what pip-audit says.
    """
    by_name: dict[str, list[Advisory]] = {}
    for advisory in (*advisories, *map(_as_advisory, answers)):
        by_name.setdefault(advisory.name, []).append(advisory)
    faults = [fault for pin in lock.pins for fault in _faults(pin, by_name.get(pin.name, []), hashes)]
    return sorted([*faults, *_contradictions(lock.pins), *_places(lock)], key=lambda fault: fault.line)


def _contradictions(pins: Iterable[Pin]) -> Iterator[Fault]:
    first: dict[str, Pin] = {}
    for pin in pins:
        if pin.version and not pin.conditional and first.setdefault(pin.name, pin).version != pin.version:
            yield Fault(pin.line, pin.name, "two versions", f"line {first[pin.name].line} pins it to another version")


def _places(lock: Lock) -> Iterator[Fault]:
    """Digests say what an archive must be, wherever it is from; without them any index can answer for any name."""
    bound = all(pin.hashes for pin in lock.pins)
    for index in lock.indexes:
        if not index.verified:
            yield Fault(index.line, "option", "unverified index", "no certificate says who the index is")
        elif not bound:
            yield Fault(index.line, "option", "other index", "another index may answer for a name that it does not own")


def _as_advisory(answer: Answer) -> Advisory:
    """It affects the version that was asked for, and no version that mends it."""
    events = tuple(("fixed", fix) for fix in answer.fixes)
    return Advisory(answer.id, canonicalize_name(answer.name), frozenset({answer.version}), (events,))


def _faults(pin: Pin, advisories: list[Advisory], hashes: bool) -> Iterator[Fault]:
    if pin.direct:
        yield Fault(pin.line, pin.name, "address", "it is taken from an address, not from a version")
    elif not pin.name:
        yield Fault(pin.line, "", "unreadable", "it is no requirement that pip reads")
    elif not pin.version:
        yield Fault(pin.line, pin.name, "not pinned", "it has no exact version")
    if hashes and not pin.hashes:
        yield Fault(pin.line, pin.name, "no hash", "no digest says what its archive must be")
    if imitated := imitates(pin.name):
        yield Fault(pin.line, pin.name, "look-alike", f"its name is one edit from {imitated}", imitated)
    if pin.name in MODULES:
        yield Fault(pin.line, pin.name, "look-alike", f"it is a module's name: its package is {MODULES[pin.name]}")
    affecting = {advisory.id for advisory in advisories if pin.version and advisory.affects(pin.version)}
    fixed = first_fix(pin.version, advisories) if affecting else ""
    for name in sorted(affecting):
        yield Fault(pin.line, pin.name, "vulnerable", f"{name} affects version {pin.version}", fixed)


def imitates(name: str) -> str:
    """The popular package whose name is one edit away (a letter more, less, other, or two swapped), if any."""
    if not name or name in POPULAR or name in KNOWN:
        return ""
    bare = name.replace("-", "")
    for popular in sorted(POPULAR):
        target = popular.replace("-", "")
        if len(target) >= 4 and (bare == target or one_edit(bare, target)):
            return popular
    return ""


def one_edit(left: str, right: str) -> bool:
    """Whether two different texts are one insertion, deletion, substitution or swap of neighbours apart."""
    if abs(len(left) - len(right)) > 1 or left == right:
        return False
    begin = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    a, b = left[begin:], right[begin:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and len(b) > 1 and a[2:] == b[2:])


def mended(text: str, faults: Iterable[Fault]) -> str:
    """The text with look-alike names and vulnerable versions replaced by what mends them."""
    lines = text.splitlines(keepends=True)
    for fault in faults:
        if not fault.mend:
            continue
        at = fault.line - 1
        if fault.kind == "look-alike":
            lines[at] = re.sub(r"^\s*[\w.-]+", fault.mend, lines[at], count=1)
        elif fault.kind == "vulnerable":
            lines[at] = re.sub(r"(===?\s*)[^\s;\\]+", rf"\g<1>{fault.mend}", lines[at], count=1)
    return "".join(lines)
