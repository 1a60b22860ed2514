/*
 * test_email_address.c: what passes may stand in an SMTP command as it is.
 */
#include "unit.h"

#include "pure/email_address.h"

static const char *const accepted[] = {
	"ann@example.com",
	"a@b",
	"first.last+tag@sub.example.co.uk",
	"x_y-z!#$%&'*+/=?^`{|}~@example.com",
	"ANN@Example.COM",
	"a@localhost",
	"o'brien@example.com",
	"1@2x.example",
	"a@xn--bcher-kva.example",
	"1234567890123456789012345678901234567890123456789012345678901234@example.com",
};

static const char *const refused[] = {
	"",
	"@",
	"a@",
	"@b",
	"a",
	"a b@example.com",
	"a@b c",
	"a@example..com",
	"a@.example.com",
	"a@example.com.",
	".a@example.com",
	"a.@example.com",
	"a..b@example.com",
	"a@b@c",
	"\"a\"@example.com",
	"a@[127.0.0.1]",
	"a@-x.com",
	"a@x-.com",
	"a@ex_ample.com",
	"<a@example.com>",
	"a@example.com>",
	"Ann <a@example.com>",
	"a,b@example.com",
	"a;b@example.com",
	"a@example.com,b@example.com",
	"a@example.com\r\nRCPT TO:<evil@example.com>",
	"a@example.com\n",
	"a\r@example.com",
	"a\t@example.com",
	"a@example.com ",
	" a@example.com",
	"a\x7f@example.com",
	"\xc3\xa9@example.com",
	"a@\xc3\xa9xample.com",
	"a@127.0.0.1",
	"a@2130706433",
	"a@0x7f.1",
	"12345678901234567890123456789012345678901234567890123456789012345@example.com",
	"a@1234567890123456789012345678901234567890123456789012345678901234.com",
};

static void
check_mask(const char *recipient, const char *expected)
{
	char out[320];

	(void) sa_recipient_masked(out, sizeof(out), recipient);
	CHECK_STR(out, expected);
}

int
main(void)
{
	char longest[400];

	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
		CHECK_ROW(sa_email_address_valid(accepted[i]), accepted[i]);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		CHECK_ROW(!sa_email_address_valid(refused[i]), refused[i]);

	/* a@ and labels of one letter: 254 characters pass, 256 do not. */
	strcpy(longest, "aa@");
	while (strlen(longest) < 253)
		strcat(longest, "b.");
	longest[253] = 'b';
	longest[254] = '\0';
	CHECK(sa_email_address_valid(longest));
	strcat(longest, ".b");
	CHECK(!sa_email_address_valid(longest));

	check_mask("john@example.com", "j***@example.com");
	check_mask("j@example.com", "j***@example.com");
	check_mask("+919876543210", "+91***10");
	check_mask("slack:ops", "slack:ops");
	check_mask("@", "***@");
	check_mask("a\r\nb@x\ny", "a***@x?y");
	check_mask("\xc3\xa9mile@example.com", "\xc3\xa9***@example.com");
	return unit_end();
}
