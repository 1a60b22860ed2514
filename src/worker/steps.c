/*
 * steps.c: what a sender does, as a table of steps.
 *
 * The order of the table is the order of a turn.  A step says itself whether
 * it is due; each runs in a transaction of its own, and one that fails backs
 * off without holding up the others.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "db/plans.h"
#include "db/result.h"
#include "delivery/route.h"
#include "queue/recover.h"
#include "settings.h"
#include "worker/dispatch.h"
#include "worker/follow.h"
#include "worker/intake.h"
#include "worker/session.h"
#include "worker/steps.h"
#include "worker/syncer.h"

#define SA_EXPIRE_EVERY_MS 60000
/* What is still to be routed may belong to what is held; it is not waited for any longer. */
#define SA_HELD_BEHIND_MS 10000

SaWork sa_work = {.look = true};

/* In the order of a turn. */
enum
{
	STEP_CREDENTIALS,
	STEP_ROTATE,
	STEP_SETTLE,
	STEP_ROUTE,
	STEP_HELD,
	STEP_EXPIRE,
	STEP_CLAIM,
	STEP_LOOK,
	STEP_FOLLOW,
	STEP_LEARN,
	STEP_COUNT
};

static SaStep steps[STEP_COUNT];

static int route_limit = SA_ROUTE_MOST;
static bool route_more = false;
static bool has_looked = false;     /* around: until then we may be a copy, which tells nobody */
static bool could_work = false;     /* when we last looked around */
static bool claim_along = true;     /* with what was routed, unless one of the two fails */
static bool claiming_along = false; /* in this transaction */
static bool credentials_pending = false;
static bool credentials_marked = false; /* some are to be sealed for the active key */
static bool more_marked = false;
static int expired = 0;
static int64 expire_at = 0;
static SaRouted routed;
static int held_limit = SA_ROUTE_HELD_MOST;
static int64 held_at = -1; /* when held news is due; -1: none is */
static int64 *recovered = NULL;
static int recovered_count = 0;

static bool
may_work(void)
{
	return has_looked && sa_delivery != SA_DELIVERY_OFF && sa_worker_enabled &&
		   sa_work.send_problem == NULL && sa_work.installation != SA_INSTALLATION_COPY;
}

static bool
look_due(int64 now)
{
	return sa_work.look;
}

static void
look_for_held(void)
{
	int64 wait = sa_route_next_held();

	held_at = wait < 0 ? -1 : sa_session_clock() + wait;
}

/* Who we are may have changed (confirm_takeover()), and what is configured. */
static void
look_around(void)
{
	static SPIPlanPtr plan = NULL;

	sa_work.installation = sa_config_installation();
	sa_slot_want_syncer(sa_work.slot, sa_syncer_wanted());
	look_for_held();
	sa_plan_run(&plan,
				"SELECT coalesce(pg_catalog.bool_or(state = 'pending'), false),"
				" coalesce(pg_catalog.bool_or(reseal), false)"
				" FROM stockalert.credentials HAVING pg_catalog.count(*) > 0",
				0, NULL, NULL, NULL, true);
	sa_work.has_credentials = SPI_processed > 0;
	if (sa_work.has_credentials)
	{
		credentials_pending = sa_result_bool(SPI_tuptable, 0, 1);
		credentials_marked = sa_result_bool(SPI_tuptable, 0, 2);
	}
}

static void
looked_around(void)
{
	sa_work.look = false;
	has_looked = true;
	route_more = route_more || (may_work() && !could_work);
	could_work = may_work();
}

void
sa_steps_expect(void)
{
	sa_work.look = true;
	route_more = could_work && may_work();
}

static bool
credentials_due(int64 now)
{
	return (credentials_pending || sa_work.check_all_credentials) &&
		   sa_work.key_state != SA_KEY_NONE && sa_work.has_credentials;
}

static void
check_credentials(void)
{
	(void) sa_vault_check_credentials(sa_work.check_all_credentials);
}

static void
checked_credentials(void)
{
	sa_work.check_all_credentials = false;
	credentials_pending = false;
}

static bool
rotate_due(int64 now)
{
	SaPublicKey key;

	return credentials_marked && sa_work.has_credentials && sa_vault_public(&key);
}

