/*
 * test_url.c: R36, the table of URLs, and lists of hosts.
 */
#include "unit.h"

#include "pure/url.h"

typedef struct GoodUrl
{
	const char *text;
	SaUrlScheme scheme;
	const char *host;
	int port;
	const char *path;
} GoodUrl;

static const GoodUrl good[] = {
	{"https://hooks.slack.com/services/T0/B0/x", SA_URL_HTTPS, "hooks.slack.com", 443,
	 "/services/T0/B0/x"},
	{"https://HOOKS.Slack.com/x", SA_URL_HTTPS, "hooks.slack.com", 443, "/x"},
	{"https://example.com", SA_URL_HTTPS, "example.com", 443, ""},
	{"https://example.com:8443/", SA_URL_HTTPS, "example.com", 8443, "/"},
	{"https://example.com?a=1&b=%20", SA_URL_HTTPS, "example.com", 443, "?a=1&b=%20"},
	{"http://localhost:80/ok", SA_URL_HTTP, "localhost", 80, "/ok"},
	{"http://example.com/@user:pw", SA_URL_HTTP, "example.com", 80, "/@user:pw"},
	{"smtp://mail.example.com:587/ehlo.example", SA_URL_SMTP, "mail.example.com", 587,
	 "/ehlo.example"},
	{"smtps://mail.example.com", SA_URL_SMTPS, "mail.example.com", 465, ""},
	{"https://127.0.0.1:65535/", SA_URL_HTTPS, "127.0.0.1", 65535, "/"},
	{"https://[::1]:443/x", SA_URL_HTTPS, "[::1]", 443, "/x"},
	{"https://[2001:DB8::1]/", SA_URL_HTTPS, "[2001:db8::1]", 443, "/"},
	{"https://xn--bcher-kva.example/", SA_URL_HTTPS, "xn--bcher-kva.example", 443, "/"},
	{"https://1password.com/", SA_URL_HTTPS, "1password.com", 443, "/"},
	{"https://a-b.c0m/%7e", SA_URL_HTTPS, "a-b.c0m", 443, "/%7e"},
};

static const char *const bad[] = {
	"",
	"https://",
	"https:///x",
	"https:/example.com",
	"https:example.com",
	"//example.com",
	"example.com",
	"HTTPS://example.com/",
	" https://example.com/",
	"https://example.com/ ",
	"https://example.com/a b",
	/* other schemes */
	"file:///etc/passwd",
	"ftp://example.com/",
	"gopher://example.com/",
	"dict://example.com/",
	"javascript:alert(1)",
	"httpss://example.com/",
	"http+unix://x/",
	"ldap://example.com/",
	/* user names: the host is not what it seems */
	"https://hooks.slack.com@evil.example/",
	"https://user:pw@example.com/",
	"https://@example.com/",
	"https://hooks.slack.com:443@evil.example/",
	"https://hooks.slack.com%40evil.example/",
	/* fragments and backslashes */
	"https://example.com/#x",
	"https://example.com#@evil.example/",
	"https://example.com\\@evil.example/",
	"https://example.com\\evil",
	"https://example.com/a\\b",
	/* control characters, raw and escaped */
	"https://example.com/a\r\nHost: evil",
	"https://example.com/\t",
	"https://exam\nple.com/",
	"https://example.com/\x7f",
	"https://example.com/%0d%0aX:y",
	"https://example.com/%00",
	"https://example.com/%7f",
	"https://example.com/%1F",
	"https://example.com/%",
	"https://example.com/%2",
	"https://example.com/%zz",
	/* international tricks */
	"https://hooks.sl\xd0\xb0"
	"ck.com/",
	"https://example\xe3\x80\x82"
	"com/",
	"https://ex\xc2\xad"
	"ample.com/",
	"https://example.com/\xc3\xa9",
	"https://\xef\xbd\x8cocalhost/",
	"https://exa%6dple.com/",
	/* hosts */
	"https://example.com./",
	"https://.example.com/",
	"https://example..com/",
	"https://-example.com/",
	"https://example-.com/",
	"https://exa_mple.com/",
	"https://exa*mple.com/",
	"https://*/",
	"https://[::1/",
	"https://::1/",
	"https://[127.0.0.1]/",
	"https://[::1%25lo]/",
	"https://[fe80::1%lo]/",
	"https://[]/",
	"https://[::1]x/",
	/* addresses in disguise */
	"https://2130706433/",
	"https://0x7f000001/",
	"https://0x7f.1/",
	"https://127.1/",
	"https://0177.0.0.1/",
	"https://127.0.0.01/",
	"https://1.2.3.4.5/",
	"https://256.1.1.1/",
	"https://example.0x1/",
	"https://0/",
	"https://127.0.0.1./",
	/* ports */
	"https://example.com:/",
	"https://example.com:0/",
	"https://example.com:65536/",
	"https://example.com:99999/",
	"https://example.com:443443443443/",
	"https://example.com:-1/",
	"https://example.com:+443/",
	"https://example.com:0443/",
	"https://example.com:44 3/",
	"https://example.com:443:443/",
	"https://example.com:x/",
	"https://:443/",
	/* characters that need an escape */
	"https://example.com/<x>",
	"https://example.com/\"",
	"https://example.com/{x}",
	"https://example.com/|",
	"https://example.com/^",
	"https://example.com/`",
};

