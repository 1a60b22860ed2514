"""Cases of the order quantities: the calls of stockpyl's test suite, and the transport problem of R's lpSolve.

Where stockpyl writes a profit or names its costs otherwise, the expression says how ours make it.
"""
import json

from expressions import UNCOVERED, array, call, closed, column, exact, loss, quantile, rows, searched


def planned_shortage(what, i):
    """The quantity, or the units of it that are ever in stock."""
    arguments = [float(i[k]) for k in ("d", "K", "h", "p")]
    quantity = column("quantity", "economic_order_quantity_backorders", *arguments)
    if what.endswith("_Q"):
        return quantity
    return "%s * (1 - %s)" % (quantity, column("backorder_share", "economic_order_quantity_backorders", *arguments))


def floats(a, *names):
    return [float(a[n]) for n in names]


def columns(check, function, arguments, names, expected):
    return [check(column(n, function, *arguments), e) for n, e in zip(names, expected)]


def lots(f, a, result):
    lot = floats(a, "demand_rate", "fixed_cost", "holding_cost")
    given = a["order_quantity"]
    if f == "economic_order_quantity":
        q = call("economic_order_quantity", *lot) if given is None else "'%r'::float8" % float(given)
        return [closed(q, result[0]), closed(call("economic_order_quantity_cost", q, *lot), result[1])]
    if f == "economic_production_quantity":
        lot.append(float(a["production_rate"]))
        if given is None:
            return columns(closed, f, lot, ("quantity", "cost"), result)
        return [closed(call("economic_production_quantity_cost", float(given), *lot), result[1])]
    lot.append(float(a["stockout_cost"]))
    if given is None:
        return columns(closed, "economic_order_quantity_backorders", lot, ("quantity", "backorder_share", "cost"), result)
    return [closed(call("economic_order_quantity_backorders_cost", float(given), float(a["stockout_fraction"]), *lot), result[2])]


def discounts(f, a, result):
    name = "economic_order_quantity_" + ("all_units" if "all_units" in f else "incremental")
    arguments = floats(a, "demand_rate", "fixed_cost", "holding_cost_rate") + [array(a["breakpoints"]), array(a["unit_costs"])]
    return [closed(column("quantity", name, *arguments), result[0]), exact(column("price", name, *arguments) + " - 1", result[1]),
            closed(column("cost", name, *arguments), result[2])]


def joint(f, a, result):
    arguments = [float(a["shared_fixed_cost"])] + [array(a[k]) for k in ("individual_fixed_costs", "holding_costs", "demand_rates")]
    quantities, multiples = (column(n, "joint_replenishment", *arguments) for n in ("quantities", "multiples"))
    cases = [closed("(%s)[%d]" % (quantities, i), q) for i, q in enumerate(result[0], 1)]
    cases += [exact("(%s)[%d]" % (multiples, i), m) for i, m in enumerate(result[2], 1)]
    return cases + columns(closed, "joint_replenishment", arguments, ("cycle", "cost"), (result[1], result[3]))


def table_of(pmf):
    return [array([float(d) for d in pmf]), array([float(p) for p in pmf.values()])]


def newsvendor_demand(f, a):
    """Mean, variance and name of the demand over the lead time and the period after it."""
    periods = a.get("lead_time", 0) + 1
    mean = float(a["demand_mean"] * periods)
    if "poisson" in f:
        return [mean, mean, "'poisson'"]
    return [mean, "power('%r'::float8, 2) * %d" % (float(a["demand_sd"]), periods), "'normal'"]


def newsvendor(f, a, result):
    if f == "set_myopic_cost_to":
        return [UNCOVERED]
    margin = 0.0
    if f.startswith("myopic"):
        next_period = a["discount_factor"] * a["purchase_cost_next_per"]
        under = float(a["stockout_cost"] - a["purchase_cost"] + next_period)
        over = float(a["holding_cost"] + a["purchase_cost"] - next_period)
        sign, margin = "", float(a["purchase_cost"]) * a["demand_mean"]
    elif f.endswith("_explicit"):
        under = float(a["revenue"] - a["purchase_cost"] + a["stockout_cost"])
        over = float(a["purchase_cost"] - a["salvage_value"] + a["holding_cost"])
        sign, margin = "-", float(a["revenue"] - a["purchase_cost"]) * a["demand_mean"]
    else:
        under, over, sign = float(a["stockout_cost"]), float(a["holding_cost"]), ""
    if f == "newsvendor_discrete":
        demand = table_of(a["demand_pmf"])
        name = "newsvendor_%s_discrete"
    else:
        demand = newsvendor_demand(f, a)
        name = "newsvendor_%s"
    level = a["base_stock_level"]
    cases = []
    if level is None:
        level = call(name % "quantity", under, over, *demand)
        cases.append(quantile(level, result[0]))
    else:
        level = float(level)
    cost = call(name % "cost", level, under, over, *demand)
    return cases + [quantile("'%r'::float8 + (%s%s)" % (margin, sign, cost), result[-1] if isinstance(result, list) else result)]


