"""Cases of the forecasters: which call of ours is which call of R, statsmodels, statsforecast or tsintermittent.

Recursions are held to 1e-12, and where a package has searched its parameters, to 1e-6, or 1e-3 for those of the
M5 organisers, whose optim() stops early; a forecast whose parameters a package printed is computed from those.
Absolutely, 1e-12 of the largest value of the series passes too: a weekday that ends near 0 is a difference of
large numbers.
"""
import csv
import gzip
import os
import re

RECURSION, SEARCHED, STOPPED_EARLY = 1e-12, 1e-6, 1e-3
UNCOVERED = [("", 0, 0, 0)]


def rows(folder, name):
    with open(os.path.join(folder, name), newline="", encoding="utf-8") as f:
        yield from csv.DictReader(f)


class Series:
    """The histories of a folder, as arrays."""

    def __init__(self, folder):
        self.values, self.frequency = {}, {}
        for r in rows(folder, "series.csv"):
            self.values.setdefault(r["series"], {})[int(r["t"])] = r["value"]
            self.frequency[r["series"]] = int(r["frequency"])

    def first(self, name, count=None):
        known = self.values.get(name, {})
        return [known[t] for t in sorted(known)][:count]

    def largest(self, name):
        return max((abs(float(v)) for v in self.first(name)), default=0.0)


def options(**more):
    return "".join(", %s => %s" % (k, "'%s'" % v if isinstance(v, str) else v) for k, v in more.items() if v is not None)


def array(values):
    return "'{%s}'::float8[]" % ",".join(values)


def mean(history, h, method, **more):
    return "(stockalert.forecast_mean(%s, %d, '%s', returns => 'net', from_first_sale => false%s))[%d]" % (
        array(history), h, method, options(**more), h)


def fit(history, column, method, **more):
    return "(stockalert.forecast_fit(%s, '%s', returns => 'net', from_first_sale => false%s)).%s" % (
        array(history), method, options(**more), column)


def esw_holtwinters(folder):
    series = Series(folder)
    for r in rows(folder, "esw_holtwinters.csv"):
        history = series.first(r["series"], int(r["n"]))
        if not history:
            yield UNCOVERED
            continue
        more = dict(start_date="2001-01-01", alpha=r["alpha"], gamma=r["gamma"],
                    start_rule="own" if r["init"] == "own28" else "mean")
        name, n = re.fullmatch(r"(\D+?)(\d*)", r["name"]).groups()
        expression = {"level": fit(history, "level", "esw", **more), "sse_one_step": fit(history, "sse", "esw", **more),
                      "season_next": "(%s)[%s]" % (fit(history, "season", "esw", **more), n),
                      "forecast_h": mean(history, int(n or 1), "esw", **more)}.get(name)
        yield [(expression, r["value"], RECURSION, RECURSION * series.largest(r["series"]))] if expression else UNCOVERED


R_METHODS = {"ses": "ses", "holt": "holt", "hw_add": "holt_winters", "hw_mult": "holt_winters_multiplicative",
             "seasonal_no_trend_add": "esw"}


def r_options(r):
    more = {k: r[k] for k in ("alpha", "beta", "gamma") if r[k]}
    if r["kind"] in ("hw_add", "hw_mult"):
        more["period"] = r["m"]
    return dict(more, start_rule="holtwinters", start_date="2001-01-01")


def holtwinters_states(folder):
    series = Series(folder)
    for r in rows(folder, "holtwinters_states.csv"):
        history = series.first(r["series"], int(r["n"]))
        method = R_METHODS.get(r["kind"])
        column = {"a": "level", "b": "trend", "SSE": "sse"}.get(r["name"])
        if r["name"][0] == "s":
            column = "season"
        if not history or not method or not column or (method == "esw" and r["m"] != "7"):
            yield UNCOVERED
            continue
        expression = fit(history, column, method, **r_options(r))
        if column == "season":
            expression = "(%s)[%s]" % (expression, r["name"][1:])
        yield [(expression, r["value"], RECURSION, RECURSION * series.largest(r["series"]))]


