/*
 * finish.h: how finished messages leave the queue.
 */
#ifndef SA_QUEUE_FINISH_H
#define SA_QUEUE_FINISH_H

#include "queue/settle.h"

/*
 * Those with an outcome: the row goes, its delivery comes, whoever was told is
 * remembered.  A row that is gone is passed over.  Returns the highest epoch
 * found, 0 where there is none.
 */
extern int sa_queue_finish(const SaSettlement *settlements, int count);

#endif