def policies(f, a, result):
    costs = [float(a[k]) if k in a else None for k in ("fixed_cost", "holding_cost", "stockout_cost")]
    if "poisson" in f:
        demand = floats(a, "demand_mean", "lead_time")
        if f == "r_q_poisson_exact":
            return columns(quantile, "rq_policy_poisson", demand + costs, ("reorder_point", "order_quantity", "cost"), result)
        return [quantile(call("rq_policy_cost_poisson", *floats(a, "reorder_point", "order_quantity"), *demand, *costs), result)]
    demand = floats(a, "demand_mean", "demand_sd", "lead_time")
    if f == "r_q_cost":
        return [quantile(call("rq_policy_cost", *floats(a, "reorder_point", "order_quantity"), *demand, *costs), result)]
    if f == "r_q_optimal_r_for_q":
        return [searched(call("rq_reorder_point", float(a["order_quantity"]), *demand, *costs[1:]), result)]
    method = {"r_q_eil_approximation": "eil", "r_q_eoqb_approximation": "eoq_backorders",
              "r_q_eoqss_approximation": "eoq_safety_stock", "r_q_loss_function_approximation": "loss_function"}[f]
    return columns(quantile if method == "eoq_safety_stock" else searched, "rq_policy_" + method, demand + costs,
                   ("reorder_point", "order_quantity", "cost"), result)


def reviews(f, a, result):
    costs = floats(a, "fixed_cost", "holding_cost", "stockout_cost")
    if f == "s_s_power_approximation":
        return columns(quantile, "ss_policy_power_approximation", floats(a, "demand_mean", "demand_sd") + [0.0] + costs,
                       ("reorder_point", "order_up_to"), result)
    if a["use_poisson"]:
        kind, demand = "poisson", [float(a["demand_mean"]), 0.0]
    else:
        kind, demand = "discrete", [array(a["demand_pmf"])]
    if f == "s_s_cost_discrete":
        return [quantile(call("ss_policy_cost_" + kind, *floats(a, "reorder_point", "order_up_to_level"), *demand, *costs), result)]
    return columns(quantile, "ss_policy_" + kind, demand + costs, ("reorder_point", "order_up_to", "cost"), result)


def periods(f, a, result):
    def each(name):
        """Of a list with a place for a period 0, the others."""
        value = a[name]
        return array(value[-a["num_periods"]:] if isinstance(value, list) else [value])
    demands = array([a["demand"]] * a["num_periods"]) if not isinstance(a["demand"], list) else each("demand")
    arguments = [demands, each("fixed_cost"), each("holding_cost"), each("purchase_cost")]
    cases = [closed("(%s)[%d]" % (column("quantities", "wagner_whitin", *arguments), t), q) for t, q in enumerate(result[0][1:], 1)]
    return cases + [closed(column("cost", "wagner_whitin", *arguments), result[1])]


def moments(f, a):
    """Mean and variance as stockpyl's parameters give them, and by how much its values lie above ours."""
    if f.startswith("negative_binomial") and a["mean"] is not None:
        return a["mean"], "power('%r'::float8, 2)" % float(a["sd"]), 0
    if f.startswith(("negative_binomial", "geometric")):
        r, p = (1, a["p"]) if "geometric" in f else (a["r"], a["p"])
        return r * (1 - p) / p, "'%r'::float8" % (r * (1 - p) / p / p), 1 if "geometric" in f else 0
    if f.startswith("exponential"):
        return 1 / a["mu"], "'%r'::float8" % (1 / a["mu"] ** 2), 0
    if f.startswith("gamma"):
        return a["a"] * a["b"], "'%r'::float8" % (a["a"] * a["b"] ** 2), 0
    return a["mean"], None, 0


