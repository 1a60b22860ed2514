/*
 * fuzz_json_text.c: any bytes become valid JSON, HTML without markup and Slack text without
 * commands.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pure/html_text.h"
#include "pure/json_text.h"
#include "pure/one_line.h"
#include "pure/slack_text.h"
#include "pure/utf8.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
	if (!condition)
		abort();
}

/* A string of RFC 8259, read to its end. */
static void
check_json(const char *json, size_t length)
{
	size_t at = 1;

	require(length >= 2 && json[0] == '"' && sa_utf8_valid(json, length));
	while (json[at] != '"')
	{
		require((uint8_t) json[at] >= 0x20);
		if (json[at] == '\\')
		{
			at++;
			require(json[at] != '\0' && strchr("\"\\nrtu", json[at]) != NULL);
			if (json[at] == 'u')
			{
				require(strspn(json + at + 1, "0123456789abcdef") >= 4);
				at += 4;
			}
		}
		at++;
	}
	require(at + 1 == length);
}

/* A cut text is a beginning of the whole one and still well-formed. */
static void
check_cut(const char *cut, size_t room, const char *whole)
{
	require(strlen(cut) < room && sa_utf8_valid(cut, strlen(cut)));
	require(strncmp(cut, whole, strlen(cut)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *) data;
	size_t room = 6 * size + 16;
	char *out = malloc(room);
	char cut[24];

	if (out == NULL)
		return 0;
	check_json(out, sa_json_text(out, room, text, size));
	(void) sa_json_text(cut, sizeof(cut), text, size);
	check_cut(cut, sizeof(cut), out);

	require(sa_html_text(out, room, text, size) < room);
	require(strpbrk(out, "<>\"'") == NULL && sa_utf8_valid(out, strlen(out)));
	(void) sa_html_text(cut, sizeof(cut), text, size);
	check_cut(cut, sizeof(cut), out);

	require(sa_slack_text(out, room, text, size, 20) < room);
	require(strpbrk(out, "<>") == NULL && sa_utf8_count(out, strlen(out)) <= 20);

	require(sa_one_line(out, room, text, size, 10) < room);
	require(strpbrk(out, "\r\n\t") == NULL && sa_utf8_count(out, strlen(out)) <= 10 &&
			sa_utf8_valid(out, strlen(out)));
	free(out);
	return 0;
}