/* One row a turn: mail goes on meanwhile, and what is done is committed. */
static void
rotate(void)
{
	more_marked = sa_vault_rotate_one();
}

static void
rotated(void)
{
	credentials_marked = more_marked;
}

static bool
settle_due(int64 now)
{
	return sa_dispatch_settle_due(now);
}

void
sa_steps_note_counts(void)
{
	SaDispatchCounts counts = sa_dispatch_counts();

	pg_atomic_fetch_add_u64(&sa_work.slot->sent, counts.sent);
	pg_atomic_fetch_add_u64(&sa_work.slot->failed, counts.failed);
}

static void
settled(void)
{
	sa_dispatch_settled();
	sa_steps_note_counts();
	sa_follow_expect(sa_session_clock());
}

static bool
follow_due(int64 now)
{
	return may_work() && sa_follow_ask_due(now);
}

static void
have_followed(void)
{
	if (sa_follow_begin())
		sa_intake_expect(NULL, NULL);
}

static bool
route_due(int64 now)
{
	return route_more && may_work();
}

static void
expect_messages(void)
{
	for (int i = 0; i < routed.endpoint_count; i++)
		sa_intake_expect(routed.endpoints[i].endpoint, routed.endpoints[i].channel);
	if (routed.endpoint_count < 0)
		sa_intake_expect(NULL, NULL);
}

static bool
claim_due(int64 now)
{
	return may_work() && sa_intake_due(now);
}

/*
 * An alert is routed and claimed in one transaction: it waits for the disk
 * once.  What is only routed need not be there; its event would be there again.
 */
static void
route(void)
{
	claiming_along = false;
	routed = sa_route_events(route_limit);
	if (routed.held > 0)
		look_for_held();
	expect_messages();
	claiming_along = claim_along && claim_due(sa_session_clock());
	if (claiming_along)
	{
		/* Of the channels as they are now: routing may have taken seconds. */
		PushActiveSnapshot(GetTransactionSnapshot());
		sa_intake_claim();
		PopActiveSnapshot();
	}
	steps[STEP_ROUTE].may_be_lost = !claiming_along;
}

static void
claimed(void)
{
	claim_along = true;
	sa_intake_keep();
	sa_dispatch_begin();
}

static void
have_routed(void)
{
	pg_atomic_fetch_add_u64(&sa_work.slot->routed, routed.events);
	pg_atomic_fetch_add_u64(&sa_work.slot->untold, routed.untold);
	route_more = routed.events >= route_limit;
	route_limit = Min(route_limit * 2, SA_ROUTE_MOST);
	if (claiming_along)
		claimed();
	claiming_along = false;
}

/*
 * A digest of thousands takes seconds, so that answers of what is on its way
 * come first: they would be taken for lost.
 */
static bool
held_due(int64 now)
{
	bool behind = route_more || sa_send_in_flight() > 0;

	return held_at >= 0 && now >= held_at + (behind ? SA_HELD_BEHIND_MS : 0) && may_work();
}

static void
route_held(void)
{
	routed = sa_route_held(held_limit);
	look_for_held();
}

static void
have_routed_held(void)
{
	held_limit = Min(held_limit * 2, SA_ROUTE_HELD_MOST);
	expect_messages();
}

static bool
expire_due(int64 now)
{
	return now >= expire_at && may_work();
}

static void
expire(void)
{
	expired = sa_dispatch_expire();
}

static void
have_expired(void)
{
	if (expired == 0)
		expire_at = sa_session_clock() + SA_EXPIRE_EVERY_MS;
	sa_steps_note_counts();
}

/* The name is what pg_stat_activity shows.  What was settled is on disk with a claim that follows,
 * or at the end of the turn. */
