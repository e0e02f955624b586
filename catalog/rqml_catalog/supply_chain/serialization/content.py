"""Decides what bytes are by looking at them, and has each part examined by whoever knows it."""

from __future__ import annotations

import itertools
import pickletools
import re

import attrs

from rqml_catalog.supply_chain.serialization import (
    archives,
    embedded_code,
    formats,
    onnx_files,
    schemas,
    streams,
    torch_files,
)
from rqml_catalog.supply_chain.serialization.allowlist import AllowList
from rqml_catalog.supply_chain.serialization.findings import Finding, Limits, RefusedStream
from rqml_catalog.supply_chain.serialization.machine import STOP, Source
from rqml_catalog.supply_chain.serialization.pickles import Walked, walk_pickle

_PEEK = 1 << 16
_MISUSED = frozenset({"persistent-id", "opcode-never-emitted", "old-style-instance"})


def _may_be_meant(data: Source) -> bool:
    """Whether bytes that no pickler writes were made for unpicklers: they end as a pickle, or name what to import."""
    if data[len(data) - 1] == STOP:
        return True
    try:
        for code, argument, _ in itertools.islice(pickletools.genops(data[:_PEEK]), _PEEK):
            if code.name in ("GLOBAL", "INST") and all(part.isidentifier() for part in re.split("[ .]", str(argument))):
                return True
    except ValueError:  # no further opcode
        pass
    return False


