/*
 * due.h: rows of the queue that may be sent now, found and taken.
 *
 * Private to queue/.  Without a query: whatever statistics say of a table that
 * is empty one minute and full the next, one index is read, from where the last
 * claim ended.  What somebody else has locked is left for the next time.
 */
#ifndef SA_QUEUE_DUE_H
#define SA_QUEUE_DUE_H

#include "datatype/timestamp.h"

#include "db/columns.h"
#include "db/lookup.h"
#include "db/row_writer.h"
#include "queue/claim.h"

/* What is known of a row that was taken. */
typedef enum SaTakenColumn
{
	SA_TAKEN_QUEUE_ID,
	SA_TAKEN_MESSAGE_ID,
	SA_TAKEN_EVENT,
	SA_TAKEN_ATTEMPTS,
	SA_TAKEN_MAYBE_TWICE,
	SA_TAKEN_CREATED_AT,
	SA_TAKEN_ENDPOINT,
	SA_TAKEN_CHANNEL,
	SA_TAKEN_SUBSCRIBER_ID,
	SA_TAKEN_COLUMNS
} SaTakenColumn;

/* Reads the queue by one index; rows taken are in the memory of whoever opened it. */
typedef struct SaDue
{
	SaLookup rows;
	bool taking;   /* and what follows is open */
	SaLookup told; /* messages about the same alert to the same person */
	SaRowWriter writer;
	int epoch;
	SaClaimRoom *room; /* of the claim; NULL: whatever is asked for */
	bool full;         /* what came next was too large for it */
	int count;
	SaColumn taken[SA_TAKEN_COLUMNS];
} SaDue;

/* index: queue_due_idx for new ones, queue_retry_idx for those tried before, queue_events_idx for
 * events, or queue_pkey. */
extern void sa_due_open(SaDue *due, const char *index, int epoch);
extern void sa_due_close(SaDue *due);

/* New ones of a lane above *floor, which rises as far as all below it are taken. */
extern void sa_due_take_new(SaDue *due, Datum endpoint, int lane, int64 *floor, int limit);
/* Those tried before whose time has come, the longest waiting first. */
extern void sa_due_take_tried(SaDue *due, Datum endpoint, int limit);
/* This one, whenever it is due. */
extern void sa_due_take_one(SaDue *due, int64 queue_id);
/*
 * Events of a lane above floor, which are locked and nothing more.  Returns the
 * first that there is, due or not; 0: none.  *highest rises to what was seen.
 */
extern int64 sa_due_take_events(SaDue *due, int lane, int64 floor, int limit, int64 *highest);

/* The first new one of a lane above floor, due or not; 0: there is none. */
extern int64 sa_due_first_new(SaDue *due, Datum endpoint, int lane, int64 floor);
/* Milliseconds until the next of those tried before is due; -1: there is none. */
extern int64 sa_due_next_tried(SaDue *due, Datum endpoint);
/* The first endpoint behind this one (NULL: of all) that has messages waiting; false: none has. */
extern bool sa_due_next_endpoint(SaDue *due, const char *behind, char **endpoint, char **channel);
/* Of the first most messages waiting by their number, those made before a time; returns how many.
 */
extern int sa_due_made_before(SaDue *due, TimestampTz before, int64 *queue_ids, int most);

#endif
