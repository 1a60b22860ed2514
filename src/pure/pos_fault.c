/*
 * pos_fault.c: the words.
 */
#include "pure/pos_fault.h"

static const char *const names[SA_POS_COUNT] = {
	[SA_POS_OK] = "ok",
	[SA_POS_EXPIRED] = "expired",
	[SA_POS_REVOKED] = "revoked",
	[SA_POS_SCOPE] = "scope",
	[SA_POS_CURSOR] = "cursor",
	[SA_POS_RATE_LIMITED] = "rate_limited",
	[SA_POS_TRANSIENT] = "transient",
	[SA_POS_SCHEMA] = "schema",
	[SA_POS_LIMIT] = "limit",
	[SA_POS_PERMANENT] = "permanent",
};

const char *
sa_pos_fault_name(SaPosFault fault)
{
	return (unsigned int) fault < SA_POS_COUNT ? names[fault] : "permanent";
}
