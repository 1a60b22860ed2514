/*
 * render_text.c: a document as plain text, for e-mail and the log.
 */
#include "postgres.h"

#include "delivery/document.h"

#define RULE "----------------------------------------\n"

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
