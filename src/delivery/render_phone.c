/*
 * render_phone.c: a document on a phone, as SMS and as the variables of the
 * WhatsApp template, both of them the same few lines.
 *
 * Meta approves one text (stockalert.whatsapp_template() prints it) with four
 * variables: item, current stock, alert level and a sentence.  It takes none
 * that is empty, has a line break or more than four blanks in a row.
 */
#include "postgres.h"

#include "delivery/document.h"
#include "pure/sms_text.h"
#include "pure/utf8.h"
#include "settings.h"

#define VALUE_LONGEST 160
#define ITEM_LONGEST  60
#define ITEMS_NAMED   3

typedef struct SaLines
{
	const char *item;
	const char *stock;
	const char *level;
} SaLines;

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

static char *
name_item(const SaAlertFacts *alert)
{
	char *item = sa_document_line(alert->item, ITEM_LONGEST);

	if (alert->location == NULL || alert->location[0] == '\0')
		return item;
	return psprintf("%s (%s)", item, sa_document_line(alert->location, 30));
}

/* NULL: there is nothing to say there. */
static SaLines
write_lines(const SaDocument *document)
{
	const SaAlertFacts *alert = document->alert;
	SaLines lines = {NULL, NULL, NULL};

	if (alert != NULL)
	{
		lines.item = name_item(alert);
		lines.stock = alert->quantity;
		lines.level = alert->threshold;
	}
	else
	{
		lines.item = document->item_count > 0 ? name_items(document) : NULL;
		lines.stock = document->item_count > 0 ? list_quantities(document) : NULL;
		if (document->counts != NULL)
			lines.stock = describe_counts(document->counts);
	}
	return lines;
}

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

char *
sa_document_whatsapp(const SaDocument *document)
{
	SaLines lines = write_lines(document);
	StringInfoData out;

	initStringInfo(&out);
	put_variable(&out, 1, lines.item == NULL ? document->heading : lines.item);
	put_variable(&out, 2, lines.stock);
	put_variable(&out, 3, lines.level);
	put_variable(&out, 4, psprintf("%s %s", document->emoji, document->brief));
	appendStringInfoChar(&out, '}');
	return out.data;
}

/* In plain characters, cut, the ref behind it; NULL: that is too long. */
static char *
plain_sms(const char *text, const char *ref)
{
	size_t most = (size_t) sa_sms_max_segments;
	size_t length = strlen(text);
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
	char *out = plain_sms(text, ref);

	for (size_t kept = sa_utf8_count(text, length); out == NULL && kept-- > 0;)
	{
		size_t prefix = sa_utf8_prefix(text, length, kept);
		char *shorter = psprintf("%.*s...", (int) prefix, text);

		out = plain_sms(shorter, ref);
		pfree(shorter);
	}
	return out == NULL ? pstrdup("") : out;
}

char *
sa_document_sms(const SaDocument *document)
{
	SaLines lines = write_lines(document);
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "%s Inventory Alert\n", sa_document_line(document->to->shop, 30));
	if (lines.item != NULL)
		appendStringInfo(&out, "Item: %s\n", lines.item);
	if (lines.stock != NULL)
		appendStringInfo(&out, "Current Stock: %s\n", lines.stock);
	if (lines.level != NULL)
		appendStringInfo(&out, "Alert Level: %s\n", lines.level);
	appendStringInfo(&out, "%s\nReply HELP for more info.", document->brief);
	return cut_sms(out.data, document->to->ref);
}