def losses(f, a, result):
    """The loss and its complement x - mean + loss."""
    if f == "standard_normal_loss_dict":
        sign = -1 if a["complementary"] else 1
        return [loss(call("normal_loss", sign * float(z)), n) for z, n in result.items()]
    if f == "standard_normal_loss":
        return [loss(call("normal_loss", float(a["z"])), result[0]), loss(call("normal_loss", -float(a["z"])), result[1])]
    if f in ("standard_normal_second_loss", "normal_second_loss"):
        z, scale = (a["z"], 1) if "z" in a else ((a["x"] - a["mean"]) / a["sd"], a["sd"] ** 2)
        return [loss("%s * %s" % (scale, call("normal_second_loss", float(s * z))), n) for s, n in zip((1, -1), result)]
    if f == "discrete_loss":
        table = table_of(a["pmf"])
        twice, once = (call("newsvendor_cost_discrete", float(a["x"]), under, 1.0, *table) for under in (2.0, 1.0))
        mean = sum(float(d) * p for d, p in a["pmf"].items())
        return [loss("%s - %s" % (twice, once), result[0]), loss("'%r'::float8 + %s - %s" % (a["x"] - mean, twice, once), result[1])]
    if f == "normal_loss":
        short = call("expected_shortage", *floats(a, "x", "mean", "sd"))
        return [loss(short, result[0]), loss("'%r'::float8 + %s" % (a["x"] - a["mean"], short), result[1])]
    name = {"geometric": "negative_binomial", "exponential": "gamma"}.get(f.split("_")[0], f.rpartition("_second_loss" if "second" in f else "_loss")[0])
    if name not in ("poisson", "negative_binomial", "gamma"):
        return [UNCOVERED]
    mean, variance, shift = moments(f, a)
    x = float(a["x"] - shift)
    if "second" in f:
        short = call(name + "_second_loss", x, float(mean), *([variance] if variance else []))
        # Of whole units x - D is counted with the unit it ends in.
        unit = 0 if name == "gamma" else mean - x
        return [loss(short, result[0]),
                loss("(power('%r'::float8, 2) + %s - '%r'::float8) / 2 - %s" % (mean - x, variance or mean, unit, short), result[1])]
    name += "_loss"
    short = call(name, x, float(mean), *([variance] if variance else []))
    return [loss(short, result[0]), loss("'%r'::float8 + %s" % (x - mean, short), result[1])]


def stockpyl(folder):
    for r in rows(folder, "stockpyl.csv"):
        f, a, result = r["function"], json.loads(r["args_json"]), json.loads(r["result_json"])
        if "discounts" in f:
            read = discounts
        elif f.startswith("joint"):
            read = joint
        else:
            read = {"eoq": lots, "newsvendor": newsvendor, "rq": policies, "ss": reviews, "wagner_whitin": periods}.get(r["module"], losses)
        yield read(f, a, result)


def transport_lp(folder):
    """A plan that serves everybody moves what the optimum moves and costs no less; the matrix is its own case."""
    cells = list(rows(folder, "transport_lp.csv"))
    supply, demand, cost = {}, {}, {}
    for r in cells:
        supply[int(r["donor"])] = float(r["supply"])
        demand[100 + int(r["receiver"])] = float(r["demand"])
        cost[int(r["donor"]), 100 + int(r["receiver"])] = float(r["unit_cost"])
    sites = list(supply) + list(demand)
    have, want = [supply.get(s, 0.0) for s in sites], [demand.get(s, 0.0) for s in sites]
    matrix = "'{%s}'::float8[]" % ",".join("{%s}" % ",".join("%r" % cost.get((i, j), 0.0) for j in sites) for i in sites)
    plan = call("plan_transfers", "'{%s}'::bigint[]" % ",".join(map(str, sites)), array(want), array(have), array(have),
                array([0.0] * len(sites)), array([0.5] * len(sites)), "unit_transfer_costs => " + matrix)
    optimum = cells[0]["lp_optimal_total"]
    yield [exact("(SELECT sum(quantity) FROM %s)" % plan, sum(float(r["lp_optimal_qty"]) for r in cells)),
           exact("(SELECT least(sum(cost), %s) FROM %s)" % (optimum, plan), optimum)]


FILES = (stockpyl, transport_lp)
