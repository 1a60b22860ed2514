/*
 * document.c: what the forms of a document share.
 */
#include "postgres.h"

#include "delivery/document.h"
#include "pure/html_text.h"
#include "pure/json_text.h"
#include "pure/one_line.h"

typedef struct SaSeverityRow
{
	const char *name;
	const char *label;
	const char *colour;
} SaSeverityRow;

static const SaSeverityRow severities[] = {
	{"out", "Out of stock", "#b91c1c"},
	{"critical", "Critical", "#c2410c"},
	{"low", "Low", "#b45309"},
	{"stockout_risk", "Will run out", "#b45309"},
	{"negative_stock", "Under zero", "#b45309"},
	{"overstock", "Overstocked", "#1d4ed8"},
	{"dead_stock", "Not selling", "#1d4ed8"},
	{"ok", "Healthy", "#15803d"},
};

static const SaSeverityRow *
find_severity(const char *severity)
{
	for (size_t i = 0; severity != NULL && i < lengthof(severities); i++)
	{
		if (strcmp(severities[i].name, severity) == 0)
			return &severities[i];
	}
	return NULL;
}

const char *
sa_document_severity(const char *severity)
{
	const SaSeverityRow *row = find_severity(severity);

	return row == NULL ? "Alert" : row->label;
}

const char *
sa_document_colour(const char *severity)
{
	const SaSeverityRow *row = find_severity(severity);

	return row == NULL ? "#1d4ed8" : row->colour;
}

char *
sa_document_line(const char *text, size_t limit)
{
	size_t length = strlen(text);
	size_t needed = sa_one_line(NULL, 0, text, length, limit);
	char *out = palloc(needed + 1);

	(void) sa_one_line(out, needed + 1, text, length, limit);
	return out;
}

char *
sa_document_item(const SaAlertFacts *item)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, sa_document_line(item->item, 120));
	if (item->location != NULL && item->location[0] != '\0')
		appendStringInfo(&out, " (%s)", sa_document_line(item->location, 60));
	appendStringInfo(&out, ": %s left", item->quantity);
	if (item->threshold != NULL && strcmp(item->threshold, "0") != 0)
		appendStringInfo(&out, ", threshold %s", item->threshold);
	if (item->suggested != NULL)
		appendStringInfo(&out, ", order %s", item->suggested);
	return out.data;
}

static void
put_encoded(StringInfo out, const char *text,
			size_t (*encode)(char *out, size_t room, const char *text, size_t length))
{
	size_t length = strlen(text);
	size_t needed = encode(NULL, 0, text, length);

	enlargeStringInfo(out, (int) needed);
	(void) encode(out->data + out->len, needed + 1, text, length);
	out->len += (int) needed;
}

void
sa_put_html(StringInfo out, const char *text)
{
	put_encoded(out, text, sa_html_text);
}

void
sa_put_json(StringInfo out, const char *text)
{
	put_encoded(out, text, sa_json_text);
}
