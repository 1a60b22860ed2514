/*
 * inbox.c: verifies, reads what an event is, and has its streams read.
 *
 * A body is not looked into before its signature is known to be Square's.
 * What it says of quantities is not used at all: it only tells what to read.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "db/plans.h"
#include "db/result.h"
#include "pos/inbox.h"
#include "pure/json_read.h"
#include "pure/square_signature.h"
#include "vault/vault.h"

#define AT_ONCE       "100"
#define KEYS_MOST     32
#define EVENT_ID_ROOM 201
#define EVENT_ROOM    101
#define MERCHANT_ROOM 192

/* An opened key. */
typedef struct SaWebhookKey
{
	char *credential;
	SaSecret secret;
} SaWebhookKey;

static int
open_keys(SaWebhookKey *keys)
{
	static SPIPlanPtr plan = NULL;
	int count = 0;

	sa_plan_run(&plan,
				"SELECT c.name, c.sealed, i.installation_id FROM stockalert.credentials"
				" AS c CROSS JOIN stockalert.installation AS i"
				" WHERE c.name ~ '^square_webhook(:|$)' ORDER BY c.name"
				" LIMIT " CppAsString2(KEYS_MOST),
				0, NULL, NULL, NULL, true);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool isnull;
		bytea *sealed = DatumGetByteaPP(sa_result(SPI_tuptable, i, 2, &isnull));
		Datum installation = sa_result(SPI_tuptable, i, 3, &isnull);

		keys[count].credential = sa_result_text(SPI_tuptable, i, 1);
		if (sa_vault_open((const uint8_t *) VARDATA_ANY(sealed), VARSIZE_ANY_EXHDR(sealed),
						  DatumGetUUIDP(installation)->data, keys[count].credential, NULL,
						  &keys[count].secret) == SA_OPEN_OK)
			count++;
	}
	return count;
}

/* The key that made the signature; NULL: none of ours. */
static const SaWebhookKey *
find_key(const SaWebhookKey *keys, int count, bytea *body, const char *signature)
{
	const SaWebhookKey *found = NULL;

	for (int i = 0; i < count; i++)
	{
		const char *url;
		size_t length = sa_square_webhook_secret(keys[i].secret.data, &url);

		if (sa_square_signature_fits(keys[i].secret.data, length, url, VARDATA_ANY(body),
									 VARSIZE_ANY_EXHDR(body), signature, strlen(signature)))
			found = &keys[i];
	}
	return found;
}

/* The connection that a key and a seller stand for; 0: none. */
static int64
find_connection(const char *credential, const char *merchant, Datum hint, bool no_hint)
{
	static SPIPlanPtr plan = NULL;
	Oid types[3] = {TEXTOID, TEXTOID, INT8OID};
	Datum values[3] = {CStringGetTextDatum(credential), CStringGetTextDatum(merchant), hint};

	sa_plan_run(&plan,
				"SELECT connection_id FROM stockalert.connections"
				" WHERE 'square_webhook' || pg_catalog.substr(credential, 7) = $1"
				" AND ($2 = '' OR coalesce(merchant_id = $2, true))"
				" AND coalesce(connection_id = $3, true)"
				" ORDER BY merchant_id IS NULL, connection_id LIMIT 1",
				3, types, values, no_hint ? "  n" : "   ", true);
	if (SPI_processed == 0)
		return 0;
	return sa_result_bigint(SPI_tuptable, 0, 1);
}

static void
store_result(int64 inbox, const char *state, int64 connection, const char *event, const char *type)
{
	static SPIPlanPtr plan = NULL;
	Oid types[5] = {INT8OID, TEXTOID, INT8OID, TEXTOID, TEXTOID};
	Datum values[5] = {Int64GetDatum(inbox), CStringGetTextDatum(state), Int64GetDatum(connection),
					   CStringGetTextDatum(event), CStringGetTextDatum(type)};
	char nulls[6] = "     ";

	if (connection == 0)
		nulls[2] = 'n';
	if (event[0] == '\0')
		nulls[3] = 'n';
	if (type[0] == '\0')
		nulls[4] = 'n';
	sa_plan_run(&plan, "SELECT stockalert.webhook_handled($1, $2, $3, $4, $5)", 5, types, values,
				nulls, false);
}

/* A webhook whose signature one of our keys made. */
static void
take_verified(int64 inbox, const char *credential, bytea *body, Datum hint, bool no_hint)
{
	size_t length = VARSIZE_ANY_EXHDR(body);
	char *text = pnstrdup(VARDATA_ANY(body), length);
	char event[EVENT_ID_ROOM] = "";
	char type[EVENT_ROOM] = "";
	char merchant[MERCHANT_ROOM] = "";
	int64 connection;
	bool json = sa_json_scrub(text, length);

	if (json)
	{
		SaJson all = sa_json_all(text, length);

		(void) sa_json_member_string(all, "event_id", event, sizeof(event));
		(void) sa_json_member_string(all, "type", type, sizeof(type));
		(void) sa_json_member_string(all, "merchant_id", merchant, sizeof(merchant));
	}
	connection = find_connection(credential, merchant, hint, no_hint);
	store_result(inbox,
				 !json             ? "failed"
				 : connection == 0 ? "ignored"
								   : "verified",
				 connection, event, type);
}

int
sa_inbox_handle(void)
{
	static SPIPlanPtr plan = NULL;
	SaWebhookKey keys[KEYS_MOST];
	int count;
	uint64 rows;
	SPITupleTable *table;

	sa_plan_run(&plan,
				"SELECT inbox_id, body, signature, connection_id"
				" FROM stockalert.webhook_inbox"
				" WHERE state = 'pending' ORDER BY inbox_id LIMIT " AT_ONCE,
				0, NULL, NULL, NULL, true);
	rows = SPI_processed;
	table = SPI_tuptable;
	count = rows == 0 ? 0 : open_keys(keys);
	for (uint64 i = 0; i < rows; i++)
	{
		bool isnull;
		int64 inbox = sa_result_bigint(table, i, 1);
		bytea *body = DatumGetByteaPP(sa_result(table, i, 2, &isnull));
		char *signature = sa_result_text(table, i, 3);
		Datum hint = sa_result(table, i, 4, &isnull);
		const SaWebhookKey *key = find_key(keys, count, body, signature);

		if (key == NULL)
			store_result(inbox, "forged", 0, "", "");
		else
			take_verified(inbox, key->credential, body, hint, isnull);
	}
	for (int i = 0; i < count; i++)
		sa_vault_forget(&keys[i].secret);
	return (int) rows;
}
