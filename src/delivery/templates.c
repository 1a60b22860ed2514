/*
 * templates.c: rows of stockalert.templates over the built-in words.
 *
 * The result is plain text, which each form escapes as it does user data: a
 * template brings no markup, and neither does what is filled in.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "compat.h"
#include "db/plans.h"
#include "delivery/templates.h"
#include "errors.h"
#include "pure/template.h"

/* Characters of what is filled in for one placeholder, and of a part as a whole. */
#define VALUE_LONGEST 200
#define PART_LONGEST  2000

SA_FUNCTION(stockalert_check_template);

/* True, or an error that says what is known: a CHECK alone could not. */
Datum
stockalert_check_template(PG_FUNCTION_ARGS)
{
	text *body = PG_GETARG_TEXT_PP(0);
	size_t length = VARSIZE_ANY_EXHDR(body);
	size_t wrong = sa_template_check(VARDATA_ANY(body), length);

	if (wrong < length)
		ereport(ERROR, (errcode(SA_ERR_BAD_ARGUMENT), errmsg("template has an unknown placeholder"),
						errdetail("It stands at byte %zu.", wrong + 1),
						errhint("Known are %s; write {{ and }} for braces.", SA_TEMPLATE_KNOWN)));
	PG_RETURN_BOOL(true);
}

static char *
read_column(int row, int number)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, number);
}

SaTemplates *
sa_templates_read(void)
{
	static SPIPlanPtr plan = NULL;
	SaTemplates *templates = palloc0(sizeof(SaTemplates));

	sa_plan_run(&plan,
				"SELECT kind, channel, part, body FROM stockalert.templates"
				" WHERE language = pg_catalog.current_setting('stockalert.language')",
				0, NULL, NULL, NULL, true);
	templates->count = (int) SPI_processed;
	templates->rows = palloc0(sizeof(SaTemplateRow) * Max(templates->count, 1));
	for (int i = 0; i < templates->count; i++)
		templates->rows[i] = (SaTemplateRow){
			.kind = read_column(i, 1),
			.channel = read_column(i, 2),
			.part = read_column(i, 3),
			.body = read_column(i, 4),
		};
	SPI_freetuptable(SPI_tuptable);
	return templates;
}

/* A row for the channel goes before one for any. */
static const char *
find_body(const SaTemplates *templates, const SaDocument *document, const char *part)
{
	const char *found = NULL;

	for (int i = 0; templates != NULL && i < templates->count; i++)
	{
		const SaTemplateRow *row = &templates->rows[i];

		if (document->kind == NULL || strcmp(row->kind, document->kind) != 0 ||
			strcmp(row->part, part) != 0)
			continue;
		if (strcmp(row->channel, document->to->channel) == 0)
			return row->body;
		if (strcmp(row->channel, "any") == 0)
			found = row->body;
	}
	return found;
}

static void
fill_values(const SaDocument *document, const char *values[SA_PLACEHOLDERS])
{
	static const SaAlertFacts none = {0};
	const SaAlertFacts *alert = document->alert != NULL ? document->alert : &none;

	values[SA_PLACE_ITEM] = alert->item;
	values[SA_PLACE_SKU] = alert->sku;
	values[SA_PLACE_LOCATION] = alert->location;
	values[SA_PLACE_QUANTITY] = alert->quantity;
	values[SA_PLACE_THRESHOLD] = alert->threshold;
	values[SA_PLACE_DAYS_LEFT] = alert->days_left;
	values[SA_PLACE_SUGGESTED] = alert->suggested;
	values[SA_PLACE_SUPPLIER] = alert->supplier;
	values[SA_PLACE_COUNT] =
		alert == &none ? psprintf("%lld", (long long) document->total) : pstrdup("1");
	values[SA_PLACE_NAME] = document->to->name;
	values[SA_PLACE_SHOP] = document->to->shop;
	values[SA_PLACE_TIME] = document->at;
	values[SA_PLACE_REF] = document->to->ref;
	for (int i = 0; i < SA_PLACEHOLDERS; i++)
	{
		if (values[i] != NULL)
			values[i] = sa_document_line(values[i], VALUE_LONGEST);
	}
}

static char *
expand(const char *body, const char *const values[SA_PLACEHOLDERS])
{
	size_t length = strlen(body);
	size_t needed = sa_template_expand(NULL, 0, body, length, values);
	char *out = palloc(needed + 1);

	(void) sa_template_expand(out, needed + 1, body, length, values);
	return sa_document_line(out, PART_LONGEST);
}

void
sa_templates_apply(const SaTemplates *templates, SaDocument *document)
{
	const struct
	{
		const char *part;
		const char **place;
	} parts[] = {
		{"emoji", &document->emoji},
		{"subject", &document->subject},
		{"heading", &document->heading},
		{document->again ? "lead_again" : "lead", &document->lead},
		{document->escalated ? "closing_escalated" : "closing", &document->closing},
		{"brief", &document->brief},
	};
	const char *values[SA_PLACEHOLDERS];

	if (templates == NULL || templates->count == 0)
		return;
	fill_values(document, values);
	for (size_t i = 0; i < lengthof(parts); i++)
	{
		const char *body = find_body(templates, document, parts[i].part);

		if (body != NULL)
			*parts[i].place = expand(body, values);
	}
}
