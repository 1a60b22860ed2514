/*
 * events.h: events that wait to be routed, found without those that were.
 *
 * Under a snapshot that somebody holds for hours, rows of events that were
 * routed stay in the table and its index; they are not read again.  Events come
 * from any session, and a low number may become visible after a high one.
 */
#ifndef SA_QUEUE_EVENTS_H
#define SA_QUEUE_EVENTS_H

#include "db/columns.h"

/*
 * Locks at most limit events that are due, urgent lanes first: their numbers,
 * of bigint, and names, of text, in the current memory context.  In the caller's
 * transaction; what somebody else has locked is left for the next time.
 */
extern void sa_queue_events(int limit, SaColumn *queue_ids, SaColumn *names);

#endif
