/*
 * render_html.c: a document as the HTML part of an e-mail.
 *
 * Tables and inline styles, because mail clients know little else; one column
 * that is as wide as the screen of a phone and at most 600 pixels; no script,
 * no image, no link.  All data is escaped.
 */
#include "postgres.h"

#include "delivery/document.h"

#define FONT                                                                                       \
	"font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"
#define TABLE                                                                                      \
	"<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\""
#define LABEL "padding:10px 16px;font-size:14px;line-height:20px;color:#64748b;"
#define VALUE                                                                                      \
	"padding:10px 16px;font-size:16px;line-height:22px;color:#0f172a;font-weight:600;"             \
	"word-break:break-word;"
#define BORDER "border-top:1px solid #e2e8f0;"

static void
put_paragraph(StringInfo out, const char *text)
{
	appendStringInfoString(out, "<p style=\"margin:0 0 16px;font-size:16px;line-height:24px;"
								"color:#0f172a;\">");
	sa_put_html(out, text);
	appendStringInfoString(out, "</p>\n");
}

/* The text in <title> and the hidden preview is what a list of mails shows. */
static void
put_head(StringInfo out, const SaDocument *document)
{
	appendStringInfoString(
		out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			 "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
			 "<meta name=\"color-scheme\" content=\"light\">\n<title>");
	sa_put_html(out, document->subject);
	appendStringInfoString(out, "</title>\n</head>\n"
								"<body style=\"margin:0;padding:0;background:#f1f5f9;\">\n"
								"<div style=\"display:none;max-height:0;overflow:hidden;\">");
	sa_put_html(out, document->lead);
	appendStringInfoString(out, "</div>\n" TABLE " style=\"background:#f1f5f9;\"><tr>"
								"<td align=\"center\" style=\"padding:24px 12px;\">\n" TABLE
								" style=\"max-width:600px;background:#ffffff;border-radius:8px;"
								"overflow:hidden;" FONT "\">\n");
	appendStringInfo(out,
					 "<tr><td style=\"background:%s;padding:20px 24px;font-size:20px;"
					 "line-height:28px;font-weight:700;color:#ffffff;\">%s ",
					 document->colour, document->emoji);
	sa_put_html(out, document->heading);
	appendStringInfoString(out, "</td></tr>\n<tr><td style=\"padding:24px;\">\n");
}

static void
put_rows(StringInfo out, const SaDocument *document)
{
	appendStringInfoString(out, TABLE " style=\"border:1px solid #e2e8f0;border-radius:6px;"
									  "margin:0 0 16px;\">\n");
	for (int i = 0; i < document->row_count; i++)
	{
		const char *border = i == 0 ? "" : BORDER;

		appendStringInfo(out, "<tr><td width=\"40%%\" style=\"" LABEL "%s\">", border);
		sa_put_html(out, document->rows[i].label);
		appendStringInfo(out, "</td><td dir=\"auto\" style=\"" VALUE "%s\">", border);
		sa_put_html(out, document->rows[i].value);
		appendStringInfoString(out, "</td></tr>\n");
	}
	appendStringInfoString(out, "</table>\n");
}

static void
put_count(StringInfo out, const char *severity, int64_t count)
{
	appendStringInfo(out,
					 "<td align=\"center\" style=\"padding:12px 4px;font-size:22px;"
					 "line-height:28px;font-weight:700;color:%s;\">%lld"
					 "<div style=\"font-size:12px;line-height:16px;font-weight:400;"
					 "color:#64748b;\">%s</div></td>\n",
					 sa_document_colour(severity), (long long) count,
					 sa_document_severity(severity));
}

/* One piece of the bar; a share that rounds to nothing still shows. */
static void
put_share(StringInfo out, const char *severity, int64_t count, int64_t whole)
{
	if (count <= 0)
		return;
	appendStringInfo(out,
					 "<td width=\"%lld%%\" style=\"background:%s;height:10px;font-size:0;"
					 "line-height:0;\">&nbsp;</td>",
					 (long long) Max(1, (long long) ((double) count / (double) whole * 100.0)),
					 sa_document_colour(severity));
}

