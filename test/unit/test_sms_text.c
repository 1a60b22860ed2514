/*
 * test_sms_text.c: encodings and segments as Twilio's own calculator counts them
 * (sms-segments-calculator 1.3.0), the plain forms, and where a long text is cut.
 */
#include "unit.h"

#include "pure/sms_text.h"
#include "pure/utf8.h"

typedef struct Run
{
	const char *text;
	int times;
} Run;

typedef struct Vector
{
	const char *note;
	bool gsm;
	int segments;
	Run runs[3];
} Vector;

static const Vector vectors[] = {
	{"160 ascii", true, 1, {{"a", 160}}},
	{"161 ascii", true, 2, {{"a", 161}}},
	{"306", true, 2, {{"a", 306}}},
	{"307", true, 3, {{"a", 307}}},
	{"70 ucs2",
	 false,
	 1,
	 {{"\xc3"
	   "\xa9",
	   1},
	  {"\xe2"
	   "\x98"
	   "\x83",
	   1},
	  {"a", 68}}},
	{"71 ucs2",
	 false,
	 2,
	 {{"\xe2"
	   "\x98"
	   "\x83",
	   1},
	  {"a", 70}}},
	{"134",
	 false,
	 2,
	 {{"\xe2"
	   "\x98"
	   "\x83",
	   1},
	  {"a", 133}}},
	{"135",
	 false,
	 3,
	 {{"\xe2"
	   "\x98"
	   "\x83",
	   1},
	  {"a", 134}}},
	{"ext {", true, 1, {{"{", 80}}},
	{"ext 81", true, 2, {{"{", 81}}},
	{"euro",
	 true,
	 1,
	 {{"\xe2"
	   "\x82"
	   "\xac",
	   80}}},
	{"ext pair straddles 153", true, 2, {{"a", 152}, {"{", 1}, {"a", 10}}},
	{"emoji 35",
	 false,
	 1,
	 {{"\xf0"
	   "\x9f"
	   "\x9a"
	   "\xa8",
	   35}}},
	{"emoji 36",
	 false,
	 2,
	 {{"\xf0"
	   "\x9f"
	   "\x9a"
	   "\xa8",
	   36}}},
	{"emoji straddle 67",
	 false,
	 2,
	 {{"a", 66},
	  {"\xf0"
	   "\x9f"
	   "\x9a"
	   "\xa8",
	   1},
	  {"a", 10}}},
	{"gsm accents",
	 true,
	 1,
	 {{"\xc3"
	   "\xa9"
	   "\xc3"
	   "\xa8"
	   "\xc3"
	   "\xb9"
	   "\xc3"
	   "\xac"
	   "\xc3"
	   "\xb2"
	   "\xc3"
	   "\x87"
	   "\xc3"
	   "\x98"
	   "\xc3"
	   "\xb8"
	   "\xc3"
	   "\x85"
	   "\xc3"
	   "\xa5"
	   "\xce"
	   "\x94"
	   "_"
	   "\xce"
	   "\xa6"
	   "\xce"
	   "\x93",
	   1}}},
	{"cedilla ?",
	 false,
	 1,
	 {{"\xc3"
	   "\xa7",
	   1}}},
	{"smart quote",
	 false,
	 1,
	 {{"it"
	   "\xe2"
	   "\x80"
	   "\x99"
	   "s",
	   1}}},
	{"newline", true, 1, {{"a", 1}, {"\x0a", 1}, {"b", 1}}},
	{"tab", false, 1, {{"a", 1}, {"\x09", 1}, {"b", 1}}},
	{"backtick", false, 1, {{"`", 1}}},
};

typedef struct Case
{
	const char *in;
	const char *out;
} Case;

static size_t
spell(char *out, const Run *runs)
{
	size_t length = 0;

	for (int i = 0; i < 3 && runs[i].text != NULL; i++)
	{
		for (int n = 0; n < runs[i].times; n++)
		{
			memcpy(out + length, runs[i].text, strlen(runs[i].text));
			length += strlen(runs[i].text);
		}
	}
	out[length] = '\0';
	return length;
}

