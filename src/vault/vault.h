/*
 * vault.h: keys and opened secrets, in the worker and nowhere else.
 *
 * No function here raises an error: a missing or damaged key is a state that
 * the worker shows, and never stops the server.  Secrets live in locked memory
 * from sa_vault_open() to sa_vault_forget(), which wipes them; the keys are
 * unreadable between two uses.  A backend calls sa_vault_seal() alone.
 */
#ifndef SA_VAULT_H
#define SA_VAULT_H

#include "ipc/shmem.h"
#include "pure/envelope.h"

typedef enum SaKeyState
{
	SA_KEY_NONE,     /* stockalert.key_file is not set */
	SA_KEY_BAD_FILE, /* it names a file that cannot be used; keys read before stay */
	SA_KEY_LOADED
} SaKeyState;

typedef struct SaSecret
{
	char *data;  /* locked memory with a NUL after the last byte; NULL: none */
	size_t size; /* without that NUL */
	char destination[SA_DESTINATION_MAX + 1]; /* host:port it was sealed for */
} SaSecret;

/* Once, when a worker starts: forbids core dumps and debuggers, then reads the keys. */
extern SaKeyState sa_vault_start(const char **why);

/*
 * Reads the key file again, as after SIGHUP.  *why is a clause for a person
 * that names no path; it stays valid until the next call.  A change is logged.
 */
extern SaKeyState sa_vault_reload(const char **why);

/* The active key; false: there is none. */
extern bool sa_vault_public(SaPublicKey *out);

/* What may be told of the keys and of what is wrong with their file. */
extern void sa_vault_published(SaPublishedKeys *out);

/*
 * Opens one sealed credential.  destination NULL accepts the sealed one, which
 * out names in any case; the caller then connects nowhere else.  Unless the
 * result is SA_OPEN_OK, out is empty.
 */
extern SaOpenStatus sa_vault_open(const uint8_t *sealed, size_t size, const uint8_t *installation,
								  const char *name, const char *destination, SaSecret *out);

/*
 * Seals for the active key, as when a provider gave a new token: the worker's
 * own or, in a process without one, that which the worker published.  out has
 * room for SA_ENVELOPE_MAX bytes.  SA_SEAL_OK is 0; *out_size is 0 otherwise.
 */
extern SaSealStatus sa_vault_seal(const uint8_t *installation, const char *name,
								  const char *destination, const char *secret, size_t size,
								  uint8_t *out, size_t room, size_t *out_size);

/* Wipes; does nothing to an empty secret. */
extern void sa_vault_forget(SaSecret *secret);

/*
 * Overwrites every opened secret, its base64 form and its longer parts (as the
 * path of a URL) in a text that will be stored; returns how many it found.
 */
extern int sa_vault_redact(char *text);

/* Says why a credential did not open, with the key ids asked for and loaded. */
extern void sa_vault_explain(SaOpenStatus status, const uint8_t *sealed, size_t size, char *out,
							 size_t room);

/*
 * Opens the credentials that were set since, or all of them after the keys
 * changed, and stores their state; returns how many.  Within a transaction of
 * the caller, who has no SPI connection open; this one may raise errors.
 */
extern int sa_vault_check_credentials(bool all);

/*
 * Seals one of the credentials that rotate_credentials() marked for the active
 * key; false: there is none.  Within a transaction of the caller, who has an
 * SPI connection open; may raise errors, and then wipes what it opened.
 */
extern bool sa_vault_rotate_one(void);

/*
 * Puts a fresh envelope in the place of the one that was opened; false: somebody
 * set the credential meanwhile, and that stays.  reason goes into audit_log:
 * "reseal_credential", "renew_credential".  SPI as above.
 */
extern bool sa_vault_replace(const char *name, const uint8_t *old, size_t old_size,
							 const uint8_t *fresh, size_t fresh_size, const char *reason);

#endif
