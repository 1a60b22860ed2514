/*
 * keys.c: what senders publish of their keys.  Nothing here is a secret.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "ipc/shmem.h"

void
sa_slot_publish_keys(SaSlot *slot, const SaPublishedKeys *keys)
{
	SpinLockAcquire(&slot->mutex);
	slot->keys = *keys;
	SpinLockRelease(&slot->mutex);
}

bool
sa_ipc_keys(SaPublishedKeys *keys)
{
	SaSlot *slot = sa_slot_find(MyDatabaseId);
	bool found;

	if (slot == NULL)
		return false;
	SpinLockAcquire(&slot->mutex);
	found =
		slot->database == MyDatabaseId && (slot->keys.count > 0 || slot->keys.problem[0] != '\0');
	if (found)
		*keys = slot->keys;
	SpinLockRelease(&slot->mutex);
	return found;
}

bool
sa_ipc_active_key(SaPublicKey *key)
{
	SaPublishedKeys keys;

	if (!sa_ipc_keys(&keys) || keys.count == 0)
		return false;
	*key = keys.active;
	return true;
}
