/*
 * settle.h: how a message that was claimed ends, or goes back to wait.
 *
 * Runs in the caller's transaction with SPI connected.
 */
#ifndef SA_QUEUE_SETTLE_H
#define SA_QUEUE_SETTLE_H

typedef struct SaSettlement
{
	int64 queue_id;
	const char *outcome; /* sent, logged, dead, expired, superseded; NULL: back to wait */
	bool tried;          /* counts as an attempt */
	bool maybe_twice;    /* it may have gone out */
	int64 delay_ms;      /* until the next try */
	int status;          /* 0: no answer */
	const char *provider_id;
	const char *error_class;
	const char *error;
} SaSettlement;

/*
 * Settles all of them, a few statements for all: deliveries and notices for
 * the finished, a new time for the others.  Ends with an error where a row belongs
 * to a later sender.
 */
extern void sa_queue_settle(const SaSettlement *settlements, int count, int epoch);

/* A channel broke or works again; tells whether its state changed. */
extern bool sa_queue_set_channel_state(const char *channel, const char *state, const char *reason);

#endif