def holtwinters_forecasts(folder):
    series = Series(folder)
    states = {r["case"]: r for r in rows(folder, "holtwinters_states.csv")}
    for r in rows(folder, "holtwinters_forecasts.csv"):
        s = states.get(r["case"])
        history = series.first(r["series"], int(s["n"])) if s else []
        method = R_METHODS.get(r["kind"])
        if not history or not method or (method == "esw" and s["m"] != "7"):
            yield UNCOVERED
            continue
        yield [(mean(history, int(r["h"]), method, **r_options(s)), r["forecast"], RECURSION, RECURSION * series.largest(r["series"]))]


def statsmodels_setup(text, frequency):
    """Method and options; statsmodels' gamma is the one of ets."""
    value = dict(re.findall(r"\b(a|b\*?|g|phi)=([0-9.]+|None)", text))
    word = text.split()[0]
    method = {"ses": "ses", "holt": "damped" if "damped" in text else "holt"}.get(word, "ets")
    more = {"alpha": value.get("a"), "beta": value.get("b*"), "gamma": value.get("g"), "phi": value.get("phi")}
    more = {k: v for k, v in more.items() if v not in (None, "None")}
    if word == "hw":
        method = "ets_multiplicative" if text.split()[1] == "mul" else "ets"
        more.update(period=frequency, start_rule="seasons")
    else:
        more["start_rule"] = "first"
    return method, more


def statsmodels_hw(folder):
    series = Series(folder)
    columns = {"sse": "sse", "last_level": "level", "last_trend": "trend", "last_season": "season"}
    for r in rows(folder, "statsmodels_hw.csv"):
        history = series.first(r["series"])
        if not history:
            yield UNCOVERED
            continue
        method, more = statsmodels_setup(r["setup"], series.frequency[r["series"]])
        index = int(r["index"])
        if r["name"] == "forecast":
            expression = mean(history, index, method, **more)
            if "period" in more and index % more["period"] == 0:
                # A whole season ahead statsmodels has the season from before the last day.
                sign = "*" if method == "ets_multiplicative" else "+"
                expression += " %s (%s)[1] %s (%s)[%d]" % (sign, fit(history[:-1], "season", method, **more), {"*": "/", "+": "-"}[sign],
                                                           fit(history, "season", method, **more), more["period"])
        elif r["name"] == "fitted":
            # Before the first day ses has nothing to expect: it starts with it.
            expression = "(stockalert.forecast_fitted(%s, '%s', returns => 'net', from_first_sale => false%s))[%d]" % (
                array(history), method, options(**more), index)
            if method == "ses" and index == 1:
                expression = history[0]
        elif r["name"] in columns:
            expression = fit(history, columns[r["name"]], method, **more)
            if r["name"] == "last_season":
                expression = "(%s)[%d]" % (expression, index)
        else:
            yield UNCOVERED
            continue
        yield [(expression, r["value"], RECURSION, RECURSION * series.largest(r["series"]))]


def forecast_setup(call, par, frequency):
    """Method, options and whether the parameters were searched; beta and gamma of ETS are ours after division."""
    alpha = float(par["alpha"])
    more = {"alpha": repr(alpha)}
    simple = "initial=simple" in call
    if "beta" in par:
        more["beta"] = repr(float(par["beta"])) if simple else "least(1, %r::float8 / %r)" % (float(par["beta"]), alpha)
    if "gamma" in par:
        more["gamma"] = repr(float(par["gamma"]))
    if "phi" in par:
        more["phi"] = repr(float(par["phi"]))
    seasonal = "gamma" in par
    trend = "beta" in par
    multiplicative = "multiplicative" in call
    if simple:
        return "holt" if trend else "ses", dict(more, start_rule="first"), False
    seasons = [float(par["s%d" % i]) for i in range(frequency - 1)] if seasonal else []
    if seasonal:
        seasons.append((frequency if multiplicative else 0) - sum(seasons))
    state = [float(par["l"])] + ([float(par.get("b", 0))] if trend or seasonal else []) + seasons[::-1]
    more["start_state"] = "'{%s}'" % ",".join(map(repr, state))
    if seasonal:
        more["period"] = frequency
        more.setdefault("beta", "0")
        return "ets_multiplicative" if multiplicative else "ets", more, True
    return ("damped" if "phi" in par else "holt") if trend else "ses", more, True


def raw(more):
    """Options whose values are SQL already."""
    return "".join(", %s => %s" % (k, "'%s'" % v if k == "start_rule" else v) for k, v in more.items())


