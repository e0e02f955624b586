"""Measures of anonymity, each a function of a contingency.

Sources: k-anonymity: Sweeney, IJUFKS 10(5) (2002). l-diversity: Machanavajjhala et al., TKDD 1(1) (2007),
definitions 4.1 (entropy) and 4.2 (recursive). Discernibility: Bayardo and Agrawal, ICDE 2005. Average class size:
LeFevre et al., ICDE 2006. Risks: El Emam, Guide to the De-Identification of Personal Health Information (2013), ch. 16.
"""

from __future__ import annotations

import numpy as np

from rqml_catalog.data_privacy.anonymity.codes import Floats, Ints
from rqml_catalog.data_privacy.anonymity.contingency import Pairs


def k_anonymity(sizes: Ints) -> int:
    """Records in the smallest class; 0 for an empty table."""
    return int(sizes.min()) if len(sizes) else 0


def distinct_diversity(pairs: Pairs) -> Ints:
    """Number of different sensitive values in each class, shape (classes,)."""
    return np.bincount(pairs.classes, minlength=pairs.n_classes).astype(np.int64)


def entropy_diversity(pairs: Pairs) -> Floats:
    """exp(entropy) of the sensitive values in each class, shape (classes,): the effective number of values."""
    shares = pairs.counts / pairs.sizes[pairs.classes]
    entropy = np.bincount(pairs.classes, -shares * np.log(shares), pairs.n_classes)
    return np.exp(entropy)


def recursive_diversity(pairs: Pairs, c: float) -> Ints:
    """Largest l for which each class is recursively (c, l)-diverse, shape (classes,); 0 where none is.

    With counts r1 >= r2 >= ... >= rm, a class is (c, l)-diverse if r1 < c * (rl + ... + rm).
    """
    order = np.lexsort((-pairs.counts, pairs.classes))
    classes, counts = pairs.classes[order], pairs.counts[order]
    ends = np.cumsum(np.bincount(classes, minlength=pairs.n_classes))
    starts = np.concatenate([[0], ends[:-1]])
    cumulated = np.concatenate([[0], np.cumsum(counts)])
    tail = cumulated[ends][classes] - cumulated[:-1]
    holds = counts[starts][classes] < c * tail
    return np.bincount(classes[holds], minlength=pairs.n_classes).astype(np.int64)


def recursive_ratios(pairs: Pairs, depth: int) -> Floats:
    """r1 / (rl + ... + rm) for l from 1 to `depth` in each class, shape (classes, depth); infinite where l > m.

    A class is recursively (c, l)-diverse for every c above its ratio at l. Merged classes have no larger ratio than
    the largest of theirs.
    """
    order = np.lexsort((-pairs.counts, pairs.classes))
    classes, counts = pairs.classes[order], pairs.counts[order]
    ends = np.cumsum(np.bincount(classes, minlength=pairs.n_classes))
    starts = np.concatenate([[0], ends[:-1]])
    cumulated = np.concatenate([[0], np.cumsum(counts)])
    rank = np.arange(len(classes)) - starts[classes]
    kept = rank < depth
    ratios = np.full((pairs.n_classes, depth), np.inf)
    tail = cumulated[ends][classes] - cumulated[:-1]
    ratios[classes[kept], rank[kept]] = (counts[starts][classes] / tail)[kept]
    return ratios


def discernibility(sizes: Ints, suppressed: int = 0) -> int:
    """Sum of squared class sizes; a suppressed record counts as indiscernible from the whole table."""
    rows = int(sizes.sum()) + suppressed
    return int((sizes.astype(object) ** 2).sum()) + suppressed * rows if len(sizes) else suppressed * rows


def average_class_size(sizes: Ints, k: int) -> float:
    """C_avg: mean class size in multiples of k; 1 is the best a k-anonymous table can have."""
    return float(sizes.mean() / k)


def prosecutor_risk(sizes: Ints) -> Floats:
    """Chance per class that an attacker who knows a person is in the table picks the right record."""
    return 1.0 / sizes


def journalist_risk(population_sizes: Ints) -> Floats:
    """The same for an attacker who only knows the person to be in the population.

    Args:
        population_sizes: shape (classes,), records of the population in each class of the published table;
            a class that the population does not have counts as 1 (its record is unique).
    """
    return 1.0 / np.maximum(population_sizes, 1)


def marketer_risk(sizes: Ints, population_sizes: Ints | None = None) -> float:
    """Expected share of all records that are re-identified when every record is attacked.

    Without a population it equals the average prosecutor risk: classes / records.
    """
    known = sizes if population_sizes is None else np.maximum(population_sizes, sizes)
    return float((sizes / known).sum() / sizes.sum())


def share_at_risk(sizes: Ints, threshold: float) -> float:
    """Share of the records whose prosecutor risk is above a threshold in (0, 1]."""
    return float(sizes[prosecutor_risk(sizes) > threshold].sum() / sizes.sum())
