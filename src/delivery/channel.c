/*
 * channel.c: the channels there are.
 */
#include "postgres.h"

#include "delivery/channel.h"

static const SaChannel *const channels[] = {
	&sa_channel_email,    &sa_channel_slack,   &sa_channel_sms,
	&sa_channel_whatsapp, &sa_channel_webhook, &sa_channel_log,
};

const SaChannel *
sa_channel_find(const char *name)
{
	for (size_t i = 0; i < lengthof(channels); i++)
	{
		if (strcmp(channels[i]->name, name) == 0)
			return channels[i];
	}
	return NULL;
}
