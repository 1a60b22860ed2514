/*
 * named.c: whether a message is about an alert, stockalert.names_alert().
 *
 * Asked of each alert of a batch about each digest that waits: both may be
 * thousands.  The numbers of a long message are read and sorted once a
 * statement and then searched; to read them each time, out of line and
 * compressed as they are, took seconds.  What is kept lives as long as the
 * statement, in the memory of its call, and is no more than KEPT_MOST.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "compat.h"

/* Bytes of a message's numbers up to which they are searched as they are. */
#define SHORT_MOST 512
#define KEPT_MOST  (4 * 1024 * 1024)

SA_FUNCTION(stockalert_names_alert);

typedef struct Numbers
{
	int64 message_id;
	int64 *sorted;
	int count;
} Numbers;

typedef struct Kept
{
	MemoryContext memory; /* of all numbers and of the table */
	HTAB *messages;
	Size bytes;
} Kept;

static int
compare_numbers(const void *a, const void *b)
{
	int64 x = *(const int64 *) a;
	int64 y = *(const int64 *) b;

	return (x > y) - (x < y);
}

/* Without nulls; in the current memory. */
static int64 *
read_numbers(Datum array, int *count)
{
	ArrayType *ids = DatumGetArrayTypeP(array);
	int64 *numbers;
	Datum *values;
	bool *nulls;
	int all;

	deconstruct_array(ids, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &values,
					  &nulls, &all);
	numbers = (int64 *) palloc(Max(all, 1) * sizeof(int64));
	*count = 0;
	for (int i = 0; i < all; i++)
		if (!nulls[i])
			numbers[(*count)++] = DatumGetInt64(values[i]);
	pfree(values);
	pfree(nulls);
	if ((Pointer) ids != DatumGetPointer(array))
		pfree(ids);
	return numbers;
}

static bool
is_among(int64 number, Datum array)
{
	int count;
	int64 *numbers = read_numbers(array, &count);
	bool found = false;

	for (int i = 0; i < count && !found; i++)
		found = numbers[i] == number;
	pfree(numbers);
	return found;
}

static void
start_keeping(Kept *kept, MemoryContext parent)
{
	HASHCTL control;

	kept->memory = AllocSetContextCreate(parent, "StockAlert messages", ALLOCSET_DEFAULT_SIZES);
	control.keysize = sizeof(int64);
	control.entrysize = sizeof(Numbers);
	control.hcxt = kept->memory;
	kept->messages =
		hash_create("StockAlert messages", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	kept->bytes = 0;
}

static Kept *
find_kept(FmgrInfo *call, Size bytes)
{
	Kept *kept = (Kept *) call->fn_extra;

	if (kept == NULL)
	{
		kept = (Kept *) MemoryContextAllocZero(call->fn_mcxt, sizeof(Kept));
		start_keeping(kept, call->fn_mcxt);
		call->fn_extra = kept;
	}
	else if (kept->bytes > 0 && kept->bytes + bytes > KEPT_MOST)
	{
		MemoryContextDelete(kept->memory);
		start_keeping(kept, call->fn_mcxt);
	}
	return kept;
}

static const Numbers *
find_numbers(FmgrInfo *call, int64 message_id, Datum array, Size bytes)
{
	Kept *kept = (Kept *) call->fn_extra;
	Numbers *numbers;
	MemoryContext caller;

	if (kept != NULL)
	{
		numbers = (Numbers *) hash_search(kept->messages, &message_id, HASH_FIND, NULL);
		if (numbers != NULL)
			return numbers;
	}
	kept = find_kept(call, bytes);
	caller = MemoryContextSwitchTo(kept->memory);
	numbers = (Numbers *) hash_search(kept->messages, &message_id, HASH_ENTER, NULL);
	numbers->count = 0; /* where reading fails, the statement does */
	numbers->sorted = read_numbers(array, &numbers->count);
	qsort(numbers->sorted, numbers->count, sizeof(int64), compare_numbers);
	kept->bytes += bytes;
	MemoryContextSwitchTo(caller);
	return numbers;
}

Datum
stockalert_names_alert(PG_FUNCTION_ARGS)
{
	Datum array = PG_GETARG_DATUM(1);
	int64 alert_id = PG_GETARG_INT64(2);
	Size bytes = toast_raw_datum_size(array);
	const Numbers *numbers;

	if (bytes <= SHORT_MOST || fcinfo->flinfo == NULL)
		PG_RETURN_BOOL(is_among(alert_id, array));
	numbers = find_numbers(fcinfo->flinfo, PG_GETARG_INT64(0), array, bytes);
	PG_RETURN_BOOL(bsearch(&alert_id, numbers->sorted, numbers->count, sizeof(int64),
						   compare_numbers) != NULL);
}
