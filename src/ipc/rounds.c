/*
 * rounds.c: stockalert.note_quiet_round() and quiet_rounds().
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lwlock.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "compat.h"
#include "ipc/rounds.h"
#include "ipc/shmem.h"

#define COLUMNS 4

SA_FUNCTION(stockalert_note_quiet_round);
SA_FUNCTION(stockalert_quiet_rounds);

static bool
is_of(const SaRound *round, int64 connection, const char *stream)
{
	return round->database == MyDatabaseId && round->connection == connection &&
		   strcmp(round->stream, stream) == 0;
}

/* Its own place, a free one, or the one that nobody wrote for longest. */
static SaRound *
find_place(int64 connection, const char *stream)
{
	SaRound *oldest = &sa_shmem->rounds[0];

	for (int i = 0; i < SA_ROUNDS; i++)
	{
		SaRound *round = &sa_shmem->rounds[i];

		if (is_of(round, connection, stream))
			return round;
		if (OidIsValid(oldest->database) &&
			(!OidIsValid(round->database) || round->finished < oldest->finished))
			oldest = round;
	}
	return oldest;
}

Datum
stockalert_note_quiet_round(PG_FUNCTION_ARGS)
{
	int64 connection = PG_GETARG_INT64(0);
	char *stream = text_to_cstring(PG_GETARG_TEXT_PP(1));
	SaRound *round;

	if (sa_shmem == NULL || strlen(stream) >= SA_STREAM_SIZE)
		PG_RETURN_BOOL(false);
	LWLockAcquire(sa_rounds_lock(), LW_EXCLUSIVE);
	round = find_place(connection, stream);
	round->database = MyDatabaseId;
	round->connection = connection;
	strlcpy(round->stream, stream, SA_STREAM_SIZE);
	round->started = PG_GETARG_TIMESTAMPTZ(2);
	round->finished = GetCurrentTimestamp();
	LWLockRelease(sa_rounds_lock());
	PG_RETURN_BOOL(true);
}

/* Copies, so that nothing is formed while the lock is held. */
static SaRound *
copy_rounds(int *count)
{
	SaRound *rounds = (SaRound *) palloc(sizeof(SaRound) * SA_ROUNDS);

	*count = 0;
	LWLockAcquire(sa_rounds_lock(), LW_SHARED);
	for (int i = 0; i < SA_ROUNDS; i++)
	{
		if (sa_shmem->rounds[i].database == MyDatabaseId)
			rounds[(*count)++] = sa_shmem->rounds[i];
	}
	LWLockRelease(sa_rounds_lock());
	return rounds;
}

Datum
stockalert_quiet_rounds(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result;
	SaRound *rounds;
	int count;

	InitMaterializedSRF(fcinfo, 0);
	if (sa_shmem == NULL)
		return (Datum) 0;
	result = (ReturnSetInfo *) fcinfo->resultinfo;
	rounds = copy_rounds(&count);
	for (int i = 0; i < count; i++)
	{
		Datum values[COLUMNS] = {
			Int64GetDatum(rounds[i].connection), CStringGetTextDatum(rounds[i].stream),
			TimestampTzGetDatum(rounds[i].started), TimestampTzGetDatum(rounds[i].finished)};
		bool nulls[COLUMNS] = {false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	pfree(rounds);
	return (Datum) 0;
}
