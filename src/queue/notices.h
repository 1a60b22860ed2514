/*
 * notices.h: remembering who was told of which alert.
 *
 * Private to queue/.  It carries the 24-hour rule: an alert is not told again
 * to who was told of it, and its end is told to nobody else.
 */
#ifndef SA_QUEUE_NOTICES_H
#define SA_QUEUE_NOTICES_H

#include "datatype/timestamp.h"

/* A message that a provider accepted, for a subscriber. */
typedef struct SaTold
{
	int64 message_id;
	int64 subscriber_id;
	const char *channel;
	TimestampTz occurred_at;
	bool returned; /* it told of what is back in stock */
} SaTold;

/* Of subscribers that there still are; part of settling. */
extern void sa_notices_note(const SaTold *told, int count);

#endif
