"""MkDocs hooks: a page for each requirement class of the shipped catalog, and the catalog's index."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from proofs import read_proofs
from requirement_pages import index_page, laws_list, requirement_page

from rqml.registry import Family, families

CATALOG = "rqml_catalog"


def shipped_families() -> tuple[Family, ...]:
    """The families of the shipped catalog that have requirements; other catalogs installed here are left out."""
    return tuple(f for f in families() if f.module.startswith(f"{CATALOG}.") and f.load())


def _page_of(cls: type) -> str:
    return f"catalog/{cls.meta.id}.md"


def on_config(config: Any) -> Any:
    """Put the catalog between the guide and the API."""
    pages: list[Any] = ["catalog/index.md"]
    for family in shipped_families():
        title = family.name.replace("_", " ").capitalize()
        pages.append({title: [{f"{cls.meta.id} {cls.__name__}": _page_of(cls)} for cls in family.load()]})
    config.nav.insert(-1, {"Catalog": pages})
    return config


def on_files(files: Any, config: Any) -> Any:
    """Make the catalog's pages; nothing is written into docs/."""
    from mkdocs.structure.files import File

    proofs = read_proofs(Path(config.docs_dir) / "_data" / "proofs.json")
    index = index_page(shipped_families(), proofs)
    files.append(File.generated(config, "catalog/index.md", content=index))
    for family in shipped_families():
        for cls in family.load():
            page = requirement_page(cls, proofs.get(cls.meta.id))
            files.append(File.generated(config, _page_of(cls), content=page))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the laws of the contract where a page asks for them."""
    return markdown.replace("{{ laws }}", laws_list())
