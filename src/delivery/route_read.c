/*
 * route_read.c: reads rows of the routing views.
 */
#include "postgres.h"

#include "db/plans.h"
#include "delivery/outlook.h"
#include "delivery/route_read.h"

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
	news->alert_id = sa_result_bigint(table, row, 1);
	news->severity = sa_result_text(table, row, 2);
	news->quantity = sa_result_text(table, row, 3);
	news->threshold = sa_result_text(table, row, 4);
	news->item = sa_result_text(table, row, 5);
	news->sku = sa_result_text(table, row, 6);
	news->location = sa_result_text(table, row, 7);
	news->kind = sa_result_text(table, row, 13);
	to->contact_id = sa_result_bigint(table, row, 14);
	news->occurred_at = sa_result_bigint(table, row, 15);
	to->subscriber_id = sa_result_bigint(table, row, 8);
	to->name = sa_result_text(table, row, 9);
	to->time_zone = sa_result_text(table, row, 10);
	to->channel = sa_result_text(table, row, 11);
	to->address = sa_result_text(table, row, 12);
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
