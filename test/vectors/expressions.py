"""What the readers of reference files share: rows of a file, SQL expressions, cases with their tolerances.

Closed forms are held to 1e-12, quantiles and losses to 1e-9, what the peer searched for to 1e-6; losses, which
the peers computed by sums that cancel, and deviations near 0 also pass within 1e-12 absolutely.
"""
import csv
import os

CLOSED, QUANTILE, SEARCHED, ABSOLUTE = 1e-12, 1e-9, 1e-6, 1e-12
UNCOVERED = ("", 0, 0, 0)
csv.field_size_limit(10**8)


def rows(folder, name):
    with open(os.path.join(folder, name), newline="", encoding="utf-8") as f:
        yield from csv.DictReader(f)


def call(function, *arguments):
    return "stockalert.%s(%s)" % (function, ", ".join("'%r'::float8" % a if isinstance(a, float) else str(a) for a in arguments))


def closed(expression, expected):
    return expression, expected, CLOSED, 0


def quantile(expression, expected):
    return expression, expected, QUANTILE, 0


def loss(expression, expected):
    return expression, expected, QUANTILE, ABSOLUTE


def number(text):
    return float(text)


def searched(expression, expected):
    return expression, expected, SEARCHED, 0


def exact(expression, expected):
    return expression, expected, 0, 0


def array(values):
    return "'{%s}'::float8[]" % ",".join("%r" % v for v in values)


def column(name, function, *arguments):
    """One OUT column of a function that returns a row."""
    return "(%s).%s" % (call(function, *arguments), name)
