"""What lies inside of a file: members of archives, compressed content, texts between bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

_RUNS = re.compile(rb"[\x20-\x7e\n]{12,}")
_WORDS = (b"pass", b"pwd", b"secret", b"key", b"token", b"credential")
_BEFORE = re.compile(rb"[\w-]*$")
# The rest of a pickled name, how it is remembered, and the length of the text that follows.
_PICKLED = re.compile(rb"(?s)([\w-]{1,40}?)(?:\x94|q.|r.{4})?(?:\x8c(.)|X(.{4})|U(.))")
# Texts after their length, as pickles, msgpack and protobuf have them: that byte, and the next one after the text, may
# be letters, which would seem to belong to the text.
_SIZED = re.compile(rb"(?s)[\x8c\xd9UC\n\x12](?=([\x0c-\xff])[\x20-\x7e]{12})|[XBT](?=(..)\0\0[\x20-\x7e]{12})")
_AFTER = re.compile(rb"[^\w+/=-]|[qrz]|\Z")
_LINE = re.compile(rb"(?m)^[^V\n]*V([^\n]{12,})\np\d+$")  # a text in a pickle of protocol 0, and where it is remembered
_COMPRESSED: tuple[tuple[bytes, Callable[[io.BytesIO], Any]], ...] = (
    (b"\x1f\x8b", partial(gzip.GzipFile, None, "rb", 9)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\0", lzma.LZMAFile),
    (b"\x5d\0\0", lzma.LZMAFile),
)
_BROKEN = (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zlib.error, lzma.LZMAError)


def members(content: bytes, most: int) -> Iterator[tuple[str, bytes]]:
    """The members of an archive or the content that was compressed, by name; nothing for other bytes.

    Args:
        content: the bytes of a file.
        most: bytes that are unpacked in all; what cannot be unpacked is left out.
    """
    for name, opened in _opened(content):
        try:
            unpacked = opened().read(most)
        except _BROKEN:
            continue
        most -= len(unpacked)
        if unpacked:
            yield name, unpacked
        if most <= 0:
            return


def _opened(content: bytes) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What can be read, by name."""
    file = io.BytesIO(content)
    try:
        if content[:2] == b"PK" and zipfile.is_zipfile(file):
            archive = zipfile.ZipFile(file)
            yield from ((name, partial(archive.open, name)) for name in archive.namelist())
        elif content[257:262] == b"ustar":
            with tarfile.open(fileobj=file, mode="r:") as folder:
                yield from ((info.name, partial(folder.extractfile, info)) for info in folder if info.isfile())
        elif content[:1] == b"\x78" and int.from_bytes(content[:2]) % 31 == 0:
            yield "", partial(_Inflated, content)
        else:
            yield from (("", partial(opener, file)) for magic, opener in _COMPRESSED if content.startswith(magic))
    except (*_BROKEN, zipfile.BadZipFile, tarfile.TarError):
        return


class _Inflated:
    """A zlib stream, as joblib writes it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, most: int) -> bytes:
        """At most so many bytes of it."""
        return zlib.decompressobj().decompress(self._content, most)


def is_pickled_text(content: bytes) -> bool:
    """Whether text is a pickle of protocol 0."""
    return content.endswith(b".") and _LINE.search(content) is not None


def texts_between(content: bytes) -> Iterator[tuple[int, str]]:
    """The texts in bytes with their offsets: those whose length is told, runs of characters, and pickled pairs.

    A pickled pair is written as an assignment, at the offset of the name.
    """
    yield from _told(content)
    for match in _RUNS.finditer(content):
        yield match.start(), match[0].decode("ascii")
    lowered = content.lower()
    for word in _WORDS:
        place = lowered.find(word)
        while place >= 0:
            yield from _pickled_pair(content, place)
            place = lowered.find(word, place + 1)


def _told(content: bytes) -> Iterator[tuple[int, str]]:
    for match in _SIZED.finditer(content):
        begin = match.end() + (1 if match[1] else 4)
        size = int.from_bytes(match[1] or match[2], "little")
        if _RUNS.fullmatch(content, begin, begin + size) and _AFTER.match(content, begin + size):
            yield begin, content[begin : begin + size].decode("ascii")
    if is_pickled_text(content):
        for line in _LINE.finditer(content):
            yield line.start(1), line[1].decode("ascii", "replace")


def _pickled_pair(content: bytes, place: int) -> Iterator[tuple[int, str]]:
    match = _PICKLED.match(content, place)
    if match is None:
        return
    length = int.from_bytes(match[2] or match[3] or match[4], "little")
    value = content[match.end() : match.end() + min(length, 200)]
    before = _BEFORE.search(content[max(0, place - 24) : place])
    if before is not None and value.isascii() and value.decode("ascii").isprintable():
        yield place, f"{(before[0] + match[1]).decode('ascii', 'replace')}='{value.decode('ascii')}'"
