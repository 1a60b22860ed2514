/*
 * hold.h: news that a person is told later, and why.
 *
 * Private to delivery/.  Runs in the caller's transaction with SPI connected;
 * everything is palloc'd in the current context.
 */
#ifndef SA_DELIVERY_HOLD_H
#define SA_DELIVERY_HOLD_H

#include "delivery/compose.h"

/* Reason of news that is collected; the others name a limit or quiet hours. */
#define SA_HELD_STORM "more at once than a person reads"
#define SA_HELD_QUIET "quiet hours"

/* Channels that there can be. */
#define SA_HOLD_CHANNELS 8

typedef struct SaLimit
{
	int left;            /* messages; INT_MAX: no limit */
	TimestampTz free_at; /* where none is left: when one will be */
	const char *name;
} SaLimit;

/* What is left to one contact now. */
typedef struct SaRoom
{
	int64 contact_id;
	const char *channel;
	TimestampTz news_at;    /* in the time of the shop, so that a replay of a year is no storm */
	int recent;             /* messages in the minute around that */
	TimestampTz storm_ends; /* its news is collected until then; 0: is not */
	SaLimit own;
	SaLimit *shared; /* with all others of the channel */
} SaRoom;

typedef struct SaHolds
{
	SaColumn queue_ids;
	SaColumn contact_ids;
	SaColumn channels;
	SaColumn untils;
	SaColumn reasons;
	SaRoom *rooms;
	int room_count;
	SaLimit shared[SA_HOLD_CHANNELS];
	const char *shared_channels[SA_HOLD_CHANNELS];
	int shared_count;
} SaHolds;

/* Reads the limits for these recipients; news[i] is for recipients[i], the same ones in a row. */
extern void sa_hold_start(SaHolds *holds, const SaRecipient *recipients, const SaNews *news,
						  int count);
/* NULL: no contact. */
extern SaRoom *sa_hold_room(SaHolds *holds, int64 contact_id);
/* The limit that leaves the least. */
extern const SaLimit *sa_hold_limit(const SaRoom *room);
/* A message is made for it: there is room for one less. */
extern void sa_hold_take(SaRoom *room);
extern void sa_hold_add(SaHolds *holds, const SaRecipient *to, const SaNews *news,
						TimestampTz until, const char *reason);
/* Writes the held rows, copies of the events they come from. */
extern void sa_hold_store(const SaHolds *holds);

#endif
