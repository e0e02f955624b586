"""Tar archives: Python's tarfile sees no member that the scanner does not."""

from __future__ import annotations

import contextlib
import io
import pickle
import platform
import tarfile

from hypothesis import example, given, settings
from hypothesis import strategies as st

from rqml_catalog.supply_chain import scan_path
from rqml_catalog.supply_chain.serialization import Limits
from rqml_catalog.supply_chain.serialization.archives import tar_members
from rqml_catalog.supply_chain.serialization.findings import RefusedStream

END = bytes(1024)


class Called:
    def __reduce__(self):
        return platform.node, ()


def entry(name, content, kind=b"0"):
    info = tarfile.TarInfo(name)
    info.size, info.type = len(content), kind
    return info.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % 512)


def record(key, value, total=0):
    """A record of an extended header, of so many bytes if that is more than it needs."""
    body = f" {key}={value}"
    length = next(n for n in range(len(body) + 2, len(body) + 9) if len(f"{n}{body}") + 1 == n)
    return f"{length}{body}\n".encode() if length >= total else f"{total}{body}".encode().ljust(total - 1, b"0") + b"\n"


HIDDEN = entry("hidden.pkl", pickle.dumps(Called()))
GOOD = entry("good.pkl", pickle.dumps({"a": 1}))
WIDE = entry("p", record("mtime", "1.0", 1 << 16) + record("size", "0"), b"x")
contents = st.sampled_from([b"", b"abc", HIDDEN, GOOD, record("path", "b"), record("size", "0"), record("mtime", "1")])
names = st.sampled_from(["a", "b", "c/", "d/e"])
kinds = st.sampled_from([b"0", b"0", b"\0", b"5", b"L", b"x", b"1", b"2", b"3", b"6", b"7", b"K", b"g", b"S", b"Z"])


def seen_by_python(content):
    found = []
    with contextlib.suppress(tarfile.TarError, ValueError), tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for info in archive:  # one by one: what was seen before an error counts
            found += [(info.offset_data, info.size)] if info.isfile() and info.size else []
    return found


@given(st.lists(st.builds(entry, names, contents, kinds), min_size=1, max_size=4))
@example([GOOD, entry("d", HIDDEN, b"5")])
@example([GOOD, entry("d/", HIDDEN, b"\0")])
@example([GOOD, WIDE, entry("f", HIDDEN)])
@example([entry("a", b"abc"), entry("a", b"", b"L")])  # Python reads nothing of an archive that ends in a long name
@settings(max_examples=200, deadline=None)
def test_python_sees_no_other_member(parts):
    content = b"".join(parts) + END
    try:
        members = tar_members(content, Limits())
    except RefusedStream:
        return
    assert set(seen_by_python(content)) <= {(member.begin, member.size) for member in members}


def test_what_readers_may_skip_is_refused(tmp_path):
    for number, parts in enumerate(([GOOD, entry("d", HIDDEN, b"5")], [GOOD, WIDE, entry("f", HIDDEN)])):
        path = tmp_path / f"{number}.tar"
        path.write_bytes(b"".join(parts) + END)
        (scan,) = scan_path(path)
        assert scan.status.name == "FAIL"
    path.write_bytes(entry("d/", b"", b"5") + GOOD + END)
    assert scan_path(path)[0].status.name == "PASS"
