/*
 * verdict.c: from the outcome of a transfer to what is written about it.
 *
 * A fault of the message ends it; a fault of the channel or of the network
 * makes it wait, and only what was tried counts as an attempt.  What is wrong
 * with an endpoint is logged when it changes, not with each message.
 */
#include "postgres.h"

#include "common/pg_prng.h"
#include "utils/timestamp.h"

#include "errors.h"
#include "pure/retry.h"
#include "settings.h"
#include "worker/session.h"
#include "worker/verdict.h"

/* A channel that broke is tried with one message that often. */
#define SA_BROKEN_MS 600000
/* And one that lacks a setting. */
#define SA_UNCONFIGURED_MS 60000

#define SA_HTTP_TOO_MANY 429

static void
complain(SaEndpoint *endpoint, const SaResult *result, int level, const char *consequence)
{
	if (strncmp(endpoint->complaint, result->error_class, sizeof(endpoint->complaint) - 1) == 0)
		return;
	strlcpy(endpoint->complaint, result->error_class, sizeof(endpoint->complaint));
	ereport(
		level,
		(errcode(level == LOG ? ERRCODE_CONNECTION_FAILURE : ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
		 errmsg("stockalert %s: %s", endpoint->name, result->error), errdetail("%s", consequence)));
}

static void
note_success(SaJob *job, const SaConfig *config)
{
	SaEndpoint *endpoint = job->endpoint;
	const SaChannelRow *row = sa_config_channel(config, endpoint->channel);

	sa_endpoint_note_success(endpoint, sa_session_clock());
	if (endpoint->complaint[0] != '\0')
		ereport(LOG, (errcode(SA_LOG_NOTE), errmsg("stockalert %s works again", endpoint->name)));
	endpoint->complaint[0] = '\0';
	if (row != NULL && strcmp(row->state, "broken") == 0 && !sa_endpoints_broken(endpoint->channel))
		job->channel_state = "active";
}

static void
try_again(SaJob *job, const SaConfig *config, int64 now)
{
	SaEndpoint *endpoint = job->endpoint;
	SaResult *result = &job->result;
	int attempts = job->attempts + 1;

	job->delay_ms = sa_retry_delay(attempts, result->retry_after_ms, sa_retry_base, sa_retry_cap,
								   pg_prng_double(&pg_global_prng_state));
	if (result->status == SA_HTTP_TOO_MANY)
	{
		/* Documented as not processed; it is the endpoint that must rest. */
		sa_bucket_pause(&endpoint->bucket, now + job->delay_ms);
		return;
	}
	job->tried = true;
	if (result->retry_after_ms >= 0)
		sa_bucket_pause(&endpoint->bucket, now + job->delay_ms);
	sa_endpoint_note_failure(endpoint, config, now);
	complain(endpoint, result, LOG, "It will be tried again.");
	if (attempts >= sa_max_attempts)
		job->outcome = "dead";
}

static bool
is_of_message(SaOutcome outcome)
{
	return outcome == SA_OUTCOME_SENT || outcome == SA_OUTCOME_LOGGED ||
		   outcome == SA_OUTCOME_MESSAGE_FAULT;
}

void
sa_verdict_of_job(SaJob *job, const SaConfig *config)
{
	SaEndpoint *endpoint = job->endpoint;
	int64 now = sa_session_clock();

	if (!is_of_message(job->result.outcome))
		strlcpy(endpoint->reason, job->result.error, sizeof(endpoint->reason));
	switch (job->result.outcome)
	{
		case SA_OUTCOME_SENT:
		case SA_OUTCOME_LOGGED:
			job->outcome = job->result.outcome == SA_OUTCOME_SENT ? "sent" : "logged";
			job->tried = true;
			if (!endpoint->unlimited)
				note_success(job, config);
			break;
		case SA_OUTCOME_RETRY:
		case SA_OUTCOME_UNKNOWN:
			try_again(job, config, now);
			break;
		case SA_OUTCOME_MESSAGE_FAULT:
			job->outcome = "dead";
			job->tried = true;
			if (job->result.status != 0)
				sa_endpoint_note_success(endpoint, now);
			else
				sa_bucket_untried(&endpoint->bucket);
			break;
		case SA_OUTCOME_CHANNEL_FAULT:
			job->channel_state = "broken";
			sa_endpoint_give_up(endpoint, config, true, now + SA_BROKEN_MS);
			complain(endpoint, &job->result, WARNING, "Its messages wait until that is mended.");
			break;
		case SA_OUTCOME_UNCONFIGURED:
			sa_endpoint_give_up(endpoint, config, false, now + SA_UNCONFIGURED_MS);
			complain(endpoint, &job->result, WARNING, "Its messages wait.");
			break;
	}
}

SaSettlement
sa_verdict_settlement(const SaJob *job)
{
	const SaResult *result = &job->result;
	SaSettlement settlement = {
		.queue_id = job->queue_id,
		.outcome = job->outcome,
		.tried = job->tried,
		.maybe_twice = result->outcome == SA_OUTCOME_UNKNOWN,
		.delay_ms = job->delay_ms,
		.status = result->status,
		.provider_id = result->provider_id[0] ? result->provider_id : NULL,
		.error_class = result->error_class[0] ? result->error_class : NULL,
		.error = result->error[0] ? result->error : NULL,
	};

	return settlement;
}
