/*
 * render.c: what each message says, in English.
 *
 * Every sentence a person reads is in this file; the forms only lay it out.
 */
#include "postgres.h"

#include "delivery/document.h"
#include "delivery/render.h"
#include "delivery/templates.h"

#define ITEM_IN_SUBJECT 100
#define VALUE_LONGEST   200
/* Longer lists make mails that clients cut off. */
#define ITEMS_MOST 100

typedef struct SaWords
{
	const char *severity; /* or the kind, or the event resolved */
	const char *heading;
	const char *lead;
	const char *lead_again; /* of a reminder */
	const char *closing;
	const char *brief; /* NULL: heading and closing */
} SaWords;

#define RESTOCK "Please restock this item to avoid stockouts."

static const SaWords words[] = {
	{"low", "Low Stock Alert", "The following item has low stock:",
	 "The following item still has low stock:", RESTOCK, "Stock is low! Please restock soon."},
	{"critical", "Critical Stock Alert", "The following item has critically low stock:",
	 "The following item still has critically low stock:", RESTOCK,
	 "Stock is critically low! Please restock soon."},
	{"out", "Out of Stock Alert", "The following item is out of stock:",
	 "The following item is still out of stock:", "Please restock this item as soon as you can.",
	 "Out of stock! Please restock soon."},
	{"stockout_risk", "Stockout Risk",
	 "The following item will run out before a new order can arrive:",
	 "The following item will still run out before a new order can arrive:",
	 "Please order this item now."},
	{"negative_stock", "Negative Stock", "The following item has less than nothing in stock:",
	 "The following item still has less than nothing in stock:",
	 "Please count this item and correct its stock."},
	{"overstock", "Overstock Alert", "The following item is overstocked:",
	 "The following item is still overstocked:", "Please check open orders for this item."},
	{"dead_stock", "Dead Stock",
	 "The following item has not sold for a long time:", "The following item has still not sold:",
	 "Please think of a lower price, another location or a return."},
	{"resolved", "Back in Stock", "The following item is back in stock:",
	 "The following item is back in stock:", "No action is needed."},
	{NULL, "Stock Alert",
	 "The following item needs attention:", "The following item still needs attention:", RESTOCK},
};

static bool
is_event(const SaAlertFacts *alert, const char *event)
{
	return alert->event != NULL && strcmp(alert->event, event) == 0;
}

static const SaWords *
find_words(const SaAlertFacts *alert)
{
	const char *wanted = is_event(alert, "resolved") ? "resolved" : alert->severity;
	const SaWords *row = words;

	while (row->severity != NULL && (wanted == NULL || strcmp(row->severity, wanted) != 0))
		row++;
	return row;
}

static void
add_row(SaDocument *document, const char *label, const char *value)
{
	SaRow *row = &document->rows[document->row_count];

	if (value == NULL || value[0] == '\0' || document->row_count == SA_DOCUMENT_ROWS_MOST)
		return;
	row->label = label;
	row->value = sa_document_line(value, VALUE_LONGEST);
	document->row_count++;
}

static void
add_alert_rows(SaDocument *document, const SaAlertFacts *alert)
{
	add_row(document, "Item Name", alert->item);
	if (alert->sku != NULL && strcmp(alert->sku, alert->item) != 0)
		add_row(document, "SKU", alert->sku);
	add_row(document, "Current Quantity", alert->quantity);
	add_row(document, "Alert Threshold", alert->threshold);
	add_row(document, "Location", alert->location);
	add_row(document, "Days Left", alert->days_left);
	if (alert->suggested != NULL && !is_event(alert, "resolved"))
		add_row(document, "Suggested Order",
				alert->supplier == NULL
					? alert->suggested
					: psprintf("%s from %s", alert->suggested, alert->supplier));
}

