"""Seeded, invented personal data of ten countries: identifiers that fulfil their checks, and look-alikes that do not.

Nothing here belongs to anyone: telephone numbers come from ranges kept for fiction where there are such, e-mail
addresses from reserved domains (RFC 2606), addresses from documentation networks (RFC 5737), the rest from chance.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from rqml_catalog.scenarios import national_numbers
from rqml_catalog.scenarios.national_numbers import digits

LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL", "en_IN", "pt_BR")

_GIVEN = {
    "en_US": "Jennifer Michael Ashley Brandon Tyler Megan Logan Brittany",
    "en_GB": "Harriet Nigel Poppy Alfie Gemma Stuart Oliver Fiona",
    "de_DE": "Jürgen Sabine Torsten Heike Matthias Birgit Lukas Greta",
    "fr_FR": "Élodie Thierry Camille Benoît Aurélie Guillaume Sylvie Rémi",
    "es_ES": "Lucía Álvaro Rocío Gonzalo Beatriz Ignacio Nuria Sergio",
    "it_IT": "Giulia Lorenzo Chiara Matteo Federica Davide Ilaria Paolo",
    "nl_NL": "Sanne Jeroen Femke Wouter Lotte Maarten Anouk Bram",
    "pl_PL": "Agnieszka Krzysztof Magdalena Paweł Zofia Marcin Ewa Tomasz",
    "en_IN": "Priya Rahul Ananya Vikram Sunita Arjun Kavita Sanjay",
    "pt_BR": "João Mariana Thiago Letícia Rodrigo Fernanda Gustavo Bruna",
}
_FAMILY = {
    "en_US": "Whitfield Ramirez Kowalski Bennett Okafor Delgado",
    "en_GB": "Ashworth Pemberton Hughes Blackwood Sinclair Patel",
    "de_DE": "Schäfer Vogelsang Krüger Brinkmann Lehmann Yilmaz",
    "fr_FR": "Lefèvre Marchand Beaulieu Rousseau Fontaine Benali",
    "es_ES": "Navarro Quintana Ortega Peralta Ibáñez Molina",
    "it_IT": "Bianchi Marchetti Ferraro Colombo Ricci Esposito",
    "nl_NL": "Vermeulen Hoekstra Dijkman Kuipers Bakker Visser",
    "pl_PL": "Nowicki Wiśniewska Zieliński Kaczmarek Wrona Lis",
    "en_IN": "Iyer Banerjee Chaudhary Deshmukh Reddy Kapoor",
    "pt_BR": "Carvalho Teixeira Figueiredo Azevedo Barros Moreira",
}


def person(rng: Random, locale: str) -> str:
    """A given and a family name."""
    return f"{rng.choice(_GIVEN[locale].split())} {rng.choice(_FAMILY[locale].split())}"


def email(rng: Random, locale: str) -> str:
    """An address at a reserved domain."""
    name = person(rng, locale).lower().encode("ascii", "ignore").decode().split()
    joint = rng.choice([".", "_", "", "-"])
    return f"{joint.join(name)}{rng.randint(1, 99)}@{rng.choice(['example.com', 'example.org', 'mail.example.net'])}"


def phone(rng: Random, locale: str) -> str:
    """A telephone number in one of the notations of the country."""
    return _fill(rng, rng.choice(_PHONES[locale]))


_PHONES = {
    "en_US": ["(212) 555-01##", "+1 312-555-01##", "415.555.01##", "1-617-555-01##", "+1 (503) 555-01##"],
    "en_GB": ["07700 900###", "+44 7700 900###", "020 7946 0###", "(01632) 960###", "+44 20 7946 0###"],
    "de_DE": ["030 23125 ###", "+49 30 23125###", "0171 39200##", "+49 (0)171 39200##", "040/66969 ###"],
    "fr_FR": ["06 39 98 ## ##", "+33 6 39 98 ## ##", "01.99.00.##.##", "01 99 00 ## ##"],
    "es_ES": ["612 34# ###", "+34 612 34# ###", "+34 91 123 4###", "912 345 ###"],
    "it_IT": ["+39 347 123 ####", "347 123####", "06 6982 ####", "+39 02 7200 ####"],
    "nl_NL": ["06-1234####", "+31 6 1234####", "020-123####", "+31 20 123 ####"],
    "pl_PL": ["512 345 ###", "+48 512 345 ###", "+48 22 123 ## ##", "22 123 ## ##"],
    "en_IN": ["98765 4####", "+91 98765 4####", "+91-98765-4####", "022 2345 ####"],
    "pt_BR": ["(11) 91234-####", "+55 11 91234-####", "(21) 2345-####", "+55 21 2345-####"],
}


def _fill(rng: Random, pattern: str) -> str:
    return "".join(rng.choice("0123456789") if char == "#" else char for char in pattern)


def card(rng: Random, _: str = "") -> str:
    """A payment card number whose Luhn digit is right."""
    prefix, size = rng.choice([("4", 16), ("51", 16), ("54", 16), ("34", 15), ("37", 15), ("6011", 16), ("3530", 16)])
    body = prefix + digits(rng, size - 1 - len(prefix))
    number = body + luhn_digit(body)
    if size == 16 and rng.random() < 0.6:
        return rng.choice([" ", "-"]).join(number[i : i + 4] for i in range(0, 16, 4))
    return number


def luhn_digit(body: str) -> str:
    """The digit that makes `body` fulfil the Luhn check."""
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(body)))
    return str(-total % 10)


def iban(rng: Random, locale: str) -> str:
    """A bank account number whose check digits are right; in groups or not."""
    country, pattern = _IBANS[locale]
    body = _fill(rng, pattern)
    check = 98 - int("".join(str(int(char, 36)) for char in body + country + "00")) % 97
    number = f"{country}{check:02d}{body}"
    return number if rng.random() < 0.5 else " ".join(number[i : i + 4] for i in range(0, len(number), 4))


_IBANS = {
    "en_US": ("LU", "001#############"),
    "en_GB": ("GB", "NWBK##############"),
    "de_DE": ("DE", "##################"),
    "fr_FR": ("FR", "#######################"),
    "es_ES": ("ES", "####################"),
    "it_IT": ("IT", "X######################"),
    "nl_NL": ("NL", "ABNA##########"),
    "pl_PL": ("PL", "########################"),
    "en_IN": ("AE", "###################"),
    "pt_BR": ("BR", "#######################C1"),
}


def ip_address(rng: Random, _: str = "") -> str:
    """An address of a documentation or private network, version 4 or 6."""
    if rng.random() < 0.3:
        return f"2001:db8:{rng.randint(1, 65535):x}::{rng.randint(1, 65535):x}:{rng.randint(1, 65535):x}"
    return f"{rng.choice(['192.0.2', '198.51.100', '203.0.113', '10.20.30'])}.{rng.randint(1, 254)}"


def mac_address(rng: Random, _: str = "") -> str:
    """A locally administered MAC address."""
    middle = [f"{rng.randint(0, 255):02x}" for _ in range(4)]
    return rng.choice([":", "-"]).join(["02", *middle, rng.choice(["af", "b3", "e7"])])


def url_with_credentials(rng: Random, _: str = "") -> str:
    """A URL that gives away a password or a token."""
    secret = "".join(rng.choice("abcdefghkmnpqrstuvwxyz23456789") for _ in range(12))
    return rng.choice(
        [
            f"https://svc:{secret}@api.example.com/v1",
            f"postgresql://app:{secret}@db.example.net:5432/main",
            f"https://example.org/cb?access_token={secret}",
        ]
    )


def us_ssn(rng: Random, _: str = "") -> str:
    """A social security number that could have been issued."""
    area = rng.choice([rng.randint(1, 665), rng.randint(667, 899)])
    return f"{area:03d}-{rng.randint(1, 99):02d}-{rng.randint(1, 9999):04d}"


def national_id(rng: Random, locale: str) -> str:
    """The national number of a country with its check digits (United States: a taxpayer number, ITIN)."""
    return national_numbers.MAKERS[locale](rng)


def wallet(rng: Random, _: str = "") -> str:
    """A Bitcoin address of the oldest kind (base58check)."""
    raw = b"\x00" + rng.randbytes(20)
    value = int.from_bytes(raw + hashlib.sha256(hashlib.sha256(raw).digest()).digest()[:4], "big")
    text = ""
    while value:
        value, digit = divmod(value, 58)
        text = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"[digit] + text
    return "1" + text


def passport(rng: Random, locale: str) -> str:
    """A passport number in the country's notation."""
    pattern = {
        "de_DE": "C01X0#T##",
        "fr_FR": "##AB#####",
        "es_ES": "XDA######",
        "it_IT": "YA#######",
        "nl_NL": "NX#R4#JK#",
        "pl_PL": "EA#######",
        "en_IN": "K#######",
        "pt_BR": "FX######",
    }.get(locale, "5########")
    return _fill(rng, pattern)


