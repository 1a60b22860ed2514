/*
 * keys.c: reads the key file into locked memory, and says how that went.
 */
#include "postgres.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <sodium.h>

#include "miscadmin.h"

#include "errors.h"
#include "pure/keyfile_open.h"
#include "settings.h"
#include "vault/keys.h"
#include "vault/vault.h"

static SaKeyRing *ring = NULL; /* sodium_malloc; not accessible except between unlock and lock */
static SaKeyState state = SA_KEY_NONE;
static char reason[SA_KEYFILE_REASON_MAX + 64];
static SaPublishedKeys published;

const SaKeyRing *
sa_keys_unlock(void)
{
	if (ring != NULL && sodium_mprotect_readonly(ring) != 0)
		return NULL;
	return ring;
}

void
sa_keys_lock(void)
{
	if (ring != NULL)
		(void) sodium_mprotect_noaccess(ring);
}

/* Takes a new ring, or none; the old one is wiped. */
static void
replace_ring(SaKeyRing *fresh)
{
	if (ring != NULL)
		sodium_free(ring);
	ring = fresh;
	memset(&published, 0, sizeof(published));
	if (ring == NULL)
		return;
	published.count = ring->count;
	published.active = ring->keys[0].pair;
	for (int i = 0; i < ring->count; i++)
		memcpy(published.ids[i], ring->keys[i].pair.key_id, SA_KEY_ID_SIZE);
	sa_keys_lock();
}

/* Logs what changed, once; the path goes into the log alone. */
static void
set_state(SaKeyState now, const char *text)
{
	if (now == state && strcmp(text, reason) == 0)
		return;
	state = now;
	strlcpy(reason, text, sizeof(reason));
	if (now == SA_KEY_LOADED)
		ereport(LOG, (errcode(SA_LOG_NOTE), errmsg("stockalert loaded its keys; %s", reason)));
	else if (now == SA_KEY_NONE)
		ereport(LOG,
				(errcode(ERRCODE_CONFIG_FILE_ERROR), errmsg("stockalert has no key: %s", reason)));
	else
		ereport(LOG, (errcode(ERRCODE_CONFIG_FILE_ERROR),
					  errmsg("stockalert cannot use key file \"%s\": %s", sa_key_file, reason)));
}

/* What is loaded, for people: the ids and nothing else. */
static void
set_loaded(void)
{
	char text[sizeof(reason)];
	char id[SA_KEY_ID_HEX_SIZE];

	sa_public_key_id_hex(published.active.key_id, id);
	snprintf(text, sizeof(text), "active key %s, %d older", id, published.count - 1);
	set_state(SA_KEY_LOADED, text);
}

static void
read_key_file(void)
{
	/* Nothing of libsodium may be used before its start, which may be repeated. */
	SaKeyRing *fresh = (sodium_init() < 0) ? NULL : sodium_malloc(sizeof(SaKeyRing));
	SaKeyfileProblem problem;
	char text[SA_KEYFILE_REASON_MAX];
	char clause[sizeof(reason)];

	if (fresh == NULL)
	{
		set_state(SA_KEY_BAD_FILE, "libsodium gives no locked memory for the keys");
		return;
	}
	if (sa_keyfile_read(sa_key_file, DataDir, geteuid(), fresh, &problem) == SA_KEYFILE_OK)
	{
		replace_ring(fresh);
		set_loaded();
		return;
	}
	sodium_free(fresh);
	sa_keyfile_describe(&problem, text, sizeof(text));
	snprintf(clause, sizeof(clause), "the key file %s%s", text,
			 ring != NULL ? "; the keys loaded before stay in use" : "");
	set_state(SA_KEY_BAD_FILE, clause);
}

SaKeyState
sa_vault_reload(const char **why)
{
	if (sa_key_file == NULL || sa_key_file[0] == '\0')
	{
		replace_ring(NULL);
		set_state(SA_KEY_NONE, "stockalert.key_file is not set: make a key with stockalert-keygen "
							   "and name its file there");
	}
	else
		read_key_file();
	*why = reason;
	return state;
}

SaKeyState
sa_vault_start(const char **why)
{
	struct rlimit none = {0, 0};

	/* Either may fail in a strange container; the keys are then less protected, not absent. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
		ereport(LOG, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					  errmsg("stockalert cannot protect its worker from debuggers: %m")));
	return sa_vault_reload(why);
}

bool
sa_vault_public(SaPublicKey *out)
{
	if (ring == NULL)
		return false;
	*out = published.active;
	return true;
}

void
sa_vault_published(SaPublishedKeys *out)
{
	*out = published;
	if (state != SA_KEY_LOADED)
		strlcpy(out->problem, reason, sizeof(out->problem));
}
