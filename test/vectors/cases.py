#!/usr/bin/env python3
"""Turns reference files into cases: file, row, SQL expression (empty: nothing covers it), expected value, tolerance.

One function a file; a new function of the extension gets its rows here.
"""
import csv
import json
import os
import re
import sys

CLOSED, QUANTILE = 1e-12, 1e-9
csv.field_size_limit(10**8)


def rows(folder, name):
    with open(os.path.join(folder, name), newline="", encoding="utf-8") as f:
        yield from csv.DictReader(f)


def call(function, *arguments):
    return "stockalert.%s(%s)" % (function, ", ".join(str(a) for a in arguments))


def safety_stock_grid(folder):
    for r in rows(folder, "safety_stock_grid.csv"):
        arguments = (r["p"], r["d"], r["sd"], r["L"], r["sL"])
        yield call("normal_quantile", r["p"]), r["z"], QUANTILE
        yield call("safety_stock", *arguments), r["ss"], QUANTILE
        yield call("reorder_point", *arguments), r["rop"], QUANTILE


def inventorize_rop(folder):
    for r in rows(folder, "inventorize_rop.csv"):
        if r["distribution"] == "normal":
            arguments = (r["csl"], r["d"], r["sd"], r["L"], r["sL"])
            yield call("safety_stock", *arguments), r["safety_stock"], QUANTILE
            yield call("reorder_point", *arguments), r["rop"], QUANTILE
        else:
            yield "", r["rop"], CLOSED


def leadtime_variance_factor(folder):
    for r in rows(folder, "leadtime_variance_factor.csv"):
        yield call("lead_time_variance_factor", r["L"], r["alpha"]), r["factor"], CLOSED


def textbook(folder):
    for r in rows(folder, "textbook.csv"):
        i = json.loads(r["inputs_json"])
        q = r["quantity"]
        expression = ""
        if {"D", "sd", "L", "Q", "ROP"} <= set(i):
            mean, sigma = i["D"] * i["L"], "sqrt(%s) * %s" % (i["L"], i["sd"])
            shortage = call("expected_shortage", i["ROP"], mean, sigma)
            expression = {"cycle_service_level": "stockalert.normal_cdf((%s - %s) / (%s))" % (i["ROP"], mean, sigma),
                          "expected_shortage_per_cycle": shortage, "fill_rate": "1 - %s / %s" % (shortage, i["Q"]),
                          "safety_stock": "(%s - %s)::float8" % (i["ROP"], mean)}.get(q, "")
        elif "csl" in i:
            expression = call("safety_stock", i["csl"], i["D"], i["sd"], i["L"], i.get("sL", 0))
        elif {"K", "h"} <= set(i) and "p" not in i and q == "eoq":
            expression = call("economic_order_quantity", i.get("d", i.get("lam")), i["K"], i["h"])
        elif q.startswith("rop") and "z" in i:
            expression = call("reorder_point", "stockalert.normal_cdf(%s)" % i["z"], i["d"], i["sd"], i["L"], i["sL"])
        yield expression, r["full_precision_value"], QUANTILE


def velocity(folder):
    series = {}
    for r in rows(folder, "series.csv"):
        series.setdefault(r["series"], {})[int(r["t"])] = r["value"]
    for r in rows(folder, "velocity.csv"):
        known = series.get(r["series"], {})
        history = [known[t] for t in sorted(known) if t <= int(float(r["as_of_t"]))]
        array = "'{%s}'::float8[]" % ",".join(history)
        s = r["statistic"]
        expression = ""
        if history and (m := re.fullmatch(r"rolling_mean_(\d+)", s)):
            expression = call("velocity", array, m[1])
        elif history and (m := re.fullmatch(r"linear_weighted_mean_(\d+)", s)):
            expression = call("velocity_linear", array, m[1])
        elif history and (m := re.fullmatch(r"ewm_mean_alpha([0-9.]+)_adjustFalse", s)):
            expression = call("velocity_ewma", array, m[1], 1)
        yield expression, r["value"], CLOSED


def distributions(folder):
    for r in rows(folder, "distributions.csv"):
        a = r["arg1"]
        yield {"qnorm": call("normal_quantile", a), "pnorm": call("normal_cdf", a),
               "pnorm_upper": call("normal_cdf", "-(%s)" % a),
               "std_normal_loss": call("normal_loss", a)}.get(r["fn"], ""), r["value"], QUANTILE


def stockpyl(folder):
    for r in rows(folder, "stockpyl.csv"):
        a, result = json.loads(r["args_json"]), json.loads(r["result_json"])
        f = r["function"]
        first = result[0] if isinstance(result, list) else result
        expression = ""
        if f == "economic_order_quantity" and a["order_quantity"] is None:
            expression = call("economic_order_quantity", a["demand_rate"], a["fixed_cost"], a["holding_cost"])
        elif f == "standard_normal_loss":
            expression = call("normal_loss", a["z"])
        elif f == "normal_loss":
            expression = call("expected_shortage", a["x"], a["mean"], a["sd"])
        yield expression, first if expression else 0, QUANTILE


def main():
    folder = sys.argv[1]
    out = csv.writer(sys.stdout)
    for read in (safety_stock_grid, inventorize_rop, leadtime_variance_factor, textbook, velocity, distributions, stockpyl):
        name = read.__name__ + ".csv"
        if not os.path.exists(os.path.join(folder, name)):
            continue
        if read is velocity and not os.path.exists(os.path.join(folder, "series.csv")):
            print("velocity.csv needs series.csv beside it", file=sys.stderr)
            continue
        for number, (expression, expected, tolerance) in enumerate(read(folder), 1):
            out.writerow([name, number, expression, expected, tolerance])


main()
