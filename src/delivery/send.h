/*
 * send.h: sending one rendered message, without the database.
 *
 * The sender (worker/) claims rows, commits, and hands each message to
 * sa_send_begin(); transfers run concurrently in one libcurl multi handle whose
 * sockets are in one epoll descriptor.  Nothing here opens a transaction,
 * raises an error or allocates with palloc inside a libcurl callback.  Every
 * string handed in is copied before the call returns.
 */
#ifndef SA_DELIVERY_SEND_H
#define SA_DELIVERY_SEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a reason in words, with its end. */
#define SA_ERROR_SIZE 201

typedef enum SaOutcome
{
	SA_OUTCOME_SENT,          /* the provider accepted it */
	SA_OUTCOME_LOGGED,        /* channel log, or stockalert.delivery = log */
	SA_OUTCOME_RETRY,         /* certainly not sent: network, 429, 4yz before DATA */
	SA_OUTCOME_UNKNOWN,       /* may have been sent: timeout or reset after upload, 5xx */
	SA_OUTCOME_MESSAGE_FAULT, /* this message will never be accepted: 400, 5yz of the recipient */
	SA_OUTCOME_CHANNEL_FAULT, /* nothing of this channel will be: password, revoked URL, TLS */
	SA_OUTCOME_UNCONFIGURED   /* channel, credential or key missing: wait, no attempt burnt */
} SaOutcome;

/* One message as stored in stockalert.messages. */
typedef struct SaOutgoing
{
	int64_t queue_id;
	int64_t message_id;
	const char *ref;
	const char *channel;
	const char *recipient; /* e-mail address, phone number or credential name */
	const char *recipient_name;
	const char *subject;
	const char *body;
	const char *html; /* NULL: none */
	int64_t occurred_unix;
	const char *installation_text; /* uuid text, for a stable Message-ID */
} SaOutgoing;

/* The row of stockalert.channels and, where there is one, the sealed credential. */
typedef struct SaChannelConfig
{
	const char *host; /* NULL: none */
	int port;         /* 0: the channel's default */
	const char *security;
	const char *username;
	const char *sender;
	const char *content_sid;     /* WhatsApp template at Twilio; NULL: none */
	const char *credential_name; /* "smtp", "slack:ops"; NULL: none stored */
	const char *destination;     /* host:port of the credential row */
	const uint8_t *sealed;
	size_t sealed_length;
	uint8_t installation[16];
} SaChannelConfig;

typedef struct SaResult
{
	SaOutcome outcome;
	int status;         /* HTTP or SMTP status of the last answer, 0: none */
	int retry_after_ms; /* asked for by the provider, -1: not */
	char provider_id[64];
	char error_class[32];      /* stable word: dns, connect, tls, timeout, auth, rejected, ... */
	char error[SA_ERROR_SIZE]; /* printable, redacted */
} SaResult;

typedef struct SaFinished
{
	int64_t queue_id;
	SaResult result;
} SaFinished;

/* Once a worker, after sa_vault_start(); false with a reason where libcurl is unfit. */
extern bool sa_send_start(const char **why);
/* Configuration was reloaded: drop connections, parse allowed networks again. */
extern void sa_send_reload(void);
/* Starts one transfer; false: it ended at once and *result says how. */
extern bool sa_send_begin(const SaOutgoing *message, const SaChannelConfig *config,
						  SaResult *result);
/* Epoll descriptor to wait on for reading. */
extern int sa_send_fd(void);
/* Milliseconds until sa_send_poll() wants to be called though nothing is readable; -1: never. */
extern long sa_send_timeout(void);
/* Drives all transfers without waiting; fills at most max finished ones and returns how many. */
extern int sa_send_poll(SaFinished *finished, int max);
extern int sa_send_in_flight(void);
/* Ends what is in flight (their outcome is unknown) and frees everything. */
extern void sa_send_stop(void);
/* Which credential a message needs ("smtp" for email, the recipient for slack); NULL: none. */
extern const char *sa_send_credential(const char *channel, const char *recipient);

#endif
