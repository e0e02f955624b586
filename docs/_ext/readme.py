"""The README's table of requirement classes: `python docs/_ext/readme.py` writes it anew from the catalog."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from hooks import shipped_families
from markdown_text import table
from requirement_pages import can_enforce, statement

from rqml.registry import Family

README = Path(__file__).parents[2] / "README.md"
_PLACE = re.compile(r"(<!-- requirements -->\n).*?(<!-- /requirements -->)", re.S)


def with_table(readme: str, families: Sequence[Family]) -> str:
    """The README with the classes of these families in its marked place."""
    rows = [
        (
            cls.meta.id,
            f"`{family.module}.{cls.__name__}`",
            cls.subject_type().__name__,
            statement(cls),
            "yes" if can_enforce(cls) else "no",
        )
        for family in families
        for cls in family.load()
    ]
    lines = "\n".join(table(("Id", "Class", "Judges", "Must hold (with default parameters)", "`enforce()`"), rows))
    return _PLACE.sub(lambda match: f"{match[1]}{lines}\n{match[2]}", readme)


if __name__ == "__main__":
    README.write_text(with_table(README.read_text("utf-8"), shipped_families()), "utf-8")
