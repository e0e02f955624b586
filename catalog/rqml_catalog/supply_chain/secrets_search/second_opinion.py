"""What detect-secrets finds, where it is installed: places and kinds; nothing is sent anywhere to be verified."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from rqml.extras import optional
from rqml_catalog.supply_chain.secrets_search.files import Place

EXTRA = "second-opinion"


def found_by_detect_secrets(path: Path, shown: str, known: Collection[Place]) -> Iterator[Place]:
    """The places in a text file where detect-secrets with its default plug-ins sees a secret and we do not.

    Args:
        path: the file.
        shown: what to call it.
        known: the places that were found before; what lies in one of their lines is left out.

    Raises:
        Unsupported: detect-secrets is not installed.
    """
    collection = optional("detect_secrets", EXTRA).SecretsCollection()
    lines = {place.where for place in known}
    with optional("detect_secrets.settings", EXTRA).default_settings():  # these verify nothing over a network
        collection.scan_file(str(path))
    for _, secret in sorted(collection, key=lambda pair: (pair[1].line_number, pair[1].type)):
        if f"line {secret.line_number}" not in lines:
            yield Place(shown, f"line {secret.line_number}", f"{secret.type} (detect-secrets)", False)
