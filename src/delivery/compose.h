/*
 * compose.h: messages that routing has made, before they are stored.
 *
 * Private to delivery/.  Everything is palloc'd in the context that was
 * current at sa_compose_start() and lives until the batch is stored.
 */
#ifndef SA_DELIVERY_COMPOSE_H
#define SA_DELIVERY_COMPOSE_H

#include "datatype/timestamp.h"

#include "db/columns.h"
#include "delivery/render.h"

typedef enum SaMessageColumn
{
	SA_MESSAGE_KIND,
	SA_MESSAGE_REF,
	SA_MESSAGE_SUBSCRIBER,
	SA_MESSAGE_CONTACT,
	SA_MESSAGE_CHANNEL,
	SA_MESSAGE_RECIPIENT,
	SA_MESSAGE_SEVERITY,
	SA_MESSAGE_SUBJECT,
	SA_MESSAGE_BODY,
	SA_MESSAGE_HTML,
	SA_MESSAGE_ALERTS,     /* '{1,2}' */
	SA_MESSAGE_SEVERITIES, /* '{low,out}' */
	SA_MESSAGE_OCCURRED,
	SA_MESSAGE_EVENT,
	SA_MESSAGE_ALERT, /* of a message about one alert */
	SA_MESSAGE_LANE,
	SA_MESSAGE_ENDPOINT,
	SA_MESSAGE_NOT_BEFORE,
	SA_MESSAGE_QUEUE_ID, /* of the event, for one that cannot be rendered */
	SA_MESSAGE_ERROR,    /* why it cannot be rendered; NULL: it can */
	SA_MESSAGE_COLUMNS
} SaMessageColumn;

typedef struct SaComposed
{
	MemoryContext context;
	const struct SaTemplates *templates;
	SaColumn columns[SA_MESSAGE_COLUMNS];
	int count;
} SaComposed;

/* One alert told to one contact, as the routing views return it. */
typedef struct SaNews
{
	int64 queue_id;
	int64 alert_id;
	int lane;
	char *event;
	char *kind;
	char *severity;
	char *quantity;
	char *threshold;
	char *item;
	char *sku;
	char *location;
	TimestampTz occurred_at;
	TimestampTz not_before; /* 0: now */
	bool shown;             /* to be told of the days ahead (outlook.h) */
	char *days_left;        /* NULL: not known, as suggested and supplier */
	char *suggested;
	char *supplier;
} SaNews;

typedef struct SaRecipient
{
	int64 subscriber_id; /* 0: none (a test) */
	int64 contact_id;    /* 0: none; the address is fixed */
	char *name;
	char *time_zone;
	char *channel;
	char *address;
} SaRecipient;

/* With SPI connected. */
extern void sa_compose_start(SaComposed *composed);
extern void sa_compose_alert(SaComposed *composed, const SaRecipient *to, const SaNews *news);
/* More than can be told one by one; the worst come first in news. */
extern void sa_compose_digest(SaComposed *composed, const SaRecipient *to, const SaNews *news,
							  int count);
extern void sa_compose_summary(SaComposed *composed, const SaRecipient *to,
							   const SaSummaryFacts *counts, const SaNews *worst, int count,
							   int64 queue_id, TimestampTz occurred_at);
extern void sa_compose_test(SaComposed *composed, const SaRecipient *to, int64 queue_id,
							TimestampTz occurred_at);
/* Writes messages and their queue rows; the dead ones go to deliveries at once. */
extern void sa_compose_store(const SaComposed *composed);

#endif
