/*
 * verdict.h: what becomes of a message after its answer.
 *
 * Private to worker/.
 */
#ifndef SA_WORKER_VERDICT_H
#define SA_WORKER_VERDICT_H

#include "delivery/config.h"
#include "queue/settle.h"
#include "worker/jobs.h"

/* Decides, and lets the endpoint learn from it. */
extern void sa_verdict_of_job(SaJob *job, const SaConfig *config);
extern SaSettlement sa_verdict_settlement(const SaJob *job);

#endif
