# SPDX-License-Identifier: MIT OR Apache-2.0
"""Medians, quartiles, and the rule for what may be claimed."""

import statistics


def summary(values):
    """Median and quartiles, as {"q1", "median", "q3"}."""
    values = sorted(values)
    if len(values) == 1:
        return {"q1": values[0], "median": values[0], "q3": values[0]}
    q1, median, q3 = statistics.quantiles(values, n=4, method="inclusive")
    return {"q1": q1, "median": median, "q3": q3}


def paired_ratio(values, base):
    """One process: the median of the ratios within each round. What disturbed a round disturbed both."""
    return statistics.median(value / other for value, other in zip(values, base))


def spread(pairs):
    """How far two copies of one source seem apart, at the worst: what cannot be told from noise."""
    return max(max(abs(pair["q1"] - 1), abs(pair["q3"] - 1)) for pair in pairs)


def claimable(ratio, noise):
    """Nothing smaller than the A/A spread is claimed."""
    return abs(ratio["median"] - 1) > noise
