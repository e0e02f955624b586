"""What torch.save writes: pickles that refer to storages beside them.

Since PyTorch 1.6 the pickle and the storages are members of a zip; before, pickles and storages followed each other
in one file. TorchScript archives carry programs besides, which are not looked into.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping as ReadOnlyMapping
from typing import Any

import attrs

from rqml_catalog.supply_chain.serialization.allowlist import AllowList
from rqml_catalog.supply_chain.serialization.findings import Finding, Limits
from rqml_catalog.supply_chain.serialization.machine import Machine, Source
from rqml_catalog.supply_chain.serialization.pickles import Walked, walk_pickle
from rqml_catalog.supply_chain.serialization.values import Global, Instance

# The first two pickles of a file from before the zips: a magic number and a version.
HEAD = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."
MEMBER = re.compile(r"data/\d+|\.data/serialization_id|version|byteorder|\.format_version|\.storage_alignment")
CODE = re.compile(r"code/[\w/]+\.py(\.debug_pkl)?|(constants|traced_inputs)/\d+|model\.json|extra/[\w.-]+")
SCRIPT_PICKLES = ("constants.pkl", "traced_inputs.pkl")
_SCRIPT = "__torch__."
_BYTES = {"Float": 4, "Double": 8, "Half": 2, "BFloat16": 2, "Long": 8, "Int": 4, "Short": 2, "Char": 1, "Byte": 1,
          "Bool": 1, "ComplexFloat": 8, "ComplexDouble": 16, "QInt8": 1, "QUInt8": 1, "QInt32": 4}  # fmt: skip


@attrs.define
class Storages:
    """The storages that a pickle refers to: bytes that each needs at least.

    Attributes:
        fields: values in a persistent id; the sixth of old files is always None.
        sizes: bytes by key.
    """

    fields: int = 5
    sizes: dict[str, int] = attrs.field(factory=dict)

    def __call__(self, m: Machine, identity: Any) -> Any:
        """Judge `("storage", class, key, location, elements)`, the only persistent id that torch.save writes."""
        refused = m.refuse("persistent-id", "a persistent id that torch.save does not write")
        if not isinstance(identity, tuple) or len(identity) != self.fields or identity[5:] not in ((), (None,)):
            raise refused
        kind, cls, key, location, count = identity[:5]
        if not isinstance(kind, str) or kind != "storage" or not isinstance(cls, Global) or cls.kind != "S":
            raise refused
        if not isinstance(key, str) or not key.isdigit() or not isinstance(location, str) or type(count) is not int:
            raise refused
        self.sizes[key] = max(self.sizes.get(key, 0), count * _BYTES.get(cls.name.removesuffix("Storage"), 1))
        return Instance(cls, (count,), m.start)

    def missing(self, sizes: ReadOnlyMapping[str, int]) -> tuple[Finding, ...]:
        """A finding for each storage that is not there or too short, given the bytes that are there."""
        short = [key for key, size in self.sizes.items() if sizes.get(key, -1) < size]
        return tuple(Finding("torch-storage", f"storage {key[:20]} is missing or too short") for key in short)


def member(content: Source, allow: AllowList, limits: Limits, storages: Storages) -> tuple[Finding, ...]:
    """The findings on `data.pkl` of a zip."""
    return walk_pickle(content, allow, limits, joblib=False, persistent=storages).findings


def script_member(content: Source, allow: AllowList, limits: Limits, storages: Storages) -> tuple[Finding, ...]:
    """The findings on a pickle of TorchScript, whose own classes are in the archive and imported from nowhere."""
    found = member(content, allow, limits, storages)
    foreign = tuple(finding for finding in found if not finding.name.startswith(_SCRIPT))
    unread = Finding("format-not-examined", "the programs of a TorchScript archive are not looked into", blocks=False)
    return foreign or (unread,)


def pickles_in_a_row(data: Source, allow: AllowList, limits: Limits) -> tuple[Finding, ...]:
    """The findings on a file from before PyTorch 1.6: head, facts, the object, its storages' keys, the storages."""
    storages = Storages(fields=6)

    def walk(start: int) -> Walked:
        options: dict[str, Any] = {"joblib": False, "trailing": True, "persistent": storages, "in_bulk": False}
        return walk_pickle(data, allow, limits, start=start, **options)

    facts = walk(len(HEAD))
    made = walk(facts.end)
    keys = walk(made.end)
    if found := facts.findings or made.findings or keys.findings:
        return found
    if not isinstance(keys.value, list) or not all(isinstance(key, str) for key in keys.value):
        return (Finding("torch-storage", "the keys of the storages are not a list of texts", made.end),)
    return _storages_follow(data, keys.end, keys.value, storages)


def _storages_follow(data: Source, position: int, keys: list[str], storages: Storages) -> tuple[Finding, ...]:
    """Each storage is the number of its elements, then these; nothing follows the last."""
    broken = Finding("torch-storage", "the storages are not what the pickle before them says", position)
    if len(set(keys)) != len(keys) or set(keys) != set(storages.sizes):
        return (broken,)
    for key in keys:
        size = storages.sizes[key]
        if position + 8 > len(data):
            return (broken,)
        (count,) = struct.unpack_from("<Q", data, position)
        width = size // count if count else 0
        if (count == 0) != (size == 0) or width * count != size or width > max(_BYTES.values()):
            return (broken,)
        position += 8 + size
    return () if position == len(data) else (broken,)
