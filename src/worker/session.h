/*
 * session.h: how a worker works in its database: short transactions, one a
 * step, each guarded against the end of the extension and against errors.
 */
#ifndef SA_WORKER_SESSION_H
#define SA_WORKER_SESSION_H

/* One thing a worker does, and when it may do it again after an error. */
typedef struct SaStep
{
	const char *name;       /* "route": shown in pg_stat_activity and in the log */
	bool (*due)(int64 now); /* NULL: always */
	void (*run)(void);      /* in a transaction, SPI connected */
	void (*after)(void);    /* once that has committed; NULL: nothing */
	bool without_spi;
	bool may_be_lost; /* the commit need not be on disk: it is done again; may be set by run() */
	bool kept_later;  /* it is on disk with a later one, or by sa_session_keep() */
	int failures;     /* in a row */
	int64 not_before;
} SaStep;

typedef enum SaStepOutcome
{
	SA_STEP_DONE,
	SA_STEP_FAILED, /* logged; the step backs off */
	SA_STEP_NO_EXTENSION
} SaStepOutcome;

/* Milliseconds of a clock that only goes forward. */
extern int64 sa_session_clock(void);
extern void sa_session_settings(void);

/* The extension all later steps must find; InvalidOid: none here. */
extern Oid sa_session_extension(void);

/* From a signal handler: what runs in a step is cancelled. */
extern void sa_session_cancel_step(void);
/* Not from now on: we are tidying up. */
extern void sa_session_no_cancel(void);
extern SaStepOutcome sa_session_run(SaStep *step);
/* Before we wait: what is to be kept and is not on disk yet goes there. */
extern void sa_session_keep(bool (*stop)(void));
/* SQLSTATE and message of the last failure; the message is cut. */
extern int sa_session_error_code(void);
extern const char *sa_session_error(void);

#endif
