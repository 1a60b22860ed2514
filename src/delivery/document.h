/*
 * document.h: a message before it takes the form of its channel.
 *
 * render.c says what is to be told; each form (text, HTML, Slack, SMS) prints
 * the same document in its own way, so that no channel tells another story.
 * Everything is palloc'd in the current context.
 */
#ifndef SA_DELIVERY_DOCUMENT_H
#define SA_DELIVERY_DOCUMENT_H

#include "lib/stringinfo.h"

#include "delivery/render.h"

#define SA_DOCUMENT_ROWS_MOST 8

typedef struct SaRow
{
	const char *label; /* ours */
	const char *value; /* user data, cut and on one line */
} SaRow;

typedef struct SaDocument
{
	const SaAddressee *to;
	const char *kind;   /* of stockalert.templates */
	const char *suffix; /* of the subject, " (reminder)"; NULL: none */
	bool again;
	bool escalated;
	const char *emoji;
	const char *subject; /* without the emoji */
	const char *heading;
	const char *lead;
	const char *closing; /* NULL: none */
	const char *brief;   /* lead and closing in a sentence or two */
	const char *colour;  /* of the heading, "#b91c1c" */
	const char *at;
	const char *type;          /* for programs, "stock.alert.opened" */
	const SaAlertFacts *alert; /* what the rows tell; NULL: not about one alert */
	SaRow rows[SA_DOCUMENT_ROWS_MOST];
	int row_count;
	const SaAlertFacts *items; /* a list instead of, or after, the rows */
	int item_count;
	int64_t total; /* of which items are the worst */
	const SaSummaryFacts *counts;
} SaDocument;

extern char *sa_document_text(const SaDocument *document);
extern char *sa_document_html(const SaDocument *document);
extern char *sa_document_slack(const SaDocument *document);
extern char *sa_document_webhook(const SaDocument *document);
extern char *sa_document_whatsapp(const SaDocument *document);
extern char *sa_document_sms(const SaDocument *document);

/* User data on one line, at most limit characters. */
extern char *sa_document_line(const char *text, size_t limit);
/* "Oat milk (main): 4 left, threshold 5, critical". */
extern char *sa_document_item(const SaAlertFacts *item);
/* "Out of stock" for out, and so on. */
extern const char *sa_document_severity(const char *severity);
extern const char *sa_document_colour(const char *severity);
extern void sa_put_html(StringInfo out, const char *text);
extern void sa_put_json(StringInfo out, const char *text);

#endif
