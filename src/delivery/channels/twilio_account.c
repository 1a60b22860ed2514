/*
 * twilio_account.c: the account at Twilio: where it is, its log-in, its errors.
 *
 * The secret is ACCOUNT:TOKEN or ACCOUNT:KEY:SECRET; it goes only to the host
 * it was sealed for, which must be in stockalert.twilio_hosts.
 */
#include "postgres.h"

#include <sodium.h>

#include "delivery/channels/twilio_account.h"
#include "pure/host.h"
#include "settings.h"

typedef struct SaMeaning
{
	SaTwilioFault fault;
	SaOutcome outcome;
	const char *error_class;
	const char *text;
} SaMeaning;

static const SaMeaning meanings[] = {
	{SA_TWILIO_RECIPIENT, SA_OUTCOME_MESSAGE_FAULT, "recipient", "this number cannot be reached"},
	{SA_TWILIO_OPTED_OUT, SA_OUTCOME_MESSAGE_FAULT, "opted_out", "the recipient has answered STOP"},
	{SA_TWILIO_UNVERIFIED, SA_OUTCOME_MESSAGE_FAULT, "unverified",
	 "a trial account reaches only numbers that were verified at Twilio"},
	{SA_TWILIO_AWAY, SA_OUTCOME_MESSAGE_FAULT, "unreachable",
	 "the phone is off, or its carrier does not say what is wrong"},
	{SA_TWILIO_CONTENT, SA_OUTCOME_MESSAGE_FAULT, "content", "the text is not accepted"},
	{SA_TWILIO_ACCOUNT, SA_OUTCOME_CHANNEL_FAULT, "auth",
	 "the account or its token is not accepted"},
	{SA_TWILIO_SENDER, SA_OUTCOME_CHANNEL_FAULT, "sender", "the sender is not accepted"},
	{SA_TWILIO_TEMPLATE, SA_OUTCOME_CHANNEL_FAULT, "template",
	 "the WhatsApp template is not accepted"},
	{SA_TWILIO_BUSY, SA_OUTCOME_RETRY, "rate_limit", "too busy"},
};

bool
sa_twilio_account_read(const char *channel, const SaSecret *secret, SaTwilioLogin *login,
					   SaResult *result)
{
	const char *colon = strrchr(secret->destination, ':');
	char host[SA_HOST_LONGEST + 1];

	if (!sa_twilio_login_read(secret->data, login))
		return sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "config",
						  "%s credential twilio is not AC...:token or AC...:SK...:secret", channel);
	if (colon == NULL ||
		!sa_host_read(secret->destination, (size_t) (colon - secret->destination), host) ||
		!sa_host_list_has(sa_twilio_hosts, host, sa_port_read(colon + 1, strlen(colon + 1)), 443))
		return sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "config",
						  "host %s is not in stockalert.twilio_hosts", secret->destination);
	return true;
}

/* The clear form is wiped at once, as draft.c knows its length only by its NUL. */
void
sa_twilio_account_header(SaDraft *draft, const SaTwilioLogin *login)
{
	size_t password = strlen(login->password);
	size_t size = SA_TWILIO_SID_LENGTH + 1 + password;
	size_t encoded = sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_ORIGINAL);
	char *clear = sa_draft_room(draft, size);
	char *out = sa_draft_room(draft, encoded);

	if (clear == NULL || out == NULL)
		return;
	memcpy(clear, login->user, SA_TWILIO_SID_LENGTH);
	clear[SA_TWILIO_SID_LENGTH] = ':';
	memcpy(clear + SA_TWILIO_SID_LENGTH + 1, login->password, password);
	(void) sodium_bin2base64(out, encoded, (const unsigned char *) clear, size,
							 sodium_base64_VARIANT_ORIGINAL);
	sodium_memzero(clear, size);
	sa_draft_header(draft, sa_draft_printf(draft, "Authorization: Basic %s", out));
}

bool
sa_twilio_account_explain(int code, SaResult *result)
{
	SaTwilioFault fault = sa_twilio_fault(code);

	for (size_t i = 0; i < lengthof(meanings); i++)
	{
		if (meanings[i].fault != fault)
			continue;
		(void) sa_verdict(result, meanings[i].outcome, meanings[i].error_class, "Twilio %d: %s",
						  code, meanings[i].text);
		return true;
	}
	return false;
}
