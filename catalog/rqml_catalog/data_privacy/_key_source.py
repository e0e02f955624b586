"""Where a secret key is read from: the name of a variable or a file, never the key itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from rqml.errors import InvalidParameter

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LIKE_KEY = re.compile(r"[0-9a-fA-F]{32,}")


def names_a_source(_: object, attribute: Any, value: str | Path) -> None:
    """Refuse a text that cannot be the name of an environment variable; what it is instead is not shown.

    Raises:
        InvalidParameter: neither text nor a path, or a text that is no name of a variable or looks like a key.
    """
    if not isinstance(value, (str, Path)):
        raise InvalidParameter(
            f"{attribute.name} must be the name of an environment variable (text) or a file (Path), "
            f"got {type(value).__name__}"
        )
    if isinstance(value, Path) or not value:
        return
    if not _VARIABLE.fullmatch(value) or _LIKE_KEY.fullmatch(value):
        raise InvalidParameter(
            f"{attribute.name} needs the name of the environment variable that holds the key, or Path(...) of the file "
            "that does, never the key itself; got a text that is no such name and is not shown"
        )