static void
put_counts(StringInfo out, const SaSummaryFacts *counts)
{
	int64_t whole = counts->out + counts->critical + counts->low + counts->healthy + counts->over;

	if (whole > 0)
	{
		appendStringInfoString(out, TABLE " style=\"margin:0 0 4px;\"><tr>");
		put_share(out, "out", counts->out, whole);
		put_share(out, "critical", counts->critical, whole);
		put_share(out, "low", counts->low, whole);
		put_share(out, "ok", counts->healthy, whole);
		put_share(out, "over", counts->over, whole);
		appendStringInfoString(out, "</tr></table>\n");
	}
	appendStringInfoString(out, TABLE " style=\"margin:0 0 16px;\"><tr>\n");
	put_count(out, "out", counts->out);
	put_count(out, "critical", counts->critical);
	put_count(out, "low", counts->low);
	put_count(out, "ok", counts->healthy);
	put_count(out, "over", counts->over);
	appendStringInfoString(out, "</tr></table>\n");
}

static void
put_item(StringInfo out, const SaAlertFacts *item, bool first)
{
	appendStringInfo(out, "<tr><td dir=\"auto\" style=\"" VALUE "%s\">", first ? "" : BORDER);
	sa_put_html(out, sa_document_line(item->item, 200));
	appendStringInfoString(out, "<div style=\"font-size:13px;line-height:18px;font-weight:400;"
								"color:#64748b;\">");
	sa_put_html(out, sa_document_line(item->location == NULL ? "" : item->location, 100));
	if (item->suggested != NULL)
	{
		appendStringInfoString(out, " &middot; order ");
		sa_put_html(out, item->suggested);
	}
	appendStringInfo(out, "</div></td><td align=\"right\" style=\"" VALUE "%s\">",
					 first ? "" : BORDER);
	sa_put_html(out, item->quantity);
	appendStringInfo(
		out, "<div style=\"font-size:13px;line-height:18px;color:%s;\">%s</div></td></tr>\n",
		sa_document_colour(item->severity), sa_document_severity(item->severity));
}

static void
put_items(StringInfo out, const SaDocument *document)
{
	appendStringInfoString(out, TABLE " style=\"border:1px solid #e2e8f0;border-radius:6px;"
									  "margin:0 0 16px;\">\n");
	for (int i = 0; i < document->item_count; i++)
		put_item(out, &document->items[i], i == 0);
	if (document->total > document->item_count)
		appendStringInfo(out,
						 "<tr><td colspan=\"2\" style=\"" LABEL BORDER "\">and %lld more"
						 "</td></tr>\n",
						 (long long) (document->total - document->item_count));
	appendStringInfoString(out, "</table>\n");
}

static void
put_foot(StringInfo out, const SaDocument *document)
{
	appendStringInfoString(out, "<p style=\"margin:0;font-size:13px;line-height:20px;"
								"color:#64748b;\">");
	if (document->at != NULL)
	{
		appendStringInfoString(out, "Sent at: ");
		sa_put_html(out, document->at);
	}
	if (document->to->ref != NULL)
	{
		appendStringInfoString(out, "<br>Ref: ");
		sa_put_html(out, document->to->ref);
	}
	if (document->to->shop != NULL && document->to->shop[0] != '\0')
	{
		appendStringInfoString(out, "<br>");
		sa_put_html(out, sa_document_line(document->to->shop, 100));
	}
	appendStringInfoString(out, "</p>\n</td></tr>\n</table>\n</td></tr></table>\n"
								"</body>\n</html>\n");
}

char *
sa_document_html(const SaDocument *document)
{
	const char *name = document->to->name;
	StringInfoData out;

	initStringInfo(&out);
	put_head(&out, document);
	put_paragraph(&out, name == NULL || name[0] == '\0'
							? "Hi,"
							: psprintf("Hi %s,", sa_document_line(name, 100)));
	put_paragraph(&out, document->lead);
	if (document->row_count > 0)
		put_rows(&out, document);
	if (document->counts != NULL)
		put_counts(&out, document->counts);
	if (document->item_count > 0)
		put_items(&out, document);
	if (document->closing != NULL)
		put_paragraph(&out, document->closing);
	put_foot(&out, document);
	return out.data;
}
