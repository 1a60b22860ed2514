/*
 * keys.h: the ring of keys, within this folder.
 */
#ifndef SA_VAULT_KEYS_H
#define SA_VAULT_KEYS_H

#include "pure/keyfile.h"

/* The ring, readable until sa_keys_lock(); NULL: no keys. */
extern const SaKeyRing *sa_keys_unlock(void);
extern void sa_keys_lock(void);

#endif
