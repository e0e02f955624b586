"""Re-identification: attacks on a released table, each measured against records that had no part in it."""
