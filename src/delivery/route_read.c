/*
 * route_read.c: reads rows of the routing views.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "db/plans.h"
#include "delivery/outlook.h"
#include "delivery/route_read.h"

static Datum
column(SPITupleTable *table, int row, int number, bool *isnull)
{
	return SPI_getbinval(table->vals[row], table->tupdesc, number, isnull);
}

char *
sa_route_text(SPITupleTable *table, int row, int number)
{
	bool isnull;
	Datum value = column(table, row, number, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

int64
sa_route_bigint(SPITupleTable *table, int row, int number)
{
	bool isnull;
	Datum value = column(table, row, number, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

SPITupleTable *
sa_route_run(SPIPlanPtr *kept, const char *text, int nargs, Oid *types, Datum *values, int *rows)
{
	/* Not read-only: each statement sees what the one before wrote. */
	sa_plan_run(kept, text, nargs, types, values, NULL, false);
	*rows = (int) SPI_processed;
	return SPI_tuptable;
}

void
sa_route_read_news(SPITupleTable *table, int row, SaNews *news, SaRecipient *to)
{
	news->alert_id = sa_route_bigint(table, row, 1);
	news->severity = sa_route_text(table, row, 2);
	news->quantity = sa_route_text(table, row, 3);
	news->threshold = sa_route_text(table, row, 4);
	news->item = sa_route_text(table, row, 5);
	news->sku = sa_route_text(table, row, 6);
	news->location = sa_route_text(table, row, 7);
	news->kind = sa_route_text(table, row, 13);
	to->contact_id = sa_route_bigint(table, row, 14);
	news->occurred_at = sa_route_bigint(table, row, 15);
	to->subscriber_id = sa_route_bigint(table, row, 8);
	to->name = sa_route_text(table, row, 9);
	to->time_zone = sa_route_text(table, row, 10);
	to->channel = sa_route_text(table, row, 11);
	to->address = sa_route_text(table, row, 12);
}

static bool
same_recipient(const SaRecipient *a, const SaRecipient *b)
{
	return a->subscriber_id == b->subscriber_id && strcmp(a->channel, b->channel) == 0 &&
		   strcmp(a->address, b->address) == 0;
}

static bool
is_return(const SaNews *news)
{
	return strcmp(news->event, "resolved") == 0;
}

int
sa_route_count_group(const SaRecipient *recipients, const SaNews *news, int first, int rows)
{
	int next = first + 1;

	while (next < rows && same_recipient(&recipients[next], &recipients[first]) &&
		   is_return(&news[next]) == is_return(&news[first]))
		next++;
	return next - first;
}

void
sa_route_mark_shown(SaNews *news, int count)
{
	for (int i = 0; i < Min(count, SA_OUTLOOK_MOST); i++)
		news[i].shown = true;
}
