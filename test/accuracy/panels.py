#!/usr/bin/env python3
"""Finds the panels of a folder and writes each as CSV: kind, id, pool, weight, scale, first day, units.

Layouts, told by the header (FILE.csv or FILE.csv.gz):
  days     item_id, store_id, dept_id and a column a day, d_1 and so on, one row an item; with rmsse_scale_... and
           weight it is a panel of one hold-out (kind panel), without them one of three (kind years)
  periods  a key and a column a month or week, m01 and so on (kind periods); an empty field is no number
  sales    invoice_no, stock_code, quantity, invoice_ts, unit_price, customer_id, country (kind sales): units of each day, cut at 0,
           of the items of the country with most rows
"""
import collections
import csv
import datetime
import gzip
import os
import re
import sys

# d_1 of the M5 competition; any other first day would only turn the week.
FIRST = datetime.date(2011, 1, 29)


def opened(path):
    return gzip.open(path, "rt", newline="", encoding="utf-8") if path.endswith(".gz") else open(path, newline="", encoding="utf-8")


def array(values):
    return "{%s}" % ",".join(v if v != "" else "NULL" for v in values)


def wide(name, header, body, columns, daily):
    index = {c: i for i, c in enumerate(header)}
    scale = next((index[c] for c in header if c.startswith("rmsse_scale")), None)
    weight = index.get("weight")
    kind = "periods" if not daily else "panel" if weight is not None and scale is not None else "years"
    keys = [i for i, c in enumerate(header) if i not in columns and c in ("item_id", "store_id", "sku", "id")] or [0]
    pool = [index[c] for c in ("store_id", "dept_id") if c in index and daily]
    if kind == "years":
        # Few items: a week of the store, not of its department.
        pool = pool[:1]
    first = FIRST + datetime.timedelta(days=int(re.sub(r"\D", "", header[columns[0]])) - 1)
    for row in body:
        yield [name, kind, "|".join(row[i] for i in keys), "|".join(row[i] for i in pool) or "all", row[weight] if kind == "panel" else "",
               row[scale] if kind == "panel" else "", first.isoformat(), array(row[i] for i in columns)]


def sales(name, header, body):
    index = {c: i for i, c in enumerate(header)}
    code, quantity, at, country = (index[c] for c in ("stock_code", "quantity", "invoice_ts", "country"))
    counts, days = collections.Counter(), collections.defaultdict(lambda: collections.defaultdict(float))
    for row in body:
        counts[row[country]] += 1
        days[row[country], row[code]][row[at][:10]] += float(row[quantity])
    home = counts.most_common(1)[0][0]
    dates = {d for units in days.values() for d in units}
    first, last = (datetime.date.fromisoformat(f(dates)) for f in (min, max))
    calendar = [(first + datetime.timedelta(days=i)).isoformat() for i in range((last - first).days + 1)]
    before = calendar[-28]
    for (place, item), units in days.items():
        # An item that sold on 30 days before the hold-out.
        if place == home and sum(u > 0 and d < before for d, u in units.items()) >= 30:
            yield [name, "sales", item, "all", "", "", first.isoformat(), array("%g" % max(0.0, units.get(d, 0.0)) for d in calendar)]


def panel(path):
    name = os.path.basename(path).split(".")[0]
    with opened(path) as f:
        body = csv.reader(f)
        header = next(body, [])
        numbered = [i for i, c in enumerate(header) if re.fullmatch(r"[a-z]+_?\d+", c)]
        if len(numbered) >= 14:
            yield from wide(name, header, body, numbered, header[numbered[0]].startswith("d_"))
        elif {"stock_code", "quantity", "invoice_ts", "country"} <= set(header):
            yield from sales(name, header, body)


def main():
    out = csv.writer(sys.stdout, lineterminator="\n")
    for file in sorted(os.listdir(sys.argv[1])):
        if file.endswith((".csv", ".csv.gz")):
            out.writerows(panel(os.path.join(sys.argv[1], file)))


main()