def plate(rng: Random, locale: str) -> str:
    """A vehicle registration plate in the country's notation."""
    pattern = {
        "en_US": "7KLM###",
        "en_GB": "AB## CDE",
        "de_DE": "HH-AB 1##",
        "fr_FR": "GH-###-KL",
        "es_ES": "#### LMN",
        "it_IT": "FH ### KM",
        "nl_NL": "GX-###-H",
        "pl_PL": "WA 1####",
        "en_IN": "MH ## AB ####",
        "pt_BR": "BRA#E##",
    }[locale]
    return _fill(rng, pattern)


def birth_date(rng: Random, locale: str) -> str:
    """A date of birth of an adult in the country's notation."""
    born = date(1945, 1, 1) + timedelta(days=rng.randint(0, 21_000))
    notation = {"en_US": "%m/%d/%Y", "de_DE": "%d.%m.%Y", "pl_PL": "%d.%m.%Y", "nl_NL": "%d-%m-%Y"}.get(
        locale, "%d/%m/%Y"
    )
    return born.strftime(rng.choice([notation, notation, "%Y-%m-%d"]))


def address(rng: Random, locale: str) -> str:
    """A street and a house number in the country's notation."""
    pattern = rng.choice(_STREETS[locale])
    return pattern.replace("#", str(rng.randint(1, 199)))


