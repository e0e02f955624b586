"""Evidence: fingerprints of what was judged, and the records that are bound to them."""
