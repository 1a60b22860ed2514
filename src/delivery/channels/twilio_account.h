/*
 * twilio_account.h: what sending and asking at Twilio have in common.
 *
 * Private to delivery/channels.
 */
#ifndef SA_DELIVERY_TWILIO_ACCOUNT_H
#define SA_DELIVERY_TWILIO_ACCOUNT_H

#include "delivery/channel.h"
#include "pure/twilio.h"

/* Reads the log-in and holds its host against stockalert.twilio_hosts; false: *result says why. */
extern bool sa_twilio_account_read(const char *channel, const SaSecret *secret,
								   SaTwilioLogin *login, SaResult *result);
extern void sa_twilio_account_header(SaDraft *draft, const SaTwilioLogin *login);
/* What an error code means; false: nothing that we know. */
extern bool sa_twilio_account_explain(int code, SaResult *result);

#endif
