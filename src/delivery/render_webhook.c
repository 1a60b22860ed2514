/*
 * render_webhook.c: a document as the JSON of a webhook.
 *
 * {"type":"stock.alert.opened","timestamp":"2026-03-01T09:00:00Z","data":{...}}
 * with the facts as they are, for programs: quantities are strings, as they
 * are decimals; what is not known is left out.  Standard Webhooks ask for less
 * than 20 kB, so a long list ends early and total says how long it is.
 */
#include "postgres.h"

#include "delivery/document.h"

#define NAME_LONGEST 200
#define LIST_MOST    18000

static void
put_member(StringInfo out, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	appendStringInfo(out, "%s\"%s\":", out->data[out->len - 1] == '{' ? "" : ",", name);
	sa_put_json(out, sa_document_line(value, NAME_LONGEST));
}

static void
put_number(StringInfo out, const char *name, int64_t value)
{
	appendStringInfo(out, "%s\"%s\":%lld", out->data[out->len - 1] == '{' ? "" : ",", name,
					 (long long) value);
}

/* Facts name a severity, or in its place the kind of an alert that is not about too little. */
static bool
is_stock(const char *severity)
{
	return severity != NULL && (strcmp(severity, "low") == 0 || strcmp(severity, "critical") == 0 ||
								strcmp(severity, "out") == 0);
}

static void
put_facts(StringInfo out, const SaAlertFacts *alert)
{
	bool stock = is_stock(alert->severity);

	appendStringInfoChar(out, '{');
	put_number(out, "alert_id", alert->alert_id);
	put_member(out, "event", alert->event);
	put_member(out, "kind", stock ? "stock" : alert->severity);
	put_member(out, "severity", stock ? alert->severity : NULL);
	put_member(out, "item", alert->item);
	put_member(out, "sku", alert->sku);
	put_member(out, "location", alert->location);
	put_member(out, "quantity", alert->quantity);
	put_member(out, "threshold", alert->threshold);
	put_member(out, "days_left", alert->days_left);
	put_member(out, "suggested", alert->suggested);
	put_member(out, "supplier", alert->supplier);
	appendStringInfoChar(out, '}');
}

static void
put_list(StringInfo out, const SaDocument *document)
{
	appendStringInfoString(out, ",\"alerts\":[");
	for (int i = 0; i < document->item_count; i++)
	{
		StringInfoData one;

		initStringInfo(&one);
		put_facts(&one, &document->items[i]);
		if (out->len + one.len > LIST_MOST)
			break;
		appendStringInfo(out, "%s%s", i == 0 ? "" : ",", one.data);
		pfree(one.data);
	}
	appendStringInfoChar(out, ']');
	put_number(out, "total", document->total);
}

static void
put_counts(StringInfo out, const SaSummaryFacts *counts)
{
	appendStringInfoString(out, ",\"counts\":{");
	put_number(out, "out", counts->out);
	put_number(out, "critical", counts->critical);
	put_number(out, "low", counts->low);
	put_number(out, "healthy", counts->healthy);
	put_number(out, "over", counts->over);
	appendStringInfoChar(out, '}');
	put_member(out, "location", counts->location);
}

char *
sa_document_webhook(const SaDocument *document)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	put_member(&out, "type", document->type);
	put_member(&out, "timestamp", document->to->timestamp);
	appendStringInfoString(&out, ",\"data\":{");
	put_member(&out, "ref", document->to->ref);
	put_member(&out, "shop", document->to->shop);
	put_member(&out, "subscriber", document->to->name);
	put_member(&out, "subject", document->subject);
	if (document->alert != NULL)
	{
		appendStringInfoString(&out, ",\"alert\":");
		put_facts(&out, document->alert);
	}
	if (document->counts != NULL)
		put_counts(&out, document->counts);
	if (document->items != NULL)
		put_list(&out, document);
	appendStringInfoString(&out, "}}");
	return out.data;
}
