/*
 * seal.c: seals a secret that this process has, for the active key.
 *
 * Needs the public half alone; the plain copy on the way lies in locked memory
 * and is wiped.
 */
#include "postgres.h"

#include <sodium.h>

#include "vault/vault.h"

static bool
find_active_key(SaPublicKey *key)
{
	return sa_vault_public(key) || (sa_shmem != NULL && sa_ipc_active_key(key));
}

SaSealStatus
sa_vault_seal(const uint8_t *installation, const char *name, const char *destination,
			  const char *secret, size_t size, uint8_t *out, size_t room, size_t *out_size)
{
	SaBinding binding = {{0}, name, destination};
	SaPublicKey key;
	SaSealStatus status;
	uint8_t *work;

	*out_size = 0;
	if (!find_active_key(&key))
		return SA_SEAL_NO_KEY;
	/* Nothing of libsodium may be used before its start, which may be repeated. */
	if (room < SA_ENVELOPE_MAX || sodium_init() < 0)
		return SA_SEAL_NO_ROOM;
	work = sodium_malloc(SA_ENVELOPE_INNER_MAX);
	if (work == NULL)
		return SA_SEAL_NO_ROOM;
	memcpy(binding.installation, installation, SA_INSTALLATION_SIZE);
	status = sa_envelope_seal(&key, &binding, secret, size, work, out, out_size);
	sodium_free(work); /* wipes */
	return status;
}
