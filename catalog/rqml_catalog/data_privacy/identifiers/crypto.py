"""Wallet addresses of crypto-currencies, checked by their own checksums."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from hashlib import sha256

from rqml_catalog.data_privacy.identifiers.labels import FOREIGN, label_at
from rqml_catalog.data_privacy.identifiers.spans import Span

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_RIPPLE_BASE58 = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_CHECKS = {1, 0x2BC830A3}  # bech32 (BIP 173) and bech32m (BIP 350)
_CHECK_BYTES = 4
_MONERO_BLOCK, _MONERO_BLOCK_BYTES, _MONERO_LAST_BYTES = 11, 8, 5

_LONG_WORD = re.compile(r"(?<![\w/])[0-9A-Za-z]{25,110}(?!\w)")
_WALLET = re.compile(
    r"(?P<ethereum>0[xX][0-9A-Fa-f]{40})"
    r"|(?P<segwit>(?:bc|tb|ltc|addr|BC|TB|LTC)1[02-9A-Za-z]{11,104})"
    r"|(?P<monero>[48][1-9A-HJ-NP-Za-km-z]{94}|4[1-9A-HJ-NP-Za-km-z]{105})"
    r"|(?P<ripple>r[1-9A-HJ-NP-Za-km-z]{24,34})"
    r"|(?P<base58>(?:[13LMDTX]|t[13])[1-9A-HJ-NP-Za-km-z]{24,34})"
)


def wallets(text: str) -> Iterator[Span]:
    """Addresses of Bitcoin, Litecoin, Dogecoin, Dash, Zcash, Tron, XRP, Cardano, Monero and Ethereum."""
    for match in _LONG_WORD.finditer(text):
        address = match[0]
        if not wallet_valid(address):
            continue
        # An Ethereum address in one case carries no checksum: it may as well be a hash.
        if (
            address[:2] in {"0x", "0X"}
            and address[2:] == address[2:].lower()
            and label_at(text, *match.span()) in FOREIGN
        ):
            continue
        yield Span(*match.span(), "CRYPTO")


def wallet_valid(text: str) -> bool:
    """Whether the text is an address whose checksum holds (all-lowercase Ethereum addresses have none)."""
    match = _WALLET.fullmatch(text)
    return match is not None and _CHECKS[match.lastgroup or ""](text)


def base58check_valid(text: str, alphabet: str = _BASE58) -> bool:
    """Whether the text decodes to 21 bytes (22: Zcash) followed by the first 4 of their double SHA-256."""
    raw = _from_base58(text, 26 if text[:1] == "t" else 25, alphabet)
    if raw is None:
        return False
    digest = sha256(sha256(raw[:-_CHECK_BYTES]).digest()).digest()
    return digest[:_CHECK_BYTES] == raw[-_CHECK_BYTES:]


def ripple_valid(text: str) -> bool:
    """Whether an XRP address holds: base58check with an alphabet of its own."""
    return base58check_valid(text, _RIPPLE_BASE58)


def monero_valid(text: str) -> bool:
    """Whether the text decodes, in blocks of 11 characters for 8 bytes, to bytes that end with their Keccak-256."""
    blocks = [text[at : at + _MONERO_BLOCK] for at in range(0, len(text), _MONERO_BLOCK)]
    sizes = [_MONERO_BLOCK_BYTES] * (len(blocks) - 1) + [_MONERO_LAST_BYTES]
    raw = b""
    for block, size in zip(blocks, sizes, strict=True):
        decoded = _from_base58(block, size)
        if decoded is None:
            return False
        raw += decoded
    return keccak256(raw[:-_CHECK_BYTES])[:_CHECK_BYTES] == raw[-_CHECK_BYTES:]


def _from_base58(text: str, size: int, alphabet: str = _BASE58) -> bytes | None:
    """So many bytes that the text stands for; None when it holds other characters or a larger number."""
    value = 0
    for char in text:
        digit = alphabet.find(char)
        if digit < 0:
            return None
        value = value * 58 + digit
    return value.to_bytes(size, "big") if value.bit_length() <= 8 * size else None


def bech32_valid(text: str) -> bool:
    """Whether the checksum of a segwit or Cardano address holds (BIP 173, BIP 350)."""
    if text not in {text.lower(), text.upper()}:
        return False
    prefix, _, data = text.lower().rpartition("1")
    if any(char not in _BECH32 for char in data):
        return False
    values = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + [_BECH32.index(c) for c in data]
    return _polymod(values) in _BECH32_CHECKS


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_BECH32_GENERATOR):
            check ^= generator if top >> bit & 1 else 0
    return check


def eip55_valid(text: str) -> bool:
    """Whether the capitals of an Ethereum address are those its Keccak-256 demands (EIP-55)."""
    address = text[2:]
    if address in {address.lower(), address.upper()}:
        return len(set(address.lower())) > 2
    digest = keccak256(address.lower().encode()).hex()
    return all(
        char == (char.upper() if int(nibble, 16) > 7 else char.lower())
        for char, nibble in zip(address, digest, strict=False)
    )


_CHECKS: dict[str, Callable[[str], bool]] = {
    "ethereum": eip55_valid,
    "segwit": bech32_valid,
    "monero": monero_valid,
    "ripple": ripple_valid,
    "base58": base58check_valid,
}

_ROUNDS = 24
_RATE = 136
_MASK = (1 << 64) - 1


def keccak256(message: bytes) -> bytes:
    """Keccak-256 with the original padding, as Ethereum uses it (hashlib's SHA-3 pads otherwise)."""
    padded = bytearray(message) + b"\x01" + bytes(-(len(message) + 1) % _RATE)
    padded[-1] |= 0x80
    lanes = [0] * 25
    for block in range(0, len(padded), _RATE):
        for lane in range(_RATE // 8):
            at = block + 8 * lane
            lanes[lane] ^= int.from_bytes(padded[at : at + 8], "little")
        lanes = _permute(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])


def _permute(a: list[int]) -> list[int]:
    """Keccak-f[1600]; lane (x, y) stands at x + 5 y (FIPS 202, section 3.3)."""
    lfsr = 1
    for _ in range(_ROUNDS):
        parity = [a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20] for x in range(5)]
        a = [a[i] ^ parity[(i + 4) % 5] ^ _rotate(parity[(i + 1) % 5], 1) for i in range(25)]
        x, y, current = 1, 0, a[1]
        for step in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            current, a[x + 5 * y] = a[x + 5 * y], _rotate(current, (step + 1) * (step + 2) // 2 % 64)
        a = [a[i] ^ (~a[i - i % 5 + (i + 1) % 5] & a[i - i % 5 + (i + 2) % 5]) for i in range(25)]
        for bit in range(7):
            if lfsr & 1:
                a[0] ^= 1 << ((1 << bit) - 1)
            lfsr = (lfsr << 1) ^ (0x171 if lfsr >> 7 else 0)
    return a


def _rotate(value: int, by: int) -> int:
    return (value << by | value >> (64 - by)) & _MASK
