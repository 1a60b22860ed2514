/*
 * smtp_replies.c: a small state machine over reply codes.
 */
#include "pure/smtp_replies.h"

#include <string.h>

void
sa_smtp_replies_start(SaSmtpReplies *replies, bool needs_tls, bool needs_auth)
{
	memset(replies, 0, sizeof(*replies));
	replies->needs_tls = needs_tls;
	replies->needs_auth = needs_auth;
	replies->stage = SA_SMTP_CONNECT;
}

static bool
read_code(const char *line, size_t length, int *code)
{
	if (length < 3)
		return false;
	*code = 0;
	for (size_t i = 0; i < 3; i++)
	{
		if (line[i] < '0' || line[i] > '9')
			return false;
		*code = *code * 10 + (line[i] - '0');
	}
	return length == 3 || line[3] == ' ' || line[3] == '-' || line[3] == '\r' || line[3] == '\n';
}

static void
keep_refusal(SaSmtpReplies *replies, int code, const char *line, size_t length)
{
	size_t kept = 0;

	replies->status = code;
	for (size_t i = 4; i < length && kept + 1 < sizeof(replies->text); i++)
	{
		if (line[i] >= 0x20 && line[i] <= 0x7e)
			replies->text[kept++] = line[i];
	}
	replies->text[kept] = '\0';
}

/*
 * Whether an EHLO line names a capability.  "AUTH=" of old servers is none:
 * libcurl does not take it for an offer either.
 */
static bool
offers(const char *line, size_t length, const char *word)
{
	size_t word_length = strlen(word);

	if (length < 4 + word_length)
		return false;
	for (size_t i = 0; i < word_length; i++)
	{
		char c = line[4 + i];

		if (c >= 'a' && c <= 'z')
			c = (char) (c - 0x20);
		if (c != word[i])
			return false;
	}
	return length == 4 + word_length || strchr(" \r\n", line[4 + word_length]) != NULL;
}

/* The EHLO is answered: TLS first where demanded, then a log-in where one is set. */
static bool
after_ehlo(SaSmtpReplies *replies)
{
	if (replies->needs_tls && !replies->encrypted)
	{
		replies->stage = SA_SMTP_STARTTLS;
		replies->tls_missing = !replies->tls_offered;
		return replies->tls_offered;
	}
	if (!replies->needs_auth)
	{
		replies->stage = SA_SMTP_MAIL;
		return true;
	}
	replies->stage = SA_SMTP_AUTH;
	replies->auth_missing = !replies->auth_offered;
	return replies->auth_offered;
}

/*
 * A connection that was kept open starts at MAIL: it was authenticated when it
 * was made, and libcurl reuses it for the same user name and password only.
 */
static bool
accept_reply(SaSmtpReplies *replies, int code)
{
	switch (replies->stage)
	{
		case SA_SMTP_CONNECT:
			replies->stage = code == 220 ? SA_SMTP_EHLO : SA_SMTP_RCPT;
			return true;
		case SA_SMTP_EHLO:
			return after_ehlo(replies);
		case SA_SMTP_STARTTLS:
			replies->encrypted = true;
			replies->auth_offered = false;
			replies->stage = SA_SMTP_EHLO;
			return true;
		case SA_SMTP_AUTH:
			if (code == 235)
				replies->stage = SA_SMTP_MAIL;
			replies->auth_missing = code != 235 && code != 334;
			return !replies->auth_missing;
		case SA_SMTP_BODY:
			replies->stage = SA_SMTP_ACCEPTED;
			return true;
		case SA_SMTP_DATA:
			replies->stage = SA_SMTP_BODY;
			return true;
		case SA_SMTP_MAIL:
		case SA_SMTP_RCPT:
			replies->stage++;
			return true;
		default:
			return true;
	}
}

/*
 * A refused EHLO is followed by HELO; every other refusal is final and stays
 * with the stage it met.
 */
bool
sa_smtp_replies_take(SaSmtpReplies *replies, const char *line, size_t length)
{
	int code;

	if (!read_code(line, length, &code))
		return true;
	if (replies->stage == SA_SMTP_EHLO && code == 250)
	{
		replies->auth_offered = replies->auth_offered || offers(line, length, "AUTH");
		replies->tls_offered = replies->tls_offered || offers(line, length, "STARTTLS");
	}
	if (length > 3 && line[3] == '-')
		return true;
	if (code >= 400)
	{
		keep_refusal(replies, code, line, length);
		return replies->stage == SA_SMTP_EHLO;
	}
	replies->status = 0;
	return accept_reply(replies, code);
}
