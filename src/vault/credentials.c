/*
 * credentials.c: what SQL may know of credentials, in any backend.
 *
 * Backends see names, envelopes and the public key; nothing here can open
 * anything.  An error about an envelope hides the statement from the log: a
 * person may have passed the secret itself by mistake.
 */
#include "postgres.h"

#include "access/xlog.h"
#include "catalog/pg_control.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "compat.h"
#include "errors.h"
#include "ipc/shmem.h"
#include "ipc/wake.h"
#include "pure/credential_name.h"
#include "pure/envelope.h"

SA_FUNCTION(stockalert_is_credential_name);
SA_FUNCTION(stockalert_check_credential_name);
SA_FUNCTION(stockalert_is_destination);
SA_FUNCTION(stockalert_read_envelope);
SA_FUNCTION(stockalert_envelope_key);
SA_FUNCTION(stockalert_published_key);
SA_FUNCTION(stockalert_loaded_keys);
SA_FUNCTION(stockalert_key_problem);
SA_FUNCTION(stockalert_wake_sender);
SA_FUNCTION(stockalert_system_identifier);

Datum
stockalert_is_credential_name(PG_FUNCTION_ARGS)
{
	text *name = PG_GETARG_TEXT_PP(0);

	PG_RETURN_BOOL(sa_credential_kind(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)) !=
				   SA_CREDENTIAL_INVALID);
}

/* Refuses a name without quoting it: the arguments may have been swapped. */
Datum
stockalert_check_credential_name(PG_FUNCTION_ARGS)
{
	text *name = PG_GETARG_TEXT_PP(0);

	if (sa_credential_kind(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)) == SA_CREDENTIAL_INVALID)
		ereport(
			ERROR,
			(errcode(SA_ERR_BAD_ARGUMENT), errmsg("this is not the name of a credential"),
			 errdetail("Names are square, square_webhook, slack, twilio, smtp and webhook, with "
					   "a label of 1 to 32 characters (a-z 0-9 _ -) where there are several."),
			 errhint("Write slack, or slack:ops. If you passed the secret itself, replace it: "
					 "it may stand in logs and histories."),
			 errhidestmt(true), errhidecontext(true)));
	PG_RETURN_VOID();
}

Datum
stockalert_is_destination(PG_FUNCTION_ARGS)
{
	text *destination = PG_GETARG_TEXT_PP(0);

	PG_RETURN_BOOL(
		sa_credential_destination_valid(VARDATA_ANY(destination), VARSIZE_ANY_EXHDR(destination)));
}

/* Turns the text form into bytes, checked as far as that goes without a key. */
Datum
stockalert_read_envelope(PG_FUNCTION_ARGS)
{
	text *given = PG_GETARG_TEXT_PP(0);
	bytea *sealed = (bytea *) palloc(VARHDRSZ + SA_ENVELOPE_MAX);
	uint8_t key_id[SA_KEY_ID_SIZE];
	size_t size;

	if (!sa_envelope_read_text(VARDATA_ANY(given), VARSIZE_ANY_EXHDR(given),
							   (uint8_t *) VARDATA(sealed), SA_ENVELOPE_MAX, &size) ||
		!sa_envelope_read_key_id((const uint8_t *) VARDATA(sealed), size, key_id))
		ereport(ERROR, (errcode(SA_ERR_BAD_ARGUMENT), errmsg("this is not a sealed credential"),
						errdetail("An envelope starts with \"sa1:\" and is taken as "
								  "stockalert-seal printed it, whole and on one line."),
						errhint("Seal the secret: stockalert-seal --sql. If you passed the secret "
								"itself, replace it: it may stand in logs and histories."),
						errhidestmt(true), errhidecontext(true)));
	SET_VARSIZE(sealed, VARHDRSZ + size);
	PG_RETURN_BYTEA_P(sealed);
}

Datum
stockalert_envelope_key(PG_FUNCTION_ARGS)
{
	bytea *sealed = PG_GETARG_BYTEA_PP(0);
	uint8_t key_id[SA_KEY_ID_SIZE];
	char id[SA_KEY_ID_HEX_SIZE];

	if (!sa_envelope_read_key_id((const uint8_t *) VARDATA_ANY(sealed), VARSIZE_ANY_EXHDR(sealed),
								 key_id))
		PG_RETURN_NULL();
	sa_public_key_id_hex(key_id, id);
	PG_RETURN_TEXT_P(cstring_to_text(id));
}

/* The key id and public key that the worker of this database published; NULLs if it has none. */
Datum
stockalert_published_key(PG_FUNCTION_ARGS)
{
	SaPublicKey key;
	TupleDesc columns;
	Datum values[2] = {0};
	bool nulls[2] = {true, true};

	if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("the function is declared without a row type"),
						errhint("Create the extension anew from its own script.")));
	if (sa_shmem != NULL && sa_ipc_active_key(&key))
	{
		char id[SA_KEY_ID_HEX_SIZE];
		char public[SA_PUBLIC_HEX_SIZE];

		sa_public_key_id_hex(key.key_id, id);
		sa_public_key_hex(&key, public);
		values[0] = CStringGetTextDatum(id);
		values[1] = CStringGetTextDatum(public);
		nulls[0] = nulls[1] = false;
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(columns), values, nulls)));
}

/* The ids of all keys the worker of this database has loaded, the active one first. */
Datum
stockalert_loaded_keys(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	SaPublishedKeys keys;

	InitMaterializedSRF(fcinfo, 0);
	if (sa_shmem == NULL || !sa_ipc_keys(&keys))
		return (Datum) 0;
	for (int i = 0; i < keys.count; i++)
	{
		char id[SA_KEY_ID_HEX_SIZE];
		bool nulls[2] = {false};
		Datum values[2];

		sa_public_key_id_hex(keys.ids[i], id);
		values[0] = CStringGetTextDatum(id);
		values[1] = BoolGetDatum(i == 0);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

Datum
stockalert_key_problem(PG_FUNCTION_ARGS)
{
	SaPublishedKeys keys;

	if (sa_shmem == NULL || !sa_ipc_keys(&keys) || keys.problem[0] == '\0')
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(keys.problem));
}

Datum
stockalert_wake_sender(PG_FUNCTION_ARGS)
{
	sa_wake_request();
	PG_RETURN_VOID();
}

/* As pg_control_system() shows it, without reading the control file from disk. */
Datum
stockalert_system_identifier(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) GetSystemIdentifier());
}
