/*
 * ask.h: what became of messages that a provider accepted.
 *
 * As send.h: transfers beside those of messages, driven by sa_send_poll(), no
 * transaction, no error raised.  Asking changes nothing at the provider and may
 * be repeated.
 */
#ifndef SA_DELIVERY_ASK_H
#define SA_DELIVERY_ASK_H

#include "delivery/send.h"

typedef enum SaFate
{
	SA_FATE_UNDER_WAY, /* the provider has it, and will say more */
	SA_FATE_DELIVERED,
	SA_FATE_UNDELIVERED, /* error_class and error say why */
	SA_FATE_FORGOTTEN,   /* the provider does not know it */
	SA_FATE_NO_ANSWER    /* ask again, later */
} SaFate;

/* The answer about one message. */
typedef struct SaLearnt
{
	char provider_id[64];
	SaFate fate;
	int retry_after_ms; /* of no answer; -1: not asked for */
	char error_class[32];
	char error[201]; /* printable, without data of the answer */
} SaLearnt;

/* False: *news is the answer already. */
extern bool sa_ask_begin(const char *provider_id, const char *channel,
						 const SaChannelConfig *config, SaLearnt *news);
/* Answers that came in, at most max; how many. */
extern int sa_ask_fetch(SaLearnt *news, int max);
extern int sa_ask_answered(void);

#endif
