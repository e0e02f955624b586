"""Keyed pseudonyms (ENISA, "Pseudonymisation techniques and best practices", 2019, section 5): HMAC-SHA256.

Equal values get equal tokens, so that joins survive; without the key a token can be neither computed nor guessed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from rqml.errors import InvalidParameter

SHORTEST_KEY = 16
_TOKEN_DIGITS = 32


class Key:
    """A secret key that shows itself nowhere: not in repr, not in a pickle.

    Raises:
        InvalidParameter: the key is shorter than 16 bytes.
    """

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) < SHORTEST_KEY:
            raise InvalidParameter(
                f"a pseudonym key needs at least {SHORTEST_KEY} bytes; make one with `openssl rand -hex 32`"
            )
        self._secret = secret

    @classmethod
    def load(cls, source: str | Path) -> Key:
        """Read the key from an environment variable (str) or a file (Path).

        Raises:
            InvalidParameter: the variable is not set, the file cannot be read, or the key is too short.
        """
        if isinstance(source, Path):
            try:
                return cls(source.read_bytes().strip())
            except OSError as error:
                raise InvalidParameter(f"the key file {source.name!r} cannot be read: {error.strerror}") from error
        value = os.environ.get(source)
        if value is None:
            raise InvalidParameter(f"the environment variable {source} is not set: put the pseudonym key there")
        return cls(value.encode())

    def token(self, value: str, domain: str = "") -> str:
        """The pseudonym of a value, 32 hexadecimal digits (128 bits of HMAC-SHA256).

        Args:
            value: what to hide.
            domain: values of different domains get unrelated tokens; columns to be joined share one.
        """
        message = f"{domain}\x1f{value}".encode()
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()[:_TOKEN_DIGITS]

    def appears_in(self, values: Iterable[str]) -> bool:
        """Whether one of the values is the key itself, as text or in hexadecimal."""
        secret = self._secret
        return any(value.encode() == secret or value.lower() == secret.hex() for value in values)

    def __repr__(self) -> str:
        return "Key(...)"

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        raise TypeError("a pseudonym key cannot be pickled; load it again from its variable or file")


def pseudonymise(values: Iterable[str | None], key: Key, domain: str = "") -> list[str | None]:
    """The token of each value; missing values stay missing.

    Args:
        values: texts.
        key: the secret.
        domain: see `Key.token`.
    """
    tokens: dict[str, str] = {}
    return [None if value is None else tokens.setdefault(value, key.token(value, domain)) for value in values]


def vault(values: Iterable[str | None], key: Key, domain: str = "") -> Mapping[str, str]:
    """The way back: from token to value. Keep it apart from the data; without it, tokens are for good."""
    return {key.token(value, domain): value for value in values if value is not None}


def write_vault(path: Path, back: Mapping[str, str]) -> None:
    """Write the way back to a new file that only its owner may read.

    Raises:
        FileExistsError: there is such a file.
    """
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(dict(back), file, ensure_ascii=False)


def read_vault(path: Path) -> dict[str, str]:
    """From tokens to values, as `write_vault` wrote them."""
    return dict(json.loads(path.read_text(encoding="utf-8")))
