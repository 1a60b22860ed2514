/*
 * utility.c: workers make room for commands that want a database alone.
 *
 * A worker attached to a database lets DROP DATABASE, ALTER DATABASE RENAME
 * and SET TABLESPACE, and CREATE DATABASE ... TEMPLATE fail after five
 * seconds.  So the sender is asked to go before such a command runs, and stays
 * away until it is over.  Only who may run the command may chase the sender.
 */
#include "postgres.h"

#include "catalog/pg_database.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "tcop/utility.h"
#include "utils/acl.h"

#include "compat.h"
#include "ipc/shmem.h"
#include "ipc/wake.h"
#include "worker/utility.h"

#define SA_LEAVE_WAIT_MS 2000

static ProcessUtility_hook_type previous_hook = NULL;

static const char *
find_option(List *options, const char *name)
{
	ListCell *cell;

	foreach (cell, options)
	{
		DefElem *option = (DefElem *) lfirst(cell);

		if (strcmp(option->defname, name) == 0 && option->arg != NULL)
			return defGetString(option);
	}
	return NULL;
}

/* The database that a command wants for itself; NULL: none. */
static const char *
wanted_database(Node *command)
{
	switch (nodeTag(command))
	{
		case T_DropdbStmt:
			return ((DropdbStmt *) command)->dbname;
		case T_CreatedbStmt:
			return find_option(((CreatedbStmt *) command)->options, "template");
		case T_AlterDatabaseStmt:
			if (find_option(((AlterDatabaseStmt *) command)->options, "tablespace") == NULL)
				return NULL;
			return ((AlterDatabaseStmt *) command)->dbname;
		case T_RenameStmt:
			if (((RenameStmt *) command)->renameType != OBJECT_DATABASE)
				return NULL;
			return ((RenameStmt *) command)->subname;
		default:
			return NULL;
	}
}

static bool
drops_extension(Node *command)
{
	ListCell *cell;

	if (!IsA(command, DropStmt) || ((DropStmt *) command)->removeType != OBJECT_EXTENSION)
		return false;
	foreach (cell, ((DropStmt *) command)->objects)
		if (strcmp(strVal(lfirst(cell)), "stockalert") == 0)
			return true;
	return false;
}

static void
run_command(PlannedStmt *pstmt, const char *query, bool read_only, ProcessUtilityContext context,
			ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest,
			QueryCompletion *completion)
{
	if (previous_hook)
		previous_hook(pstmt, query, read_only, context, params, environment, dest, completion);
	else
		standard_ProcessUtility(pstmt, query, read_only, context, params, environment, dest,
								completion);
}

/*
 * Lets the command run and then tells the workers: whatever became of the
 * database, the launcher looks again; a dropped extension's sender notices.
 */
static void
make_room(PlannedStmt *pstmt, const char *query, bool read_only, ProcessUtilityContext context,
		  ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest,
		  QueryCompletion *completion)
{
	const char *name = wanted_database(pstmt->utilityStmt);
	bool drops = name == NULL && drops_extension(pstmt->utilityStmt);
	bool creates = IsA(pstmt->utilityStmt, CreatedbStmt);
	bool ends = IsA(pstmt->utilityStmt, DropdbStmt);
	Oid database = name ? get_database_oid(name, true) : InvalidOid;

	if (OidIsValid(database) && SA_OWNS_DATABASE(database))
		(void) sa_ipc_ask_leave(database, SA_LEAVE_WAIT_MS);
	else
		database = InvalidOid;
	PG_TRY();
	{
		run_command(pstmt, query, read_only, context, params, environment, dest, completion);
	}
	PG_CATCH();
	{
		sa_ipc_come_back(database);
		PG_RE_THROW();
	}
	PG_END_TRY();
	/* A dropped database is there until the commit: nobody shall return to it. */
	if (!ends)
		sa_ipc_come_back(database);
	if (OidIsValid(database) || creates)
		sa_wake_launcher_at_commit(false);
	if (drops)
		sa_wake_syncer_request();
}

void
sa_utility_install(void)
{
	previous_hook = ProcessUtility_hook;
	ProcessUtility_hook = make_room;
}
