/*
 * rotate.c: seals credentials anew for the active key, one in a transaction.
 *
 * The old envelope stays in its row, good as ever, until the new one was
 * opened and holds the same; whoever sets a credential meanwhile wins.
 */
#include "postgres.h"

#include <sodium.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "db/plans.h"
#include "db/result.h"
#include "vault/rows.h"
#include "vault/vault.h"

/* A marked row, copied out of SPI's result. */
typedef struct Marked
{
	char *name;
	bytea *sealed;
	const uint8_t *installation;
} Marked;

static bytea *
make_bytea(const uint8_t *bytes, size_t size)
{
	bytea *made = (bytea *) palloc(VARHDRSZ + size);

	SET_VARSIZE(made, VARHDRSZ + size);
	memcpy(VARDATA(made), bytes, size);
	return made;
}

bool
sa_vault_replace(const char *name, const uint8_t *old, size_t old_size, const uint8_t *fresh,
				 size_t fresh_size, const char *reason)
{
	static SPIPlanPtr plan = NULL;
	Oid types[4] = {TEXTOID, BYTEAOID, BYTEAOID, TEXTOID};
	Datum values[4];

	values[0] = CStringGetTextDatum(name);
	values[1] = PointerGetDatum(make_bytea(old, old_size));
	values[2] = PointerGetDatum(make_bytea(fresh, fresh_size));
	values[3] = CStringGetTextDatum(reason);
	sa_plan_run(&plan, "SELECT stockalert.replace_sealed($1, $2, $3, $4)", 4, types, values, NULL,
				false);
	return sa_result_bool(SPI_tuptable, 0, 1);
}

static bool
read_marked(Marked *marked)
{
	static SPIPlanPtr plan = NULL;
	bool isnull;

	sa_plan_run(&plan,
				"SELECT c.name, c.sealed, i.installation_id FROM stockalert.credentials AS c "
				"CROSS JOIN stockalert.installation AS i WHERE c.reseal ORDER BY c.name LIMIT 1",
				0, NULL, NULL, NULL, false);
	if (SPI_processed == 0)
		return false;
	marked->name = sa_result_text(SPI_tuptable, 0, 1);
	marked->sealed = DatumGetByteaPCopy(sa_result(SPI_tuptable, 0, 2, &isnull));
	marked->installation = DatumGetUUIDP(sa_result(SPI_tuptable, 0, 3, &isnull))->data;
	return true;
}

static SaOpenStatus
open_bytes(const Marked *marked, const uint8_t *sealed, size_t size, SaSecret *out)
{
	return sa_vault_open(sealed, size, marked->installation, marked->name, NULL, out);
}

/* Whether the fresh envelope holds what the old one held, for the same destination. */
static bool
holds_same(const Marked *marked, const uint8_t *fresh, size_t size, const SaSecret *old)
{
	SaSecret again;
	bool same = open_bytes(marked, fresh, size, &again) == SA_OPEN_OK && again.size == old->size &&
				strcmp(again.destination, old->destination) == 0 &&
				sodium_memcmp(again.data, old->data, old->size) == 0;

	sa_vault_forget(&again);
	return same;
}

/* Seals what was opened; the envelope was compared when this returns. */
static size_t
seal_anew(const Marked *marked, const SaSecret *secret, uint8_t *fresh)
{
	size_t size;
	SaSealStatus status = sa_vault_seal(marked->installation, marked->name, secret->destination,
										secret->data, secret->size, fresh, SA_ENVELOPE_MAX, &size);

	if (status == SA_SEAL_OK && holds_same(marked, fresh, size, secret))
		return size;
	return 0;
}

static void
rotate_row(const Marked *marked)
{
	const uint8_t *old = (const uint8_t *) VARDATA_ANY(marked->sealed);
	size_t old_size = VARSIZE_ANY_EXHDR(marked->sealed);
	uint8_t *fresh = palloc(SA_ENVELOPE_MAX);
	size_t fresh_size;
	SaSecret secret;
	SaOpenStatus status = open_bytes(marked, old, old_size, &secret);

	if (status == SA_OPEN_NO_KEY || status == SA_OPEN_NO_MEMORY)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY),
						errmsg("credential %s cannot be sealed anew now", marked->name),
						errdetail("It was not opened: %s.", sa_envelope_explain(status)),
						errhint("It is tried again by itself.")));
	if (status != SA_OPEN_OK)
	{
		sa_rows_store_state(CStringGetTextDatum(marked->name), PointerGetDatum(marked->sealed),
							status, NULL);
		return;
	}
	fresh_size = seal_anew(marked, &secret, fresh);
	/* Wiped before anything is written, which may fail. */
	sa_vault_forget(&secret);
	if (fresh_size == 0)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("credential %s was sealed anew and does not open", marked->name),
						errdetail("Its old envelope stays as it is."),
						errhint("It is tried again by itself.")));
	if (!sa_vault_replace(marked->name, old, old_size, fresh, fresh_size, "reseal_credential"))
		ereport(DEBUG1, (errmsg_internal("credential %s was set meanwhile", marked->name)));
}

bool
sa_vault_rotate_one(void)
{
	Marked marked;

	if (!read_marked(&marked))
		return false;
	rotate_row(&marked);
	return true;
}
