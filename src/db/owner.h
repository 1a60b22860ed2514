/*
 * owner.h: doing our own writes as the owner of our tables.
 *
 * A shop's role may update stock and nothing else; what follows from it
 * (alert, event, queue) is written as stockalert_owner, with a safe
 * search_path, and the caller's identity is back afterwards, also on error.
 */
#ifndef SA_DB_OWNER_H
#define SA_DB_OWNER_H

typedef struct SaOwnerSwitch
{
	Oid user;
	int context;
	int nest_level;
} SaOwnerSwitch;

extern void sa_owner_enter(Oid owner, SaOwnerSwitch *saved);
/*
 * The same without the search_path, which costs more than a small statement: for
 * what names every relation and operator with its schema, and runs no function.
 */
extern void sa_owner_assume(Oid owner, SaOwnerSwitch *saved);
/* On error, the abort of the (sub)transaction does the same. */
extern void sa_owner_leave(const SaOwnerSwitch *saved);

#endif
