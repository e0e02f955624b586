"""Zip and tar archives, read the strict way: where two readers could see two archives, neither is believed."""

from __future__ import annotations

import stat
import struct
import unicodedata
import zlib
from collections.abc import Iterator

import attrs

from rqml_catalog.supply_chain.serialization.findings import Limits, RefusedStream
from rqml_catalog.supply_chain.serialization.machine import Source
from rqml_catalog.supply_chain.serialization.streams import CHUNK, collect

LOCAL, CENTRAL, END, END64, LOCATOR64 = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
STREAMED, UTF8 = 0x08, 0x800
STORED, DEFLATED = 0, 8
WIDE, RENAMING = 0x0001, (0x7075, 0x6375)  # extra fields: 64-bit sizes; a name or comment instead of that in the header
BLOCK = 512
LONGEST_HEADER = 1 << 16  # bytes of an extended header of a tar


@attrs.frozen
class Member:
    """One member: its bytes are `data[begin:begin + packed]`, deflated or stored."""

    name: str
    begin: int
    packed: int
    size: int
    crc: int | None
    method: int = STORED


def find_end(data: Source) -> int:
    """Offset of a plausible end-of-directory record in the tail, or -1."""
    size = len(data)
    position = data.rfind(END, max(0, size - 65557), size)
    while position >= 0:
        if position + 22 <= size:
            here, total, length, begin = struct.unpack_from("<8xHHII", data, position)
            wide = 0xFFFFFFFF in (length, begin) or 0xFFFF in (here, total)
            if wide or (here == total and length + begin <= position and length >= 46 * total):
                return position
        position = data.rfind(END, max(0, size - 65557), position)
    return -1


def zip_members(data: Source, limits: Limits) -> list[Member]:
    """The members of a zip, checked header against header.

    Raises:
        RefusedStream: local and central headers differ, flags are set, names repeat or climb, bytes lie between
            members, or anything else that two readers may take in two ways.
    """
    end = find_end(data)
    if end < 0:
        raise RefusedStream("truncated-stream", "a zip without its directory", offset=len(data))
    total, length, begin, directory_end = _directory(data, end)
    if total > limits.members:
        raise RefusedStream("too-many-members", f"more than {limits.members} members", offset=end)
    members: list[Member] = []
    position, expected, seen = begin, 0, set[str]()
    entries = []
    for _ in range(total):
        if position + 46 > begin + length or data[position : position + 4] != CENTRAL:
            raise RefusedStream("zip-directory", "the directory of a zip is broken", offset=position)
        name, local, position, entry = _central(data, position)
        same = unicodedata.normalize("NFKC", name).casefold()  # where some file systems put it
        if same in seen:
            raise RefusedStream("duplicate-member", "two members of one name", offset=position)
        seen.add(same)
        entries.append((local, name, entry))
    if position != directory_end:
        raise RefusedStream("zip-directory", "the directory of a zip has another length", offset=position)
    for local, name, entry in sorted(entries):
        if local != expected:
            raise RefusedStream("zip-gap", "bytes between the members of a zip", offset=min(local, expected))
        member, expected = _local(data, local, name, entry, begin)
        members.append(member)
    if expected != begin:
        raise RefusedStream("zip-gap", "bytes before the directory of a zip", offset=expected)
    return members


def _directory(data: Source, end: int) -> tuple[int, int, int, int]:
    """(entries, length, begin, end) of the central directory."""
    disk, start_disk, here, total, length, begin, comment = struct.unpack_from("<4xHHHHIIH", data, end)
    if end + 22 + comment != len(data) or comment:
        raise RefusedStream("zip-comment", "a zip with a comment or with bytes after its end", offset=end)
    stop = end
    if end >= 20 and data[end - 20 : end - 16] == LOCATOR64:
        record = struct.unpack_from("<Q", data, end - 12)[0]
        if record + 56 != end - 20 or data[record : record + 4] != END64:
            raise RefusedStream("zip-directory", "the 64-bit end record of a zip is misplaced", offset=end)
        disk, start_disk, here, total, length, begin = struct.unpack_from("<16xIIQQQQ", data, record)
        stop = record
    if disk or start_disk or here != total or begin + length != stop:
        raise RefusedStream("zip-directory", "the end record of a zip does not fit its directory", offset=end)
    return total, length, begin, stop


def _central(data: Source, position: int) -> tuple[str, int, int, tuple[int, ...]]:
    """Name, local offset, next position and (flags, method, crc, packed, size) of a directory entry."""
    fields = struct.unpack_from("<4xHHHHHHIIIHHHHHII", data, position)
    flags, method, crc, packed, size, name_size, extra_size, comment = *fields[2:4], *fields[6:12]
    disk, mode, local = fields[12], fields[14] >> 16, fields[15]
    raw = data[position + 46 : position + 46 + name_size]
    extra = data[position + 46 + name_size : position + 46 + name_size + extra_size]
    size, packed, local = _wide(extra, size, packed, local, offset=position)
    if disk or comment:
        raise RefusedStream("zip-directory", "a member on another disk or with a comment", offset=position)
    if stat.S_ISLNK(mode):
        raise RefusedStream("zip-link", "a member is a link", offset=position)
    after = position + 46 + name_size + extra_size
    return member_name(raw, flags, position), local, after, (flags, method, crc, packed, size)