static SaStep steps[STEP_COUNT] = {
	[STEP_CREDENTIALS] = {.name = "stockalert: check credentials",
						  .due = credentials_due,
						  .run = check_credentials,
						  .after = checked_credentials,
						  .without_spi = true},
	[STEP_ROTATE] = {.name = "stockalert: rotate credentials",
					 .due = rotate_due,
					 .run = rotate,
					 .after = rotated},
	[STEP_LOOK] = {.name = "stockalert: look around",
				   .due = look_due,
				   .run = look_around,
				   .after = looked_around},
	[STEP_SETTLE] = {.name = "stockalert: settle",
					 .due = settle_due,
					 .run = sa_dispatch_settle,
					 .after = settled,
					 .kept_later = true},
	[STEP_ROUTE] = {.name = "stockalert: route",
					.due = route_due,
					.run = route,
					.after = have_routed},
	[STEP_HELD] = {.name = "stockalert: tell what was held",
				   .due = held_due,
				   .run = route_held,
				   .after = have_routed_held},
	[STEP_EXPIRE] = {.name = "stockalert: expire",
					 .due = expire_due,
					 .run = expire,
					 .after = have_expired},
	[STEP_CLAIM] = {.name = "stockalert: claim",
					.due = claim_due,
					.run = sa_intake_claim,
					.after = claimed},
	[STEP_FOLLOW] = {.name = "stockalert: ask what arrived",
					 .due = follow_due,
					 .run = sa_follow_claim,
					 .after = have_followed},
	[STEP_LEARN] = {.name = "stockalert: note what arrived",
					.due = sa_follow_note_due,
					.run = sa_follow_note,
					.after = sa_follow_noted},
};

/* Of what is wrong with a row and not with the server, the row dies. */
static bool
is_fault_of_row(int code)
{
	int class = ERRCODE_TO_CATEGORY(code);

	return class == ERRCODE_TO_CATEGORY(ERRCODE_DATA_EXCEPTION) ||
		   class == ERRCODE_TO_CATEGORY(ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION) ||
		   class == ERRCODE_TO_CATEGORY(ERRCODE_PROGRAM_LIMIT_EXCEEDED);
}

static void
bury_first(void)
{
	if (sa_route_bury_first(sa_session_error()))
		pg_atomic_fetch_add_u64(&sa_work.slot->failed, 1);
}

/*
 * A batch that failed is routed one event at a time; the one that fails alone
 * is given up, so that it does not stop the others.
 */
static void
route_failed(SaStep *step, int *limit)
{
	SaStep bury = {.name = "stockalert: give up an event", .run = bury_first};

	if (claiming_along)
	{
		/* Whichever of the two it was, it fails alone the next time. */
		claiming_along = false;
		claim_along = false;
		step->not_before = 0;
		return;
	}
	if (!is_fault_of_row(sa_session_error_code()))
		return;
	step->not_before = 0;
	if (*limit > 1)
		*limit = 1;
	else
		(void) sa_session_run(&bury);
}

/* The rows of the sender before us, and a new epoch. */
static void
recover(void)
{
	int epoch = sa_queue_recover(TopMemoryContext, &recovered, &recovered_count);

	sa_dispatch_start(epoch);
	sa_intake_start(epoch, recovered, recovered_count);
}

SaStep sa_steps_recover = {.name = "stockalert: recover", .run = recover};

static bool
run_due(bool (*stop)(void))
{
	for (int i = 0; i < STEP_COUNT && !stop(); i++)
	{
		int64 now = sa_session_clock();
		SaStepOutcome outcome;

		if (now < steps[i].not_before || !steps[i].due(now))
			continue;
		outcome = sa_session_run(&steps[i]);
		MemoryContextReset(CurrentMemoryContext);
		if (outcome == SA_STEP_NO_EXTENSION)
			return false;
		if (outcome == SA_STEP_FAILED && i == STEP_ROUTE)
			route_failed(&steps[i], &route_limit);
		else if (outcome == SA_STEP_FAILED && i == STEP_HELD)
			route_failed(&steps[i], &held_limit);
	}
	return true;
}

bool
sa_steps_run(bool (*stop)(void))
{
	bool there = run_due(stop);

	sa_session_keep(stop);
	return there;
}

int64
sa_steps_wait(int64 most)
{
	int64 now = sa_session_clock();
	int64 wait = sa_dispatch_wait(now);
	int64 follow = may_work() ? sa_follow_wait(now) : -1;

	if (wait < 0 || wait > most)
		wait = most;
	if (follow >= 0)
		wait = Min(wait, follow);
	if (held_at > now && may_work())
		wait = Min(wait, held_at - now);
	for (int i = 0; i < STEP_COUNT; i++)
		if (steps[i].due(now))
			wait = Min(wait, Max(steps[i].not_before - now, 0));
	return wait;
}
