/*
 * render_text.c: a document as plain text, for e-mail and the log, and as SMS.
 */
#include "postgres.h"

#include "delivery/document.h"
#include "pure/sms_text.h"
#include "pure/utf8.h"
#include "settings.h"

#define RULE      "----------------------------------------\n"
#define SMS_ITEM  40
#define SMS_ITEMS 3

static void
put_greeting(StringInfo out, const SaDocument *document)
{
	if (document->to->name != NULL && document->to->name[0] != '\0')
		appendStringInfo(out, "Hi %s,\n\n", sa_document_line(document->to->name, 100));
	else
		appendStringInfoString(out, "Hi,\n\n");
	appendStringInfo(out, "%s\n\n", document->lead);
}

/* Values stand in one column behind the longest label. */
static void
put_rows(StringInfo out, const SaDocument *document)
{
	int widest = 0;

	for (int i = 0; i < document->row_count; i++)
		widest = Max(widest, (int) strlen(document->rows[i].label));
	appendStringInfoString(out, RULE);
	for (int i = 0; i < document->row_count; i++)
		appendStringInfo(out, "%s:%*s %s\n", document->rows[i].label,
						 widest - (int) strlen(document->rows[i].label), "",
						 document->rows[i].value);
	appendStringInfoString(out, RULE "\n");
}

static void
put_counts(StringInfo out, const SaSummaryFacts *counts)
{
	appendStringInfoString(out, RULE);
	appendStringInfo(out, "Out of stock: %lld\n", (long long) counts->out);
	appendStringInfo(out, "Critical:     %lld\n", (long long) counts->critical);
	appendStringInfo(out, "Low:          %lld\n", (long long) counts->low);
	appendStringInfo(out, "Healthy:      %lld\n", (long long) counts->healthy);
	appendStringInfo(out, "Overstocked:  %lld\n", (long long) counts->over);
	appendStringInfoString(out, RULE "\n");
}

static void
put_items(StringInfo out, const SaDocument *document)
{
	for (int i = 0; i < document->item_count; i++)
		appendStringInfo(out, "- [%s] %s\n", sa_document_severity(document->items[i].severity),
						 sa_document_item(&document->items[i]));
	if (document->total > document->item_count)
		appendStringInfo(out, "- and %lld more\n",
						 (long long) (document->total - document->item_count));
	appendStringInfoChar(out, '\n');
}

char *
sa_document_text(const SaDocument *document)
{
	StringInfoData out;

	initStringInfo(&out);
	put_greeting(&out, document);
	if (document->row_count > 0)
		put_rows(&out, document);
	if (document->counts != NULL)
		put_counts(&out, document->counts);
	if (document->item_count > 0)
		put_items(&out, document);
	if (document->closing != NULL)
		appendStringInfo(&out, "%s\n\n", document->closing);
	if (document->at != NULL)
		appendStringInfo(&out, "Sent at: %s\n", document->at);
	if (document->to->ref != NULL)
		appendStringInfo(&out, "Ref: %s\n", document->to->ref);
	if (document->to->shop != NULL && document->to->shop[0] != '\0')
		appendStringInfo(&out, "\n-- \n%s\n", sa_document_line(document->to->shop, 100));
	return out.data;
}

/* The value of a row by its label; NULL: none. */
static const char *
find_value(const SaDocument *document, const char *label)
{
	for (int i = 0; i < document->row_count; i++)
	{
		if (strcmp(document->rows[i].label, label) == 0)
			return document->rows[i].value;
	}
	return NULL;
}

static void
put_sms_alert(StringInfo out, const SaDocument *document)
{
	const char *location = find_value(document, "Location");
	const char *threshold = find_value(document, "Alert Threshold");

	appendStringInfo(out, ": %s", sa_document_line(find_value(document, "Item Name"), SMS_ITEM));
	if (location != NULL)
		appendStringInfo(out, " at %s", sa_document_line(location, 20));
	appendStringInfo(out, ", %s left", find_value(document, "Current Quantity"));
	if (threshold != NULL)
		appendStringInfo(out, " (threshold %s)", threshold);
	appendStringInfoChar(out, '.');
}

static char *
plain_sms(const char *text, size_t length, const char *ref)
{
	size_t most = (size_t) sa_sms_max_segments;
	size_t needed = sa_sms_text(NULL, 0, text, length, most);
	char *out = palloc(needed + 1);
	char *whole;

	(void) sa_sms_text(out, needed + 1, text, length, most);
	whole = ref == NULL ? out : psprintf("%s Ref %s", out, ref);
	return sa_sms_size(whole, strlen(whole)).segments <= most ? whole : NULL;
}

/* The ref stays, by which a person finds the message here: the text before it is cut. */
static char *
cut_sms(const char *text, const char *ref)
{
	size_t length = strlen(text);
	char *out = plain_sms(text, length, ref);

	for (size_t kept = sa_utf8_count(text, length); out == NULL && kept-- > 0;)
	{
		size_t prefix = sa_utf8_prefix(text, length, kept);
		char *shorter = psprintf("%.*s...", (int) prefix, text);

		out = plain_sms(shorter, strlen(shorter), ref);
		pfree(shorter);
	}
	return out == NULL ? pstrdup("") : out;
}

char *
sa_document_sms(const SaDocument *document)
{
	StringInfoData out;

	initStringInfo(&out);
	if (document->to->shop != NULL && document->to->shop[0] != '\0')
		appendStringInfo(&out, "%s: ", sa_document_line(document->to->shop, 30));
	appendStringInfoString(&out, document->row_count > 0 ? document->heading : document->subject);
	if (document->row_count > 0 && find_value(document, "Current Quantity") != NULL)
		put_sms_alert(&out, document);
	else
		appendStringInfoChar(&out, '.');
	for (int i = 0; i < document->item_count && i < SMS_ITEMS; i++)
		appendStringInfo(&out, " %s: %s left.", sa_document_line(document->items[i].item, SMS_ITEM),
						 document->items[i].quantity);
	return cut_sms(out.data, document->to->ref);
}
