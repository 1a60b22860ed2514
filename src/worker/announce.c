/*
 * announce.c: says once, when a worker starts, what it is and how it is set.
 *
 * Names no file, no host and no secret; the id of a key is public.
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/dbcommands.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "errors.h"
#include "net/versions.h"
#include "pure/public_key.h"
#include "settings.h"
#include "vault/vault.h"
#include "worker/announce.h"

/* The extension of this database may be older than the library; a worker's lines name no database.
 */
static void
read_version(char *version, size_t size, char *database)
{
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	SPI_connect();
	if (SPI_execute("SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'stockalert'",
					true, 1) == SPI_OK_SELECT &&
		SPI_processed == 1)
		strlcpy(version, SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1), size);
	SPI_finish();
	strlcpy(database, get_database_name(MyDatabaseId), NAMEDATALEN);
	PopActiveSnapshot();
	CommitTransactionCommand();
}

void
sa_announce(const char *role)
{
	static const char *const modes[] = {
		[SA_DELIVERY_LIVE] = "live",
		[SA_DELIVERY_LOG] = "log",
		[SA_DELIVERY_OFF] = "off",
	};
	char database[NAMEDATALEN];
	char version[64] = "unknown";
	char libraries[128];
	char key[SA_KEY_ID_HEX_SIZE] = "none";
	SaPublicKey active;

	read_version(version, sizeof(version), database);
	sa_net_versions(libraries, sizeof(libraries));
	if (sa_vault_public(&active))
		sa_public_key_id_hex(active.key_id, key);
	ereport(LOG,
			(errcode(SA_LOG_NOTE),
			 errmsg("stockalert %s of database \"%s\" started: version %s, %s, key %s, delivery %s",
					role, database, version, libraries, key, modes[sa_delivery])));
}