@attrs.define
class Examination:
    """One file under examination: what is allowed, what is left of the budgets, what was found."""

    allow: AllowList
    limits: Limits
    findings: list[Finding] = attrs.field(factory=list)
    expanded: int = 0
    can_call: bool = False

    def examine(self, data: Source, member: str = "", depth: int = 0) -> str:
        """Record the findings on some bytes and return the name of their format."""
        try:
            if depth > self.limits.nesting:
                raise RefusedStream("nesting-bound", f"containers nested more than {self.limits.nesting} deep")
            return self._dispatch(data, member, depth)
        except RefusedStream as refused:
            self.report(member, (refused.finding,))
            return "unknown"

    def report(self, member: str, findings: tuple[Finding, ...]) -> None:
        """Keep findings, placed in their member."""
        room = self.limits.findings - len(self.findings)
        self.findings.extend(attrs.evolve(f, member=member) if member else f for f in findings[:room])

    def _dispatch(self, data: Source, member: str, depth: int) -> str:
        if not len(data):
            raise RefusedStream("empty", "there is nothing in it", blocks=False)
        head = data[:16]
        if head[:4] in (archives.LOCAL, archives.END):
            return self._zip(data, member, depth)
        self._one_reading(data)
        if codec := streams.codec_of(head):
            return self._compressed(data, codec, member, depth)
        if head.startswith(formats.NPY):
            return self._npy(data, member)
        if archives.is_tar(data):
            return self._tar(data, member, depth)
        for magic, name, reason in formats.UNREAD:
            if head.startswith(magic):
                embedded_code.check_unread(data, name)
                raise RefusedStream("format-not-examined", f"{name}: {reason}", blocks=False)
        return self._plain_or_pickle(data, member)

    def _one_reading(self, data: Source) -> None:
        if archives.find_end(data) >= 0:
            raise RefusedStream("two-readings", "the head is one format and the tail a zip", offset=len(data))

    def _compressed(self, data: Source, codec: str, member: str, depth: int) -> str:
        content = streams.expand(data, codec, self._budget())
        self.expanded += len(content)
        return f"{codec}+{self.examine(content, member, depth + 1)}"

    def _budget(self) -> int:
        return self.limits.expanded - self.expanded

    def _npy(self, data: Source, member: str) -> str:
        begin, pickled, size = formats.npy_header(data)
        if pickled:
            self.can_call = True
            self.report(member, walk_pickle(data, self.allow, self.limits, start=begin, joblib=False).findings)
        elif len(data) - begin != size:
            raise RefusedStream("npy-size", "a .npy file is longer or shorter than its header says", offset=begin)
        return "npy"

    def _plain_or_pickle(self, data: Source, member: str) -> str:
        """Pickles, and formats that have to be told from pickles by reading them as one."""
        if data[: len(torch_files.HEAD)] == torch_files.HEAD:
            self.can_call = True
            self.report(member, torch_files.pickles_in_a_row(data, self.allow, self.limits))
            return "torch-legacy"
        if data[0] == 0x80 and not formats.is_safetensors(data):
            return self._pickle(walk_pickle(data, self.allow, self.limits), member)
        other = self._other_format(data)
        walked = walk_pickle(data, self.allow, self.limits)
        if not walked.findings and not other:
            return self._pickle(walked, member)
        if not other and walked.findings[-1].technique in _MISUSED and _may_be_meant(data):
            return self._pickle(walked, member)
        if walked.names and walked.findings:
            return self._asks_for_names(walked, member)
        if not walked.findings and other != "json":
            raise RefusedStream("two-readings", f"a pickle that also reads as {other}")
        if not other:
            raise RefusedStream("unknown-content", "no format that is known", blocks=False)
        return other

    def _other_format(self, data: Source) -> str:
        if formats.is_safetensors(data):
            formats.check_safetensors(data)
            return "safetensors"
        if onnx_files.is_onnx(data):
            onnx_files.check_onnx(data)
            return "onnx"
        return formats.columnar_format(data) or formats.plain_text_format(data)

    def _asks_for_names(self, walked: Walked, member: str) -> str:
        """Bytes of another kind that a pickle reader would take names from before it gave up."""
        possible = all(
            part.isidentifier() for module, name in walked.names[:1] for part in (*module.split("."), *name.split("."))
        )
        if possible:
            return self._pickle(walked, member)
        raise RefusedStream(
            "unknown-content", "text that a pickle reader would take for the name of a module", blocks=False
        )

    def _pickle(self, walked: Walked, member: str) -> str:
        self.can_call = True
        self.report(member, walked.findings)
        return "joblib" if walked.arrays_crossed else "pickle"

    def _zip(self, data: Source, member: str, depth: int) -> str:
        members = archives.zip_members(data, self.limits)
        names = {entry.name for entry in members}
        if not members:
            raise RefusedStream("empty", "an archive without members", blocks=False)
        if "schema.json" in names:
            return self._skops(data, members, member)
        torch = next((name for name in names if name.endswith("/data.pkl") and name.count("/") == 1), "")
        if torch:
            return self._torch(data, members, torch.removesuffix("data.pkl"), member)
        kinds = self._members(data, members, member, depth)
        return "npz" if kinds == {"npy"} else "zip"

    def _content(self, data: Source, entry: archives.Member) -> Source:
        content = archives.member_bytes(data, entry, self._budget())
        self.expanded += len(content)
        return content

    def _members(self, data: Source, members: list[archives.Member], outer: str, depth: int) -> set[str]:
        kinds = set()
        for entry in members:
            inner = f"{outer}!{entry.name}" if outer else entry.name
            if entry.name.endswith("/") and not entry.size:
                continue
            try:
                kinds.add(self.examine(self._content(data, entry), inner, depth + 1))
            except RefusedStream as refused:
                self.report(inner, (refused.finding,))
        return kinds

    def _tar(self, data: Source, member: str, depth: int) -> str:
        if data[0] == 0x80:
            raise RefusedStream("two-readings", "the head of a pickle is also the header of a tar")
        members = archives.tar_members(data, self.limits)
        if not members:
            raise RefusedStream("empty", "an archive without members", blocks=False)
        self._members(data, members, member, depth)
        return "tar"

    def _skops(self, data: Source, members: list[archives.Member], outer: str) -> str:
        by_name = {entry.name: entry for entry in members}
        schema = self._content(data, by_name.pop("schema.json"))
        used, findings = schemas.judge_schema(schema[:], self.allow)
        self.report(f"{outer}!schema.json" if outer else "schema.json", tuple(findings))
        for name, entry in by_name.items():
            inner = f"{outer}!{name}" if outer else name
            if name not in used:
                self.report(inner, (Finding("unexpected-member", "a member that the schema does not use"),))
            elif used[name] in ("BytesNode", "BytearrayNode"):
                self._content(data, entry)
            elif self.examine(self._content(data, entry), inner, 1) not in ("npy", "npz"):
                self.report(inner, (Finding("unexpected-member", "a member that is not an array"),))
        return "skops"

    def _torch(self, data: Source, members: list[archives.Member], root: str, outer: str) -> str:
        by_name = {entry.name: entry for entry in members}
        script = f"{root}constants.pkl" in by_name and any(name.startswith(f"{root}code/") for name in by_name)
        storages = torch_files.Storages()
        for name, entry in by_name.items():
            inner = f"{outer}!{name}" if outer else name
            content = self._content(data, entry)
            part = name.removeprefix(root) if name.startswith(root) else ""
            if part == "data.pkl" or (script and part in torch_files.SCRIPT_PICKLES):
                self.can_call = True
                read = torch_files.script_member if script else torch_files.member
                own = storages if part == "data.pkl" else torch_files.Storages()
                self.report(inner, read(content, self.allow, self.limits, own))
            elif not (torch_files.MEMBER.fullmatch(part) or (script and torch_files.CODE.fullmatch(part))):
                self.report(inner, (Finding("unexpected-member", "a member that torch.save does not write"),))
        sizes = {name.removeprefix(f"{root}data/"): entry.size for name, entry in by_name.items()}
        self.report(outer, storages.missing(sizes))
        return "torch"
