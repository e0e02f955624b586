"""How a model differs from the approved one: the topmost parts that were added, removed, replaced, changed or moved."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

import attrs

from rqml_catalog.model_protection.structure.outline import Part


@attrs.frozen
class Difference:
    """One difference.

    Attributes:
        change: added, removed, replaced (by another class or function), changed (in its values) or reordered.
        path: where, as in `steps.forest.estimators_[3]`; empty for the model itself.
        kind: the class or function that is there now; that was there, if it was removed.
    """

    change: str
    path: str
    kind: str

    def __str__(self) -> str:
        return f"{self.change}: {self.path or 'the model'} ({self.kind})"


def differences(approved: Part, found: Part) -> list[Difference]:
    """What is not as approved, topmost first; none exactly when the digests agree."""
    return list(_between(approved, found, ""))


def _between(old: Part, new: Part, path: str) -> Iterator[Difference]:
    if old.digest == new.digest:
        return
    if _class(old) != _class(new) or old.ordered != new.ordered or not (old.children and new.children):
        yield Difference("changed" if old.kind == new.kind else "replaced", path, new.kind)
    elif old.ordered:
        yield from _between_lists(list(old.children.values()), list(new.children.values()), path)
    else:
        yield from _between_names(old, new, path)


def _between_names(old: Part, new: Part, path: str) -> Iterator[Difference]:
    for name, part in old.children.items():
        if name in new.children:
            yield from _between(part, new.children[name], _below(path, name))
        else:
            yield Difference("removed", _below(path, name), part.kind)
    for name, part in new.children.items():
        if name not in old.children:
            yield Difference("added", _below(path, name), part.kind)
    shared = [name for name in old.children if name in new.children]
    if shared != [name for name in new.children if name in old.children]:
        yield Difference("reordered", path, _class(new))


def _between_lists(old: list[Part], new: list[Part], path: str) -> Iterator[Difference]:
    """Members are matched by content, so that one put in between does not make all behind it look changed."""
    matcher = SequenceMatcher(None, [part.digest for part in old], [part.digest for part in new], autojunk=False)
    for tag, left, left_end, right, right_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        pairs = min(left_end - left, right_end - right)
        for place in range(pairs):
            yield from _between(old[left + place], new[right + place], f"{path}[{right + place}]")
        for place in range(left + pairs, left_end):
            yield Difference("removed", f"{path}[{place}]", old[place].kind)
        for place in range(right + pairs, right_end):
            yield Difference("added", f"{path}[{place}]", new[place].kind)


def _class(part: Part) -> str:
    """The kind without the names of steps, which are compared one by one."""
    return part.kind.partition(" of ")[0]


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