def _wide(extra: bytes, size: int, packed: int, local: int, *, offset: int) -> tuple[int, int, int]:
    """Sizes and offset with their 64-bit values from the extra field."""
    position, seen = 0, set[int]()
    while position < len(extra):
        tag, length = struct.unpack_from("<HH", extra.ljust(position + 4, b"\xff"), position)
        body = extra[position + 4 : position + 4 + length]
        if tag in seen or tag in RENAMING or len(body) != length:
            raise RefusedStream("zip-extra", "an extra field that readers take in two ways", offset=offset)
        seen.add(tag)
        if tag == WIDE:
            numbers = [n[0] for n in struct.iter_unpack("<Q", body[: len(body) // 8 * 8])]
            size = numbers.pop(0) if size == 0xFFFFFFFF and numbers else size
            packed = numbers.pop(0) if packed == 0xFFFFFFFF and numbers else packed
            local = numbers.pop(0) if local == 0xFFFFFFFF and numbers else local
        position += 4 + length
    return size, packed, local


def member_name(raw: bytes, flags: int, offset: int) -> str:
    """The name of a member; names that climb out, hide or are not text are refused."""
    try:
        name = raw.decode("utf-8" if flags & UTF8 else "ascii")
    except UnicodeDecodeError:
        raise RefusedStream("member-name", "the name of a member is not text", offset=offset) from None
    parts = name.split("/")
    if not name or name.startswith("/") or ".." in parts or "\\" in name or "\0" in name or ":" in parts[0]:
        raise RefusedStream("member-name", "the name of a member leads out of the archive", offset=offset)
    return name


def _local(data: Source, local: int, name: str, entry: tuple[int, ...], directory: int) -> tuple[Member, int]:
    """The member at a local header that agrees with its directory entry, and the offset after it."""
    flags, method, crc, packed, size = entry
    if local + 30 > directory or data[local : local + 4] != LOCAL:
        raise RefusedStream("zip-header-mismatch", "a directory entry without a member", offset=local)
    fields = struct.unpack_from("<4xHHHHHIIIHH", data, local)
    l_flags, l_method, l_crc, l_packed, l_size, name_size, extra_size = *fields[1:3], *fields[5:10]
    raw = data[local + 30 : local + 30 + name_size]
    extra = data[local + 30 + name_size : local + 30 + name_size + extra_size]
    l_size, l_packed, _ = _wide(extra, l_size, l_packed, 0, offset=local)
    if flags & ~(UTF8 | STREAMED) or l_flags != flags:
        raise RefusedStream("zip-flags", "a member has flags that change how it is read", offset=local)
    if raw.decode("utf-8", "replace") != name or l_method != method:
        raise RefusedStream("zip-header-mismatch", "a member's two headers differ", offset=local)
    begin = local + 30 + name_size + extra_size
    after = begin + packed
    if flags & STREAMED:
        after = _descriptor(data, after, (crc, packed, size), offset=local)
    elif (l_crc, l_packed, l_size) != (crc, packed, size):
        raise RefusedStream("zip-header-mismatch", "a member's two headers differ", offset=local)
    if method not in (STORED, DEFLATED) or (method == STORED and packed != size) or after > directory:
        raise RefusedStream("zip-method", "a member is packed in an unknown way", offset=local)
    return Member(name, begin, packed, size, crc, method), after


def _descriptor(data: Source, position: int, expected: tuple[int, int, int], *, offset: int) -> int:
    """The offset after a data descriptor that repeats what the directory says."""
    crc, packed, size = expected
    for form in (
        struct.pack("<III", crc, packed & 0xFFFFFFFF, size & 0xFFFFFFFF),
        struct.pack("<IQQ", crc, packed, size),
    ):
        for signed in (b"PK\x07\x08" + form, form):
            if data[position : position + len(signed)] == signed:
                return position + len(signed)
    raise RefusedStream("zip-header-mismatch", "a member's descriptor differs from its entry", offset=offset)


def member_bytes(data: Source, member: Member, budget: int) -> Source:
    """The content of a member, its checksum verified."""
    if member.size > budget:
        raise RefusedStream("expansion-bomb", f"the members expand beyond {budget} bytes")
    if member.method == STORED:
        content: Source = data[member.begin : member.begin + member.size]
    else:
        content = collect(_inflate(data, member), member.size)
    if len(content) != member.size or (member.crc is not None and crc32(content) != member.crc):
        raise RefusedStream("zip-crc", "a member's checksum or size is wrong", offset=member.begin)
    return content


def crc32(content: Source) -> int:
    """CRC-32 in pieces, so that a large map is not copied."""
    value = 0
    for position in range(0, len(content), 1 << 22):
        value = zlib.crc32(content[position : position + (1 << 22)], value)
    return value


def _inflate(data: Source, member: Member) -> Iterator[bytes]:
    worker, position, stop = zlib.decompressobj(-15), member.begin, member.begin + member.packed
    try:
        while not worker.eof:
            fed = worker.unconsumed_tail or data[position : min(stop, position + CHUNK)]
            piece = worker.decompress(fed, CHUNK)
            position = position if worker.unconsumed_tail else min(stop, position + CHUNK)
            if not piece and position >= stop and not worker.eof and not worker.unconsumed_tail:
                raise RefusedStream("truncated-stream", "a member ends too early", offset=member.begin)
            yield piece
    except zlib.error:
        raise RefusedStream("broken-stream", "a member does not expand", offset=member.begin) from None
    if worker.unused_data or position < stop:
        raise RefusedStream("trailing-bytes", "bytes after the end of a member's content", offset=member.begin)


def is_tar(data: Source) -> bool:
    """Whether the first block is a tar header by its checksum."""
    return len(data) >= BLOCK and _tar_checksum(data[:BLOCK])


def _tar_checksum(block: bytes) -> bool:
    try:
        stated = int(block[148:156].strip(b" \0") or b"x", 8)
    except ValueError:
        return False
    return stated == sum(block[:148]) + 8 * 32 + sum(block[156:])


def tar_members(data: Source, limits: Limits) -> list[Member]:
    """The regular files of a tar; links, devices, sparse members and folders with content are refused."""
    members: list[Member] = []
    position, seen, long_name = 0, set[str](), ""
    while position + BLOCK <= len(data) and data[position : position + BLOCK].strip(b"\0"):
        block = data[position : position + BLOCK]
        if not _tar_checksum(block):
            raise RefusedStream("tar-header", "a header of a tar has a wrong checksum", offset=position)
        kind, size = block[156:157], _octal(block[124:136], position)
        raw = block[:100].split(b"\0")[0]
        if block[257:262] == b"ustar" and block[345] and block[257:265] != b"ustar  \0":
            raw = block[345:500].split(b"\0")[0] + b"/" + raw
        begin = position + BLOCK
        if begin + size > len(data) or len(members) >= limits.members:
            raise RefusedStream("truncated-stream", "a member of a tar ends after the archive", offset=position)
        if size and (kind == b"5" or (kind in b"0\0" and raw.endswith(b"/"))):  # readers differ in whether they skip it
            raise RefusedStream("tar-member", "a folder in a tar has content", offset=position)
        if kind in b"Lx" and size > LONGEST_HEADER:
            raise RefusedStream(
                "tar-header", f"an extended header of a tar is above {LONGEST_HEADER} bytes", offset=position
            )
        if kind == b"L":
            long_name = data[begin : begin + size].rstrip(b"\0").decode("utf-8", "replace")
        elif kind == b"x":
            long_name = _pax_path(data[begin : begin + size], position)
        elif kind in b"0\0":
            name = member_name(long_name.encode() or raw, UTF8, position)
            if name in seen:
                raise RefusedStream("duplicate-member", "two members of one name", offset=position)
            seen.add(name)
            members.append(Member(name, begin, size, size, None))
        elif kind != b"5":
            raise RefusedStream("tar-member", "a link, device or extended member in a tar", offset=position)
        long_name = long_name if kind in b"Lx" else ""
        position = begin + (size + BLOCK - 1) // BLOCK * BLOCK
    if data[position:].strip(b"\0") if len(data) - position < (1 << 24) else True:
        raise RefusedStream("trailing-bytes", "bytes after the end of a tar", offset=position)
    return members


def _pax_path(records: bytes, offset: int) -> str:
    """The path in an extended header; records that change what a member is are refused."""
    path = ""
    while records:
        length, _, _ = records.partition(b" ")
        if not length.isdigit() or not 5 <= int(length[:6]) <= len(records):
            raise RefusedStream("tar-header", "an extended header of a tar is broken", offset=offset)
        key, _, value = records[len(length) + 1 : int(length) - 1].partition(b"=")
        if key not in (b"mtime", b"atime", b"ctime", b"uname", b"gname", b"uid", b"gid", b"path"):
            raise RefusedStream("tar-member", "an extended header changes what a member is", offset=offset)
        path = value.decode("utf-8", "replace") if key == b"path" else path
        records = records[int(length) :]
    return path


def _octal(field: bytes, offset: int) -> int:
    digits = field.strip(b" \0") or b"0"
    if digits.strip(b"01234567"):  # int() also takes signs and underscores
        raise RefusedStream("tar-header", "a size in a tar is not a number", offset=offset)
    return int(digits, 8)
