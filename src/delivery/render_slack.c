/*
 * render_slack.c: a document as the JSON of a Slack message.
 *
 * User data stands in plain_text objects, where nothing has a meaning; the
 * fallback text, which Slack reads as mrkdwn, is escaped.  Limits are Slack's
 * own, and 10,000 characters in all, above which it refuses without saying so.
 */
#include "postgres.h"

#include "delivery/document.h"
#include "pure/slack_text.h"
#include "pure/utf8.h"

#define HEADER_LONGEST   150
#define FIELD_LONGEST    300
#define FIELDS_MOST      10
#define SECTION_LONGEST  2900
#define SECTIONS_MOST    3
#define FALLBACK_LONGEST 300

static void
put_plain(StringInfo out, const char *text)
{
	appendStringInfoString(out, "{\"type\":\"plain_text\",\"emoji\":false,\"text\":");
	sa_put_json(out, text);
	appendStringInfoChar(out, '}');
}

static void
put_fallback(StringInfo out, const char *text)
{
	size_t length = strlen(text);
	size_t needed = sa_slack_text(NULL, 0, text, length, FALLBACK_LONGEST);
	char *escaped = palloc(needed + 1);

	(void) sa_slack_text(escaped, needed + 1, text, length, FALLBACK_LONGEST);
	sa_put_json(out, escaped);
	pfree(escaped);
}

static void
put_section(StringInfo out, const char *text)
{
	appendStringInfoString(out, ",{\"type\":\"section\",\"text\":");
	put_plain(out, text);
	appendStringInfoChar(out, '}');
}

static void
put_field(StringInfo out, bool first, const char *label, const char *value)
{
	if (!first)
		appendStringInfoChar(out, ',');
	put_plain(out, psprintf("%s\n%s", label, sa_document_line(value, FIELD_LONGEST)));
}

static void
put_rows(StringInfo out, const SaDocument *document)
{
	appendStringInfoString(out, ",{\"type\":\"section\",\"fields\":[");
	for (int i = 0; i < document->row_count && i < FIELDS_MOST; i++)
		put_field(out, i == 0, document->rows[i].label, document->rows[i].value);
	appendStringInfoString(out, "]}");
}

static void
put_counts(StringInfo out, const SaSummaryFacts *counts)
{
	appendStringInfoString(out, ",{\"type\":\"section\",\"fields\":[");
	put_field(out, true, "Out of stock", psprintf("%lld", (long long) counts->out));
	put_field(out, false, "Critical", psprintf("%lld", (long long) counts->critical));
	put_field(out, false, "Low", psprintf("%lld", (long long) counts->low));
	put_field(out, false, "Healthy", psprintf("%lld", (long long) counts->healthy));
	put_field(out, false, "Overstocked", psprintf("%lld", (long long) counts->over));
	appendStringInfoString(out, "]}");
}

/* As many lines as fit into a few sections; the rest is counted. */
static void
put_items(StringInfo out, const SaDocument *document)
{
	StringInfoData section;
	size_t used = 0;
	int sections = 0;
	int shown = 0;

	initStringInfo(&section);
	while (shown < document->item_count)
	{
		const SaAlertFacts *item = &document->items[shown];
		char *line =
			psprintf("%s: %s\n", sa_document_severity(item->severity), sa_document_item(item));
		size_t length = sa_utf8_count(line, strlen(line));

		if (used + length > SECTION_LONGEST)
		{
			put_section(out, section.data);
			resetStringInfo(&section);
			used = 0;
			if (++sections == SECTIONS_MOST)
				break;
		}
		appendStringInfoString(&section, line);
		pfree(line);
		used += length;
		shown++;
	}
	if (section.len > 0)
		put_section(out, section.data);
	if (document->total > shown)
		put_section(out, psprintf("and %lld more", (long long) (document->total - shown)));
}

static void
put_context(StringInfo out, const SaDocument *document)
{
	StringInfoData line;

	initStringInfo(&line);
	if (document->to->shop != NULL && document->to->shop[0] != '\0')
		appendStringInfo(&line, "%s", sa_document_line(document->to->shop, 100));
	if (document->at != NULL)
		appendStringInfo(&line, "%sSent at: %s", line.len > 0 ? " · " : "", document->at);
	if (document->to->ref != NULL)
		appendStringInfo(&line, "%sRef: %s", line.len > 0 ? " · " : "", document->to->ref);
	if (line.len == 0)
		return;
	appendStringInfoString(out, ",{\"type\":\"context\",\"elements\":[");
	put_plain(out, line.data);
	appendStringInfoString(out, "]}");
}

char *
sa_document_slack(const SaDocument *document)
{
	StringInfoData out;
	char *title = psprintf("%s %s", document->emoji, document->subject);

	initStringInfo(&out);
	appendStringInfoString(&out, "{\"text\":");
	put_fallback(&out, title);
	appendStringInfoString(&out, ",\"unfurl_links\":false,\"unfurl_media\":false,\"blocks\":["
								 "{\"type\":\"header\",\"text\":");
	put_plain(&out, sa_document_line(title, HEADER_LONGEST));
	appendStringInfoChar(&out, '}');
	put_section(&out, document->lead);
	if (document->row_count > 0)
		put_rows(&out, document);
	if (document->counts != NULL)
		put_counts(&out, document->counts);
	if (document->item_count > 0)
		put_items(&out, document);
	if (document->closing != NULL)
		put_section(&out, document->closing);
	put_context(&out, document);
	appendStringInfoString(&out, "]}");
	return out.data;
}
