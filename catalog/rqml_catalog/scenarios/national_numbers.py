"""Seeded national identification numbers of ten countries, invented, with right check digits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random


def digits(rng: Random, count: int) -> str:
    """That many random digits."""
    return "".join(rng.choice("0123456789") for _ in range(count))


def itin(rng: Random) -> str:
    """An individual taxpayer number of the United States."""
    return f"9{digits(rng, 2)}-{rng.randint(70, 88)}-{digits(rng, 4)}"


def nino(rng: Random) -> str:
    """A British national insurance number (it has no check digit)."""
    return f"{rng.choice('ABCEGHJLMP')}{rng.choice('ABCEHJKL')}{digits(rng, 6)}{rng.choice('ABCD')}".replace("GB", "GC")


def idnr(rng: Random) -> str:
    """Ten digits of which one occurs twice, and the check of ISO 7064 mod 11,10."""
    order = rng.sample("123456789", 9)
    body = "".join([*order[:4], order[1], *order[4:]])
    product = 10
    for digit in body:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return body + str((11 - product) % 10)


def nir(rng: Random) -> str:
    """A French social security number with its key, in groups or not."""
    place = f"{rng.randint(1, 95):02d}{rng.randint(1, 990):03d}"
    body = f"{rng.randint(1, 2)}{digits(rng, 2)}{rng.randint(1, 12):02d}{place}{rng.randint(1, 999):03d}"
    key = f"{97 - int(body) % 97:02d}"
    return (
        body + key
        if rng.random() < 0.5
        else f"{body[0]} {body[1:3]} {body[3:5]} {body[5:7]} {body[7:10]} {body[10:]} {key}"
    )


def dni(rng: Random) -> str:
    """A Spanish identity number with its letter."""
    number = rng.randint(10_000_000, 99_999_999)
    return f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


_ODD_PLACES = {
    char: ord(weight) - 65
    for char, weight in zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "BAFHJNPRTVBAFHJNPRTVCESULDGIMOQKWZYX", strict=True)
}
"""What a character of an Italian tax code counts for its check letter at an odd place."""


def codice_fiscale(rng: Random) -> str:
    """An Italian tax code of invented consonants, with its check letter."""
    letters = "".join(rng.choice("BCDFGLMNPRSTV") for _ in range(6))
    born = f"{digits(rng, 2)}{rng.choice('ABCDEHLMPRST')}{rng.randint(1, 28):02d}"
    body = f"{letters}{born}{rng.choice('ABCDEFGHL')}{rng.randint(100, 999)}"
    even = {char: int(char) if char.isdigit() else ord(char) - 65 for char in _ODD_PLACES}
    total = sum((even if i % 2 else _ODD_PLACES)[char] for i, char in enumerate(body))
    return body + chr(65 + total % 26)


def bsn(rng: Random) -> str:
    """A Dutch citizen service number (eleven-test)."""
    while True:
        body = str(rng.randint(10_000_000, 99_999_999))
        check = sum(int(d) * (9 - i) for i, d in enumerate(body)) % 11
        if check < 10:
            return body + str(check)


def pesel(rng: Random) -> str:
    """A Polish number: date of birth, serial, check digit."""
    born = date(1940, 1, 1) + timedelta(days=rng.randint(0, 21_000))
    body = f"{born:%y%m%d}{digits(rng, 4)}"
    return body + str(-sum(int(d) * (1, 3, 7, 9)[i % 4] for i, d in enumerate(body)) % 10)


def aadhaar(rng: Random) -> str:
    """An Indian number in groups of four (Verhoeff's check)."""
    body = rng.choice("23456789") + digits(rng, 10)
    number = next(body + str(d) for d in range(10) if _verhoeff(body + str(d)) == 0)
    return f"{number[:4]} {number[4:8]} {number[8:]}"


def _verhoeff(number: str) -> int:
    """Verhoeff's check over the dihedral group D5; 0 when it holds."""
    permutation = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    check = 0
    for position, char in enumerate(reversed(number)):
        digit = int(char)
        for _ in range(position % 8):
            digit = permutation[digit]
        check = _dihedral(check, digit)
    return check


def _dihedral(a: int, b: int) -> int:
    if a < 5:
        return (a + b) % 5 if b < 5 else (a + b - 5) % 5 + 5
    return (a - 5 - b) % 5 + 5 if b < 5 else (a - b) % 5


def cpf(rng: Random) -> str:
    """A Brazilian number with its two check digits."""
    body = digits(rng, 9)
    for size in (10, 11):
        rest = sum(int(d) * (size - i) for i, d in enumerate(body)) * 10 % 11
        body += str(rest % 10)
    return f"{body[:3]}.{body[3:6]}.{body[6:9]}-{body[9:]}"


MAKERS: dict[str, Callable[[Random], str]] = {
    "en_US": itin,
    "en_GB": nino,
    "de_DE": idnr,
    "fr_FR": nir,
    "es_ES": dni,
    "it_IT": codice_fiscale,
    "nl_NL": bsn,
    "pl_PL": pesel,
    "en_IN": aadhaar,
    "pt_BR": cpf,
}
