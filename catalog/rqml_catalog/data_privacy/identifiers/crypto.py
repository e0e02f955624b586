"""Wallet addresses of crypto-currencies, checked by their own checksums."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256

from rqml_catalog.data_privacy.identifiers.labels import FOREIGN, label_at
from rqml_catalog.data_privacy.identifiers.spans import Span

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_CHECKS = {1, 0x2BC830A3}  # bech32 (BIP 173) and bech32m (BIP 350)
_BASE58_BYTES = 25

_WALLET = re.compile(
    r"(?<![\w/])(?:(0[xX][0-9A-Fa-f]{40})|((?:bc|tb|ltc|BC|TB|LTC)1[02-9A-Za-z]{11,87})"
    r"|([13LMDT][1-9A-HJ-NP-Za-km-z]{25,34}))(?!\w)"
)


def wallets(text: str) -> Iterator[Span]:
    """Addresses of Bitcoin, Litecoin, Dogecoin, Tron (base58check, bech32) and Ethereum (EIP-55)."""
    for match in _WALLET.finditer(text):
        if not wallet_valid(match[0]):
            continue
        # An Ethereum address in one case carries no checksum: it may as well be a hash.
        if match[1] and match[0][2:].lower() == match[0][2:] and label_at(text, *match.span()) in FOREIGN:
            continue
        yield Span(*match.span(), "CRYPTO")


def wallet_valid(text: str) -> bool:
    """Whether the text is an address whose checksum holds (all-lowercase Ethereum addresses have none)."""
    match = _WALLET.fullmatch(text)
    if match is None:
        return False
    if match[1]:
        return eip55_valid(text)
    return bech32_valid(text) if match[2] else base58check_valid(text)


def base58check_valid(text: str) -> bool:
    """Whether the text decodes to 21 bytes followed by the first 4 of their double SHA-256."""
    value = 0
    for char in text:
        digit = _BASE58.find(char)
        if digit < 0:
            return False
        value = value * 58 + digit
    if value.bit_length() > 8 * _BASE58_BYTES:
        return False
    raw = value.to_bytes(_BASE58_BYTES, "big")
    return sha256(sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


def bech32_valid(text: str) -> bool:
    """Whether the checksum of a segwit address holds (BIP 173, BIP 350)."""
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
