/*
 * fates.c: the border between the sender and the table of fates.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"

#include "db/columns.h"
#include "db/plans.h"
#include "db/result.h"
#include "queue/fates.h"
#include "settings.h"

/* Most settlements have neither a number at Twilio nor a refused one: those cost nothing. */
void
sa_fates_note(const SaSettlement *settlements, int count)
{
	static SPIPlanPtr plan = NULL;
	Oid types[4] = {INT8ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT4OID};
	SaColumn ids;
	SaColumn provider_ids;
	SaColumn reasons;
	Datum values[4];

	sa_column_start(&ids, INT8OID);
	sa_column_start(&provider_ids, TEXTOID);
	sa_column_start(&reasons, TEXTOID);
	for (int i = 0; i < count; i++)
	{
		const SaSettlement *s = &settlements[i];
		bool sent = s->outcome != NULL && strcmp(s->outcome, "sent") == 0;
		bool dead = s->outcome != NULL && strcmp(s->outcome, "dead") == 0;

		if (!(sent && s->provider_id != NULL) && !(dead && s->error_class != NULL))
			continue;
		sa_column_add(&ids, Int64GetDatum(s->queue_id));
		sa_column_add_text(&provider_ids, sent ? s->provider_id : NULL);
		sa_column_add_text(&reasons, dead ? s->error_class : NULL);
	}
	if (ids.count == 0)
		return;
	values[0] = sa_column_array(&ids);
	values[1] = sa_column_array(&provider_ids);
	values[2] = sa_column_array(&reasons);
	values[3] = Int32GetDatum(sa_status_check);
	sa_plan_run(&plan, "SELECT stockalert.note_fates($1, $2, $3, $4)", 4, types, values, NULL,
				false);
}

int
sa_fates_due(MemoryContext context, SaFateDue due[SA_FATES_MOST])
{
	static SPIPlanPtr plan = NULL;
	MemoryContext previous;
	int count;

	sa_plan_run(&plan, "SELECT d.provider_id, d.channel FROM stockalert.due_fates() AS d", 0, NULL,
				NULL, NULL, false);
	count = (int) Min(SPI_processed, SA_FATES_MOST);
	previous = MemoryContextSwitchTo(context);
	for (int i = 0; i < count; i++)
	{
		due[i].provider_id = sa_result_text(SPI_tuptable, i, 1);
		due[i].channel = sa_result_text(SPI_tuptable, i, 2);
	}
	MemoryContextSwitchTo(previous);
	return count;
}

int64
sa_fates_wait(void)
{
	static SPIPlanPtr plan = NULL;
	bool isnull;
	Datum wait;

	sa_plan_run(
		&plan,
		"SELECT greatest(pg_catalog.ceil(1000 * extract(epoch FROM (SELECT f.ask_at"
		" FROM stockalert.delivery_fates AS f WHERE f.ask_at IS NOT NULL ORDER BY f.ask_at LIMIT 1)"
		" - pg_catalog.clock_timestamp())), CASE WHEN EXISTS (SELECT FROM stockalert.delivery_fates"
		" AS f WHERE f.ask_at IS NOT NULL) THEN 0 END)::bigint",
		0, NULL, NULL, NULL, false);
	wait = sa_result(SPI_tuptable, 0, 1, &isnull);
	return isnull ? -1 : DatumGetInt64(wait);
}

void
sa_fates_settle(const SaFateAnswer *answers, int count)
{
	static SPIPlanPtr plan = NULL;
	Oid types[6] = {TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT4OID};
	Oid elements[5] = {TEXTOID, TEXTOID, INT8OID, TEXTOID, TEXTOID};
	SaColumn c[5];
	Datum values[6];

	for (int i = 0; i < 5; i++)
		sa_column_start(&c[i], elements[i]);
	for (int i = 0; i < count; i++)
	{
		sa_column_add_text(&c[0], answers[i].provider_id);
		sa_column_add_text(&c[1], answers[i].fate);
		sa_column_add(&c[2], Int64GetDatum(answers[i].delay_ms));
		sa_column_add_text(&c[3], answers[i].error_class);
		sa_column_add_text(&c[4], answers[i].error);
	}
	for (int i = 0; i < 5; i++)
		values[i] = sa_column_array(&c[i]);
	values[5] = Int32GetDatum(sa_status_check);
	sa_plan_run(&plan, "SELECT stockalert.settle_fates($1, $2, $3, $4, $5, $6)", 6, types, values,
				NULL, false);
}

int64
sa_fates_retry(void)
{
	static SPIPlanPtr plan = NULL;

	sa_plan_run(&plan, "SELECT stockalert.retry_fates()", 0, NULL, NULL, NULL, false);
	return sa_result_bigint(SPI_tuptable, 0, 1);
}
