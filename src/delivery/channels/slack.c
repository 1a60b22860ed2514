/*
 * slack.c: Slack's incoming webhooks.
 *
 * The secret is the whole webhook URL.  Its host must be the one sealed with
 * it and be listed in stockalert.slack_hosts; nothing of its path ever leaves
 * this file except to libcurl.
 */
#include "postgres.h"

#include "delivery/channel.h"
#include "pure/host.h"
#include "pure/url.h"
#include "settings.h"

#define SLACK_BODY_LONGEST 65536

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
check_url(const SaSecret *secret, SaUrl *url, SaResult *result)
{
	char destination[SA_HOST_LONGEST + 8];

	if (!sa_url_read(secret->data, url) ||
		(url->scheme != SA_URL_HTTPS && url->scheme != SA_URL_HTTP) || url->path[0] != '/' ||
		url->path[1] == '\0')
		return sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "config",
						  "slack credential is not a webhook URL such as "
						  "https://hooks.slack.com/services/...");
	if (url->scheme == SA_URL_HTTP && !sa_allow_http)
		return sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "config",
						  "slack credential is an http URL and stockalert.allow_http is off");
	snprintf(destination, sizeof(destination), "%s:%d", url->host, url->port);
	if (strcmp(destination, secret->destination) != 0)
		return sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "config",
						  "slack credential is for another host than its destination");
	if (!sa_host_list_has(sa_slack_hosts, url->host, url->port, 443))
		return sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "config",
						  "host %s is not in stockalert.slack_hosts", destination);
	return true;
}

static bool
prepare_post(const SaOutgoing *message, const SaChannelConfig *config, const SaSecret *secret,
			 SaDraft *draft, SaResult *result)
{
	SaNetRequest *request = &draft->request;
	SaUrl url;

	if (!check_url(secret, &url, result))
		return false;
	request->body_length = strlen(message->body);
	if (request->body_length == 0 || request->body_length > SLACK_BODY_LONGEST)
		return sa_verdict(result, SA_OUTCOME_MESSAGE_FAULT, "invalid",
						  "the message is empty or longer than %d bytes", SLACK_BODY_LONGEST);
	request->protocol = url.scheme == SA_URL_HTTPS ? SA_NET_HTTPS : SA_NET_HTTP;
	request->url = secret->data;
	request->body = message->body;
	sa_draft_header(draft, "Content-Type: application/json; charset=utf-8");
	sa_draft_header(draft, "Expect:");
	return true;
}

/* Slack's errors are single words; only such a word is kept, whatever the server wrote. */
static void
keep_word(const SaNetAnswer *answer, char *word, size_t room)
{
	size_t kept = 0;

	while (kept < answer->body_length && kept + 1 < room)
	{
		char c = answer->body[kept];

		if (!((c >= 'a' && c <= 'z') || c == '_'))
			break;
		word[kept++] = c;
	}
	if (kept < answer->body_length && strchr(" \r\n", answer->body[kept]) == NULL)
		kept = 0;
	word[kept] = '\0';
}

/* A 200 that is a web page comes from something in between, not from Slack. */
static void
classify_answer(const SaNetAnswer *answer, SaResult *result)
{
	char word[48];

	result->status = answer->status;
	if (answer->status < 200)
	{
		sa_verdict_network(answer, result);
		return;
	}
	sa_verdict_http(answer, result);
	if (result->outcome == SA_OUTCOME_SENT)
	{
		if (answer->body[0] == '<')
			(void) sa_verdict(result, SA_OUTCOME_CHANNEL_FAULT, "unexpected",
							  "HTTP %d with a web page instead of Slack's answer", answer->status);
		return;
	}
	keep_word(answer, word, sizeof(word));
	if (word[0] != '\0')
		snprintf(result->error, sizeof(result->error), "HTTP %d: %s", answer->status, word);
}

const SaChannel sa_channel_slack = {
	.name = "slack",
	.credential = recipient_is_credential,
	.needs_secret = needs_secret,
	.prepare = prepare_post,
	.classify = classify_answer,
};
