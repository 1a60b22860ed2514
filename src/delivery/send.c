/*
 * send.c: one message from its stored form to its outcome.
 *
 * Between begin and the answer a transfer is a malloc'd SaSending: this code
 * runs without a transaction, and an error of the worker elsewhere must not
 * take the memory of a running transfer away.  An opened secret stays until
 * the answer is in, so that an answer which repeats it can be cleaned.
 */
#include "postgres.h"

#include <unistd.h>

#include "storage/ipc.h"

#include "delivery/channel.h"
#include "delivery/opened.h"
#include "delivery/send.h"
#include "errors.h"
#include "settings.h"

#define ANSWER_LIMIT 65536

typedef struct SaSending
{
	struct SaSending *next;
	const SaChannel *channel;
	SaOpened *opened; /* NULL: it needs no secret */
	SaFinished finished;
} SaSending;

static const SaTransport *const transport = &sa_curl_transport;

/* Answered and not yet fetched, oldest first. */
static SaSending *first_finished = NULL;
static SaSending **last_finished = &first_finished;
static int finished_count = 0;

static SaNetOptions
read_options(void)
{
	SaNetOptions options;

	options.ca_file = sa_ca_file;
	options.allowed_networks = sa_allowed_networks;
	options.connect_ms = sa_connect_timeout;
	options.total_ms = sa_delivery_timeout;
	options.body_limit = ANSWER_LIMIT;
	return options;
}

/* What a person should know about the network's settings, once and after each change. */
static void
report_options(const char *why)
{
	if (why != NULL)
		ereport(WARNING, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", why),
						  errdetail("Until it is corrected only public addresses are connected.")));
	else if (sa_allowed_networks != NULL && sa_allowed_networks[0] != '\0')
		ereport(LOG, (errcode(SA_LOG_NOTE), errmsg("stockalert may connect to private networks: %s",
												   sa_allowed_networks)));
	if (sa_allow_http)
		ereport(LOG, (errcode(ERRCODE_WARNING),
					  errmsg("stockalert may send without encryption to listed hosts"),
					  errhint("Turn stockalert.allow_http off unless a relay on a trusted network "
							  "needs it.")));
	if (sa_ca_file != NULL && sa_ca_file[0] != '\0' && access(sa_ca_file, R_OK) != 0)
		ereport(WARNING, (errcode_for_file_access(),
						  errmsg("cannot read stockalert.ca_file \"%s\": %m", sa_ca_file),
						  errdetail("No encrypted connection will be trusted.")));
}

/* However the worker ends, no thread of ours runs while the process is taken down. */
static void
stop_at_exit(int code, Datum argument)
{
	sa_send_stop();
}

bool
sa_send_start(const char **why)
{
	SaNetOptions options = read_options();

	*why = NULL;
	if (!transport->start(&options, why))
		return false;
	before_shmem_exit(stop_at_exit, (Datum) 0);
	report_options(*why);
	*why = NULL;
	return true;
}

void
sa_send_reload(void)
{
	SaNetOptions options = read_options();
	const char *why = NULL;

	sa_opened_renew();
	(void) transport->configure(&options, &why);
	report_options(why);
}

const char *
sa_send_credential(const char *channel, const char *recipient)
{
	const SaChannel *found = sa_channel_find(channel);

	return found == NULL ? NULL : found->credential(recipient);
}

static void
free_sending(SaSending *sending)
{
	sa_opened_leave(sending->opened);
	free(sending);
}

/* Called by the transport, outside of libcurl's callbacks. */
static void
take_answer(void *context, const SaNetAnswer *answer)
{
	SaSending *sending = context;
	SaResult *result = &sending->finished.result;

	sending->channel->classify(answer, result);
	(void) sa_vault_redact(result->error);
	sa_opened_leave(sending->opened);
	sending->opened = NULL;
	sending->next = NULL;
	*last_finished = sending;
	last_finished = &sending->next;
	finished_count++;
}

