/*
 * item_trigger.h: what others need of the item trigger.
 */
#ifndef SA_ALERTS_ITEM_TRIGGER_H
#define SA_ALERTS_ITEM_TRIGGER_H

#include "postgres.h"

extern void sa_item_trigger_init(void);
/*
 * While note is set, judging that fails for our own reasons is undone and noted
 * and the write of stock stands; NULL: it is an error, as ever.
 */
extern void sa_item_trigger_forgive(void (*note)(const ErrorData *error));

#endif
