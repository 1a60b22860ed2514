/*
 * item_trigger.h: what _PG_init needs of the item trigger.
 */
#ifndef SA_ALERTS_ITEM_TRIGGER_H
#define SA_ALERTS_ITEM_TRIGGER_H

extern void sa_item_trigger_init(void);

#endif
