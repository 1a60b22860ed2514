/*
 * twilio_fate.h: asking Twilio what became of a message.
 *
 * Private to delivery/channels.
 */
#ifndef SA_DELIVERY_TWILIO_FATE_H
#define SA_DELIVERY_TWILIO_FATE_H

#include "delivery/channel.h"

extern bool sa_twilio_fate_ask(const char *provider_id, const SaSecret *secret, SaDraft *draft,
							   SaResult *result);
extern void sa_twilio_fate_learn(const SaNetAnswer *answer, SaLearnt *news);

#endif
