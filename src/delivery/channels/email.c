/*
 * email.c: mail through the relay of the channel's row.
 *
 * A password goes only to the host it was sealed for; without one the relay
 * must be listed in stockalert.smtp_hosts.  Everything in the header is the
 * same on every try, so that a receiver can tell a repetition.
 */
#include "postgres.h"

#include "delivery/channel.h"
#include "pure/email_address.h"
#include "pure/form_text.h"
#include "pure/header_text.h"
#include "pure/host.h"
#include "pure/mail_text.h"
#include "settings.h"

typedef struct SaSecurityRow
{
	const char *name;
	const char *scheme;
	SaNetProtocol protocol;
	int port;
} SaSecurityRow;

static const SaSecurityRow securities[] = {
	{"starttls", "smtp", SA_NET_SMTP_STARTTLS, 587},
	{"tls", "smtps", SA_NET_SMTP_TLS, 465},
	{"none", "smtp", SA_NET_SMTP_PLAIN, 25},
};

static const char *
credential_is_smtp(const char *recipient)
{
	return "smtp";
}

static bool
needs_secret(const SaChannelConfig *config)
{
	return config->username != NULL;
}

static const SaSecurityRow *
find_security(const char *name)
{
	for (size_t i = 0; name != NULL && i < lengthof(securities); i++)
	{
		if (strcmp(securities[i].name, name) == 0)
			return &securities[i];
	}
	return NULL;
}

/* Unencrypted SMTP needs both the setting and the host in the list, with a password or not. */
static bool
check_relay(const SaChannelConfig *config, const SaSecurityRow *security, const SaSecret *secret,
			const char *host, int port, SaResult *result)
{
	bool listed = sa_host_list_has(sa_smtp_hosts, host, port, security->port);
	char destination[SA_HOST_LONGEST + 8];

	snprintf(destination, sizeof(destination), "%s:%d", host, port);
	if (security->protocol == SA_NET_SMTP_PLAIN && !sa_allow_http)
		return sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "config",
						  "email security is none and stockalert.allow_http is off");
	if (config->username != NULL && strcmp(secret->destination, destination) != 0)
		return sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "config",
						  "credential smtp was set for %s, not for %s", secret->destination,
						  destination);
	if (!listed && (config->username == NULL || security->protocol == SA_NET_SMTP_PLAIN))
		return sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "config",
						  "host %s is not in stockalert.smtp_hosts", destination);
	return true;
}

static const char *
encode_header(SaDraft *draft, const char *text, bool phrase, size_t column)
{
	size_t length = strlen(text);
	size_t (*encode)(char *, size_t, const char *, size_t, size_t) =
		phrase ? sa_header_phrase : sa_header_text;
	size_t needed = encode(NULL, 0, text, length, column);
	char *out = sa_draft_room(draft, needed);

	if (out == NULL)
		return "";
	(void) encode(out, needed + 1, text, length, column);
	return out;
}

static void
add_mailbox(SaDraft *draft, const char *header, const char *name, const char *address)
{
	if (name == NULL || name[0] == '\0')
		sa_draft_header(draft, sa_draft_printf(draft, "%s: <%s>", header, address));
	else
		sa_draft_header(draft, sa_draft_printf(draft, "%s: %s\r\n <%s>", header,
											   encode_header(draft, name, true, 6), address));
}

/*
 * Where mail programs send a wish to be left alone: to the sender, who finds
 * the person by the ref and switches the contact off.
 */
static void
add_unsubscribe(SaDraft *draft, const SaOutgoing *message, const char *sender)
{
	const char *at = strchr(sender, '@');
	char local[3 * SA_EMAIL_ADDRESS_LONGEST + 1];
	char ref[32];

	(void) sa_form_text(local, sizeof(local), sender, at - sender);
	(void) sa_form_text(ref, sizeof(ref), message->ref, strlen(message->ref));
	sa_draft_header(draft, sa_draft_printf(draft,
										   "List-Unsubscribe:\r\n"
										   " <mailto:%s%s?subject=unsubscribe%%20%s>",
										   local, at, ref));
}

