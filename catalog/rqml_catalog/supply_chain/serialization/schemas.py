"""The schema of a skops file: a tree of nodes, each naming a class or function and how to load it."""

from __future__ import annotations

import json
from typing import Any

from rqml_catalog.supply_chain.serialization.allowlist import AllowList
from rqml_catalog.supply_chain.serialization.findings import Finding
from rqml_catalog.supply_chain.serialization.json_objects import objects_in, unique

# Loaders of skops that make values from data, from listed classes, or from listed functions.
_LOADERS = """
    CachedNode DictNode DefaultDictNode ListNode SetNode TupleNode FunctionNode PartialNode TypeNode SliceNode
    BytesNode BytearrayNode ObjectNode NdArrayNode MaskedArrayNode RandomStateNode RandomGeneratorNode DTypeNode
    SparseMatrixNode JsonNode TreeNode SGDNode ReduceNode CythonNode LossNode OrderedDictNode
"""
LOADERS = frozenset(_LOADERS.split())
PLAIN_BUILTINS = frozenset({"str", "int", "float", "bool", "NoneType", "dict", "list", "tuple", "set", "bytes",
                            "bytearray", "slice", "complex"})  # fmt: skip


def judge_schema(raw: bytes, allow: AllowList) -> tuple[dict[str, str], list[Finding]]:
    """The members that a schema uses, each with its loader, and what is wrong with what it names."""
    try:
        schema = json.loads(raw.decode("utf-8"), object_pairs_hook=unique)
    except (ValueError, RecursionError):
        return {}, [Finding("skops-schema", "the schema of a skops file is not JSON, or says something twice")]
    used: dict[str, str] = {}
    findings: list[Finding] = []
    for node in objects_in(schema):
        findings.extend(_judge_node(node, allow))
        if isinstance(node.get("file"), str):
            used[node["file"]] = str(node.get("__loader__"))
    return used, findings


def _judge_node(node: dict[str, Any], allow: AllowList) -> list[Finding]:
    findings = []
    loader = node.get("__loader__")
    if loader is not None and loader not in LOADERS:
        findings.append(Finding("skops-loader", f"the loader {str(loader)[:60]!r} is not one for data"))
    pairs = [(node.get("__module__"), node.get("__class__"))]
    content = node.get("content")
    if loader in ("FunctionNode", "TypeNode") and isinstance(content, dict):
        pairs.append((content.get("module_path"), content.get("function") or content.get("__class__")))
    for module, name in pairs:
        if module is None and name is None:
            continue
        plain = module == "builtins" and name in PLAIN_BUILTINS
        known = allow.kind(str(module), str(name))
        kept = known == "R" and loader in ("FunctionNode", "TypeNode")
        if not plain and (not known or kept) and not _skops_kind(module, name):
            path = f"{module}.{name}"
            findings.append(Finding("unlisted-global", f"{path[:120]!r} is not allowed", name=path))
    return findings


def _skops_kind(module: Any, name: Any) -> bool:
    """Pseudo classes that skops writes for functions and methods it names elsewhere."""
    return (module, name) in {
        ("builtins", "function"),
        ("types", "FunctionType"),
        ("numpy", "ufunc"),
        ("numpy.random.mtrand", "RandomState"),
        ("numpy.random._generator", "Generator"),
    }
