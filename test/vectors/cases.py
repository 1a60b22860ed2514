#!/usr/bin/env python3
"""Turns reference files into cases: file, row, SQL expression (empty: nothing covers it), expected value,
relative tolerance, absolute tolerance.

One function a file, one list a row with a case for each of its numbers; a new function of the extension gets
its rows here or in the file of its family.
"""
import csv
import json
import os
import re
import sys

import forecasts
import ordering
import past
from expressions import ABSOLUTE, CLOSED, UNCOVERED, call, closed, loss, number, quantile, rows

def safety_stock_grid(folder):
    for r in rows(folder, "safety_stock_grid.csv"):
        a = [number(r[k]) for k in ("p", "d", "sd", "L", "sL")]
        yield [closed(call("normal_quantile", a[0]), r["z"]), closed(call("safety_stock", *a), r["ss"]),
               closed(call("reorder_point", *a), r["rop"])]


def inventorize_rop(folder):
    """Poisson has the lead-time mean alone; the negative binomial needs more variance than mean, and gets it."""
    for r in rows(folder, "inventorize_rop.csv"):
        p, mean, sigma = number(r["csl"]), number(r["demand_lt"]), number(r["sigma_dl"])
        normal = [p] + [number(r[k]) for k in ("d", "sd", "L", "sL")]
        if sigma ** 2 <= mean:
            wider = "power(1.05 * sqrt('%r'::float8), 2)" % mean
        else:
            wider = "power('%r'::float8, 2)" % sigma
        point = {"normal": call("reorder_point", *normal), "poisson": call("poisson_quantile", p, mean),
                 "gamma": call("gamma_quantile", p, mean, "power('%r'::float8, 2)" % sigma),
                 "nbinom": call("negative_binomial_quantile", p, mean, wider)}.get(r["distribution"])
        if point is None:
            yield [UNCOVERED]
        else:
            yield [quantile(point, r["rop"]), loss("%s - '%r'::float8" % (point, mean), r["safety_stock"])]


def leadtime_variance_factor(folder):
    for r in rows(folder, "leadtime_variance_factor.csv"):
        yield [closed(call("lead_time_variance_factor", number(r["L"]), number(r["alpha"])), r["factor"])]


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
        elif q.startswith("safety_stock") and {"fill_rate", "Q"} <= set(i):
            expression = call("safety_stock_fill_rate", i["fill_rate"], i["Q"], "sqrt(%s) * %s" % (i["L"], i["sd"]))
        elif q.startswith("safety_stock") and "csl" in i:
            expression = call("safety_stock", i["csl"], i["D"], i["sd"], i["L"], i.get("sL", 0))
        elif q == "eoq" and {"K", "h"} <= set(i):
            expression = call("economic_order_quantity", i.get("d", i.get("lam")), i["K"], i["h"])
        elif q == "eoq_cost" and {"K", "h"} <= set(i):
            expression = "%s * %s" % (call("economic_order_quantity", i.get("d", i.get("lam")), i["K"], i["h"]), i["h"])
        elif q.startswith("eoq_planned_shortage"):
            expression = ordering.planned_shortage(q, i)
        elif q.startswith("rop") and "z" in i:
            expression = call("reorder_point", "stockalert.normal_cdf(%s)" % i["z"], i["d"], i["sd"], i["L"], i["sL"])
        yield [quantile(expression, r["full_precision_value"]) if expression else UNCOVERED]


def velocity(folder):
    series = {}
    for r in rows(folder, "series.csv"):
        series.setdefault(r["series"], {})[int(r["t"])] = r["value"]
    functions = [(r"rolling_mean_(\d+)", "velocity", "%s", ()), (r"linear_weighted_mean_(\d+)", "velocity_linear", "%s", ()),
                 (r"rolling_std_(\d+)", "demand_sd", "%s", ()), (r"ewm_mean_alpha([0-9.]+)_adjustFalse", "velocity_ewma", "%s", (1,)),
                 (r"ewm_mean_alpha([0-9.]+)_adjustTrue", "velocity_ewma", "%s", (0,)),
                 (r"ewm_mean_halflife([0-9.]+)_adjustTrue", "velocity_ewma", "stockalert.ewma_alpha(%s)", (0,)),
                 (r"ewm_var_alpha([0-9.]+)_adjustFalse_biasTrue", "ewma_variance", "%s", ())]
    for r in rows(folder, "velocity.csv"):
        known = series.get(r["series"], {})
        history = [known[t] for t in sorted(known) if t <= int(float(r["as_of_t"]))]
        array = "'{%s}'::float8[]" % ",".join(history)
        cases = [past.sample_quantile(r["statistic"], history, r["value"]) or UNCOVERED]
        for pattern, function, parameter, more in functions:
            if history and (m := re.fullmatch(pattern, r["statistic"])):
                cases = [(call(function, array, parameter % m[1], *more), r["value"], CLOSED, ABSOLUTE)]
        yield cases


def distributions(folder):
    plain = {"qnorm": "normal_quantile", "pnorm": "normal_cdf", "dnorm": "normal_density", "ppois": "poisson_cdf", "qpois": "poisson_quantile",
             "pnbinom_mu_var": "negative_binomial_cdf", "qnbinom_mu_var": "negative_binomial_quantile"}
    losses = {"std_normal_loss": "normal_loss", "pois_loss": "poisson_loss", "nbinom_loss_mu_var": "negative_binomial_loss"}
    for r in rows(folder, "distributions.csv"):
        f = r["fn"]
        a = [number(r[k]) for k in ("arg1", "arg2", "arg3") if r[k]]
        if f in plain:
            yield [(call(plain[f], *a), r["value"], CLOSED, 0)]
        elif f in losses:
            yield [loss(call(losses[f], *a), r["value"])]
        elif f == "pnorm_upper":
            yield [closed(call("normal_cdf", -a[0]), r["value"])]
        elif f in ("pgamma_mean_cv", "qgamma_mean_cv"):
            variance = "power('%r'::float8 * '%r'::float8, 2)" % (a[1], a[2])
            yield [(call("gamma_cdf" if f[0] == "p" else "gamma_quantile", a[0], a[1], variance), r["value"], CLOSED, 0)]
        else:
            yield [UNCOVERED]


FILES = (safety_stock_grid, inventorize_rop, leadtime_variance_factor, textbook, velocity, distributions, *ordering.FILES, *forecasts.FILES,
         *past.FILES)


def main():
    folder = sys.argv[1]
    out = csv.writer(sys.stdout, lineterminator="\n")
    for read in FILES:
        name = read.__name__ + ".csv"
        if not os.path.exists(os.path.join(folder, name)):
            continue
        if (read is velocity or read in forecasts.OF_SERIES + past.OF_SERIES) and not os.path.exists(os.path.join(folder, "series.csv")):
            print(name, "needs series.csv beside it", file=sys.stderr)
            continue
        for row, cases in enumerate(read(folder), 1):
            for case in cases:
                out.writerow([name, row, *case])


main()
