"""Compressed streams, expanded under a bound and never by the name of the file."""

from __future__ import annotations

import bz2
import lzma
import mmap
import tempfile
import zlib
from collections.abc import Iterator
from typing import Any

from rqml_catalog.supply_chain.serialization.findings import RefusedStream
from rqml_catalog.supply_chain.serialization.machine import Source

CHUNK = 1 << 18
IN_MEMORY = 32 << 20
# The magic bytes by which joblib and the standard library choose a codec.
CODECS = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x5d\x00\x00", "lzma"),
    (b"\x04\x22\x4d\x18", "lz4"),
)
_ZLIB_HEADERS = frozenset({b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"})


def codec_of(head: bytes) -> str:
    """The codec whose magic begins the bytes, or an empty string."""
    if head[:2] in _ZLIB_HEADERS:
        return "zlib"
    return next((name for magic, name in CODECS if head.startswith(magic)), "")


def _decompressor(codec: str) -> Any:
    if codec == "bz2":
        return bz2.BZ2Decompressor()
    if codec in ("xz", "lzma"):
        form = lzma.FORMAT_XZ if codec == "xz" else lzma.FORMAT_ALONE
        return lzma.LZMADecompressor(format=form, memlimit=512 << 20)
    try:
        from lz4.frame import LZ4FrameDecompressor  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError:
        raise RefusedStream(
            "codec-missing", "an lz4 stream needs the package lz4 to be examined", blocks=False
        ) from None
    return LZ4FrameDecompressor()


def _zlib_pieces(data: Source, wbits: int) -> Iterator[bytes]:
    worker = zlib.decompressobj(wbits)
    position, size = 0, len(data)
    while not worker.eof:
        piece = worker.decompress(worker.unconsumed_tail or data[position : position + CHUNK], CHUNK)
        if not worker.unconsumed_tail:
            position += CHUNK
        if not piece and position >= size and not worker.eof and not worker.unconsumed_tail:
            raise RefusedStream("truncated-stream", "the compressed stream ends too early", offset=size)
        yield piece
    _nothing_after(len(worker.unused_data) + max(0, size - position))


def _other_pieces(data: Source, codec: str) -> Iterator[bytes]:
    worker = _decompressor(codec)
    position, size = 0, len(data)
    while not worker.eof:
        needs = worker.needs_input
        if needs and position >= size:
            raise RefusedStream("truncated-stream", "the compressed stream ends too early", offset=size)
        piece = worker.decompress(data[position : position + CHUNK] if needs else b"", CHUNK)
        position += CHUNK if needs else 0
        yield piece
    _nothing_after(len(worker.unused_data or b"") + max(0, size - position))


def _nothing_after(count: int) -> None:
    if count:
        raise RefusedStream("trailing-bytes", f"{count} bytes follow the compressed stream")


def expand(data: Source, codec: str, budget: int) -> Source:
    """The expanded bytes, in memory when small and in a nameless temporary file otherwise.

    Args:
        data: the compressed bytes.
        codec: what `codec_of` returned.
        budget: the most bytes that may come out.

    Raises:
        RefusedStream: the stream is broken, goes on after its end, or expands beyond the budget.
    """
    wbits = {"zlib": zlib.MAX_WBITS, "gzip": zlib.MAX_WBITS | 16}.get(codec)
    pieces = _other_pieces(data, codec) if wbits is None else _zlib_pieces(data, wbits)
    try:
        return collect(pieces, budget)
    except (zlib.error, lzma.LZMAError, OSError, EOFError, RuntimeError, ValueError):
        raise RefusedStream("broken-stream", f"the {codec} stream does not expand") from None


def collect(pieces: Iterator[bytes], budget: int) -> Source:
    """Join pieces under a budget."""
    memory, total = bytearray(), 0
    for piece in pieces:
        total += len(piece)
        if total > budget:
            raise RefusedStream("expansion-bomb", f"the content expands beyond {budget} bytes")
        memory += piece
        if len(memory) > IN_MEMORY:
            return _spill(bytes(memory), pieces, budget)
    return bytes(memory)


def _spill(begun: bytes, pieces: Iterator[bytes], budget: int) -> Source:
    with tempfile.TemporaryFile() as file:
        file.write(begun)
        total = len(begun)
        for piece in pieces:
            total += len(piece)
            if total > budget:
                raise RefusedStream("expansion-bomb", f"the content expands beyond {budget} bytes")
            file.write(piece)
        file.flush()
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