/* False: the channel waits, and *result says for what. */
static bool
open_secret(const SaChannel *channel, const SaChannelConfig *config, SaOpened **opened,
			SaResult *result)
{
	SaOpenStatus status;
	char why[160];

	if (!channel->needs_secret(config))
		return true;
	if (config->credential_name == NULL || config->sealed == NULL || config->sealed_length == 0)
		return sa_verdict(result, SA_OUTCOME_UNCONFIGURED, "unconfigured",
						  "%s credentials not configured", channel->name);
	/* The destination that counts is the sealed one; the row's, where set, must be the same. */
	status = sa_opened_join(config, opened);
	if (status == SA_OPEN_OK)
		return true;
	sa_vault_explain(status, config->sealed, config->sealed_length, why, sizeof(why));
	return sa_verdict(result, SA_OUTCOME_UNCONFIGURED, "credential", "%s credential: %s",
					  channel->name, why);
}

/* Builds the request and hands it over; the draft's strings are copied by then. */
static bool
begin_transfer(SaSending *sending, const SaOutgoing *message, const SaChannelConfig *config,
			   SaResult *result)
{
	static const SaSecret none = {0};
	const SaSecret *secret = sending->opened == NULL ? &none : sa_opened_secret(sending->opened);
	SaDraft draft;
	const char *why = NULL;
	bool begun = false;

	memset(&draft, 0, sizeof(draft));
	if (sending->channel->prepare(message, config, secret, &draft, result))
	{
		if (draft.failed)
			(void) sa_verdict(result, SA_OUTCOME_RETRY, "internal", "out of memory");
		else if (transport->begin(&draft.request, take_answer, sending, &why))
			begun = true;
		else
			(void) sa_verdict(result, SA_OUTCOME_MESSAGE_FAULT, "invalid", "%s", why);
	}
	sa_draft_free(&draft);
	return begun;
}

/* Whether it has to leave the machine at all; false: *result is the end of it. */
static bool
must_leave(const SaChannel *channel, const SaOutgoing *message, const SaChannelConfig *config,
		   SaResult *result)
{
	if (sa_delivery == SA_DELIVERY_OFF)
		return sa_verdict(result, SA_OUTCOME_UNCONFIGURED, "off", "stockalert.delivery is off");
	if (sa_delivery == SA_DELIVERY_LOG || (channel != NULL && channel->prepare == NULL))
	{
		sa_channel_log_message(message);
		return sa_verdict(result, SA_OUTCOME_LOGGED, "", "%s", "");
	}
	if (channel == NULL || config == NULL)
		return sa_verdict(result, SA_OUTCOME_UNCONFIGURED, "unconfigured", "%s is not configured",
						  message->channel);
	return true;
}

bool
sa_send_begin(const SaOutgoing *message, const SaChannelConfig *config, SaResult *result)
{
	const SaChannel *channel = sa_channel_find(message->channel);
	SaSending *sending;

	memset(result, 0, sizeof(*result));
	result->retry_after_ms = -1;
	if (!must_leave(channel, message, config, result))
		return false;
	sending = calloc(1, sizeof(SaSending));
	if (sending == NULL)
		return sa_verdict(result, SA_OUTCOME_RETRY, "internal", "out of memory");
	sending->channel = channel;
	sending->finished.queue_id = message->queue_id;
	sending->finished.result = *result;
	if (open_secret(channel, config, &sending->opened, result) &&
		begin_transfer(sending, message, config, result))
		return true;
	free_sending(sending);
	return false;
}

int
sa_send_fd(void)
{
	return transport->fd();
}

long
sa_send_timeout(void)
{
	return finished_count > 0 ? 0 : transport->timeout();
}

int
sa_send_poll(SaFinished *finished, int max)
{
	int count = 0;

	transport->drive();
	while (count < max && first_finished != NULL)
	{
		SaSending *sending = first_finished;

		first_finished = sending->next;
		if (first_finished == NULL)
			last_finished = &first_finished;
		finished[count++] = sending->finished;
		finished_count--;
		free_sending(sending);
	}
	return count;
}

int
sa_send_in_flight(void)
{
	return transport->in_flight() + finished_count;
}

void
sa_send_stop(void)
{
	transport->stop();
	while (first_finished != NULL)
	{
		SaSending *sending = first_finished;

		first_finished = sending->next;
		free_sending(sending);
	}
	last_finished = &first_finished;
	finished_count = 0;
}
