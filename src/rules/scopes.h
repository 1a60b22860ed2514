/*
 * scopes.h: the rules that cover a pair, narrowest first, and own thresholds.
 *
 * One reader serves one statement: it sees the active snapshot and remembers
 * what it read (items, categories, places, people), so that a million pairs
 * cost one look-up each and not ten.  Memory: the context that was current at
 * sa_scopes_open(), to be reset by the caller.
 */
#ifndef SA_RULES_SCOPES_H
#define SA_RULES_SCOPES_H

#include "pure/rule_choice.h"

/* Of one scope: manual, from a watched table, from Square, computed. */
#define SA_SCOPE_RULES 4
/* Six scopes; only items have rules from a table and from Square. */
#define SA_PAIR_RULES 16

typedef struct SaScopes SaScopes;

/* An own threshold of a subscriber, once for each value. */
typedef struct SaOwn
{
	SaQuantity *explicit;
	int explicit_count;
	SaQuantity *everyone; /* 5 where a subscriber set none */
	int everyone_count;
	SaQuantity greatest; /* of everyone */
} SaOwn;

/* Of one pair; valid until the next is asked for. */
typedef struct SaCover
{
	const SaRule *rules[SA_PAIR_RULES];
	int rule_count;
	const SaOwn *own;
	SaQuantity step;
	bool active;          /* item and location */
	const void *category; /* a text datum; NULL: none */
} SaCover;

/* expected: about how many pairs will be asked for; many are worth reading ahead for. */
extern SaScopes *sa_scopes_open(int64 expected);
extern void sa_scopes_close(SaScopes *scopes);
/* False where item or location do not exist. */
extern bool sa_scopes_cover(SaScopes *scopes, int64 location_id, int64 item_id, SaCover *cover);

#endif