/* The document in the form its channel wants; a channel without one gets the text. */
static SaRendered
print_document(SaDocument *document)
{
	const char *channel = document->to->channel;
	SaRendered rendered = {NULL, NULL, NULL};

	sa_templates_apply(document->to->templates, document);
	if (document->suffix != NULL)
		document->subject = psprintf("%s%s", document->subject, document->suffix);
	rendered.subject = psprintf("%s%s%s", document->emoji, document->emoji[0] == '\0' ? "" : " ",
								document->subject);
	if (strcmp(channel, "slack") == 0)
		rendered.body = sa_document_slack(document);
	else if (strcmp(channel, "sms") == 0)
		rendered.body = sa_document_sms(document);
	else if (strcmp(channel, "whatsapp") == 0)
		rendered.body = sa_document_whatsapp(document);
	else if (strcmp(channel, "webhook") == 0)
		rendered.body = sa_document_webhook(document);
	else
		rendered.body = sa_document_text(document);
	if (strcmp(channel, "email") == 0)
		rendered.html = sa_document_html(document);
	return rendered;
}

SaRendered
sa_render_alert(const SaAddressee *to, const SaAlertFacts *alert)
{
	const SaWords *say = find_words(alert);
	bool resolved = is_event(alert, "resolved");
	bool reminder = is_event(alert, "reminder");
	bool escalated = is_event(alert, "escalated");
	SaDocument document = {0};

	document.to = to;
	document.emoji = resolved ? "✅" : "⚠️";
	document.subject =
		psprintf("%s: %s", say->heading, sa_document_line(alert->item, ITEM_IN_SUBJECT));
	document.suffix = reminder ? " (reminder)" : escalated ? " (escalated)" : NULL;
	document.kind = resolved ? "resolved" : alert->severity;
	document.again = reminder || escalated;
	document.escalated = escalated;
	document.heading = say->heading;
	document.lead = reminder || escalated ? say->lead_again : say->lead;
	document.closing = escalated ? "This alert was escalated to you." : say->closing;
	document.brief = say->brief ? say->brief : psprintf("%s. %s", say->heading, say->closing);
	document.colour = sa_document_colour(resolved ? "ok" : alert->severity);
	document.at = alert->at;
	document.type = psprintf("stock.alert.%s", alert->event ? alert->event : "opened");
	document.alert = alert;
	add_alert_rows(&document, alert);
	return print_document(&document);
}

SaRendered
sa_render_digest(const SaAddressee *to, const SaAlertFacts *alerts, int count, int64_t total,
				 const char *at)
{
	SaDocument document = {0};

	document.to = to;
	document.emoji = "⚠️";
	document.subject = psprintf("%lld Stock Alerts", (long long) total);
	document.heading = document.subject;
	document.lead = "The following items need attention:";
	document.closing = "Please restock these items to avoid stockouts.";
	document.colour = sa_document_colour(count > 0 ? alerts[0].severity : "low");
	document.kind = "digest";
	document.type = "stock.digest";
	document.brief = document.closing;
	document.at = at;
	document.items = alerts;
	document.item_count = Min(count, ITEMS_MOST);
	document.total = total;
	return print_document(&document);
}

SaRendered
sa_render_summary(const SaAddressee *to, const SaSummaryFacts *summary, const SaAlertFacts *worst,
				  int count)
{
	SaDocument document = {0};
	bool trouble = summary->out + summary->critical + summary->low > 0;

	document.to = to;
	document.emoji = "📊";
	document.subject =
		psprintf("Stock Summary: %lld out, %lld critical, %lld low", (long long) summary->out,
				 (long long) summary->critical, (long long) summary->low);
	document.heading = summary->location == NULL
						   ? "Stock Summary"
						   : psprintf("Stock Summary: %s", sa_document_line(summary->location, 60));
	document.lead = "This is your stock at a glance:";
	document.closing =
		trouble ? "Please restock these items to avoid stockouts." : "All items are well stocked.";
	document.colour = "#1d4ed8";
	document.kind = "summary";
	document.type = "stock.summary";
	document.brief = document.closing;
	document.at = summary->at;
	document.items = worst;
	document.item_count = Min(count, ITEMS_MOST);
	document.total = Max(count, summary->out + summary->critical + summary->low);
	document.counts = summary;
	return print_document(&document);
}

SaRendered
sa_render_test(const SaAddressee *to, const char *at)
{
	SaDocument document = {0};

	document.to = to;
	document.emoji = "✅";
	document.subject = "StockAlert test message";
	document.heading = "Test Message";
	document.lead = "This is a test. Stock alerts will reach you here.";
	document.closing = NULL;
	document.kind = "test";
	document.type = "stock.test";
	document.brief = document.lead;
	document.colour = sa_document_colour("ok");
	document.at = at;
	return print_document(&document);
}
