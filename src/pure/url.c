/*
 * url.c: reads a URL from left to right, once.
 */
#include "pure/url.h"

#include <string.h>

typedef struct SaSchemeRow
{
	const char *prefix;
	SaUrlScheme scheme;
	int port;
} SaSchemeRow;

static const SaSchemeRow schemes[] = {
	{"https://", SA_URL_HTTPS, 443},
	{"http://", SA_URL_HTTP, 80},
	{"smtps://", SA_URL_SMTPS, 465},
	{"smtp://", SA_URL_SMTP, 587},
};

static const SaSchemeRow *
find_scheme(const char *text)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
	{
		if (strncmp(text, schemes[i].prefix, strlen(schemes[i].prefix)) == 0)
			return &schemes[i];
	}
	return NULL;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char) (c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Printable ASCII that needs no escape, and escapes of anything but control characters. */
static bool
is_path(const char *text)
{
	for (const char *c = text; *c != '\0'; c++)
	{
		if (*c <= 0x20 || *c >= 0x7f || strchr("\"#<>\\^`{|}", *c) != NULL)
			return false;
		if (*c == '%')
		{
			int high = hex_value(c[1]);
			int low = high < 0 ? -1 : hex_value(c[2]);

			if (low < 0 || high < 2 || (high == 7 && low == 15))
				return false;
		}
	}
	return true;
}

bool
sa_url_read(const char *text, SaUrl *url)
{
	const SaSchemeRow *row = find_scheme(text);
	const char *authority;
	size_t length;
	size_t colon;

	if (row == NULL || strlen(text) > SA_URL_LONGEST)
		return false;
	authority = text + strlen(row->prefix);
	length = strcspn(authority, "/?#");
	colon = length;
	for (size_t i = length; i > 0 && authority[i - 1] != ']'; i--)
	{
		if (authority[i - 1] == ':')
		{
			colon = i - 1;
			break;
		}
	}
	url->scheme = row->scheme;
	url->port = row->port;
	url->path = authority + length;
	if (colon < length)
		url->port = sa_port_read(authority + colon + 1, length - colon - 1);
	return url->port != 0 && sa_host_read(authority, colon, url->host) && is_path(url->path);
}
