/*
 * rounds.h: rounds of points of sale that met nothing new.
 *
 * When a stream was last read belongs into a table, but not for every look at a
 * shop that sleeps: such rounds are told of here, and lost with the server, after
 * which the stream is read once more.
 */
#ifndef SA_IPC_ROUNDS_H
#define SA_IPC_ROUNDS_H

#include "datatype/timestamp.h"

/* Streams of all databases of the server. */
#define SA_ROUNDS      512
#define SA_STREAM_SIZE 16

typedef struct SaRound
{
	Oid database; /* InvalidOid: free */
	int64 connection;
	char stream[SA_STREAM_SIZE];
	TimestampTz started;
	TimestampTz finished;
} SaRound;

#endif
