/*
 * given.c: seals a secret that a person hands to the server, rather than
 * sealing it with stockalert-seal beforehand.
 *
 * Runs in a backend, with the rights of whoever calls.  No error here quotes
 * the secret, the content of the file or its name (which may be a secret given
 * by mistake), and none lets the statement into the log.  The secret lies in
 * locked memory; what the statement itself holds is out of reach.
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "catalog/pg_authid.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/uuid.h"

#include "compat.h"
#include "errors.h"
#include "settings.h"
#include "vault/vault.h"

extern PGDLLEXPORT Datum stockalert_check_credential_name(PG_FUNCTION_ARGS);

SA_FUNCTION(stockalert_hide_statement);
SA_FUNCTION(stockalert_seal_plaintext);
SA_FUNCTION(stockalert_seal_file);

#define FILE_ROOM                                                                                  \
	(SA_SECRET_MAX + 3) /* one byte too many, behind a carriage return and a newline */

/* What went wrong, in words of ours alone. */
static void
refuse(int code, const char *message, const char *detail, const char *hint)
{
	ereport(ERROR, (errcode(code), errmsg("%s", message), errdetail("%s", detail),
					errhint("%s", hint), errhidestmt(true), errhidecontext(true)));
}

/* --- sealing ------------------------------------------------------------------------------- */

/* The one destination a kind has, where none was given; NULL: it must be. */
static char *
find_destination(FunctionCallInfo fcinfo, int argument, const char *name)
{
	const char *usual;

	if (!PG_ARGISNULL(argument))
		return text_to_cstring(PG_GETARG_TEXT_PP(argument));
	usual = sa_credential_usual_destination(sa_credential_kind(name, strlen(name)));
	if (usual == NULL)
		refuse(SA_ERR_BAD_ARGUMENT, "a destination is needed",
			   "Credentials of this kind have no usual one; the secret is sent there and nowhere "
			   "else.",
			   "Pass destination => 'host:port', such as 'mail.example.com:587'.");
	return pstrdup(usual);
}

static void
check_url(const char *name, const char *destination, const char *secret, size_t size)
{
	if (!sa_credential_url_fits(secret, size, destination))
		refuse(SA_ERR_BAD_ARGUMENT, "the URL leads to another host than the destination",
			   "A URL is used for its own host alone, in lower case and without a user name.",
			   "Pass the URL's own host and port as destination.");
	if (sa_credential_kind(name, strlen(name)) == SA_CREDENTIAL_SLACK &&
		(size < 4 || memcmp(secret, "http", 4) != 0))
		refuse(SA_ERR_BAD_ARGUMENT, "the secret of slack is the webhook's URL",
			   "It does not start with https://.", "Copy it whole: https://hooks.slack.com/...");
}

/* Seals; the envelope as text.  The caller has wiped the secret when this may fail. */
static text *
make_envelope(SaSealStatus status, const uint8_t *sealed, size_t size)
{
	char *out = palloc(SA_ENVELOPE_TEXT_MAX + 1);

	if (status != SA_SEAL_OK)
		refuse(status == SA_SEAL_NO_KEY ? SA_ERR_NOT_PRELOADED : SA_ERR_BAD_ARGUMENT,
			   "the secret cannot be sealed",
			   psprintf("Reason: %s.", sa_envelope_explain_seal(status)),
			   "Mend that and call again; nothing was stored.");
	if (!sa_envelope_write_text(sealed, size, out, SA_ENVELOPE_TEXT_MAX + 1))
		elog(ERROR, "an envelope does not fit"); /* cannot happen */
	return cstring_to_text(out);
}

static text *
seal_secret(FunctionCallInfo fcinfo, const char *name, const char *destination, const char *secret,
			size_t size)
{
	uint8_t *sealed = palloc(SA_ENVELOPE_MAX);
	size_t sealed_size;
	SaSealStatus status = sa_vault_seal(PG_GETARG_UUID_P(0)->data, name, destination, secret, size,
										sealed, SA_ENVELOPE_MAX, &sealed_size);

	return make_envelope(status, sealed, sealed_size);
}

