/*
 * webhook.c: a signed POST to a receiver of one's own, by Standard Webhooks.
 *
 * The secret is the URL, '#', and the signing secret (whsec_...); more secrets
 * behind further '#' while one is changed.  The host is the one sealed with
 * it.  webhook-id is the same on every try, so a receiver can tell a
 * repetition; the time and the signature are of the try.
 */
#include "postgres.h"

#include <time.h>

#include "delivery/channel.h"
#include "pure/header_text.h"
#include "pure/host.h"
#include "pure/url.h"
#include "pure/webhook_signature.h"
#include "settings.h"

static const char *
recipient_is_credential(const char *recipient)
{
	return recipient;
}

static bool
needs_secret(const SaChannelConfig *config)
{
	return true;
}

/* Says what is wrong with the opened secret without showing any of it. */
static bool
check_url(const char *text, const SaSecret *secret, SaUrl *url, SaResult *result)
{
	char destination[SA_HOST_LONGEST + 8];

	if (!sa_url_read(text, url) || (url->scheme != SA_URL_HTTPS && url->scheme != SA_URL_HTTP))
		return sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "config",
						  "webhook credential is not https://host/path#whsec_secret");
	if (url->scheme == SA_URL_HTTP && !sa_allow_http)
		return sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "config",
						  "webhook credential is an http URL and stockalert.allow_http is off");
	snprintf(destination, sizeof(destination), "%s:%d", url->host, url->port);
	if (strcmp(destination, secret->destination) != 0)
		return sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "config",
						  "webhook credential is for another host than its destination");
	return true;
}

/* The seconds are those of the clock, whatever time stock is judged at: receivers compare them. */
static bool
add_headers(SaDraft *draft, const SaOutgoing *message, const char *secrets, SaResult *result)
{
	char signature[SA_WEBHOOK_SIGNATURE_ROOM];
	const char *id = sa_draft_printf(draft, "stockalert.%lld.%s", (long long) message->message_id,
									 message->installation_text);
	const char *timestamp = sa_draft_printf(draft, "%lld", (long long) time(NULL));

	if (!sa_header_safe(message->installation_text))
		return sa_verdict(result, SA_OUTCOME_MESSAGE_FAULT, "invalid", "bad installation id");
	if (!sa_webhook_sign(signature, secrets, id, timestamp, message->body, strlen(message->body)))
		return sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "config",
						  "webhook credential has no signing secret behind '#': whsec_ and base64 "
						  "of 24 to 64 bytes");
	sa_draft_header(draft, "Content-Type: application/json; charset=utf-8");
	sa_draft_header(draft, "Expect:");
	sa_draft_header(draft, sa_draft_printf(draft, "webhook-id: %s", id));
	sa_draft_header(draft, sa_draft_printf(draft, "webhook-timestamp: %s", timestamp));
	sa_draft_header(draft, sa_draft_printf(draft, "webhook-signature: %s", signature));
	return true;
}

static bool
prepare_post(const SaOutgoing *message, const SaChannelConfig *config, const SaSecret *secret,
			 SaDraft *draft, SaResult *result)
{
	SaNetRequest *request = &draft->request;
	size_t length = strcspn(secret->data, "#");
	const char *secrets = secret->data[length] == '#' ? secret->data + length + 1 : "";
	const char *text = sa_draft_printf(draft, "%.*s", (int) length, secret->data);
	SaUrl url;

	if (!check_url(text, secret, &url, result))
		return false;
	request->protocol = url.scheme == SA_URL_HTTPS ? SA_NET_HTTPS : SA_NET_HTTP;
	request->url = text;
	request->body = message->body;
	request->body_length = strlen(message->body);
	return add_headers(draft, message, secrets, result);
}

/* 410 is the receiver's way to say "never again"; 502 and 504 are a gateway's to say "not now". */
static void
classify_answer(const SaNetAnswer *answer, SaResult *result)
{
	result->status = answer->status;
	if (answer->status < 200)
		sa_verdict_network(answer, result);
	else if (answer->status == 410)
		(void) sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "gone",
						  "HTTP 410: the receiver wants no more messages");
	else
		sa_verdict_http(answer, result);
}

const SaChannel sa_channel_webhook = {
	.name = "webhook",
	.credential = recipient_is_credential,
	.needs_secret = needs_secret,
	.prepare = prepare_post,
	.classify = classify_answer,
};