def forecast_pkg(folder, name):
    series = Series(folder)
    par = {}
    for r in rows(folder, "forecast_pkg_params.csv"):
        if r["name"].startswith("par."):
            par.setdefault(r["case"], {})[r["name"][4:]] = r["value"]
    for r in rows(folder, name):
        history = series.first(r["series"])
        if not history or "alpha" not in par.get(r["case"], {}):
            yield UNCOVERED
            continue
        method, more, searched = forecast_setup(r["call"], par[r["case"]], series.frequency[r["series"]])
        fixed = "returns => 'net', from_first_sale => false" + raw(more)
        column = "forecast" if "forecast" in r else r["name"]
        yield forecast_pkg_case(r, column, array(history), method, fixed, series, len(par[r["case"]]) if searched else 0)


def forecast_pkg_case(r, column, history, method, fixed, series, searched):
    """searched: how many parameters were."""
    answer = "stockalert.forecast_fit(%s, '%s', %s)" % (history, method, fixed)
    n, m = len(series.first(r["series"])), series.frequency[r["series"]]
    if column == "forecast" and method == "ets_multiplicative":
        # forecast() prints the mean of the distribution, which is not the recursion.
        return UNCOVERED
    if column == "forecast":
        expression = "(stockalert.forecast_mean(%s, %s, '%s', %s))[%s]" % (history, r["h"], method, fixed, r["h"])
    elif column == "laststate.l":
        expression = "(%s).level" % answer
    elif column == "laststate.b":
        expression = "(%s).trend" % answer
    elif column.startswith("laststate.s"):
        expression = "(%s).season[%d]" % (answer, m + 1 - int(column[11:]))
    elif column == "loglik" and r["value"] and method != "ets_multiplicative":
        expression = "-0.5 * %d * ln((%s).sse)" % (n, answer)
    elif column == "aicc" and r["value"] and method != "ets_multiplicative":
        k = searched + 1 - ("phi=" in r["call"])
        expression = "%d * ln((%s).sse) + 2 * %d + 2.0 * %d * %d / %d" % (n, answer, k, k, k + 1, n - k - 1)
    elif column == "sigma2" and method != "ets_multiplicative":
        expression = "(%s).sse / %d" % (answer, n - searched)
    else:
        return UNCOVERED
    value = r["forecast"] if column == "forecast" else r["value"]
    return [(expression, value, SEARCHED if searched else RECURSION, RECURSION * series.largest(r["series"]))]


def forecast_pkg_forecasts(folder):
    return forecast_pkg(folder, "forecast_pkg_forecasts.csv")


def forecast_pkg_params(folder):
    return forecast_pkg(folder, "forecast_pkg_params.csv")


def trimmed(history):
    while history and float(history[0]) == 0:
        history = history[1:]
    return history


def squared_errors(values, alpha):
    level, squares = values[0], 0.0
    for value in values[1:]:
        squares += (value - level) ** 2
        level += alpha * (value - level)
    return squares


def one_minimum(values, low=0.1, high=0.3):
    """Whether every way of searching alpha between low and high ends at the same place."""
    if len(values) < 2:
        return True
    squares = [squared_errors(values, low + (high - low) * i / 24) for i in range(25)]
    falls = [b - a for a, b in zip(squares, squares[1:])]
    signs = [f > 0 for f in falls]
    return all(abs(f) > 1e-9 * squares[0] for f in falls) and signs == sorted(signs)


def settled(method, history, between=None):
    """Whether the peers cannot but agree on the alpha of this method: no tie and no second minimum."""
    days = [float(v) for v in history]
    sales = [i + 1 for i, v in enumerate(days) if v > 0]
    intervals = [float(b - a) for a, b in zip([0] + sales, sales)]
    if method == "ses":
        return one_minimum(days, *map(float, (between or "{0.1,0.3}")[1:-1].split(",")))
    if not sales:
        return True
    if method == "croston":
        return one_minimum([days[i - 1] for i in sales]) and one_minimum(intervals)
    block = max(1, round(sum(intervals) / len(intervals)))
    cut = {i: days[len(days) % i:] for i in range(1 if method == "imapa" else block, block + 1)}
    return all(one_minimum([sum(d[j:j + i]) for j in range(0, len(d), i)]) for i, d in cut.items())


