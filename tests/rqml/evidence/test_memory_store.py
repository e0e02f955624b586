"""A store in memory behaves as one on disk."""

from __future__ import annotations

from rqml.evidence.ledger import Ledger
from rqml.evidence.memory_store import MemoryStore
from rqml.evidence.record import Entry


def test_a_ledger_in_memory_is_kept_verified_and_asked_as_any_other():
    ledger = Ledger(MemoryStore())
    bodies = [{"key": key, "fingerprints": {"a": f"blake3:{key}"}} for key in ("k", "m")]
    ledger.append([Entry("check", body["key"], body) for body in bodies])
    assert ledger.verify().intact
    assert [record.number for record in ledger.records(key="m")] == [2]
    assert [record.number for record in ledger.records(subject="blake3:k")] == [1]
    ledger.store.add_checkpoint("memory", 1, "spoilt")
    assert ledger.store.checkpoints("memory") == ["spoilt"]
    assert not ledger.verify().intact
