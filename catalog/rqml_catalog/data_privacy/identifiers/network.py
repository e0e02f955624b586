"""Network identifiers: IP and MAC addresses, and secrets that stand in URLs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from rqml_catalog.data_privacy.identifiers.corpus import SEPARATOR
from rqml_catalog.data_privacy.identifiers.labels import FOREIGN, Label, label_at
from rqml_catalog.data_privacy.identifiers.spans import Span

_IPV4 = re.compile(r"(?<![\w.-])(?<![^/]/)\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w-]|\.\w)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]*:(?:[0-9A-Fa-f.]*[0-9A-Fa-f])?(?!\w|:\w|\.\d)")
_PORT = re.compile(r":\d{2,5}(?![\w.:])")
_PAIRS = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){7}")
_PREFIX_LENGTH = re.compile(r"/(\d{1,2})(?![\w/])")
_MAC = re.compile(
    r"(?<![\w:.-])(?:[0-9A-Fa-f]{2}([:-])[0-9A-Fa-f]{2}(?:\1[0-9A-Fa-f]{2}){4}"
    r"|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})"
    r"(?!\w|[:.-]\w)"
)
_URL = re.compile(r"://[^\s\x00<>\"']+")
_USER_INFO = re.compile(r"://([^\s/?#@:]*):([^\s/?#@]+)@[^\s/?#@]+")
_SECRET = re.compile(
    r"[?&;#](?:access_?token|auth_?token|id_?token|refresh_?token|token|api_?key|key|password|passwd|pwd|pass|"
    r"secret|client_secret|sig|signature|auth|x-amz-signature|sessionid|session_id)=[^&\s]{4,}",
    re.IGNORECASE,
)
_LARGE_IN_VERSIONS, _PRIVATE = 64, 10
# "logged in from", "request by", "acceso desde" make small dotted numbers straight behind them an address.
_TRAFFIC = re.compile(
    r"(?:(?:log(?:ged|ging)?[ -]?(?:in|on)|sign(?:ed|ing)?[ -]?in|connect(?!or)|request|ping|access|session|traffic|"
    r"packet|attack|attempt|brute|scan|visit|query|lookup|spam|download|password|auth|blocked|banned|"
    r"an(?:ge)?meld|zugriff|verb(?:ind|und)|anfrage|gesperrt|connexion|connect|accès|requête|bloqu|"
    r"acceso|conexi|conect|petici|solicitud|accesso|connessione|richiesta|acesso|conexão|pedido|"
    r"in(?:ge)?log|verbinding|verzoek|toegang|logowa|połącz|dostęp|żądani)\w*(?: \w+){0,3}? "
    r"(?:from|by|via|to|von|vom|aus|durch|auf|depuis|de|par|desde|por|da|dal|dall'|van|vanaf|door|z|ze|od|przez)"
    r"|(?<!\w)(?:ip[ -]?)?(?:address|adresse|dirección|direccion|indirizzo|adres|endereço|rechner|hôte|servidor|"
    r"cliente|serwer|komputer)(?: is| was| ist| est| es| è)?)[ :=]{1,3}\Z",
    re.IGNORECASE,
)
_TRAFFIC_REACH = 56
_BEHIND_PORT = re.compile(r" (?:on )?port \d")
# Six pairs of digits with a word for clocks, shares or scores in front are none of the hexadecimal kind.
_COUNTED = re.compile(
    r"(?:times?|timecode|frames?|clock|zeit|uhrzeit|heure|temps|hora|tempo|ora|tijd|czas|ratio|mix|proportions?|"
    r"verhältnis|scores?|sets|odds)[\s:=]{1,3}\Z",
    re.IGNORECASE,
)
_COUNTED_REACH, _SIXTY = 16, 60
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*\Z")
# What documentation writes in the place of a secret: a bracket or a variable that begins it, or nothing but stars or x.
_PLACEHOLDER = re.compile(r"(?:\A|=)(?:[<{\[]|%s|\$[({]|(?:\$[A-Z_]+|\*+|x{3,}|X{3,})\Z)")


def ip_addresses(text: str) -> Iterator[Span]:
    """IPv4 and IPv6 addresses; net masks, loopback and version numbers are none."""
    yield from _ipv4(text)
    yield from _ipv6(text)


def _ipv4(text: str) -> Iterator[Span]:
    for match in _IPV4.finditer(text):
        if not ipv4_valid(match[0]) or _is_network(match[0], _PREFIX_LENGTH.match(text, match.end())):
            continue
        if _sends(text, *match.span()) or not _version(match[0], label_at(text, *match.span())):
            yield Span(*match.span(), "IP_ADDRESS")


def _sends(text: str, start: int, end: int) -> bool:
    """Whether dotted numbers have a port, or words in front say that a computer answers to them."""
    if _PORT.match(text, end) or _BEHIND_PORT.match(text, end):
        return True
    left = max(0, start - _TRAFFIC_REACH)
    return _TRAFFIC.search(text[max(left, text.rfind(SEPARATOR, left, start) + 1) : start]) is not None


def _is_network(address: str, prefix: re.Match[str] | None) -> bool:
    """Whether "10.20.0.0/16" names a net, all of whose host bits are zero, and not a host in it."""
    bits = int(prefix[1]) if prefix else 32
    return bits < 32 and int(IPv4Address(address)) % 2 ** (32 - bits) == 0


def _version(dotted: str, label: Label | None) -> bool:
    """Whether dotted numbers are a version: called so, or small numbers that nothing calls an address."""
    numbers = [int(number) for number in dotted.split(".")]
    small = max(numbers) < _LARGE_IN_VERSIONS and (label in FOREIGN or numbers[0] != _PRIVATE)
    return label == "VERSION" or (small and label != "IP_ADDRESS")


def _ipv6(text: str) -> Iterator[Span]:
    for match in _IPV6.finditer(text):
        address = match[0]
        if address.endswith(":") and not address.endswith("::"):  # "2001:db8::1: no answer"
            address = address[:-1]
        if ipv6_valid(address):
            yield Span(match.start(), match.start() + len(address), "IP_ADDRESS")


def ipv4_valid(address: str) -> bool:
    """Whether this is the address of a host, not a mask, the loopback or the unspecified address."""
    try:
        parsed = IPv4Address(address)
    except AddressValueError:
        return False
    return not (parsed.is_loopback or parsed.is_unspecified or address.startswith(("255.", "0.")))


def ipv6_valid(address: str) -> bool:
    """Whether this is the IPv6 address of a host; C++ scopes (a::b), clock times and fingerprints are none."""
    if len(address) < 6 or not any(char.isdigit() for char in address) or _PAIRS.fullmatch(address):
        return False
    try:
        parsed = IPv6Address(address)
    except AddressValueError:
        return False
    return not (parsed.is_loopback or parsed.is_unspecified)


def mac_addresses(text: str) -> Iterator[Span]:
    """MAC addresses (EUI-48) with colons, hyphens or dots; longer fingerprints are none."""
    for match in _MAC.finditer(text):
        digits = re.sub(r"[^0-9a-f]", "", match[0].lower())
        if digits in {"0" * 12, "f" * 12}:
            continue
        if digits.isdigit() and not _hardware(text, *match.span()):
            continue
        yield Span(*match.span(), "MAC_ADDRESS")


def _hardware(text: str, start: int, end: int) -> bool:
    """Whether six pairs of digits are a MAC address: called so, or with a pair that no clock shows."""
    label = label_at(text, start, end)
    counted = _COUNTED.search(text[max(0, start - _COUNTED_REACH) : start]) is not None
    over = max(int(pair) for pair in re.findall(r"\d\d", text[start:end])) >= _SIXTY
    return label == "MAC_ADDRESS" or (over and label not in FOREIGN and not counted)


def urls_with_credentials(text: str) -> Iterator[Span]:
    """URLs with a password before the host (RFC 3986, userinfo) or a secret in the query."""
    for match in _URL.finditer(text):
        scheme = _SCHEME.search(text[max(0, match.start() - 12) : match.start()])
        url = match[0].rstrip(".,;:!?)]}'")
        if scheme is None or not _secret_in(url):
            continue
        yield Span(match.start() - len(scheme[0]), match.start() + len(url), "URL_WITH_CREDENTIALS")


def _secret_in(url: str) -> bool:
    found = _USER_INFO.match(url)
    if found is not None:
        return not _PLACEHOLDER.search(found[2])
    query = _SECRET.search(url)
    return query is not None and not _PLACEHOLDER.search(query[0])