def sparse(method, param):
    """Method, options, column, whether its parameters were searched; None: nothing here does that."""
    value = dict(re.findall(r"(\w+)=([\w.]+)", param))
    kind = re.search(r"crost\((\w+)\)", method)
    start = {"mean": "overall", "naive": "first"}.get(value.get("init"))
    if kind:
        return kind[1], dict(alpha=value["a_demand"], beta=value["a_interval"], start_rule=start), False
    if method.endswith("::tsb"):
        return "tsb", dict(alpha=value["a_demand"], beta=value["a_prob"], start_rule=start), False
    if method == "forecast::croston":
        return "croston", dict(alpha=value["alpha"]), False
    return {("M5::Naive", "trim leading zeros"): ("naive", {}, False),
            ("M5::SexpS", "optim alpha in [0.1;0.3]"): ("ses", dict(alpha_range="{0.1,0.3}"), True),
            ("M5::Croston", "classic 0.1"): ("croston", {}, False), ("M5::Croston", "sba 0.95"): ("sba", {}, False),
            ("M5::Croston", "optimized"): ("croston", dict(alpha_range="{0.1,0.3}"), True),
            ("M5::ADIDA", ""): ("adida", {}, True), ("M5::iMAPA", ""): ("imapa", {}, True)}.get((method, param))


def intermittent(folder):
    series = Series(folder)
    columns = {"demand": "size", "interval": "sale_interval"}
    for r in rows(folder, "intermittent.csv"):
        history = series.first(r["series"])
        setup = sparse(r["method"], r["param"])
        if not history or not setup:
            yield UNCOVERED
            continue
        method, more, searched = setup
        if r["method"].startswith("M5"):
            history = trimmed(history)
        if searched and not settled(method, history, more.get("alpha_range")):
            yield UNCOVERED
            continue
        column = columns.get(r["name"])
        if r["name"] == "forecast":
            expression = mean(history, 1, method, **more)
        elif column:
            expression = fit(history, column, method, **more)
        else:
            yield UNCOVERED
            continue
        yield [(expression, r["value"], STOPPED_EARLY if searched else RECURSION, 1e-9 if searched else 1e-12)]


def intermittent_paths(folder):
    series = Series(folder)
    paths = {"croston_tsint_naive": ("croston", dict(start_rule="first")), "sba_tsint_naive": ("sba", dict(start_rule="first")),
             "tsb_tsint_mean": ("tsb", dict(start_rule="overall")), "croston_forecast_pkg_fitted": ("croston", {})}
    for r in rows(folder, "intermittent_paths.csv"):
        history, cases = series.first(r["series"]), []
        for column, (method, more) in paths.items():
            if history and r.get(column):
                cases.append(("coalesce((stockalert.forecast_fitted(%s, '%s', returns => 'net', from_first_sale => false%s))[%s], 0)" % (
                    array(history), method, options(**more), r["t"]), r[column], RECURSION, 1e-12))
        yield cases or UNCOVERED


def statsforecast_setup(model, params):
    value = dict(re.findall(r"(\w+)=([0-9.]+)", params))
    return {"SES": ("ses", dict(alpha=value.get("alpha"), start_rule="first"), False),
            "SeasonalES": ("ses", dict(alpha=value.get("alpha"), start_rule="first"), False),
            "SESOptimized": ("ses", dict(alpha_range="{0.01,0.99}"), True),
            "WindowAverage": ("window", dict(window_days=value.get("window")), False),
            "SeasonalWindowAverage": ("window", dict(window_days=value.get("window")), False),
            "CrostonClassic": ("croston", {}, False), "CrostonSBA": ("sba", {}, False),
            "CrostonOptimized": ("croston", dict(alpha_range="{0.1,0.3}"), True),
            "TSB": ("tsb", dict(alpha=value.get("alpha_d"), beta=value.get("alpha_p"), start_rule="first"), False),
            "ADIDA": ("adida", {}, True), "IMAPA": ("imapa", {}, True)}.get(model)