static char *
name_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3))
		refuse(ERRCODE_NULL_VALUE_NOT_ALLOWED, "name and secret are needed", "One of them is NULL.",
			   "Pass both; delete_credential() takes a credential away.");
	(void) DirectFunctionCall1(stockalert_check_credential_name, PG_GETARG_DATUM(1));
	return text_to_cstring(PG_GETARG_TEXT_PP(1));
}

/* --- in plain text ------------------------------------------------------------------------- */

static const char *
find_setting(const char *name)
{
	const char *value = GetConfigOption(name, true, false);

	return value == NULL ? "" : value;
}

static void
add_channel(StringInfo list, bool open, const char *name)
{
	if (open)
		appendStringInfo(list, "%s%s", list->len > 0 ? ", " : "", name);
}

/* Where the server itself may have kept the statement already, or will when it ends. */
static char *
list_open_channels(void)
{
	StringInfoData list;

	initStringInfo(&list);
	add_channel(&list, strcmp(find_setting("log_statement"), "all") == 0, "log_statement");
	add_channel(&list, strcmp(find_setting("log_min_duration_statement"), "-1") != 0,
				"log_min_duration_statement");
	add_channel(&list, strcmp(find_setting("log_min_duration_sample"), "-1") != 0,
				"log_min_duration_sample");
	add_channel(&list, strcmp(find_setting("log_transaction_sample_rate"), "0") != 0,
				"log_transaction_sample_rate");
	add_channel(&list,
				GetConfigOption("auto_explain.log_min_duration", true, false) != NULL &&
					strcmp(find_setting("auto_explain.log_min_duration"), "-1") != 0,
				"auto_explain.log_min_duration");
	add_channel(&list,
				GetConfigOption("pgaudit.log", true, false) != NULL &&
					strcmp(find_setting("pgaudit.log"), "none") != 0,
				"pgaudit.log");
	add_channel(&list,
				GetConfigOption("pg_stat_statements.track", true, false) != NULL &&
					strcmp(find_setting("pg_stat_statements.track"), "none") != 0,
				"pg_stat_statements.track");
	return list.data;
}

/*
 * Takes the statement out of pg_stat_activity and out of whatever error comes
 * later in it, then refuses unless the server's configuration allows secrets in
 * statements.
 */
Datum
stockalert_hide_statement(PG_FUNCTION_ARGS)
{
	char *channels;

	pgstat_report_activity(STATE_RUNNING, "<a statement with a secret>");
	/* What errors show as STATEMENT; the server sets it anew with the next one. */
	debug_query_string = "<a statement with a secret>";
	if (!sa_allow_plaintext_credentials)
		refuse(ERRCODE_INSUFFICIENT_PRIVILEGE, "secrets are not taken in plain text",
			   "Statements end up in logs, histories and statistics; "
			   "stockalert.allow_plaintext_credentials is off.",
			   "Seal the secret: stockalert-seal --sql. If you passed it here, replace it at its "
			   "provider.");
	channels = list_open_channels();
	ereport(
		WARNING,
		(errmsg("a secret was passed in a statement"),
		 channels[0] == '\0'
			 ? errdetail("No setting is known to keep it; histories of clients and networks may.")
			 : errdetail("These settings may have kept it: %s.", channels),
		 errhint("Seal it with stockalert-seal instead, and replace what was passed here at its "
				 "provider."),
		 errhidestmt(true), errhidecontext(true)));
	PG_RETURN_VOID();
}

/* installation, name, destination, secret. */
Datum
stockalert_seal_plaintext(PG_FUNCTION_ARGS)
{
	char *name = name_argument(fcinfo);
	char *destination = find_destination(fcinfo, 2, name);
	text *secret = PG_GETARG_TEXT_PP(3);

	if (!sa_allow_plaintext_credentials)
		refuse(ERRCODE_INSUFFICIENT_PRIVILEGE, "secrets are not taken in plain text",
			   "stockalert.allow_plaintext_credentials is off.",
			   "Seal the secret: stockalert-seal --sql.");
	check_url(name, destination, VARDATA_ANY(secret), VARSIZE_ANY_EXHDR(secret));
	PG_RETURN_TEXT_P(
		seal_secret(fcinfo, name, destination, VARDATA_ANY(secret), VARSIZE_ANY_EXHDR(secret)));
}

