"""Algorithms that several families use; they know no requirement."""
