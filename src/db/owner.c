/*
 * owner.c: the switch of reference documents of the server (as REFRESH
 * MATERIALIZED VIEW and autovacuum do it): user, security context, settings.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/guc.h"

#include "db/owner.h"

void
sa_owner_assume(Oid owner, SaOwnerSwitch *saved)
{
	GetUserIdAndSecContext(&saved->user, &saved->context);
	SetUserIdAndSecContext(owner, saved->context | SECURITY_LOCAL_USERID_CHANGE |
									  SECURITY_RESTRICTED_OPERATION);
	saved->nest_level = 0;
}

void
sa_owner_enter(Oid owner, SaOwnerSwitch *saved)
{
	sa_owner_assume(owner, saved);
	saved->nest_level = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

void
sa_owner_leave(const SaOwnerSwitch *saved)
{
	if (saved->nest_level > 0)
		AtEOXact_GUC(false, saved->nest_level);
	SetUserIdAndSecContext(saved->user, saved->context);
}
