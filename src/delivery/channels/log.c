/*
 * log.c: the channel without a network, also used for all others while
 * stockalert.delivery is log.
 *
 * One line a message; the recipient is masked, because server logs are read by
 * more people than address books are.
 */
#include "postgres.h"

#include "delivery/channel.h"
#include "pure/email_address.h"
#include "pure/utf8.h"

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

/* A subject holds user data: one line, no control characters, never a format. */
static void
copy_one_line(char *out, size_t room, const char *text)
{
	size_t length = strlen(text);
	size_t kept = 0;
	size_t at = 0;

	while (at < length)
	{
		size_t size = sa_utf8_size(text + at, length - at);
		bool control = size == 0 || sa_utf8_is_control(text + at, size);

		if (kept + (control ? 1 : size) >= room)
			break;
		if (control)
			out[kept++] = ' ';
		else
		{
			memcpy(out + kept, text + at, size);
			kept += size;
		}
		at += size == 0 ? 1 : size;
	}
	out[kept] = '\0';
}

void
sa_channel_log_message(const SaOutgoing *message)
{
	char recipient[320];
	char subject[512];

	(void) sa_recipient_masked(recipient, sizeof(recipient), message->recipient);
	copy_one_line(subject, sizeof(subject), message->subject);
	ereport(LOG, (errmsg("stockalert message: channel=%s recipient=%s ref=%s subject=\"%s\"",
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
