/*
 * outlook.h: what messages say of the days ahead.
 *
 * Private to delivery/.
 */
#ifndef SA_DELIVERY_OUTLOOK_H
#define SA_DELIVERY_OUTLOOK_H

#include "delivery/compose.h"

/* Alerts of one message that people are told this of. */
#define SA_OUTLOOK_MOST 100

/* Fills days_left, suggested and supplier of the rows that are marked as shown. */
extern void sa_outlook_add(SaNews *news, int count);

#endif
