/*
 * twilio.c: SMS and WhatsApp by Twilio's Messages resource.
 *
 * Twilio has no idempotency key: what may have been accepted is marked
 * maybe_twice, and the text carries the ref.  "Accepted" means queued at
 * Twilio; twilio_fate.c asks what a carrier did later.  WhatsApp wants a
 * template that Meta approved; text of our own it takes only within 24 hours of
 * a message from the recipient, of which nothing is known here.
 */
#include "postgres.h"

#include "delivery/channels/twilio_account.h"
#include "delivery/channels/twilio_fate.h"
#include "pure/form_text.h"

#define SMS_LONGEST 1600

static const char *
credential_is_twilio(const char *recipient)
{
	return "twilio";
}

static bool
needs_secret(const SaChannelConfig *config)
{
	return true;
}

static const char *
encode(SaDraft *draft, const char *text)
{
	return sa_draft_encode(draft, sa_form_text, text);
}

/* A messaging service chooses the number itself. */
static const char *
encode_sender(SaDraft *draft, const char *sender, const char *prefix)
{
	if (sa_twilio_sid_valid(sender, strlen(sender), "MG"))
		return sa_draft_printf(draft, "MessagingServiceSid=%s", sender);
	return sa_draft_printf(draft, "From=%s%s", encode(draft, prefix), encode(draft, sender));
}

static bool
is_phone_number(const char *text)
{
	size_t digits = text[0] == '+' ? strspn(text + 1, "0123456789") : 0;

	return digits >= 7 && digits <= 15 && text[1] != '0' && text[1 + digits] == '\0';
}

static bool
prepare_post(const char *prefix, const char *content, const SaOutgoing *message,
			 const SaChannelConfig *config, const SaSecret *secret, SaDraft *draft,
			 SaResult *result)
{
	SaNetRequest *request = &draft->request;
	SaTwilioLogin login;

	if (config->sender == NULL || config->sender[0] == '\0')
		return sa_verdict(result, SA_OUTCOME_UNCONFIGURED, "unconfigured",
						  "%s sender not configured", message->channel);
	if (!sa_twilio_account_read(message->channel, secret, &login, result))
		return false;
	if (!is_phone_number(message->recipient))
		return sa_verdict(result, SA_OUTCOME_MESSAGE_FAULT, "address",
						  "the recipient is not a phone number");
	request->protocol = SA_NET_HTTPS;
	request->url = sa_draft_printf(draft, "https://%s/2010-04-01/Accounts/%.*s/Messages.json",
								   secret->destination, SA_TWILIO_SID_LENGTH, login.account);
	request->body = sa_draft_printf(draft, "To=%s%s&%s&%s", encode(draft, prefix),
									encode(draft, message->recipient),
									encode_sender(draft, config->sender, prefix), content);
	request->body_length = strlen(request->body);
	sa_draft_header(draft, "Content-Type: application/x-www-form-urlencoded");
	sa_draft_header(draft, "Accept: application/json");
	sa_draft_header(draft, "Expect:");
	sa_twilio_account_header(draft, &login);
	return true;
}

static bool
prepare_sms(const SaOutgoing *message, const SaChannelConfig *config, const SaSecret *secret,
			SaDraft *draft, SaResult *result)
{
	if (message->body[0] == '\0' || strlen(message->body) > 4 * SMS_LONGEST)
		return sa_verdict(result, SA_OUTCOME_MESSAGE_FAULT, "invalid",
						  "the message is empty or longer than %d characters", SMS_LONGEST);
	return prepare_post("", sa_draft_printf(draft, "Body=%s", encode(draft, message->body)),
						message, config, secret, draft, result);
}

/* The body is the JSON of the template's variables. */
static bool
prepare_whatsapp(const SaOutgoing *message, const SaChannelConfig *config, const SaSecret *secret,
				 SaDraft *draft, SaResult *result)
{
	const char *content = config->content_sid;

	if (content == NULL)
		return sa_verdict(result, SA_OUTCOME_UNCONFIGURED, "unconfigured",
						  "whatsapp template not configured");
	if (!sa_twilio_sid_valid(content, strlen(content), "HX"))
		return sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "config",
						  "whatsapp template is not the sid of a content (HX...)");
	return prepare_post("whatsapp:",
						sa_draft_printf(draft, "ContentSid=%s&ContentVariables=%s", content,
										encode(draft, message->body)),
						message, config, secret, draft, result);
}

static void
classify_answer(const SaNetAnswer *answer, SaResult *result)
{
	char sid[SA_TWILIO_SID_LENGTH + 1];
	int code;

	result->status = answer->status;
	if (answer->status < 200)
	{
		sa_verdict_network(answer, result);
		return;
	}
	sa_verdict_http(answer, result);
	code = sa_twilio_code(answer->body, answer->body_length);
	if (result->outcome != SA_OUTCOME_SENT)
	{
		if (!sa_twilio_account_explain(code, result) && code != 0)
			snprintf(result->error, sizeof(result->error), "HTTP %d, Twilio %d", answer->status,
					 code);
	}
	else if (sa_twilio_message_sid(answer->body, answer->body_length, sid))
		strlcpy(result->provider_id, sid, sizeof(result->provider_id));
	else if (answer->status != 201)
		(void) sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "unexpected",
						  "HTTP %d without a message in Twilio's answer", answer->status);
}

const SaChannel sa_channel_sms = {
	.name = "sms",
	.credential = credential_is_twilio,
	.needs_secret = needs_secret,
	.prepare = prepare_sms,
	.classify = classify_answer,
	.ask = sa_twilio_fate_ask,
	.learn = sa_twilio_fate_learn,
};

const SaChannel sa_channel_whatsapp = {
	.name = "whatsapp",
	.credential = credential_is_twilio,
	.needs_secret = needs_secret,
	.prepare = prepare_whatsapp,
	.classify = classify_answer,
	.ask = sa_twilio_fate_ask,
	.learn = sa_twilio_fate_learn,
};
