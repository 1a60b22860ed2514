/*
 * check.c: the worker tries the credentials that were set, so that a person
 * learns within seconds whether they will open; nothing is connected to.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "db/plans.h"
#include "db/result.h"
#include "vault/rows.h"
#include "vault/vault.h"

#define ERROR_ROOM 512

static SPIPlanPtr read_plan = NULL;
static SPIPlanPtr write_plan = NULL;

/* What cannot be opened cannot be sealed anew either; its state says so. */
void
sa_rows_store_state(Datum name, Datum sealed, SaOpenStatus status, const char *destination)
{
	Oid types[5] = {TEXTOID, BYTEAOID, TEXTOID, TEXTOID, TEXTOID};
	Datum values[5] = {name, sealed};
	char nulls[6] = "     ";
	char text[ERROR_ROOM];
	bytea *bytes = DatumGetByteaPP(sealed);

	values[2] = CStringGetTextDatum(sa_envelope_state(status));
	if (status == SA_OPEN_OK)
	{
		values[3] = CStringGetTextDatum(destination);
		nulls[4] = 'n';
	}
	else
	{
		sa_vault_explain(status, (const uint8_t *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes),
						 text, sizeof(text));
		values[4] = CStringGetTextDatum(text);
		nulls[3] = 'n';
	}
	sa_plan_run(
		&write_plan,
		"UPDATE stockalert.credentials SET state = $3, destination = coalesce($4, destination), "
		"last_error = $5, last_checked_at = pg_catalog.now(), "
		"reseal = reseal AND $3 OPERATOR(pg_catalog.=) 'ok' "
		"WHERE name OPERATOR(pg_catalog.=) $1 AND sealed OPERATOR(pg_catalog.=) $2",
		5, types, values, nulls, false);
}

/* Opens one row and wipes it again before anything is written. */
static bool
check_row(const SPITupleTable *table, uint64 row)
{
	bool isnull;
	Datum name = sa_result(table, row, 1, &isnull);
	Datum sealed = sa_result(table, row, 2, &isnull);
	Datum installation = sa_result(table, row, 3, &isnull);
	bytea *bytes = DatumGetByteaPP(sealed);
	char destination[SA_DESTINATION_MAX + 1];
	SaSecret secret;
	SaOpenStatus status =
		sa_vault_open((const uint8_t *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes),
					  DatumGetUUIDP(installation)->data, TextDatumGetCString(name), NULL, &secret);

	strlcpy(destination, secret.destination, sizeof(destination));
	sa_vault_forget(&secret);
	if (status == SA_OPEN_NO_KEY || status == SA_OPEN_NO_MEMORY)
		return false;
	sa_rows_store_state(name, PointerGetDatum(bytes), status, destination);
	return true;
}

int
sa_vault_check_credentials(bool all)
{
	Oid types[1] = {BOOLOID};
	Datum values[1] = {BoolGetDatum(all)};
	int checked = 0;
	uint64 rows;
	SPITupleTable *table;

	SPI_connect();
	sa_plan_run(&read_plan,
				"SELECT c.name, c.sealed, i.installation_id FROM stockalert.credentials AS c "
				"CROSS JOIN stockalert.installation AS i "
				"WHERE $1 OR c.state OPERATOR(pg_catalog.=) 'pending'",
				1, types, values, NULL, true);
	rows = SPI_processed;
	table = SPI_tuptable;
	for (uint64 i = 0; i < rows; i++)
		checked += check_row(table, i);
	SPI_finish();
	return checked;
}
