/*
 * test_template.c: placeholders are filled in once, and what is none is found.
 */
#include "unit.h"

#include "pure/template.h"

static const char *const values[SA_PLACEHOLDERS] = {
	[SA_PLACE_ITEM] = "{shop} %s {{",
	[SA_PLACE_QUANTITY] = "4",
	[SA_PLACE_SHOP] = "Caf\xc3\xa9",
};

static void
test_expand(void)
{
	static const char *const cases[][2] = {
		{"", ""},
		{"plain", "plain"},
		{"{item}", "{shop} %s {{"},
		{"{shop}: {quantity} of {item}.", "Caf\xc3\xa9: 4 of {shop} %s {{."},
		{"{{item}} {{{quantity}}}", "{item} {4}"},
		{"[{supplier}]", "[]"},
	};
	char out[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		size_t length = strlen(cases[i][0]);

		CHECK_INT(sa_template_check(cases[i][0], length), length);
		CHECK_INT(sa_template_expand(NULL, 0, cases[i][0], length, values), strlen(cases[i][1]));
		CHECK_INT(sa_template_expand(out, sizeof(out), cases[i][0], length, values),
				  strlen(cases[i][1]));
		CHECK_STR(out, cases[i][1]);
	}
	CHECK_INT(sa_template_expand(out, 4, "{quantity}{item}", 16, values), 13);
	CHECK_STR(out, "4");
}

static void
test_wrong(void)
{
	static const char *const cases[] = {
		"ab{",        "ab}",       "ab{}",       "ab{Item}",
		"ab{item",    "ab{ item}", "ab{items}",  "ab{item|upper}",
		"ab{item.x}", "ab{%s}",    "ab{item\n}", "ab{{{x}}}",
	};

	for (size_t i = 0; i + 1 < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_ROW(sa_template_check(cases[i], strlen(cases[i])) == 2, cases[i]);
	CHECK_INT(sa_template_check("ab{{{x}}}", 9), 4);
	CHECK_INT(sa_template_check("{item\0}", 7), 0);
}

/* The hint names each of them and no other. */
static void
test_known(void)
{
	const char *at = SA_TEMPLATE_KNOWN;
	int count = 0;

	while ((at = strchr(at, '{')) != NULL)
	{
		size_t length = strcspn(at, "}") + 1;

		CHECK_ROW(sa_template_check(at, length) == length, at);
		count++;
		at += length;
	}
	CHECK_INT(count, SA_PLACEHOLDERS);
}

int
main(void)
{
	test_expand();
	test_wrong();
	test_known();
	return unit_end();
}
