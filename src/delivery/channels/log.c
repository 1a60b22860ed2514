/*
 * log.c: the channel without a network, also used for all others while
 * stockalert.delivery is log.
 *
 * One line a message; the recipient is masked, because server logs are read by
 * more people than address books are.
 */
#include "postgres.h"

#include "delivery/channel.h"
#include "errors.h"
#include "pure/email_address.h"
#include "pure/one_line.h"

static const char *
needs_no_credential(const char *recipient)
{
	return NULL;
}

static bool
needs_no_secret(const SaChannelConfig *config)
{
	return false;
}

/* A subject holds user data: one line, and never a format. */
void
sa_channel_log_message(const SaOutgoing *message)
{
	char recipient[320];
	char subject[1024];

	(void) sa_recipient_masked(recipient, sizeof(recipient), message->recipient);
	(void) sa_one_line(subject, sizeof(subject), message->subject, strlen(message->subject), 200);
	ereport(LOG, (errcode(SA_LOG_NOTE),
				  errmsg("stockalert message: channel=%s recipient=%s ref=%s subject=\"%s\"",
						 message->channel, recipient, message->ref, subject),
				  errhidestmt(true), errhidecontext(true)));
}

const SaChannel sa_channel_log = {
	.name = "log",
	.credential = needs_no_credential,
	.needs_secret = needs_no_secret,
	.prepare = NULL,
	.classify = NULL,
};
