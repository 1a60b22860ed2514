/*
 * history_value.c: the SQL type demand_history: its input and output, equality,
 * and the way from a value to days and back.
 *
 * Text comes from people and binary from clients: both are refused where they
 * are wrong, with the place.  Bytes of a table are ours, and still read with care.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fmgr.h"
#include "libpq/pqformat.h"

#include "compat.h"
#include "demand/history_value.h"
#include "pure/demand_history_text.h"

SA_FUNCTION(stockalert_history_in);
SA_FUNCTION(stockalert_history_out);
SA_FUNCTION(stockalert_history_recv);
SA_FUNCTION(stockalert_history_send);
SA_FUNCTION(stockalert_history_eq);
SA_FUNCTION(stockalert_history_ne);
SA_FUNCTION(stockalert_history_hash);
SA_FUNCTION(stockalert_history_hash_extended);

SaHistoryDays
sa_history_value_room(int32 first_day, int32 count)
{
	SaHistoryDays days;

	days.first_day = first_day;
	days.count = count;
	days.units = (double *) palloc0(sizeof(double) * 2 * Max(count, 1));
	days.out_share = days.units + Max(count, 1);
	return days;
}

void
sa_history_value_refuse(void)
{
	ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("demand history is corrupt"),
					errdetail("The bytes of the value are no history of this or an older format."),
					errhint("Restore the row from a backup.")));
}

void
sa_history_value_peek(const struct varlena *value, int32 *first_day, int32 *count)
{
	if (!sa_demand_history_peek(SA_HISTORY_DATA(value), SA_HISTORY_SIZE(value), first_day, count))
		sa_history_value_refuse();
}

SaHistoryDays
sa_history_value_days(const struct varlena *value)
{
	SaHistoryDays days;
	int32 first_day;
	int32 count;

	sa_history_value_peek(value, &first_day, &count);
	days = sa_history_value_room(first_day, count);
	if (!sa_demand_history_decode(SA_HISTORY_DATA(value), SA_HISTORY_SIZE(value), &days))
		sa_history_value_refuse();
	return days;
}

struct varlena *
sa_history_value_make(const SaHistoryDays *days)
{
	Size room = sa_demand_history_bound(days->count);
	struct varlena *value = (struct varlena *) palloc(VARHDRSZ + room);
	Size size = sa_demand_history_encode(days, (uint8_t *) VARDATA(value), room);

	if (size == 0)
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("demand history is out of range"),
						errdetail("A history lies between 1970-01-01 and 2199-12-31 and has at "
								  "most %d days.",
								  SA_HISTORY_MAX_DAYS),
						errhint("Keep fewer days.")));
	SET_VARSIZE(value, VARHDRSZ + size);
	return value;
}

Datum
stockalert_history_in(PG_FUNCTION_ARGS)
{
	SaHistoryDays days = sa_history_value_room(0, SA_HISTORY_MAX_DAYS);
	SaHistoryProblem problem;

	if (!sa_demand_history_parse(PG_GETARG_CSTRING(0), &days, &problem))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION), errmsg("malformed demand history"),
				 errdetail("At byte %zu: %s", problem.at + 1, problem.what),
				 errhint("Write the first day and the units of each day since, such as "
						 "{2026-03-01: 3 0 2.5 0*14 1@0.25}.")));
	PG_RETURN_POINTER(sa_history_value_make(&days));
}

Datum
stockalert_history_out(PG_FUNCTION_ARGS)
{
	SaHistoryDays days = sa_history_value_days(PG_GETARG_VARLENA_PP(0));
	char *out = (char *) palloc(sa_demand_history_text_bound(days.count));

	(void) sa_demand_history_print(&days, out);
	PG_RETURN_CSTRING(out);
}

/* The bytes as stored, of any format that can be read; they must be what send writes. */
Datum
stockalert_history_recv(PG_FUNCTION_ARGS)
{
	StringInfo buffer = (StringInfo) PG_GETARG_POINTER(0);
	SaHistoryDays days = sa_history_value_room(0, SA_HISTORY_MAX_DAYS);
	int size = buffer->len - buffer->cursor;
	const char *bytes = pq_getmsgbytes(buffer, size);
	struct varlena *value = NULL;

	if (sa_demand_history_decode((const uint8_t *) bytes, size, &days))
		value = sa_history_value_make(&days);
	if (value == NULL || VARSIZE_ANY_EXHDR(value) != size ||
		memcmp(VARDATA_ANY(value), bytes, size) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION), errmsg("malformed demand history"),
				 errdetail("The %d bytes are not what the type writes.", size),
				 errhint("Send what was received, or the text form.")));
	PG_RETURN_POINTER(value);
}

Datum
stockalert_history_send(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_VARLENA_PP(0);
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendbytes(&buffer, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

static bool
is_same(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_VARLENA_PP(0);
	struct varlena *b = PG_GETARG_VARLENA_PP(1);

	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		   memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

/* Equal days are equal bytes. */
Datum
stockalert_history_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(is_same(fcinfo));
}

Datum
stockalert_history_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!is_same(fcinfo));
}

Datum
stockalert_history_hash(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_VARLENA_PP(0);

	PG_RETURN_DATUM(hash_any(SA_HISTORY_DATA(value), (int) SA_HISTORY_SIZE(value)));
}

Datum
stockalert_history_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_GETARG_VARLENA_PP(0);

	PG_RETURN_DATUM(hash_any_extended(SA_HISTORY_DATA(value), (int) SA_HISTORY_SIZE(value),
									  (uint64) PG_GETARG_INT64(1)));
}
