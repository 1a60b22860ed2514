/*
 * recover.c: a new epoch, and the rows of the dead one.
 *
 * Only one sender works in a database, so that everything in flight when a new
 * one starts is an orphan: no lease, no clock.
 */
#include "postgres.h"

#include "executor/spi.h"

#include "db/result.h"
#include "errors.h"
#include "queue/recover.h"
#include "queue/settle.h"

/* Claims without any result after which a message counts as deadly. */
#define SA_POISON_CLAIMS 3

static int
raise_epoch(void)
{
	if (SPI_execute("INSERT INTO stockalert.sender AS s (epoch, started_at)"
					" VALUES (1, pg_catalog.now()) ON CONFLICT (singleton) DO UPDATE"
					" SET epoch = s.epoch + 1, started_at = excluded.started_at RETURNING s.epoch",
					false, 0) != SPI_OK_INSERT_RETURNING)
		elog(ERROR, "could not raise the epoch");
	return sa_result_int(SPI_tuptable, 0, 1);
}

/* The queue ids that a query returns, in the given context. */
static int
read_ids(const char *query, MemoryContext context, int64 **ids)
{
	int count;

	if (SPI_execute(query, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the queue");
	count = (int) SPI_processed;
	*ids = MemoryContextAlloc(context, sizeof(int64) * Max(count, 1));
	for (int i = 0; i < count; i++)
		(*ids)[i] = sa_result_bigint(SPI_tuptable, i, 1);
	return count;
}

static void
give_up_poison(int epoch)
{
	int64 *ids;
	int count = read_ids("SELECT queue_id FROM stockalert.queue WHERE stage = 'message'"
						 " AND claims >= " CppAsString2(SA_POISON_CLAIMS) " ORDER BY queue_id",
						 CurrentMemoryContext, &ids);
	SaSettlement *settlements = palloc0(sizeof(SaSettlement) * Max(count, 1));

	for (int i = 0; i < count; i++)
	{
		settlements[i].queue_id = ids[i];
		settlements[i].outcome = "dead";
		settlements[i].maybe_twice = true;
		settlements[i].error_class = "poison";
		settlements[i].error = "the sender died three times while it had this message in hand";
	}
	sa_queue_settle(settlements, count, epoch);
	if (count > 0)
		ereport(WARNING, (errcode(ERRCODE_DATA_EXCEPTION),
						  errmsg_plural("stockalert gave up %d message that killed its sender",
										"stockalert gave up %d messages that killed their sender",
										count, count),
						  errhint("See stockalert.deliveries, error_class poison.")));
}

int
sa_queue_recover(MemoryContext context, int64 **probation, int *count)
{
	int epoch = raise_epoch();

	if (SPI_execute("UPDATE stockalert.queue SET state = 'P', maybe_twice = true WHERE state = 'I'",
					false, 0) != SPI_OK_UPDATE)
		elog(ERROR, "could not take rows back");
	if (SPI_processed > 0)
		ereport(LOG, (errcode(SA_LOG_NOTE),
					  errmsg("stockalert took back %llu messages that were in flight when the "
							 "last sender ended",
							 (unsigned long long) SPI_processed)));
	give_up_poison(epoch);
	*count = read_ids("SELECT queue_id FROM stockalert.queue WHERE stage = 'message'"
					  " AND claims > 0 ORDER BY queue_id",
					  context, probation);
	return epoch;
}