_STREETS = {
    "en_US": ["# Maple Avenue", "# Oak Ridge Road", "# N Lincoln St"],
    "en_GB": ["# Victoria Road", "# Church Lane", "# Mill Street"],
    "de_DE": ["Lindenstraße #", "Am Weinberg #", "Goetheplatz #"],
    "fr_FR": ["# rue Victor Hugo", "# avenue de la République"],
    "es_ES": ["Calle Mayor, #", "Avenida de la Constitución #"],
    "it_IT": ["Via Garibaldi, #", "Corso Italia #"],
    "nl_NL": ["Kerkstraat #", "Prinsengracht #"],
    "pl_PL": ["ul. Polna #", "ul. Długa #/2"],
    "en_IN": ["# Gandhi Nagar", "# Nehru Road"],
    "pt_BR": ["Rua das Flores, #", "Avenida Paulista, #"],
}

MAKERS: dict[str, Callable[..., str]] = {
    "EMAIL": email,
    "PHONE": phone,
    "CREDIT_CARD": card,
    "IBAN": iban,
    "IP_ADDRESS": ip_address,
    "MAC_ADDRESS": mac_address,
    "URL_WITH_CREDENTIALS": url_with_credentials,
    "US_SSN": us_ssn,
    "NATIONAL_ID": national_id,
    "CRYPTO": wallet,
    "PASSPORT": passport,
    "DATE_OF_BIRTH": birth_date,
    "VEHICLE_PLATE": plate,
    "PERSON": person,
    "ADDRESS": address,
}


def column(rng: Random, kind: str, rows: int, locales: tuple[str, ...] = LOCALES) -> list[Any]:
    """A column of that many identifiers of one kind, each from one of the locales."""
    return [MAKERS[kind](rng, rng.choice(locales)) for _ in range(rows)]
