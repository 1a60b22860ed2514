/*
 * exchange.c: requests of the machines, and their answers.
 *
 * The transport calls take_answer() outside of any transaction; an answer is
 * copied, checked to be JSON, judged by the connector, and kept until the
 * machine gets its transaction.
 */
#include "postgres.h"

#include <sodium.h>

#include "storage/ipc.h"

#include "net/transport.h"
#include "pos/round.h"
#include "settings.h"

#define BODY_MOST (4 * 1024 * 1024)
/* A page of a thousand rows may take twice as long as a message. */
#define TOTAL_MS (2L * sa_delivery_timeout)

static const SaTransport *const transport = &sa_curl_transport;

static SaNetOptions
read_options(void)
{
	SaNetOptions options = {.ca_file = sa_ca_file,
							.allowed_networks = sa_allowed_networks,
							.connect_ms = sa_connect_timeout,
							.total_ms = TOTAL_MS,
							.body_limit = BODY_MOST};

	return options;
}

/* No thread of a resolver outlives the process's memory. */
static void
stop_at_exit(int code, Datum argument)
{
	transport->stop();
}

bool
sa_exchange_start(const char **why)
{
	SaNetOptions options = read_options();

	*why = NULL;
	if (!transport->start(&options, why))
		return false;
	before_shmem_exit(stop_at_exit, (Datum) 0);
	*why = NULL;
	return true;
}

void
sa_exchange_reload(void)
{
	SaNetOptions options = read_options();
	const char *why = NULL;

	(void) transport->configure(&options, &why);
}

/* False: memory is out.  Sets *json where it is an answer to be read. */
static bool
keep_body(SaSync *sync, const SaNetAnswer *answer, bool *json)
{
	sa_round_free_body(sync);
	*json = false;
	sync->body = malloc(answer->body_length + 1);
	if (sync->body == NULL)
		return false;
	memcpy(sync->body, answer->body, answer->body_length);
	sync->body[answer->body_length] = '\0';
	sync->body_length = answer->body_length;
	*json = sa_json_scrub(sync->body, sync->body_length);
	return true;
}

static void
act_on_answer(SaSync *sync, int64 now)
{
	if (sync->purpose == SA_PURPOSE_RENEW)
		sa_token_take_renewal(sync, now);
	else if (sync->page.fault != SA_POS_OK)
		sa_round_fault(sync, now);
	else if (sync->purpose == SA_PURPOSE_STATUS)
		sync->phase = SA_PHASE_FINISH;
	else
		sync->phase = SA_PHASE_APPLY;
}

static void
take_answer(void *context, const SaNetAnswer *answer)
{
	SaSync *sync = context;
	SaNetAnswer kept = *answer;
	bool json = false;

	if (!keep_body(sync, answer, &json))
	{
		kept.failure = SA_NET_INTERNAL;
		kept.why = "out of memory";
	}
	sync->status = answer->status;
	sync->retry_after_ms = answer->retry_after_ms;
	sync->due.connector->read(&kept, json, sync->body == NULL ? "" : sync->body, sync->body_length,
							  &sync->page);
	/* An answer may repeat what was sent. */
	(void) sa_vault_redact(sync->page.error);
	if (answer->failure == SA_NET_STOPPED)
		sa_round_end(sync);
	else
		act_on_answer(sync, sa_sync_clock());
}

static bool
write_request(SaSync *sync, SaPosRequest *request)
{
	const SaPosConnector *connector = sync->due.connector;
	const SaPosStream *stream = sync->due.stream;
	SaPosAsk ask = {.first = sync->due.full,
					.since = sync->due.since,
					.cursor = sync->cursor,
					.limit = sync->limit,
					.locations = (const char *const *) sync->due.locations,
					.location_count = sync->due.location_count};

	if (sync->purpose == SA_PURPOSE_RENEW)
		return connector->renew(sync->token, request);
	if (sync->purpose == SA_PURPOSE_STATUS)
		return connector->status(request);
	if (stream->locations_at_once > 0)
	{
		int first = sync->chunk * stream->locations_at_once;

		ask.locations += first;
		ask.location_count = Min(stream->locations_at_once, ask.location_count - first);
	}
	return stream->ask(&ask, request);
}

/* Everything is copied by the transport before this returns. */
static bool
begin_transfer(SaSync *sync, const SaPosRequest *request, const char **why)
{
	SaNetRequest net = {.get = request->get, .total_ms = TOTAL_MS, .body_limit = BODY_MOST};
	char *url = sa_pos_printf("%s%s", sync->due.base_url, request->path);
	char *authorization = sa_pos_printf("Authorization: Bearer %s", sync->token->access);
	char version[80];
	bool begun = false;

	net.protocol = strncmp(sync->due.base_url, "http://", 7) == 0 ? SA_NET_HTTP : SA_NET_HTTPS;
	net.url = url;
	net.body = request->body;
	net.body_length = request->body == NULL ? 0 : strlen(request->body);
	net.headers[net.header_count++] = "Accept: application/json";
	net.headers[net.header_count++] = "Expect:";
	if (!request->get)
		net.headers[net.header_count++] = "Content-Type: application/json";
	snprintf(version, sizeof(version), "%s: %s", sync->due.connector->version_header,
			 sync->due.version);
	net.headers[net.header_count++] = version;
	if (sync->purpose != SA_PURPOSE_RENEW)
		net.headers[net.header_count++] = authorization;
	if (url != NULL && authorization != NULL)
		begun = transport->begin(&net, take_answer, sync, why);
	if (authorization != NULL)
		sodium_memzero(authorization, strlen(authorization));
	free(authorization);
	free(url);
	return begun;
}

void
sa_exchange_ask(SaSync *sync)
{
	SaPosRequest request = {0};
	const char *why = "the request could not be made";

	sync->status = 0;
	sync->phase = SA_PHASE_ASKED;
	if (!write_request(sync, &request) || !begin_transfer(sync, &request, &why))
		sa_round_fail(sync, SA_POS_TRANSIENT, NULL, why, "Nothing: it is tried again by itself.");
	sa_pos_request_free(&request);
}

void
sa_sync_drive(void)
{
	transport->drive();
}

int
sa_sync_fd(void)
{
	return transport->in_flight() > 0 ? transport->fd() : -1;
}

long
sa_exchange_timeout(void)
{
	return transport->in_flight() > 0 ? transport->timeout() : -1;
}

void
sa_exchange_stop(void)
{
	transport->stop();
}
