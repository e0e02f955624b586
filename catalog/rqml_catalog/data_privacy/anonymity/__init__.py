"""Anonymity: measures of a published table, and recodings that reach them with the least loss.

Import from the modules: `contingency` and `frames` count, `measures` and `closeness` measure, `recode` generalises.
"""
