/*
 * steps.h: the steps of a sender, and what they and its loop both know.
 *
 * Private to worker/.
 */
#ifndef SA_WORKER_STEPS_H
#define SA_WORKER_STEPS_H

#include "delivery/config.h"
#include "ipc/shmem.h"
#include "vault/vault.h"
#include "worker/session.h"

typedef struct SaWork
{
	SaSlot *slot;
	bool look; /* who we are, or what is configured, may have changed */
	bool check_all_credentials;
	bool has_credentials;
	SaInstallation installation;
	SaKeyState key_state;
	const char *key_problem;
	const char *send_problem; /* NULL: libcurl is fit */
} SaWork;

extern SaWork sa_work;

/* Run once, before the others. */
extern SaStep sa_steps_recover;

/* Events may have come; who brought them may have changed settings, too. */
extern void sa_steps_expect(void);
/* All that are due, until stop() says so; false: the extension is gone. */
extern bool sa_steps_run(bool (*stop)(void));
/* Milliseconds until a step is due, or allowed again after an error; at most most. */
extern int64 sa_steps_wait(int64 most);
/* Shows in worker_status() what was sent since. */
extern void sa_steps_note_counts(void);

#endif
