/*
 * opened.h: opened secrets that transfers share while they are under way.
 *
 * Private to delivery/.  Opening one costs more than sending a message, so a
 * credential is opened for the first transfer that needs it and wiped when the
 * last one has its answer: none lies open while nothing is under way.
 */
#ifndef SA_DELIVERY_OPENED_H
#define SA_DELIVERY_OPENED_H

#include "delivery/send.h"
#include "vault/vault.h"

typedef struct SaOpened SaOpened;

/* Each success wants its sa_opened_leave(); *opened is NULL otherwise. */
extern SaOpenStatus sa_opened_join(const SaChannelConfig *config, SaOpened **opened);
extern const SaSecret *sa_opened_secret(const SaOpened *opened);
/* NULL does nothing. */
extern void sa_opened_leave(SaOpened *opened);
/* The keys were read anew: what begins from now on opens its secret itself. */
extern void sa_opened_renew(void);

#endif
