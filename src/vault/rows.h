/*
 * rows.h: rows of the table of credentials, within this folder.
 */
#ifndef SA_VAULT_ROWS_H
#define SA_VAULT_ROWS_H

#include "vault/vault.h"

/* Stores what became of an envelope, unless the row holds another one by now; SPI is connected. */
extern void sa_rows_store_state(Datum name, Datum sealed, SaOpenStatus status,
								const char *destination);

#endif
