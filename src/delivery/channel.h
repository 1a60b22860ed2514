/*
 * channel.h: what a channel brings.
 *
 * A channel turns a rendered message into a request and the provider's answer
 * into an outcome; everything between is send.c's and net/'s.  Adding one is a
 * file in channels/ and a row in channel.c.  No palloc, no ereport: a draft owns
 * malloc'd strings, wiped when it is freed.
 */
#ifndef SA_DELIVERY_CHANNEL_H
#define SA_DELIVERY_CHANNEL_H

#include "delivery/ask.h"
#include "delivery/send.h"
#include "net/transport.h"
#include "vault/vault.h"

#define SA_DRAFT_TEXTS_MOST 24

/* A request in the making. */
typedef struct SaDraft
{
	SaNetRequest request;
	char *texts[SA_DRAFT_TEXTS_MOST];
	int text_count;
	bool failed; /* out of memory somewhere: the request is not to be used */
} SaDraft;

typedef struct SaChannel
{
	const char *name;
	/* Name of the credential for this recipient; NULL: the channel never needs one. */
	const char *(*credential)(const char *recipient);
	/* Whether this configuration needs its secret opened. */
	bool (*needs_secret)(const SaChannelConfig *config);
	/* NULL: the channel writes to the log.  False: *result says why it cannot be sent. */
	bool (*prepare)(const SaOutgoing *message, const SaChannelConfig *config,
					const SaSecret *secret, SaDraft *draft, SaResult *result);
	void (*classify)(const SaNetAnswer *answer, SaResult *result);
	/* What became of a message that was accepted; NULL: the provider cannot be asked. */
	bool (*ask)(const char *provider_id, const SaSecret *secret, SaDraft *draft, SaResult *result);
	void (*learn)(const SaNetAnswer *answer, SaLearnt *news);
} SaChannel;

extern const SaChannel sa_channel_email;
extern const SaChannel sa_channel_slack;
extern const SaChannel sa_channel_sms;
extern const SaChannel sa_channel_whatsapp;
extern const SaChannel sa_channel_webhook;
extern const SaChannel sa_channel_log;

/* NULL: no such channel. */
extern const SaChannel *sa_channel_find(const char *name);

/* Writes the one line of a message that is logged instead of sent. */
extern void sa_channel_log_message(const SaOutgoing *message);

/* draft.c: room for length bytes and a NUL; NULL where memory is out. */
extern char *sa_draft_room(SaDraft *draft, size_t length);
extern const char *sa_draft_printf(SaDraft *draft, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
extern void sa_draft_header(SaDraft *draft, const char *header);
/* A text as one of pure/ writes it: as far as there is room, and how long it is. */
extern const char *sa_draft_encode(SaDraft *draft,
								   size_t (*encode)(char *out, size_t room, const char *text,
													size_t length),
								   const char *text);
extern void sa_draft_free(SaDraft *draft);

/* verdict.c: fills a result; always false, so that a check can end with it. */
extern bool sa_verdict(SaResult *result, SaOutcome outcome, const char *error_class,
					   const char *format, ...) __attribute__((format(printf, 4, 5)));
/* What no channel sees differently: the failures of the network. */
extern void sa_verdict_network(const SaNetAnswer *answer, SaResult *result);
/* An HTTP status, where the provider's table says nothing more special. */
extern void sa_verdict_http(const SaNetAnswer *answer, SaResult *result);

#endif
