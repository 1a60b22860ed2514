/*
 * verdict.c: outcomes that mean the same on every channel.
 *
 * The line that matters is between "certainly not sent" (try again freely) and
 * "may have been sent" (a second try may be a second message).
 */
#include "postgres.h"

#include "delivery/channel.h"

typedef struct SaFailureRow
{
	SaNetFailure failure;
	const char *error_class;
	SaOutcome outcome; /* where the request certainly did not arrive */
} SaFailureRow;

static const SaFailureRow failures[] = {
	{SA_NET_RESOLVE, "dns", SA_OUTCOME_RETRY},
	{SA_NET_CONNECT, "connect", SA_OUTCOME_RETRY},
	{SA_NET_FORBIDDEN, "address", SA_OUTCOME_CHANNEL_FAULT},
	{SA_NET_HANDSHAKE, "tls", SA_OUTCOME_RETRY},
	{SA_NET_CERTIFICATE, "certificate", SA_OUTCOME_CHANNEL_FAULT},
	{SA_NET_NO_TLS, "tls", SA_OUTCOME_CHANNEL_FAULT},
	{SA_NET_NO_AUTH, "auth", SA_OUTCOME_CHANNEL_FAULT},
	{SA_NET_LOGIN, "auth", SA_OUTCOME_CHANNEL_FAULT},
	{SA_NET_TIMEOUT, "timeout", SA_OUTCOME_RETRY},
	{SA_NET_BROKEN, "reset", SA_OUTCOME_RETRY},
	{SA_NET_TOO_LARGE, "too_large", SA_OUTCOME_RETRY},
	{SA_NET_STOPPED, "stopped", SA_OUTCOME_RETRY},
	{SA_NET_INTERNAL, "internal", SA_OUTCOME_RETRY},
};

/*
 * Keeps the text printable: no control characters, and nothing cut inside a
 * character.
 */
bool
sa_verdict(SaResult *result, SaOutcome outcome, const char *error_class, const char *format, ...)
{
	va_list args;
	size_t kept = 0;

	result->outcome = outcome;
	strlcpy(result->error_class, error_class, sizeof(result->error_class));
	va_start(args, format);
	(void) vsnprintf(result->error, sizeof(result->error), format, args);
	va_end(args);
	for (size_t i = 0; result->error[i] != '\0'; i++)
	{
		if (result->error[i] >= 0x20 && result->error[i] <= 0x7e)
			result->error[kept++] = result->error[i];
	}
	result->error[kept] = '\0';
	return false;
}

void
sa_verdict_network(const SaNetAnswer *answer, SaResult *result)
{
	for (size_t i = 0; i < lengthof(failures); i++)
	{
		const SaFailureRow *row = &failures[i];
		bool unknown = row->outcome == SA_OUTCOME_RETRY && answer->maybe_arrived;

		if (row->failure == answer->failure)
		{
			(void) sa_verdict(result, unknown ? SA_OUTCOME_UNKNOWN : row->outcome, row->error_class,
							  "%s", answer->why);
			return;
		}
	}
	(void) sa_verdict(result, SA_OUTCOME_UNKNOWN, "internal", "%s", answer->why);
}

void
sa_verdict_http(const SaNetAnswer *answer, SaResult *result)
{
	int status = answer->status;

	result->retry_after_ms = answer->retry_after_ms;
	if (status >= 200 && status < 300)
		(void) sa_verdict(result, SA_OUTCOME_SENT, "", "%s", "");
	else if (status >= 300 && status < 400)
		(void) sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "redirect",
						  "HTTP %d: the address has moved; redirects are not followed", status);
	else if (status == 429)
		(void) sa_verdict(result, SA_OUTCOME_RETRY, "rate_limit", "HTTP 429: too many requests");
	else if (status == 401 || status == 403 || status == 404 || status == 410 || status == 407)
		(void) sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "revoked",
						  "HTTP %d: the address or its credential is not accepted", status);
	else if (status == 408 || status == 425)
		(void) sa_verdict(result, SA_OUTCOME_RETRY, "server_busy", "HTTP %d", status);
	else if (status >= 400 && status < 500)
		(void) sa_verdict(result, SA_OUTCOME_MESSAGE_FAULT, "rejected",
						  "HTTP %d: the message is not accepted", status);
	else
		(void) sa_verdict(result, SA_OUTCOME_UNKNOWN, "server_error", "HTTP %d", status);
}
