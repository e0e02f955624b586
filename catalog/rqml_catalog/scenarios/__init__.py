"""Seeded clean and faulty systems, shared by proofs, docs and demos."""
