/*
 * newest_alert.h: the newest alert about the stock of a pair: open, held by
 * hand, or resolved.
 *
 * As of the active snapshot.  Memory: the context that was current at
 * sa_newest_open().
 */
#ifndef SA_ALERTS_NEWEST_ALERT_H
#define SA_ALERTS_NEWEST_ALERT_H

#include "datatype/timestamp.h"
#include "utils/hsearch.h"

#include "db/lookup.h"
#include "pure/classify.h"

typedef struct SaNewestAlert
{
	int64 location_id;
	int64 item_id;
	int64 alert_id;
	SaClass severity;
	bool open;
	bool has_hold;
	TimestampTz resolved_at;
	TimestampTz held_until;
} SaNewestAlert;

typedef struct SaNewestAlerts
{
	SaLookup rows;
	HTAB *all;  /* of all pairs that have one; NULL: to be looked up */
	Datum kind; /* 'stock' */
} SaNewestAlerts;

/* expected: of about how many pairs it will be asked; for many all are read at once. */
extern void sa_newest_open(SaNewestAlerts *alerts, int64 expected);
extern void sa_newest_close(SaNewestAlerts *alerts);
/* NULL: the pair has none; room is for what is looked up. */
extern const SaNewestAlert *sa_newest_find(SaNewestAlerts *alerts, int64 location_id, int64 item_id,
										   SaNewestAlert *room);

#endif
