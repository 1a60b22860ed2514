/*
 * fold_query.c: stockalert.fold_pairs(), whose news are the rows of a query.
 *
 * Pairs are learned while the query runs: it does not see what is written
 * meanwhile.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "tcop/dest.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "db/result.h"
#include "demand/fold.h"

SA_FUNCTION(stockalert_fold_pairs);

typedef struct PairReceiver
{
	DestReceiver base;
	SaFold *fold;
} PairReceiver;

static int
read_array(TupleTableSlot *slot, int column, Oid type, Datum **values, bool **nulls)
{
	int count;

	if (slot->tts_isnull[column])
		return 0;
	if (type == DATEOID)
		deconstruct_array(DatumGetArrayTypeP(slot->tts_values[column]), DATEOID, sizeof(DateADT),
						  true, TYPALIGN_INT, values, nulls, &count);
	else
		deconstruct_array(DatumGetArrayTypeP(slot->tts_values[column]), FLOAT8OID, sizeof(float8),
						  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, values, nulls, &count);
	return count;
}

/* Columns days, units and out_shares of a row; a NULL says nothing. */
static void
read_days(TupleTableSlot *slot, SaNews *news)
{
	Datum *days;
	Datum *units = NULL;
	Datum *shares = NULL;
	bool *day_nulls;
	bool *unit_nulls = NULL;
	bool *share_nulls = NULL;
	int count = read_array(slot, 2, DATEOID, &days, &day_nulls);
	int unit_count = read_array(slot, 3, FLOAT8OID, &units, &unit_nulls);
	int share_count = read_array(slot, 4, FLOAT8OID, &shares, &share_nulls);
	SaToldDay *told = (SaToldDay *) palloc0(sizeof(SaToldDay) * Max(count, 1));

	for (int i = 0; i < count; i++)
	{
		told[i].day = DatumGetDateADT(days[i]);
		told[i].has_units = i < unit_count && !unit_nulls[i];
		told[i].has_out_share = i < share_count && !share_nulls[i];
		if (told[i].has_units)
			told[i].units = DatumGetFloat8(units[i]);
		if (told[i].has_out_share)
			told[i].out_share = DatumGetFloat8(shares[i]);
	}
	news->days = told;
	news->day_count = count;
}

/* location_id, item_id, days, units, out_shares, sold */
static bool
receive_pair(TupleTableSlot *slot, DestReceiver *self)
{
	SaFold *fold = ((PairReceiver *) self)->fold;
	MemoryContext old;
	SaNews news;

	slot_getallattrs(slot);
	news.place = sa_places_find(fold->places, DatumGetInt64(slot->tts_values[0]));
	if (news.place < 0)
		return true;
	old = MemoryContextSwitchTo(fold->pair);
	news.item_id = DatumGetInt64(slot->tts_values[1]);
	news.sold = DatumGetBool(slot->tts_values[5]);
	read_days(slot, &news);
	MemoryContextSwitchTo(old);
	sa_fold_pair(fold, &news);
	return true;
}

/* Learns while the query runs: it does not see what is written meanwhile. */
Datum
stockalert_fold_pairs(PG_FUNCTION_ARGS)
{
	char *source = text_to_cstring(PG_GETARG_TEXT_PP(0));
	MemoryContext room = CurrentMemoryContext;
	SaFold fold;
	PairReceiver receiver = {sa_result_receiver(receive_pair), &fold};
	SPIExecuteOptions options = {0};

	SPI_connect();
	MemoryContextSwitchTo(room);
	sa_fold_begin(&fold, sa_places_load(PG_GETARG_TIMESTAMPTZ(1), DT_NOBEGIN, 0),
				  PG_GETARG_TIMESTAMPTZ(1), PG_GETARG_BOOL(2));
	options.dest = &receiver.base;
	if (SPI_execute_extended(source, &options) != SPI_OK_SELECT)
		elog(ERROR, "could not read what is new of pairs");
	MemoryContextSwitchTo(room);
	sa_fold_end(&fold);
	SPI_finish();
	return sa_fold_result(sa_fold_result_type(fcinfo), &fold);
}
