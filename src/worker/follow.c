/*
 * follow.c: asks what became of accepted messages, a few at a time.
 *
 * In moments when nothing else is on its way but little.  Where no answer comes
 * all questions rest, longer each time; messages do not, they have limits of
 * their own.  Nothing is kept here that a restart would lose.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "delivery/ask.h"
#include "delivery/config.h"
#include "queue/fates.h"
#include "settings.h"
#include "worker/follow.h"
#include "worker/session.h"

/* Messages on their way at which nobody is asked. */
#define SA_FOLLOW_BUSY 16
/* Looked for so often, whatever is known; a first one at the start. */
#define SA_FOLLOW_LOOK_MS 60000
/* Until somebody who did not answer is asked again. */
#define SA_FOLLOW_PAUSE_LEAST 5000
#define SA_FOLLOW_PAUSE_MOST  1800000

static int64 look_at = 0;
static int64 paused_until = 0;
static int64 pause_ms = 0;
static MemoryContext follow_context = NULL;
static SaConfig *config = NULL;
static SaFateDue due[SA_FATES_MOST];
static int due_count = 0;
static int64 next_wait = -1;
static int64 retried = 0;
static SaLearnt news[SA_FATES_MOST]; /* answers that are not written down yet */
static int news_count = 0;
static int asking = 0;

void
sa_follow_expect(int64 now)
{
	if (sa_status_check > 0)
		look_at = Min(look_at, now + sa_status_check);
}

bool
sa_follow_ask_due(int64 now)
{
	return now >= look_at && now >= paused_until && asking == 0 && news_count == 0 &&
		   sa_delivery == SA_DELIVERY_LIVE && sa_send_in_flight() <= SA_FOLLOW_BUSY;
}

void
sa_follow_claim(void)
{
	if (follow_context == NULL)
		follow_context =
			AllocSetContextCreate(TopMemoryContext, "stockalert follow", ALLOCSET_SMALL_SIZES);
	MemoryContextReset(follow_context);
	config = NULL;
	due_count = sa_fates_due(follow_context, due);
	retried = sa_fates_retry();
	next_wait = sa_fates_wait();
	if (due_count > 0)
		config = sa_config_read(follow_context);
}

bool
sa_follow_begin(void)
{
	look_at = sa_session_clock() +
			  (next_wait < 0 ? SA_FOLLOW_LOOK_MS : Min(next_wait, SA_FOLLOW_LOOK_MS));
	for (int i = 0; i < due_count; i++)
	{
		SaChannelConfig channel;
		bool configured = sa_config_assemble(config, due[i].channel, "", &channel);

		if (sa_ask_begin(due[i].provider_id, due[i].channel, configured ? &channel : NULL,
						 &news[news_count]))
			asking++;
		else
			news_count++;
	}
	due_count = 0;
	return retried > 0;
}

/* All that were asked about are written down together. */
bool
sa_follow_note_due(int64 now)
{
	return news_count + asking > 0 && sa_ask_answered() == asking;
}

static const char *
fate_name(SaFate fate)
{
	switch (fate)
	{
		case SA_FATE_UNDER_WAY:
			return "waiting";
		case SA_FATE_DELIVERED:
			return "delivered";
		case SA_FATE_UNDELIVERED:
			return "undelivered";
		case SA_FATE_FORGOTTEN:
			return "unknown";
		case SA_FATE_NO_ANSWER:
			break;
	}
	return NULL;
}

/* Whoever gives no answer is left alone, longer each time. */
static void
pause_where_silent(int64 now)
{
	int64 wanted = 0;

	for (int i = 0; i < news_count; i++)
		if (news[i].fate == SA_FATE_NO_ANSWER)
			wanted = Max(wanted, Max(news[i].retry_after_ms, SA_FOLLOW_PAUSE_LEAST));
	if (wanted == 0)
	{
		pause_ms = 0;
		return;
	}
	pause_ms = Min(Max(pause_ms * 2, wanted), SA_FOLLOW_PAUSE_MOST);
	paused_until = now + pause_ms;
}

void
sa_follow_note(void)
{
	SaFateAnswer answers[SA_FATES_MOST];

	news_count += sa_ask_fetch(&news[news_count], SA_FATES_MOST - news_count);
	asking = 0;
	pause_where_silent(sa_session_clock());
	for (int i = 0; i < news_count; i++)
	{
		answers[i].provider_id = news[i].provider_id;
		answers[i].fate = fate_name(news[i].fate);
		answers[i].delay_ms = pause_ms;
		answers[i].error_class = news[i].error_class[0] ? news[i].error_class : NULL;
		answers[i].error = news[i].error[0] ? news[i].error : NULL;
	}
	sa_fates_settle(answers, news_count);
	next_wait = sa_fates_wait();
}

void
sa_follow_noted(void)
{
	news_count = 0;
	if (next_wait >= 0)
		look_at = Min(look_at, sa_session_clock() + next_wait);
}

int64
sa_follow_wait(int64 now)
{
	int64 at = Max(look_at, paused_until);

	if (sa_delivery != SA_DELIVERY_LIVE || asking > 0 || news_count > 0)
		return -1;
	return at > now ? at - now : -1;
}
