/*
 * pos_fault.h: what can be wrong with an answer of a point of sale, whoever
 * made it.
 *
 * The words are stored and shown; they never change.
 */
#ifndef SA_PURE_POS_FAULT_H
#define SA_PURE_POS_FAULT_H

typedef enum SaPosFault
{
	SA_POS_OK,
	SA_POS_EXPIRED,      /* the token's time is over: renew it once, ask again once */
	SA_POS_REVOKED,      /* no token of ours counts any more: the connection stops */
	SA_POS_SCOPE,        /* the token may not read this: the stream stops */
	SA_POS_CURSOR,       /* the place in the pages is lost: the stream begins again */
	SA_POS_RATE_LIMITED, /* later */
	SA_POS_TRANSIENT,    /* later */
	SA_POS_SCHEMA,       /* an answer that is not what was asked for: later */
	SA_POS_LIMIT,        /* more than we take: ask for less at a time */
	SA_POS_PERMANENT,    /* the same request will never be accepted */
	SA_POS_COUNT
} SaPosFault;

/* The word for a fault: ok, expired, revoked, scope, cursor, rate_limited, ... */
extern const char *sa_pos_fault_name(SaPosFault fault);

#endif
