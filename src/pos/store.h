/*
 * store.h: what the syncer reads and writes, in SQL.
 *
 * Every function runs in a transaction of the caller with SPI connected, and
 * may raise errors.  What it returns is palloc'd in the context handed in.
 */
#ifndef SA_POS_STORE_H
#define SA_POS_STORE_H

#include "datatype/timestamp.h"
#include "utils/palloc.h"

#include "pos/connector.h"
#include "vault/vault.h"

/* A stream that is due, or (stream NULL) a connection that somebody wants checked. */
typedef struct SaPosDue
{
	int64 connection;
	const SaPosConnector *connector;
	const SaPosStream *stream;
	bool full;
	bool first;     /* the first round over everything */
	char *since;    /* RFC 3339; NULL: from the beginning */
	char *base_url; /* without a / at the end */
	char *version;
	char *credential;
	char **locations; /* the seller's ids: the chosen ones, or all where a stream needs them */
	int location_count;
	TimestampTz token_expires; /* 0: not known */
	TimestampTz token_renewed; /* 0: never */
} SaPosDue;

/* One credential as it is stored. */
typedef struct SaPosSealed
{
	uint8_t installation[SA_INSTALLATION_SIZE];
	uint8_t *bytes; /* NULL: there is none of that name */
	size_t size;
} SaPosSealed;

/* What a page did. */
typedef struct SaPosApplied
{
	int rows;
	int changed;
	int problems;
	TimestampTz newest; /* 0: nothing of that kind in it */
	char *newest_text;  /* NULL: likewise */
} SaPosApplied;

/* How a round ended. */
typedef struct SaPosEnd
{
	bool ok;
	TimestampTz watermark; /* 0: as it was */
	const char *watermark_text;
	const char *error_class;
	int status;
	const char *code;
	const char *error;
	int64 retry_ms; /* -1: as failures before tell */
} SaPosEnd;

/* What is due, in order, one of each connection at most; how many connections are switched on. */
extern SaPosDue *sa_store_due(MemoryContext context, int *count, int *connections);
extern SaPosSealed sa_store_sealed(MemoryContext context, const char *credential);

/* When it began; noted: that is written, and how it goes is to be, even where nothing is new. */
extern TimestampTz sa_store_begin(const SaPosDue *due, bool *noted);
/* Writes it after all; so many pages and rows brought nothing new until now. */
extern void sa_store_note(const SaPosDue *due, TimestampTz started, int pages, int rows);
/* While a round over everything fills tables. */
extern void sa_store_analyze(void);
/* The page is JSON that passed sa_json_scrub(). */
extern SaPosApplied sa_store_apply(MemoryContext context, const SaPosDue *due, const char *page,
								   TimestampTz started);
extern void sa_store_progress(const SaPosDue *due, const SaPosApplied *applied);
extern void sa_store_finish(const SaPosDue *due, TimestampTz started);
/* Nothing was new: that is remembered, but not written; false: it cannot be. */
extern bool sa_store_rest(const SaPosDue *due, TimestampTz started);
extern void sa_store_end(const SaPosDue *due, const SaPosEnd *end);
/* state NULL: only the reason is new. */
extern void sa_store_state(int64 connection, const char *state, const char *reason);

/* Puts a renewed credential in the place of the one it came from, durably; false: that one is gone.
 */
extern bool sa_store_renewed(const SaPosDue *due, const SaPosSealed *old, const uint8_t *sealed,
							 size_t size, const char *expires_at);
/* What the provider says of a token, or that it did not; scopes is JSON, an array, or NULL. */
extern void sa_store_checked(const SaPosDue *due, bool good, const char *merchant,
							 const char *scopes, const char *expires_at);

#endif
