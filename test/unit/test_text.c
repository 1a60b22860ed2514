/*
 * test_text.c: the escapers never overflow, never cut a character and never let anything mean more
 * than text.
 */
#include "unit.h"

#include "pure/html_text.h"
#include "pure/json_text.h"
#include "pure/mail_text.h"
#include "pure/one_line.h"
#include "pure/slack_text.h"
#include "pure/text.h"
#include "pure/utf8.h"

#define REPLACED "\xef\xbf\xbd"

typedef size_t (*Escaper)(char *out, size_t room, const char *text, size_t length);

typedef struct Case
{
	const char *in;
	const char *out;
} Case;

/* Compares the whole, the announced length, and that every smaller room is filled without overflow.
 */
static void
check_escaper(Escaper escape, const Case *cases, size_t count)
{
	char out[512];

	for (size_t i = 0; i < count; i++)
	{
		size_t length = strlen(cases[i].in);
		size_t needed = escape(NULL, 0, cases[i].in, length);

		CHECK_INT(needed, strlen(cases[i].out));
		CHECK_INT(escape(out, sizeof(out), cases[i].in, length), needed);
		CHECK_STR(out, cases[i].out);
		for (size_t room = 1; room <= needed; room++)
		{
			memset(out, 'Z', sizeof(out));
			CHECK_INT(escape(out, room, cases[i].in, length), needed);
			CHECK_ROW(memchr(out, '\0', room) != NULL, cases[i].in);
			CHECK_ROW(out[room] == 'Z', cases[i].in);
			CHECK_ROW(sa_utf8_valid(out, strlen(out)), cases[i].in);
			CHECK_ROW(strncmp(out, cases[i].out, strlen(out)) == 0, cases[i].in);
		}
	}
}

static size_t
slack_50(char *out, size_t room, const char *text, size_t length)
{
	return sa_slack_text(out, room, text, length, 50);
}

static size_t
line_8(char *out, size_t room, const char *text, size_t length)
{
	return sa_one_line(out, room, text, length, 8);
}

static void
test_json(void)
{
	static const Case cases[] = {
		{"", "\"\""},
		{"plain", "\"plain\""},
		{"say \"hi\" \\ there", "\"say \\\"hi\\\" \\\\ there\""},
		{"a\r\n\tb", "\"a\\r\\n\\tb\""},
		{"\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\""},
		{"caf\xc3\xa9 \xe2\x98\x95 \xf0\x9f\x9a\xa8",
		 "\"caf\xc3\xa9 \xe2\x98\x95 \xf0\x9f\x9a\xa8\""},
		{"cut \xc3", "\"cut " REPLACED "\""},
		{"\xff\xfe", "\"" REPLACED REPLACED "\""},
		{"\xed\xa0\x80", "\"" REPLACED REPLACED REPLACED "\""},
		{"%s%n", "\"%s%n\""},
	};
	char out[16];

	check_escaper(sa_json_text, cases, sizeof(cases) / sizeof(cases[0]));
	CHECK_INT(sa_json_text(out, sizeof(out), "a\0b", 3), 10);
	CHECK_STR(out, "\"a\\u0000b\"");
}

static void
test_html(void)
{
	static const Case cases[] = {
		{"", ""},
		{"<script>alert('x & \"y\"')</script>",
		 "&lt;script&gt;alert(&#39;x &amp; &quot;y&quot;&#39;)&lt;/script&gt;"},
		{"a\x01"
		 "b\r\nc\td",
		 "a b \nc\td"},
		{"\xc2\x85next\xe2\x80\xa8line", " next line"},
		{"\xe2\x80\xae"
		 "rtl",
		 "\xe2\x80\xae"
		 "rtl"},
		{"\xc0\xbcscript", REPLACED REPLACED "script"},
	};

	check_escaper(sa_html_text, cases, sizeof(cases) / sizeof(cases[0]));
}

