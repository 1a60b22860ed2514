/*
 * test_credential_name.c: names, destinations, URLs.
 */
#include "pure/credential_name.h"

#include "unit.h"

static void
check_names(void)
{
	static const char *const good[] = {
		"square",    "square_webhook", "slack",
		"twilio",    "smtp",           "webhook",
		"slack:ops", "smtp:a_b-9",     "slack:0123456789012345678901234567890a",
	};
	static const char *const bad[] = {
		"",
		"Slack",
		"slack:",
		"slack:OPS",
		"slack:a b",
		"slack:a:b",
		"slack ",
		" slack",
		"slac",
		"slackk",
		"slack:0123456789012345678901234567890ab",
		":ops",
		"slack:\xc3\xa4",
		"slack\n",
		"square-webhook",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK_ROW(sa_credential_kind(good[i], strlen(good[i])) != SA_CREDENTIAL_INVALID, good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_ROW(sa_credential_kind(bad[i], strlen(bad[i])) == SA_CREDENTIAL_INVALID, bad[i]);
	CHECK_INT(sa_credential_kind("slack\0x", 7), SA_CREDENTIAL_INVALID);
	CHECK_INT(sa_credential_kind("square_webhook:x", 16), SA_CREDENTIAL_SQUARE_WEBHOOK);
	CHECK_STR(sa_credential_usual_destination(SA_CREDENTIAL_SLACK), "hooks.slack.com:443");
	CHECK(sa_credential_usual_destination(SA_CREDENTIAL_SMTP) == NULL);
}

static void
check_destinations(void)
{
	static const char *const good[] = {
		"a:1",           "hooks.slack.com:443",       "127.0.0.1:2525",
		"mail_relay:25", "xn--bcher-kva.example:465", "a.b-c.d:65535",
	};
	static const char *const bad[] = {
		"",
		"a",
		"a:",
		":25",
		"a:0",
		"a:025",
		"a:65536",
		"a:99999",
		"a:100000",
		"a:-1",
		"a:25 ",
		" a:25",
		"A:25",
		"a..b:25",
		".a:25",
		"a.:25",
		"-a:25",
		"a-:25",
		"a-.b:25",
		"a.-b:25",
		"a b:25",
		"a:25:26",
		"[::1]:25",
		"user@a:25",
		"a/b:25",
		"a\r\nb:25",
		"\xc3\xa4:25",
		"a123456789012345678901234567890123456789012345678901234567890123.b:25",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK_ROW(sa_credential_destination_valid(good[i], strlen(good[i])), good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_ROW(!sa_credential_destination_valid(bad[i], strlen(bad[i])), bad[i]);
}

typedef struct UrlRow
{
	const char *secret;
	const char *destination;
	bool fits;
} UrlRow;

static const UrlRow url_rows[] = {
	{"https://hooks.slack.com/services/T/B/x", "hooks.slack.com:443", true},
	{"https://hooks.slack.com:443/services/T/B/x", "hooks.slack.com:443", true},
	{"https://hooks.slack.com", "hooks.slack.com:443", true},
	{"https://hooks.slack.com/x", "hooks.slack.com:4433", false},
	{"https://hooks.slack.com:4433/x", "hooks.slack.com:443", false},
	{"https://hooks.slack.com.evil.example/x", "hooks.slack.com:443", false},
	{"https://hooks.slack.com@evil.example/x", "hooks.slack.com:443", false},
	{"https://user@hooks.slack.com/x", "hooks.slack.com:443", false},
	{"https://HOOKS.slack.com/x", "hooks.slack.com:443", false},
	{"http://127.0.0.1:8080/x", "127.0.0.1:8080", true},
	{"http://relay/x", "relay:80", true},
	{"http://relay/x", "relay:443", false},
	{"https://hooks", "hooks.slack.com:443", false},
	{"EAAAtoken", "connect.squareup.com:443", true},
};

int
main(void)
{
	check_names();
	check_destinations();
	for (size_t i = 0; i < sizeof(url_rows) / sizeof(url_rows[0]); i++)
		CHECK_ROW(sa_credential_url_fits(url_rows[i].secret, strlen(url_rows[i].secret),
										 url_rows[i].destination) == url_rows[i].fits,
				  url_rows[i].secret);
	return unit_end();
}
