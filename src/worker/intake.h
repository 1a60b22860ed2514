/*
 * intake.h: what the sender claims, and how much of it at a time.
 *
 * Private to worker/.
 */
#ifndef SA_WORKER_INTAKE_H
#define SA_WORKER_INTAKE_H

#include "delivery/config.h"

/* The epoch of this sender, and the rows on probation (kept, not copied). */
extern void sa_intake_start(int epoch, int64 *probation, int count);

/* The queue may hold something new. */
extern void sa_intake_look_again(void);
/* It holds messages for this endpoint; NULL: it is not known for which. */
extern void sa_intake_expect(const char *endpoint, const char *channel);
extern bool sa_intake_due(int64 now);
/* In its transaction; what it takes counts once sa_intake_keep() says that has committed. */
extern void sa_intake_claim(void);
/* They are jobs now, ready to be sent. */
extern void sa_intake_keep(void);

/* The channels as they were at the last claim; NULL before the first. */
extern const SaConfig *sa_intake_config(void);

#endif
