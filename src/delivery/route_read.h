/*
 * route_read.h: what the routing views return, as news for recipients.
 *
 * Private to delivery/.  With SPI connected; everything is palloc'd in the
 * current context.
 */
#ifndef SA_DELIVERY_ROUTE_READ_H
#define SA_DELIVERY_ROUTE_READ_H

#include "executor/spi.h"

#include "db/columns.h"
#include "db/result.h"
#include "delivery/compose.h"

/* The columns that sa_route_read_news() reads, then the time of the news. */
#define SA_NEWS_COLUMNS                                                                            \
	" v.alert_id, v.severity, pg_catalog.trim_scale(v.quantity)::text,"                            \
	" pg_catalog.trim_scale(v.threshold)::text, v.item, v.sku, v.location,"                        \
	" v.subscriber_id, v.subscriber, v.time_zone, v.channel, v.address, v.kind, v.contact_id"

/* Number of the first column after those and the time. */
#define SA_NEWS_NEXT 16

extern SPITupleTable *sa_route_run(SPIPlanPtr *kept, const char *text, int nargs, Oid *types,
								   Datum *values, int *rows);
extern void sa_route_read_news(SPITupleTable *table, int row, SaNews *news, SaRecipient *to);
/* How many rows from the first on go to the same person by the same way. */
extern int sa_route_count_group(const SaRecipient *recipients, const SaNews *news, int first,
								int rows);
/* Marks the rows that people will read to the end. */
extern void sa_route_mark_shown(SaNews *news, int count);

/* route_special.c: summaries, takeovers, tests, retries: events that name whom they are for. */
extern void sa_route_special(SaComposed *composed, const SaColumn *queue_ids);

#endif
