/*
 * twilio_fate.c: what became of an SMS or WhatsApp message, by GET of its resource.
 *
 * Twilio's 201 says that it is queued there; whether a carrier delivered it, and
 * why not, is in the message's own resource, soon or hours later.  The answer
 * holds the text and both numbers, of which nothing is kept.
 */
#include "postgres.h"

#include "delivery/channels/twilio_account.h"
#include "delivery/channels/twilio_fate.h"

bool
sa_twilio_fate_ask(const char *provider_id, const SaSecret *secret, SaDraft *draft,
				   SaResult *result)
{
	SaNetRequest *request = &draft->request;
	SaTwilioLogin login;

	if (!sa_twilio_account_read("twilio", secret, &login, result))
		return false;
	/* It came from Twilio and goes into a URL. */
	if (!sa_twilio_sid_valid(provider_id, strlen(provider_id), "SM") &&
		!sa_twilio_sid_valid(provider_id, strlen(provider_id), "MM"))
		return sa_verdict(result, SA_OUTCOME_MESSAGE_FAULT, "invalid",
						  "the provider id is none of Twilio's");
	request->protocol = SA_NET_HTTPS;
	request->get = true;
	request->url =
		sa_draft_printf(draft, "https://%s/2010-04-01/Accounts/%.*s/Messages/%s.json",
						secret->destination, SA_TWILIO_SID_LENGTH, login.account, provider_id);
	sa_draft_header(draft, "Accept: application/json");
	sa_twilio_account_header(draft, &login);
	return true;
}

static void
say(SaLearnt *news, SaFate fate, const SaResult *result)
{
	news->fate = fate;
	strlcpy(news->error_class, result->error_class, sizeof(news->error_class));
	strlcpy(news->error, result->error, sizeof(news->error));
}

static void
learn_failure(const SaNetAnswer *answer, SaLearnt *news)
{
	int code = sa_twilio_error_code(answer->body, answer->body_length);
	SaResult result = {0};

	if (code == 0)
		(void) sa_verdict(&result, SA_OUTCOME_MESSAGE_FAULT, "undelivered",
						  "Twilio could not deliver it and does not say why");
	else if (!sa_twilio_account_explain(code, &result))
		(void) sa_verdict(&result, SA_OUTCOME_MESSAGE_FAULT, "undelivered",
						  "Twilio %d: it was not delivered", code);
	say(news, SA_FATE_UNDELIVERED, &result);
}

void
sa_twilio_fate_learn(const SaNetAnswer *answer, SaLearnt *news)
{
	SaResult result = {0};

	news->retry_after_ms = answer->retry_after_ms;
	if (answer->status == 404)
	{
		(void) sa_verdict(&result, SA_OUTCOME_MESSAGE_FAULT, "forgotten",
						  "HTTP 404: Twilio does not know this message any more");
		say(news, SA_FATE_FORGOTTEN, &result);
		return;
	}
	if (answer->status != 200 || answer->failure != SA_NET_ANSWERED)
	{
		if (answer->status >= 200)
			sa_verdict_http(answer, &result);
		else
			sa_verdict_network(answer, &result);
		say(news, SA_FATE_NO_ANSWER, &result);
		return;
	}
	switch (sa_twilio_fate(answer->body, answer->body_length))
	{
		case SA_TWILIO_UNREAD:
			(void) sa_verdict(&result, SA_OUTCOME_UNKNOWN, "unexpected",
							  "HTTP 200 without a status in Twilio's answer");
			say(news, SA_FATE_NO_ANSWER, &result);
			break;
		case SA_TWILIO_UNDER_WAY:
			(void) sa_verdict(&result, SA_OUTCOME_UNKNOWN, "under_way", "still queued at Twilio");
			say(news, SA_FATE_UNDER_WAY, &result);
			break;
		case SA_TWILIO_HANDED_ON:
			(void) sa_verdict(&result, SA_OUTCOME_UNKNOWN, "handed_on",
							  "handed to the carrier, which did not say more");
			say(news, SA_FATE_UNDER_WAY, &result);
			break;
		case SA_TWILIO_DELIVERED:
			say(news, SA_FATE_DELIVERED, &result);
			break;
		case SA_TWILIO_FAILED:
			learn_failure(answer, news);
			break;
	}
}