static void
test_slack(void)
{
	static const Case cases[] = {
		{"<!channel> & <@U1|x> <https://x|y>",
		 "&lt;!channel&gt; &amp; &lt;@U1|x&gt; &lt;https://\xe2\x80\xa6"},
		{"1234567890123456789012345678901234567890123456789",
		 "1234567890123456789012345678901234567890123456789"},
		{"12345678901234567890123456789012345678901234567890",
		 "12345678901234567890123456789012345678901234567890"},
		{"123456789012345678901234567890123456789012345678901",
		 "1234567890123456789012345678901234567890123456789\xe2\x80\xa6"},
		{"1234567890123456789012345678901234567890123456 <<<",
		 "1234567890123456789012345678901234567890123456 \xe2\x80\xa6"},
		{"*bold* _it_ `code`\nnew\x02", "*bold* _it_ `code`\nnew "},
	};
	char out[64];

	check_escaper(slack_50, cases, sizeof(cases) / sizeof(cases[0]));
	CHECK_INT(sa_slack_text(out, sizeof(out), "abc", 3, 0), 0);
	CHECK_STR(out, "");
}

static void
test_one_line(void)
{
	static const Case cases[] = {
		{"12345678", "12345678"},
		{"123456789", "1234567\xe2\x80\xa6"},
		{"\r\n.\r\n", "  .  "},
		{"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
		 "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xe2\x80\xa6"},
		{"a\xff", "a" REPLACED},
	};

	check_escaper(line_8, cases, sizeof(cases) / sizeof(cases[0]));
}

static void
test_mail(void)
{
	static const Case cases[] = {
		{"a\nb\r\nc\rd\n\n", "a\r\nb\r\nc\r\nd\r\n\r\n"},
		{"\r\n.\r\n", "\r\n.\r\n"},
		{"tab\tbell\x07", "tab\tbell "},
		{"\xff", REPLACED},
	};
	char date[64];

	check_escaper(sa_mail_body, cases, sizeof(cases) / sizeof(cases[0]));
	(void) sa_mail_date(date, sizeof(date), 0);
	CHECK_STR(date, "Thu, 01 Jan 1970 00:00:00 +0000");
	(void) sa_mail_date(date, sizeof(date), 1772355600);
	CHECK_STR(date, "Sun, 01 Mar 2026 09:00:00 +0000");
	(void) sa_mail_date(date, sizeof(date), 1709251199);
	CHECK_STR(date, "Thu, 29 Feb 2024 23:59:59 +0000");
	(void) sa_mail_date(date, sizeof(date), INT64_MAX);
	CHECK_STR(date, "Fri, 31 Dec 9999 23:59:59 +0000");
	(void) sa_mail_date(date, sizeof(date), INT64_MIN);
	CHECK_STR(date, "Thu, 01 Jan 1970 00:00:00 +0000");
}

static void
test_utf8(void)
{
	static const char *const invalid[] = {"\x80",
										  "\xc1\xbf",
										  "\xe0\x9f\xbf",
										  "\xed\xa0\x80",
										  "\xf0\x8f\xbf\xbf",
										  "\xf4\x90\x80\x80",
										  "\xf5\x80\x80\x80",
										  "\xe2\x98",
										  "a\xc3"};
	static const char *const valid[] = {"",
										"a",
										"\xc2\x80",
										"\xe0\xa0\x80",
										"\xed\x9f\xbf",
										"\xf0\x90\x80\x80",
										"\xf4\x8f\xbf\xbf"};

	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
		CHECK_ROW(!sa_utf8_valid(invalid[i], strlen(invalid[i])), "invalid");
	for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++)
		CHECK_ROW(sa_utf8_valid(valid[i], strlen(valid[i])), "valid");
	CHECK_INT(sa_utf8_prefix("\xe2\x98\x95"
							 "ab",
							 5, 2),
			  4);
	CHECK_INT(sa_utf8_count("\xe2\x98\x95"
							"ab\xff",
							6),
			  4);
	CHECK(sa_utf8_is_control("\xc2\x9f", 2) && !sa_utf8_is_control("\xc2\xa0", 2));
	CHECK(sa_utf8_is_control("\x7f", 1) && !sa_utf8_is_control(" ", 1));
}

int
main(void)
{
	test_json();
	test_html();
	test_slack();
	test_one_line();
	test_mail();
	test_utf8();
	return unit_end();
}