/* --- from a file --------------------------------------------------------------------------- */

static void
refuse_file(int os_error, const char *what)
{
	refuse(
		os_error == ENOENT ? ERRCODE_UNDEFINED_FILE : SA_ERR_BAD_ARGUMENT,
		"the file with the secret cannot be used",
		psprintf("It %s%s%s%s.", what, os_error ? " (" : "", os_error ? strerror(os_error) : "",
				 os_error ? ")" : ""),
		"Name a regular file of at most 4096 bytes that the server's user may read, by its whole "
		"path; its content is the secret, with or without a newline at the end.");
}

/* A file that others may read is taken, and they are told. */
static void
check_file(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		refuse_file(errno, "cannot be looked at");
	if (!S_ISREG(st.st_mode))
	{
		(void) close(fd);
		refuse_file(0, "is no regular file");
	}
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING), errmsg("the file with the secret is open to others"),
				 errdetail("Its mode is %04o.", (unsigned int) st.st_mode & 07777),
				 errhint("Remove the file, or chmod 0600 it; StockAlert needs it no more."),
				 errhidestmt(true)));
}

/* Reads it all into locked memory; -1 where that fails, with errno. */
static ssize_t
read_bytes(int fd, char *secret)
{
	size_t used = 0;

	while (used < FILE_ROOM)
	{
		ssize_t got = read(fd, secret + used, FILE_ROOM - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		used += (size_t) got;
	}
	return (ssize_t) used;
}

static size_t
strip_line_end(const char *secret, size_t size)
{
	if (size > 0 && secret[size - 1] == '\n')
		size--;
	if (size > 0 && secret[size - 1] == '\r')
		size--;
	return size;
}

static int
open_file(const char *path)
{
	int fd;

	if (path[0] != '/')
		refuse_file(0, "is not named by its whole path");
	/* Not through the server's own list of files: closed again before anything may fail. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		refuse_file(errno, "cannot be opened");
	return fd;
}

static size_t
read_file(const char *path, char *secret)
{
	int fd = open_file(path);
	ssize_t got;

	check_file(fd);
	got = read_bytes(fd, secret);
	(void) close(fd);
	if (got < 0)
		refuse_file(errno, "cannot be read");
	return strip_line_end(secret, (size_t) got);
}

/*
 * installation, name, destination, path.  Whoever may not read the server's
 * files by other means cannot try them here either.
 */
Datum
stockalert_seal_file(PG_FUNCTION_ARGS)
{
	char *name = name_argument(fcinfo);
	char *destination = find_destination(fcinfo, 2, name);
	char *path = text_to_cstring(PG_GETARG_TEXT_PP(3));
	text *volatile envelope = NULL;
	char *secret;

	if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		refuse(ERRCODE_INSUFFICIENT_PRIVILEGE, "files of the server may not be read",
			   "That takes membership in pg_read_server_files beside stockalert_admin.",
			   "Seal the secret instead: stockalert-seal --sql.");
	if (sodium_init() < 0 || (secret = sodium_malloc(FILE_ROOM)) == NULL)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("there is no locked memory"),
						errdetail("Secrets are kept in it while they are sealed."),
						errhint("Raise the limit of locked memory (ulimit -l) of the server.")));
	PG_TRY();
	{
		size_t size = read_file(path, secret);

		check_url(name, destination, secret, size);
		envelope = seal_secret(fcinfo, name, destination, secret, size);
	}
	PG_FINALLY();
	{
		sodium_free(secret);
	}
	PG_END_TRY();
	PG_RETURN_TEXT_P(envelope);
}