def statsforecast(folder):
    series = Series(folder)
    for r in rows(folder, "statsforecast.csv"):
        history = series.first(r["series"])
        setup = statsforecast_setup(r["model"], r["params"])
        if not history or not setup:
            yield UNCOVERED
            continue
        method, more, searched = setup
        h = int(r["h"])
        if r["model"].startswith("Seasonal"):
            # Each season by itself.
            period = series.frequency[r["series"]]
            history, h = history[len(history) % period + (h - 1) % period::period], 1
        if searched and not settled(method, history, more.get("alpha_range")):
            yield UNCOVERED
            continue
        yield [(mean(history, h, method, **more), r["forecast"], SEARCHED if searched else RECURSION, 1e-12)]


def accuracy(folder):
    """The scales are those of the history before the days that were forecast."""
    series, inputs = Series(folder), {}
    for r in rows(folder, "accuracy_inputs.csv"):
        inputs.setdefault(r["series"], []).append(r)
    for r in rows(folder, "accuracy.csv"):
        known = inputs.get(r["series"], [])
        history = trimmed(series.first(r["series"]))
        if not known or not history or r["model"] not in known[0]:
            yield UNCOVERED
            continue
        before = history[:int(known[0]["t0_from_first_sale"])]
        arrays = "%s, %s" % (array([k["y"] for k in known]), array([k[r["model"]] for k in known]))
        name, argument = re.fullmatch(r"(mae|rmse|bias|smape|mase|rmsse|pinball)(?:_m?([0-9.]+))?", r["metric"]).groups()
        more = {"mase": ", %s, %s" % (array(before), argument), "rmsse": ", %s, %s" % (array(before), argument),
                "pinball": ", %s" % argument}.get(name, "")
        yield [("stockalert.%s(%s%s)" % (name, arrays, more), r["value"], RECURSION, 1e-12)]


PEERS = {"sf_CrostonClassic": ("", "croston", {}), "sf_CrostonOptimized": ("searched", "croston", dict(alpha_range="{0.1,0.3}")),
         "sf_SBA": ("", "sba", {}), "sf_TSB_.1_.1": ("", "tsb", dict(alpha="0.1", beta="0.1", start_rule="first")),
         "sf_ADIDA": ("searched", "adida", {}), "sf_IMAPA": ("searched", "imapa", {}),
         "sf_SES_.1": ("", "ses", dict(alpha="0.1", start_rule="first")), "sf_WindowAverage28": ("", "window", {}),
         "sf_SESOptimized": ("searched", "ses", dict(alpha_range="{0.01,0.99}")),
         "M5_SES": ("stopped", "ses", dict(alpha_range="{0.1,0.3}")), "M5_Croston": ("", "croston", {}),
         "M5_optCroston": ("stopped", "croston", dict(alpha_range="{0.1,0.3}")), "M5_SBA": ("", "sba", {}),
         "M5_ADIDA": ("stopped", "adida", {}), "M5_iMAPA": ("stopped", "imapa", {})}


def m5_tiny_peer_forecasts_d1941(folder):
    """One row a series; the sales are in a file of their own, which may not be there."""
    sales, path = {}, os.path.join(folder, "m5_tiny_sales.csv.gz")
    if os.path.exists(path):
        with gzip.open(path, "rt", newline="", encoding="utf-8") as f:
            for r in csv.DictReader(f):
                sales[r["item_id"], r["store_id"]] = [r["d_%d" % d] for d in range(1, 1942)]
    for r in rows(folder, "m5_tiny_peer_forecasts_d1941.csv"):
        history = trimmed(sales.get((r["item_id"], r["store_id"]), []))
        if not history:
            yield UNCOVERED
            continue
        cases = [("power(stockalert.rmsse('{1}', '{0}', %s), -2)" % array(history), r["rmsse_scale_1941"], RECURSION, 0)]
        for column, (kind, method, more) in PEERS.items():
            bound = {"stopped": STOPPED_EARLY, "searched": SEARCHED}.get(kind, RECURSION)
            if kind not in ("stopped", "searched") or settled(method, history, more.get("alpha_range")):
                cases.append((mean(history, 1, method, **more), r[column], bound, 1e-9 if kind in ("stopped", "searched") else 1e-12))
        yield cases


OF_SERIES = (esw_holtwinters, holtwinters_states, holtwinters_forecasts, statsmodels_hw, forecast_pkg_forecasts, forecast_pkg_params,
             intermittent, intermittent_paths, statsforecast, accuracy)
FILES = (*OF_SERIES, m5_tiny_peer_forecasts_d1941)
