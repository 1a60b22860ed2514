/*
 * transfers.c: SQL wrapper of the plan of transfers.
 *
 * Unpack, call pure/, pack.  No logic of its own.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"

#include "compat.h"
#include "functions/argument.h"
#include "functions/numbers.h"
#include "pure/transfers.h"

SA_FUNCTION(stockalert_plan_transfers);

/* locations, reorder_points, positions, on_hand, floors, stockout_probabilities */
#define REQUIRED_ARGUMENTS 6

static const int64_t *
read_ids(FunctionCallInfo fcinfo, size_t *count)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
	Datum *elements;
	int64_t *ids;
	int n;

	if (ARR_NDIM(array) > 1 || (ARR_HASNULL(array) && array_contains_nulls(array)))
		sa_argument_check("locations");
	deconstruct_array(array, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements,
					  NULL, &n);
	ids = (int64_t *) palloc(sizeof(int64_t) * Max(n, 1));
	for (int i = 0; i < n; i++)
		ids[i] = DatumGetInt64(elements[i]);
	*count = (size_t) n;
	return ids;
}

/* As many numbers as there are locations. */
static const double *
read_each(FunctionCallInfo fcinfo, int argument, const char *name, size_t count)
{
	SaNumbers numbers = sa_numbers_read(fcinfo, argument, name);

	if (numbers.count != count)
		sa_argument_check(name);
	return numbers.values;
}

/* One number for each location, or one for all. */
static const double *
read_benefits(FunctionCallInfo fcinfo, int argument, size_t count)
{
	SaNumbers numbers = sa_numbers_read(fcinfo, argument, "benefits");
	double *all;

	if (numbers.count == count)
		return numbers.values;
	if (numbers.count != 1)
		sa_argument_check("benefits");
	all = (double *) palloc(sizeof(double) * Max(count, 1));
	for (size_t i = 0; i < count; i++)
		all[i] = numbers.values[0];
	return all;
}

static SaTransferSites
read_sites(FunctionCallInfo fcinfo)
{
	SaTransferSites sites = {0};

	sites.ids = read_ids(fcinfo, &sites.count);
	sites.reorder_points = read_each(fcinfo, 1, "reorder_points", sites.count);
	sites.positions = read_each(fcinfo, 2, "positions", sites.count);
	sites.on_hand = read_each(fcinfo, 3, "on_hand", sites.count);
	sites.floors = read_each(fcinfo, 4, "floors", sites.count);
	sites.stockout_probabilities = read_each(fcinfo, 5, "stockout_probabilities", sites.count);
	if (!PG_ARGISNULL(6))
	{
		sites.pack = PG_GETARG_FLOAT8(6);
		if (!(sites.pack > 0.0))
			sa_argument_check("pack");
	}
	if (!PG_ARGISNULL(7))
		sites.minimum = PG_GETARG_FLOAT8(7);
	if (!PG_ARGISNULL(8))
	{
		SaNumbers costs = sa_matrix_read(fcinfo, 8, "unit_transfer_costs");

		if (costs.count != sites.count * sites.count)
			sa_argument_check("unit_transfer_costs");
		sites.costs = costs.values;
	}
	if (!PG_ARGISNULL(9))
		sites.benefits = read_benefits(fcinfo, 9, sites.count);
	return sites;
}

Datum
stockalert_plan_transfers(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	SaTransferSites sites;
	SaTransfer *transfers;
	double *work;
	size_t made;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < REQUIRED_ARGUMENTS; i++)
	{
		if (PG_ARGISNULL(i))
			return (Datum) 0;
	}
	sites = read_sites(fcinfo);
	work = (double *) palloc(sizeof(double) * (2 * sites.count + 1));
	transfers = (SaTransfer *) palloc(sizeof(SaTransfer) * (sites.count + 1));
	sa_argument_check(sa_transfers_plan(&sites, work, transfers, &made));
	for (size_t i = 0; i < made; i++)
	{
		Datum values[4];
		bool nulls[4] = {false};

		values[0] = Int64GetDatum(sites.ids[transfers[i].from]);
		values[1] = Int64GetDatum(sites.ids[transfers[i].to]);
		values[2] = Float8GetDatum(transfers[i].quantity);
		values[3] = Float8GetDatum(sa_finite_result(transfers[i].cost));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
