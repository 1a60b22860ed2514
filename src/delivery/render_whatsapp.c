/*
 * render_whatsapp.c: a document as the variables of the WhatsApp template.
 *
 * Meta approves one text (stockalert.whatsapp_template() prints it) with four
 * variables: item, current stock, alert level and a sentence.  It takes none
 * that is empty, has a line break or more than four blanks in a row.
 */
#include "postgres.h"

#include "delivery/document.h"

#define VALUE_LONGEST 160
#define ITEMS_NAMED   3

/* User data on one line, blanks never doubled; "-" for nothing. */
static void
put_variable(StringInfo out, int number, const char *text)
{
	char *line = sa_document_line(text == NULL ? "" : text, VALUE_LONGEST);
	size_t kept = 0;

	for (size_t i = 0; line[i] != '\0'; i++)
	{
		if (line[i] != ' ' || (kept > 0 && line[kept - 1] != ' '))
			line[kept++] = line[i];
	}
	line[kept] = '\0';
	appendStringInfo(out, "%s\"%d\":", number == 1 ? "{" : ",", number);
	sa_put_json(out, kept == 0 ? "-" : line);
}

static char *
name_items(const SaDocument *document)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < document->item_count && i < ITEMS_NAMED; i++)
		appendStringInfo(&out, "%s%s", i == 0 ? "" : ", ",
						 sa_document_line(document->items[i].item, 40));
	if (document->total > ITEMS_NAMED)
		appendStringInfo(&out, " and %lld more", (long long) (document->total - ITEMS_NAMED));
	return out.data;
}

static char *
list_quantities(const SaDocument *document)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < document->item_count && i < ITEMS_NAMED; i++)
		appendStringInfo(&out, "%s%s", i == 0 ? "" : ", ", document->items[i].quantity);
	return out.data;
}

static char *
describe_counts(const SaSummaryFacts *counts)
{
	return psprintf("%lld out, %lld critical, %lld low, %lld healthy", (long long) counts->out,
					(long long) counts->critical, (long long) counts->low,
					(long long) counts->healthy);
}

char *
sa_document_whatsapp(const SaDocument *document)
{
	const SaAlertFacts *alert = document->alert;
	const char *item = document->item_count > 0 ? name_items(document) : document->heading;
	const char *stock = list_quantities(document);
	StringInfoData out;

	if (document->counts != NULL)
		stock = describe_counts(document->counts);
	if (alert != NULL)
	{
		bool placed = alert->location != NULL && alert->location[0] != '\0';

		item = placed ? psprintf("%s (%s)", sa_document_line(alert->item, 100),
								 sa_document_line(alert->location, 40))
					  : alert->item;
		stock = alert->quantity;
	}
	initStringInfo(&out);
	put_variable(&out, 1, item);
	put_variable(&out, 2, stock);
	put_variable(&out, 3, alert == NULL ? NULL : alert->threshold);
	put_variable(&out, 4, psprintf("%s %s", document->emoji, document->brief));
	appendStringInfoChar(&out, '}');
	return out.data;
}
