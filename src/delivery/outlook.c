/*
 * outlook.c: how long stock lasts and what to order, for the alerts that a
 * person will read.
 *
 * One look-up for a batch, for the rows that are shown alone: it costs more
 * than all else that a message says.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"

#include "db/columns.h"
#include "db/plans.h"
#include "db/result.h"
#include "delivery/outlook.h"

/* What is known of one alert's item, in order of alert. */
typedef struct SaOutlook
{
	int64 alert_id;
	char *days_left;
	char *suggested;
	char *supplier;
} SaOutlook;

static int
compare_ids(const void *a, const void *b)
{
	int64 left = *(const int64 *) a;
	int64 right = *(const int64 *) b;

	return left < right ? -1 : left > right;
}

static SaOutlook *
look_up(const SaColumn *ids, int *found)
{
	static SPIPlanPtr plan = NULL;
	Oid types[1] = {INT8ARRAYOID};
	Datum values[1];
	SaOutlook *outlooks;

	values[0] = sa_column_array(ids);
	sa_plan_run(&plan,
				"SELECT f.alert_id, f.days_left, f.suggested, f.supplier"
				" FROM stockalert.alert_outlook($1) AS f ORDER BY f.alert_id",
				1, types, values, NULL, false);
	*found = (int) SPI_processed;
	outlooks = palloc(sizeof(SaOutlook) * Max(*found, 1));
	for (int i = 0; i < *found; i++)
	{
		outlooks[i].alert_id = sa_result_bigint(SPI_tuptable, i, 1);
		outlooks[i].days_left = sa_result_text(SPI_tuptable, i, 2);
		outlooks[i].suggested = sa_result_text(SPI_tuptable, i, 3);
		outlooks[i].supplier = sa_result_text(SPI_tuptable, i, 4);
	}
	return outlooks;
}

void
sa_outlook_add(SaNews *news, int count)
{
	SaColumn ids;
	SaOutlook *outlooks;
	int found;

	sa_column_start(&ids, INT8OID);
	for (int i = 0; i < count; i++)
		if (news[i].shown)
			sa_column_add(&ids, Int64GetDatum(news[i].alert_id));
	if (ids.count == 0)
		return;
	outlooks = look_up(&ids, &found);
	for (int i = 0; i < count; i++)
	{
		SaOutlook *outlook;

		if (!news[i].shown)
			continue;
		outlook = bsearch(&news[i].alert_id, outlooks, found, sizeof(SaOutlook), compare_ids);
		if (outlook == NULL)
			continue;
		news[i].days_left = outlook->days_left;
		news[i].suggested = outlook->suggested;
		news[i].supplier = outlook->supplier;
	}
}