static void
test_urls(void)
{
	char overlong[SA_URL_LONGEST + 2];
	SaUrl url;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		CHECK_ROW(sa_url_read(good[i].text, &url), good[i].text);
		CHECK_ROW(url.scheme == good[i].scheme, good[i].text);
		CHECK_STR(url.host, good[i].host);
		CHECK_INT(url.port, good[i].port);
		CHECK_STR(url.path, good[i].path);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_ROW(!sa_url_read(bad[i], &url), bad[i]);
	memset(overlong, 'a', sizeof(overlong));
	memcpy(overlong, "https://example.com/", 20);
	overlong[SA_URL_LONGEST] = '\0';
	CHECK(sa_url_read(overlong, &url));
	overlong[SA_URL_LONGEST] = 'a';
	overlong[SA_URL_LONGEST + 1] = '\0';
	CHECK(!sa_url_read(overlong, &url));
}

static void
test_lists(void)
{
	const char *list = " hooks.slack.com , localhost:2525,[::1]:25,MAIL.example.com:465,10.0.0.1";

	CHECK(sa_host_list_has(list, "hooks.slack.com", 443, 443));
	CHECK(!sa_host_list_has(list, "hooks.slack.com", 8443, 443));
	CHECK(sa_host_list_has(list, "localhost", 2525, 587));
	CHECK(!sa_host_list_has(list, "localhost", 587, 587));
	CHECK(sa_host_list_has(list, "[::1]", 25, 587));
	CHECK(!sa_host_list_has(list, "[::1]", 587, 587));
	CHECK(sa_host_list_has(list, "mail.example.com", 465, 587));
	CHECK(sa_host_list_has(list, "10.0.0.1", 25, 25));
	CHECK(!sa_host_list_has(list, "slack.com", 443, 443));
	CHECK(!sa_host_list_has(list, "evil-hooks.slack.com", 443, 443));
	CHECK(!sa_host_list_has(list, "hooks.slack.com.evil.example", 443, 443));
	CHECK(!sa_host_list_has(list, "", 443, 443));
	CHECK(!sa_host_list_has("", "localhost", 25, 25));
	CHECK(!sa_host_list_has(NULL, "localhost", 25, 25));
	CHECK(!sa_host_list_has(",,", "localhost", 25, 25));
	CHECK(!sa_host_list_has("*", "localhost", 25, 25));
	CHECK(!sa_host_list_has("localhost:", "localhost", 25, 25));
	CHECK(!sa_host_list_has("localhost:x", "localhost", 25, 25));
	CHECK(!sa_host_list_has("localhost.", "localhost", 25, 25));
	CHECK(sa_host_list_has("x,localhost", "localhost", 25, 25));
}

int
main(void)
{
	test_urls();
	test_lists();
	return unit_end();
}
