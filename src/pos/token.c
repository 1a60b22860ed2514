/*
 * token.c: the credential of a connection: opened, renewed, sealed again.
 *
 * A renewed token is stored before it is used: where the provider voids the
 * old one, what is only in our memory would be lost with the process.
 */
#include "postgres.h"

#include <sodium.h>

#include "utils/timestamp.h"

#include "pos/round.h"
#include "pure/rfc3339.h"
#include "pure/url.h"
#include "settings.h"

/* A token is renewed after so long, or so long before its end.  One whose age nobody knows was
 * given for 30 days. */
#define RENEW_AFTER  (INT64CONST(7) * USECS_PER_DAY)
#define RENEW_BEFORE (INT64CONST(6) * USECS_PER_HOUR)
#define USUAL_LIFE   (INT64CONST(30) * USECS_PER_DAY)
/* But not over and over, should the provider's clock be another. */
#define RENEW_LEAST USECS_PER_HOUR

void
sa_token_close(SaSync *sync)
{
	if (sync->token != NULL)
		sodium_free(sync->token);
	sync->token = NULL;
	sa_vault_forget(&sync->secret);
}

/* The secret goes where it was sealed for and nowhere else. */
static bool
check_destination(SaSync *sync)
{
	char destination[SA_DESTINATION_MAX + 1];
	SaUrl url;

	if (!sa_url_read(sync->due.base_url, &url) || (url.scheme != SA_URL_HTTPS && !sa_allow_http))
	{
		sa_round_fail(sync, SA_POS_PERMANENT, "misconfigured",
					  "the base URL is not https, and stockalert.allow_http is off",
					  "Use an https URL.");
		return false;
	}
	snprintf(destination, sizeof(destination), "%s:%d", url.host, url.port);
	if (strcmp(destination, sync->secret.destination) == 0)
		return true;
	sa_round_fail(sync, SA_POS_PERMANENT, "misconfigured",
				  "the credential is sealed for another host than the connection's",
				  "Seal it again with --dest and the host and port of the connection's base URL.");
	return false;
}

bool
sa_token_open(SaSync *sync)
{
	char why[160];
	SaOpenStatus status;

	sa_token_close(sync);
	if (sync->sealed.bytes == NULL)
	{
		sa_round_fail(sync, SA_POS_PERMANENT, "misconfigured", "the credential is not set",
					  "Seal the token with stockalert-seal and store it with set_credential().");
		return false;
	}
	status = sa_vault_open(sync->sealed.bytes, sync->sealed.size, sync->sealed.installation,
						   sync->due.credential, NULL, &sync->secret);
	if (status != SA_OPEN_OK)
	{
		sa_vault_explain(status, sync->sealed.bytes, sync->sealed.size, why, sizeof(why));
		/* Without a key everything waits; that is no fault of the connection. */
		sa_round_fail(sync, SA_POS_PERMANENT, status == SA_OPEN_NO_KEY ? NULL : "misconfigured",
					  why, "SELECT * FROM stockalert.credential_status;");
		return false;
	}
	sync->token = sodium_malloc(sizeof(SaPosToken));
	if (sync->token == NULL ||
		!sync->due.connector->read_token(sync->secret.data, sync->secret.size, sync->token))
	{
		sa_round_fail(sync, SA_POS_PERMANENT, "misconfigured",
					  "the credential has none of the forms of a token",
					  "Seal the access token alone, or a JSON object without blanks.");
		return false;
	}
	return check_destination(sync);
}

/* When its time is over: as the credential says, or the connection; 0: nobody knows. */
static TimestampTz
find_end(const SaSync *sync)
{
	int64 unix_us;

	if (!sa_rfc3339_read(sync->token->expires_at, &unix_us))
		return sync->due.token_expires;
	return unix_us - (int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
}

bool
sa_token_is_old(const SaSync *sync)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz renewed = sync->due.token_renewed;
	TimestampTz end = find_end(sync);

	if (sync->renewed || sync->token->refresh[0] == '\0' || sync->token->client_id[0] == '\0' ||
		(renewed != 0 && now - renewed < RENEW_LEAST))
		return false;
	if (renewed == 0)
		renewed = end == 0 ? 0 : end - USUAL_LIFE;
	return now - renewed > RENEW_AFTER || (end != 0 && end - now < RENEW_BEFORE);
}

/* Into sync->envelope; false: the round has failed. */
static bool
seal_token(SaSync *sync)
{
	char *text = sodium_malloc(SA_SECRET_MAX + 1);
	uint8_t sealed[SA_ENVELOPE_MAX];
	size_t size = 0;
	size_t length =
		text == NULL ? 0 : sync->due.connector->write_token(sync->token, text, SA_SECRET_MAX + 1);

	if (length > 0)
		(void) sa_vault_seal(sync->sealed.installation, sync->due.credential,
							 sync->secret.destination, text, length, sealed, sizeof(sealed), &size);
	if (text != NULL)
		sodium_free(text);
	if (size == 0)
	{
		sa_round_fail(sync, SA_POS_PERMANENT, "misconfigured",
					  "the renewed token could not be sealed", "See worker_status().");
		return false;
	}
	sync->envelope = MemoryContextAlloc(sync->context, size);
	memcpy(sync->envelope, sealed, size);
	sync->envelope_size = size;
	return true;
}

bool
sa_token_is_same(const SaSync *sync, const SaPosSealed *stored)
{
	SaSecret secret;
	bool same;

	if (stored->bytes == NULL ||
		sa_vault_open(stored->bytes, stored->size, stored->installation, sync->due.credential,
					  sync->secret.destination, &secret) != SA_OPEN_OK)
		return false;
	same = secret.size == sync->secret.size &&
		   sodium_memcmp(secret.data, sync->secret.data, secret.size) == 0;
	sa_vault_forget(&secret);
	return same;
}

/* While the old one still counts a renewal that failed is no reason to stop. */
static void
give_renewal_up(SaSync *sync, int64 now)
{
	TimestampTz expires = find_end(sync);

	sync->renewed = true;
	if (sync->state == NULL && (expires == 0 || expires > GetCurrentTimestamp()))
		sa_round_ask(sync, sync->due.stream == NULL ? SA_PURPOSE_STATUS : SA_PURPOSE_PAGE);
	else
		sa_round_fault(sync, now);
}

void
sa_token_take_renewal(SaSync *sync, int64 now)
{
	SaPosPage *page = &sync->page;

	if (page->fault == SA_POS_OK)
	{
		if (!sync->due.connector->renewed(sync->body, sync->body_length, sync->token))
			page->fault = SA_POS_SCHEMA;
		else if (seal_token(sync))
			sync->phase = SA_PHASE_STORE;
		sodium_memzero(sync->body, sync->body_length);
		sa_round_free_body(sync);
		if (page->fault == SA_POS_OK)
			return;
	}
	if (page->fault == SA_POS_RATE_LIMITED || page->fault == SA_POS_TRANSIENT ||
		page->fault == SA_POS_SCHEMA)
	{
		give_renewal_up(sync, now);
		return;
	}
	sync->renewed = true;
	sa_round_fail(sync, SA_POS_REVOKED, "revoked",
				  psprintf("the provider refuses the refresh token (%s); one for one use is lost "
						   "where the server stopped while it was renewed",
						   page->error),
				  "Authorize the application anew, and seal the tokens.");
}
