/*
 * guard.c: look the extension up, lock it, look again.
 *
 * Between the first look and the lock somebody may have dropped it: then the
 * second look says so, and the lock on a number that means nothing any more
 * goes with the transaction.
 */
#include "postgres.h"

#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "storage/lmgr.h"
#include "utils/snapmgr.h"

#include "ipc/guard.h"

Oid
sa_guard_lock_extension(void)
{
	Oid extension = get_extension_oid("stockalert", true);

	if (!OidIsValid(extension))
		return InvalidOid;
	LockDatabaseObject(ExtensionRelationId, extension, 0, AccessShareLock);
	if (get_extension_oid("stockalert", true) != extension)
		return InvalidOid;
	return extension;
}
