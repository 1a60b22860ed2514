/*
 * credential_name.c: the fixed list of credentials and the form of host:port.
 */
#include "pure/credential_name.h"

#include <string.h>

#define LABEL_MAX 32
#define HOST_MAX  253
#define PART_MAX  63 /* between two dots of a host name */

typedef struct SaKindRow
{
	const char *name;
	SaCredentialKind kind;
	const char *usual_destination;
} SaKindRow;

static const SaKindRow kinds[] = {
	{"square", SA_CREDENTIAL_SQUARE, "connect.squareup.com:443"},
	{"square_webhook", SA_CREDENTIAL_SQUARE_WEBHOOK, "connect.squareup.com:443"},
	{"slack", SA_CREDENTIAL_SLACK, "hooks.slack.com:443"},
	{"twilio", SA_CREDENTIAL_TWILIO, "api.twilio.com:443"},
	{"smtp", SA_CREDENTIAL_SMTP, NULL},
	{"webhook", SA_CREDENTIAL_WEBHOOK, NULL},
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static bool
is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool
is_label(const char *label, size_t length)
{
	if (length < 1 || length > LABEL_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
	{
		if (!is_lower_alnum(label[i]) && label[i] != '_' && label[i] != '-')
			return false;
	}
	return true;
}

SaCredentialKind
sa_credential_kind(const char *name, size_t length)
{
	const char *colon = (length == 0) ? NULL : memchr(name, ':', length);
	size_t stem = (colon == NULL) ? length : (size_t) (colon - name);

	if (colon != NULL && !is_label(colon + 1, length - stem - 1))
		return SA_CREDENTIAL_INVALID;
	for (size_t i = 0; i < KIND_COUNT; i++)
	{
		if (strlen(kinds[i].name) == stem && memcmp(kinds[i].name, name, stem) == 0)
			return kinds[i].kind;
	}
	return SA_CREDENTIAL_INVALID;
}

const char *
sa_credential_usual_destination(SaCredentialKind kind)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
	{
		if (kinds[i].kind == kind)
			return kinds[i].usual_destination;
	}
	return NULL;
}

/*
 * Accepts dotted parts of lower-case letters, digits, - and _ (names in
 * private networks do use it); so also an IPv4 address in the usual form.  No
 * trailing dot: it would be a second spelling of the same host.
 */
static bool
is_host(const char *host, size_t length)
{
	size_t part = 0;

	if (length < 1 || length > HOST_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
	{
		if (host[i] == '.')
		{
			if (part == 0 || host[i - 1] == '-')
				return false;
			part = 0;
			continue;
		}
		if (!is_lower_alnum(host[i]) && host[i] != '_' && (host[i] != '-' || part == 0))
			return false;
		if (++part > PART_MAX)
			return false;
	}
	return part > 0 && host[length - 1] != '-';
}

static bool
is_port(const char *port, size_t length)
{
	unsigned int value = 0;

	if (length < 1 || length > 5 || port[0] == '0')
		return false;
	for (size_t i = 0; i < length; i++)
	{
		if (port[i] < '0' || port[i] > '9')
			return false;
		value = value * 10 + (unsigned int) (port[i] - '0');
	}
	return value <= 65535;
}

bool
sa_credential_destination_valid(const char *destination, size_t length)
{
	const char *colon;
	size_t host;

	if (length < 3 || length > SA_DESTINATION_MAX)
		return false;
	colon = memchr(destination, ':', length);
	if (colon == NULL)
		return false;
	host = (size_t) (colon - destination);
	return is_host(destination, host) && is_port(colon + 1, length - host - 1);
}

bool
sa_credential_charset_valid(SaCredentialKind kind, const char *secret, size_t size)
{
	bool any_text = (kind == SA_CREDENTIAL_SMTP);

	for (size_t i = 0; i < size; i++)
	{
		unsigned char c = (unsigned char) secret[i];

		if (c < 0x20 || c == 0x7f)
			return false;
		if (!any_text && (c == 0x20 || c > 0x7f))
			return false;
	}
	return true;
}

static bool
starts_with(const char *text, size_t size, const char *prefix, size_t length)
{
	return size >= length && memcmp(text, prefix, length) == 0;
}

/*
 * Compares the host and port between scheme and path.  A URL with user names
 * in it or with the host in capitals is no match, on purpose: one spelling.
 */
bool
sa_credential_url_fits(const char *secret, size_t size, const char *destination)
{
	const char *usual_port = ":443";
	const char *colon = strchr(destination, ':');
	size_t skip = 8;
	size_t host;
	size_t port;

	if (starts_with(secret, size, "http://", 7))
	{
		usual_port = ":80";
		skip = 7;
	}
	else if (!starts_with(secret, size, "https://", 8))
		return true;
	if (colon == NULL)
		return false;
	secret += skip;
	size -= skip;
	host = (size_t) (colon - destination);
	port = strlen(colon);
	if (!starts_with(secret, size, destination, host))
		return false;
	secret += host;
	size -= host;
	if (starts_with(secret, size, colon, port) && (size == port || secret[port] == '/'))
		return true;
	return strcmp(colon, usual_port) == 0 && (size == 0 || secret[0] == '/');
}
