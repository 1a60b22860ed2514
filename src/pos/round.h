/*
 * round.h: the machine of one connection, shared by the files of this folder.
 */
#ifndef SA_POS_ROUND_H
#define SA_POS_ROUND_H

#include "pos/store.h"
#include "pos/sync.h"

typedef enum SaSyncPhase
{
	SA_PHASE_IDLE,
	SA_PHASE_BEGIN,  /* wants the database */
	SA_PHASE_ASK,    /* wants to send its request */
	SA_PHASE_ASKED,  /* waits for the answer */
	SA_PHASE_STORE,  /* wants the database, for a renewed token */
	SA_PHASE_APPLY,  /* wants the database, for a page */
	SA_PHASE_FINISH, /* wants the database, after the last page */
	SA_PHASE_FAIL    /* wants the database, to say what is wrong */
} SaSyncPhase;

/* What the request is for. */
typedef enum SaSyncPurpose
{
	SA_PURPOSE_PAGE,
	SA_PURPOSE_RENEW,
	SA_PURPOSE_STATUS
} SaSyncPurpose;

struct SaSync
{
	struct SaSync *next;
	int64 connection;
	MemoryContext context; /* of the round */
	SaPosDue due;
	SaPosSealed sealed;
	SaSecret secret;   /* open while a round runs */
	SaPosToken *token; /* its parts, in locked memory; NULL: not open */

	SaSyncPhase phase;
	SaSyncPurpose purpose;
	int64 not_before; /* of the phase */
	int64 paused;     /* no round before; the provider, or our database, wants rest */

	TimestampTz started;
	bool noted;     /* the round is written of; else nothing was new until now */
	bool notes;     /* the transaction of this phase writes that it is */
	int quiet_rows; /* that were read and brought nothing new */
	int64 began;    /* the same by the monotonic clock */
	int pages;
	int pages_most;
	int limit;
	int chunk; /* of locations, where a stream takes few at once */
	char *cursor;
	uint64 *seen; /* hashes of cursors */
	int seen_count;
	TimestampTz newest;
	char *newest_text;
	int tries;    /* of this request */
	int restarts; /* of this round */
	int aborts;   /* of this phase in the database */
	bool renewed; /* the token, in this round, or that was tried in vain */

	char *body; /* malloc'd; the page to be applied */
	size_t body_length;
	int status;
	int retry_after_ms;
	SaPosPage page;    /* what is wrong, in the end */
	const char *state; /* what becomes of the connection; NULL: it stays */
	uint8_t *envelope; /* the renewed token, sealed */
	size_t envelope_size;
	bool replaced; /* it took the place of the old one */
	SaPosApplied applied;
	char activity[80];
};

/* round.c */
extern void sa_round_begin(SaSync *sync, const SaPosDue *due, int64 now);
/* Another page, or the end, after one was applied. */
extern void sa_round_advance(SaSync *sync, int64 now);
/* Acts on a fault in sync->page. */
extern void sa_round_fault(SaSync *sync, int64 now);
/* Says what is wrong itself. */
extern void sa_round_fail(SaSync *sync, SaPosFault fault, const char *state, const char *error,
						  const char *remedy);
/* Frees what a round holds; the machine is idle. */
extern void sa_round_end(SaSync *sync);
extern SaPosEnd sa_round_result(const SaSync *sync, int64 now);
extern void sa_round_free_body(SaSync *sync);
extern void sa_round_ask(SaSync *sync, SaSyncPurpose purpose);

/* token.c: false: the round has failed. */
extern bool sa_token_open(SaSync *sync);
extern void sa_token_close(SaSync *sync);
/* Whether it should be renewed before anything else. */
extern bool sa_token_is_old(const SaSync *sync);
/* Whether a stored envelope holds what the one of this round does. */
extern bool sa_token_is_same(const SaSync *sync, const SaPosSealed *stored);
/* An answer about a token. */
extern void sa_token_take_renewal(SaSync *sync, int64 now);

/* sync.c */
extern int64 sa_sync_clock(void);

/* exchange.c */
extern bool sa_exchange_start(const char **why);
extern void sa_exchange_reload(void);
/* Sends the request of the machine. */
extern void sa_exchange_ask(SaSync *sync);
extern long sa_exchange_timeout(void);
extern void sa_exchange_stop(void);

#endif