/* The domain behind Message-ID and EHLO is the sender's: the machine's own name stays inside. */
static void
add_headers(SaDraft *draft, const SaOutgoing *message, const char *sender)
{
	const char *domain = strchr(sender, '@') + 1;
	char date[48];

	(void) sa_mail_date(date, sizeof(date), message->occurred_unix);
	add_mailbox(draft, "From", sa_shop_name, sender);
	add_mailbox(draft, "To", message->recipient_name, message->recipient);
	sa_draft_header(draft, sa_draft_printf(draft, "Subject: %s",
										   encode_header(draft, message->subject, false, 9)));
	sa_draft_header(draft, sa_draft_printf(draft, "Date: %s", date));
	sa_draft_header(draft, sa_draft_printf(draft, "Message-ID: <stockalert.%lld.%s@%s>",
										   (long long) message->message_id,
										   message->installation_text, domain));
	sa_draft_header(draft, "Auto-Submitted: auto-generated");
	add_unsubscribe(draft, message, sender);
	sa_draft_header(draft, sa_draft_printf(draft, "X-StockAlert-Ref: %s",
										   encode_header(draft, message->ref, false, 18)));
}

static bool
check_addresses(const SaOutgoing *message, const SaChannelConfig *config, SaResult *result)
{
	if (config->sender == NULL || !sa_email_address_valid(config->sender))
		return sa_verdict(result, SA_OUTCOME_UNCONFIGURED, "unconfigured",
						  "email sender address is missing or not an address");
	if (!sa_email_address_valid(message->recipient))
		return sa_verdict(result, SA_OUTCOME_MESSAGE_FAULT, "address",
						  "the recipient is not an e-mail address");
	if (!sa_header_safe(message->installation_text))
		return sa_verdict(result, SA_OUTCOME_MESSAGE_FAULT, "invalid", "bad installation id");
	return true;
}

static bool
prepare_mail(const SaOutgoing *message, const SaChannelConfig *config, const SaSecret *secret,
			 SaDraft *draft, SaResult *result)
{
	const SaSecurityRow *security = find_security(config->security);
	SaNetRequest *request = &draft->request;
	char host[SA_HOST_LONGEST + 1];
	int port;

	if (config->host == NULL || config->host[0] == '\0')
		return sa_verdict(result, SA_OUTCOME_UNCONFIGURED, "unconfigured",
						  "email is not configured");
	if (security == NULL || !sa_host_read(config->host, strlen(config->host), host))
		return sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "config",
						  "email host or security is not valid");
	port = config->port == 0 ? security->port : config->port;
	if (!check_addresses(message, config, result) ||
		!check_relay(config, security, secret, host, port, result))
		return false;
	request->protocol = security->protocol;
	request->url = sa_draft_printf(draft, "%s://%s:%d/%s", security->scheme, host, port,
								   strchr(config->sender, '@') + 1);
	request->mail_from = config->sender;
	request->mail_to = message->recipient;
	request->username = config->username;
	request->password = config->username == NULL ? NULL : secret->data;
	request->text = sa_draft_encode(draft, sa_mail_body, message->body);
	request->html =
		message->html == NULL ? NULL : sa_draft_encode(draft, sa_mail_body, message->html);
	add_headers(draft, message, config->sender);
	return true;
}

/* A refusal is judged by what was refused: us (greeting, log-in, sender) or this message. */
static void
classify_refusal(const SaNetAnswer *answer, SaResult *result)
{
	int status = answer->status;
	bool wants_login = status == 530 || status == 534 || status == 535 || status == 538;

	if (wants_login || (answer->stage == SA_SMTP_AUTH && status >= 500))
		(void) sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "auth",
						  "SMTP %d: the server refuses the user name or password", status);
	else if (status < 500)
		(void) sa_verdict(result, SA_OUTCOME_RETRY, "deferred", "SMTP %d %s", status, answer->body);
	else if (answer->stage <= SA_SMTP_MAIL && status != 552)
		(void) sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "refused", "SMTP %d %s", status,
						  answer->body);
	else
		(void) sa_verdict(result, SA_OUTCOME_MESSAGE_FAULT, "rejected", "SMTP %d %s", status,
						  answer->body);
}

static void
classify_answer(const SaNetAnswer *answer, SaResult *result)
{
	result->status = answer->status;
	if (answer->stage == SA_SMTP_ACCEPTED)
	{
		result->status = 250;
		(void) sa_verdict(result, SA_OUTCOME_SENT, "", "%s", "");
	}
	else if (answer->status >= 400 && answer->failure != SA_NET_STOPPED)
		classify_refusal(answer, result);
	else
		sa_verdict_network(answer, result);
}

const SaChannel sa_channel_email = {
	.name = "email",
	.credential = credential_is_smtp,
	.needs_secret = needs_secret,
	.prepare = prepare_mail,
	.classify = classify_answer,
};
