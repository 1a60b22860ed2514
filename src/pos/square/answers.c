/*
 * answers.c: what an answer of Square says beside its rows.
 */
#include "postgres.h"

#include "pos/square/square.h"
#include "pure/one_line.h"
#include "pure/square_errors.h"

/* The first error; Square puts several in the order of weight. */
static void
read_error(SaJson all, SaPosPage *page)
{
	SaJson errors;
	SaJson error = {NULL, 0};
	char detail[300];
	char field[80];
	char text[500];

	if (!sa_json_member(all, "errors", &errors) || !sa_json_element(errors, &error))
		return;
	(void) sa_json_member_string(error, "code", page->code, sizeof(page->code));
	if (page->code[0] == '\0')
		strlcpy(page->code, "UNKNOWN", sizeof(page->code));
	(void) sa_json_member_string(error, "detail", detail, sizeof(detail));
	(void) sa_json_member_string(error, "field", field, sizeof(field));
	snprintf(text, sizeof(text), "%s%s%s%s%s%s", page->code, field[0] == '\0' ? "" : " (field ",
			 field, field[0] == '\0' ? "" : ")", detail[0] == '\0' ? "" : ": ", detail);
	(void) sa_one_line(page->error, sizeof(page->error), text, strlen(text), 200);
}

static void
say(SaPosPage *page, SaPosFault fault, const char *error)
{
	page->fault = fault;
	if (page->error[0] == '\0')
		strlcpy(page->error, error, sizeof(page->error));
}

/* No answer, or not a whole one. */
static bool
read_failure(const SaNetAnswer *answer, SaPosPage *page)
{
	if (answer->failure == SA_NET_ANSWERED)
		return false;
	if (answer->failure == SA_NET_TOO_LARGE)
		say(page, SA_POS_LIMIT, answer->why);
	else if (answer->failure == SA_NET_CERTIFICATE)
		say(page, SA_POS_TRANSIENT,
			"the server's certificate is not trusted; see stockalert.ca_file");
	else
		say(page, SA_POS_TRANSIENT, answer->why);
	return true;
}

void
sa_square_read(const SaNetAnswer *answer, bool json, const char *body, size_t length,
			   SaPosPage *page)
{
	SaJson all = sa_json_all(body, length);
	char status[40];

	memset(page, 0, sizeof(*page));
	if (!read_failure(answer, page))
	{
		if (json)
			read_error(all, page);
		page->fault = sa_square_fault(answer->status, page->code);
		snprintf(status, sizeof(status), "status %d%s", answer->status, json ? "" : ", not JSON");
		if (page->fault == SA_POS_OK && (!json || !sa_json_is_object(all)))
			say(page, SA_POS_SCHEMA, "the answer is not a JSON object");
		else if (page->fault != SA_POS_OK)
			say(page, page->fault, status);
		else if (sa_json_member_string(all, "cursor", page->cursor, sizeof(page->cursor)) >=
				 sizeof(page->cursor))
			say(page, SA_POS_SCHEMA, "the answer has an endless cursor");
	}
	strlcpy(page->remedy, sa_square_remedy(page->fault, page->code), sizeof(page->remedy));
}
