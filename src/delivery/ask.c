/*
 * ask.c: a question to a provider about one message, from its number to the answer.
 *
 * Memory is malloc'd as in send.c, for the same reason.  The secret is wiped as
 * soon as the request is made: no word of the answer is kept.
 */
#include "postgres.h"

#include "delivery/ask.h"
#include "delivery/channel.h"

typedef struct SaAsking
{
	struct SaAsking *next;
	const SaChannel *channel;
	SaLearnt news;
} SaAsking;

static const SaTransport *const transport = &sa_curl_transport;

/* Answered and not yet fetched. */
static SaAsking *first_answered = NULL;
static int answered = 0;

static bool
no_answer(SaLearnt *news, const SaResult *result)
{
	news->fate = SA_FATE_NO_ANSWER;
	strlcpy(news->error_class, result->error_class, sizeof(news->error_class));
	strlcpy(news->error, result->error, sizeof(news->error));
	return false;
}

/* Called by the transport, outside of libcurl's callbacks. */
static void
take_answer(void *context, const SaNetAnswer *answer)
{
	SaAsking *asking = context;

	asking->channel->learn(answer, &asking->news);
	asking->next = first_answered;
	first_answered = asking;
	answered++;
}

/* The draft's strings are copied before it returns. */
static bool
hand_over(const SaChannel *channel, const SaLearnt *news, const SaDraft *draft, SaResult *result)
{
	SaAsking *asking = calloc(1, sizeof(SaAsking));
	const char *why = NULL;

	if (asking == NULL || draft->failed)
	{
		free(asking);
		return sa_verdict(result, SA_OUTCOME_RETRY, "internal", "out of memory");
	}
	asking->channel = channel;
	asking->news = *news;
	if (transport->begin(&draft->request, take_answer, asking, &why))
		return true;
	free(asking);
	return sa_verdict(result, SA_OUTCOME_RETRY, "internal", "%s", why);
}

/* The secret is wiped before it returns. */
static bool
begin_transfer(const SaChannel *channel, const SaLearnt *news, const SaChannelConfig *config,
			   SaResult *result)
{
	SaSecret secret;
	SaDraft draft;
	bool begun = false;
	SaOpenStatus status;

	if (config->sealed == NULL || config->sealed_length == 0)
		return sa_verdict(result, SA_OUTCOME_UNCONFIGURED, "unconfigured",
						  "%s credentials not configured", channel->name);
	status = sa_vault_open(config->sealed, config->sealed_length, config->installation,
						   config->credential_name, config->destination, &secret);
	if (status != SA_OPEN_OK)
		return sa_verdict(result, SA_OUTCOME_UNCONFIGURED, "credential",
						  "%s credential cannot be opened", channel->name);
	memset(&draft, 0, sizeof(draft));
	if (channel->ask(news->provider_id, &secret, &draft, result))
		begun = hand_over(channel, news, &draft, result);
	sa_draft_free(&draft);
	sa_vault_forget(&secret);
	return begun;
}

bool
sa_ask_begin(const char *provider_id, const char *channel, const SaChannelConfig *config,
			 SaLearnt *news)
{
	const SaChannel *asked = sa_channel_find(channel);
	SaResult result;

	memset(news, 0, sizeof(*news));
	memset(&result, 0, sizeof(result));
	strlcpy(news->provider_id, provider_id, sizeof(news->provider_id));
	news->retry_after_ms = -1;
	if (asked == NULL || asked->ask == NULL || config == NULL)
		(void) sa_verdict(&result, SA_OUTCOME_UNCONFIGURED, "unconfigured", "%s is not configured",
						  channel);
	else if (begin_transfer(asked, news, config, &result))
		return true;
	return no_answer(news, &result);
}

int
sa_ask_answered(void)
{
	return answered;
}

int
sa_ask_fetch(SaLearnt *news, int max)
{
	int count = 0;

	while (first_answered != NULL && count < max)
	{
		SaAsking *asking = first_answered;

		first_answered = asking->next;
		answered--;
		news[count++] = asking->news;
		free(asking);
	}
	return count;
}