static void
test_vectors(void)
{
	char text[2048];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
	{
		size_t length = spell(text, vectors[i].runs);
		SaSmsSize size = sa_sms_size(text, length);

		CHECK_ROW(size.gsm == vectors[i].gsm, vectors[i].note);
		CHECK_ROW(size.segments == (size_t) vectors[i].segments, vectors[i].note);
	}
}

static void
test_plain(void)
{
	static const Case cases[] = {
		{"", ""},
		{"Caf\xc3\xa9 \xc3\x85ngstr\xc3\xb6m {x} \xe2\x82\xac",
		 "Caf\xc3\xa9 \xc3\x85ngstr\xc3\xb6m {x} \xe2\x82\xac"},
		{"fa\xc3\xa7"
		 "ade \xc5\x81\xc3\xb3"
		 "d\xc5\xba \xc4\xb0stanbul \xc4\xbduba \xc5\xbf",
		 "facade Lodz Istanbul Luba s"},
		{"it\xe2\x80\x99s \xe2\x80\x9cgood\xe2\x80\x9d \xe2\x80\x94 5\xc2\xa0m\xc2\xb2\xe2\x80\xa6",
		 "it's \"good\" - 5 m2..."},
		{"\xe2\x9a\xa0\xef\xb8\x8f Low \xf0\x9f\x9a\xa8 `a\tb`", " Low  'a b'"},
		{"\xe7\x89\x9b\xe5\xa5\xb6 \xe2\x80\x93 2", "\xe7\x89\x9b\xe5\xa5\xb6 - 2"},
		{"cut \xc3", "cut ?"},
		{"a\r\nb", "a\r\nb"},
	};
	char out[256];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		size_t length = strlen(cases[i].in);
		size_t needed = sa_sms_text(NULL, 0, cases[i].in, length, 0);

		CHECK_INT(needed, strlen(cases[i].out));
		CHECK_INT(sa_sms_text(out, sizeof(out), cases[i].in, length, 0), needed);
		CHECK_STR(out, cases[i].out);
		CHECK_INT(sa_sms_text(out, sizeof(out), cases[i].in, length, 1), needed);
		CHECK_STR(out, cases[i].out);
	}
}

/* Every letter of Latin-1 and Latin Extended-A can go as GSM. */
static void
test_letters(void)
{
	char text[3] = "";
	char out[16];

	for (int c = 0xa0; c < 0x180; c++)
	{
		text[0] = (char) (0xc0 | (c >> 6));
		text[1] = (char) (0x80 | (c & 0x3f));
		(void) sa_sms_text(out, sizeof(out), text, 2, 0);
		CHECK_ROW(sa_sms_size(out, strlen(out)).gsm, text);
	}
}

/* Cut where the limit is, not earlier: one more character would not fit. */
static void
test_cut(void)
{
	static const Run runs[][3] = {
		{{"a", 1000}},
		{{"a", 150}, {"{", 300}},
		{{"a", 140}, {"\xe7\x89\x9b", 300}},
		{{"\xc3\xa7", 500}},
		{{"a", 60}, {"\xf0\xa0\x80\x80", 300}},
	};
	static const size_t lengths[][3] = {
		{160, 306, 459}, {156, 229, 305}, {143, 143, 201}, {160, 306, 459}, {66, 98, 131},
	};
	char text[4096];
	char out[4096];

	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
	{
		size_t length = spell(text, runs[i]);

		for (size_t segments = 1; segments <= 3; segments++)
		{
			size_t needed = sa_sms_text(out, sizeof(out), text, length, segments);

			CHECK(needed > 3 && strcmp(out + needed - 3, "...") == 0);
			CHECK(sa_sms_size(out, needed).segments <= segments);
			CHECK_INT(sa_utf8_count(out, needed), lengths[i][segments - 1]);
		}
	}
	CHECK_INT(sa_sms_text(out, sizeof(out), text, 0, 1), 0);
	CHECK_INT(sa_sms_text(out, 5, "abcdefgh", 8, 1), 8);
	CHECK_STR(out, "abcd");
}

int
main(void)
{
	test_vectors();
	test_plain();
	test_letters();
	test_cut();
	return unit_end();
}
