"""What the name of a column suggests about its content: a prior, never a verdict."""

from __future__ import annotations

import re
from typing import Literal

from rqml_catalog.data_privacy.identifiers.labels import label_of

_WORD = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-Z])(?=[A-Z][a-z])")

# A name that ends so speaks of a property of the identifier ("phone_model", "email_opt_in"), not of the identifier.
_PROPERTY_WORDS = """
id key code type kind flag count status model opt in out consent verified valid required length len hash
index idx ref version rating brand carrier provider domain plan extension country region limit expiry
expires expiration issuer network price cost score rank class category group level hours price os app name
names lang language tz zone date at created updated bounce opens clicks sent os_version policy prefix suffix
format style size colour color rate total usage minutes
"""
_PERSON_WORDS = """
name fullname firstname lastname surname forename given family maiden first last middle nom prénom prenom
nombre apellido apellidos nome cognome naam voornaam achternaam vorname nachname familienname imię imie
nazwisko sobrenome person patient customer employee client contact holder author owner kunde mitarbeiter
cliente paciente paziente klant user guest student teacher manager doctor passenger applicant beneficiary
recipient sender fname lname famille patronyme nominativo usuario utilisateur benutzer
"""
_SURNAME_WORDS = """
last surname lastname family apellido apellidos cognome achternaam nachname familienname nazwisko sobrenome
lname famille patronyme
"""
_GIVEN_WORDS = """
first firstname given forename prénom prenom vorname voornaam imię imie fname middle
"""
_THING_WORDS = """
product company firm business brand file host domain city town country state region street road event team
model item table column service server device project category department store shop bank school
university hospital hotel display class function variable species drug medicine course book movie song
artist album font colour color role job organisation organization org vendor supplier manufacturer merchant
airport station campaign plan package theme icon produkt firma stadt land ville pays ciudad empresa città
azienda stad bedrijf miasto cidade
"""
_ADDRESS_WORDS = """
address addr street adresse anschrift straße strasse rue dirección direccion calle domicilio indirizzo via
adres straat ulica endereço endereco rua logradouro wohnort residence
"""
_DATED_WORDS = """
created updated modified order ordered expiry expires due start end sent paid hired joined signup registered
login event shipped delivered posted published release built manufactured founded invoice purchase bestellt hire hiring
opened opening founding registration publication issue issued graduation joining effective inception completed closed
erstellt visit admission
"""
_PROPERTIES = frozenset(_PROPERTY_WORDS.split())
_PERSONS = frozenset(_PERSON_WORDS.split())
_SURNAMES = frozenset(_SURNAME_WORDS.split())
_GIVENS = frozenset(_GIVEN_WORDS.split())
_THINGS = frozenset(_THING_WORDS.split())
_ADDRESSES = frozenset(_ADDRESS_WORDS.split())
_DATED = frozenset(_DATED_WORDS.split())
# These stay what they are with "id", "code" or "date" behind them.
_FIRM_LABELS = frozenset({"NATIONAL_ID", "US_SSN", "PASSPORT", "DATE_OF_BIRTH"})

PersonPrior = Literal["surname", "given", "person", "thing", "none"]


def words(column: str) -> list[str]:
    """The words of a column name: "customerEmail_opt" gives customer, email, opt."""
    return [word.lower() for word in _WORD.findall(_CAMEL.sub(" ", column))]


def prefix(column: str) -> str:
    """Text to put before a value so that the name counts as the label in front of it."""
    parts = words(column)
    firm = any(label_of(part) in _FIRM_LABELS for part in parts)
    if parts and parts[-1] in _PROPERTIES and not firm:
        return "version " if label_of(parts[-1]) == "VERSION" else "reference "
    if firm and parts[-1] in {"date", "code", "id", "key", "ref", "reference"}:
        parts = parts[:-1]
    return " ".join(parts) + " "


def person_prior(column: str) -> PersonPrior:
    """Whether the name announces the name of a person, of a thing, or neither."""
    parts = set(words(column))
    if parts & _THINGS:
        return "thing"
    if parts & _SURNAMES:
        return "surname"
    if parts & _GIVENS:
        return "given"
    return "person" if parts & _PERSONS and not parts & (_PROPERTIES - {"name", "names"}) else "none"


def means_address(column: str) -> bool:
    """Whether the name announces a postal address."""
    parts = words(column)
    return bool(parts) and bool(set(parts) & _ADDRESSES) and parts[-1] not in _PROPERTIES


def means_birth(column: str) -> bool:
    """Whether the name announces a date of birth."""
    parts = words(column)
    return any(label_of(part) == "DATE_OF_BIRTH" for part in parts) and parts[-1] not in (_PROPERTIES - {"date"})


def means_other_date(column: str) -> bool:
    """Whether the name announces a date of something else than a birth."""
    return bool(set(words(column)) & _DATED)
