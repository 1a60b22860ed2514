/*
 * host.c: one reading of host names for URLs, addresses and settings.
 */
#include "pure/host.h"

#include <arpa/inet.h>
#include <string.h>

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * The WHATWG rule "ends in a number": getaddrinfo reads such names as IPv4
 * addresses in octal, hex or with parts left out.
 */
static bool
looks_numeric(const char *text, size_t length)
{
	size_t start = length;
	bool digits = true;

	while (start > 0 && text[start - 1] != '.')
		start--;
	for (size_t i = start; i < length; i++)
		digits = digits && is_digit(text[i]);
	if (digits)
		return true;
	return length - start >= 2 && text[start] == '0' && (text[start + 1] | 0x20) == 'x';
}

static bool
is_label(const char *text, size_t length)
{
	if (length == 0 || length > 63 || text[0] == '-' || text[length - 1] == '-')
		return false;
	for (size_t i = 0; i < length; i++)
	{
		if (!is_letter(text[i]) && !is_digit(text[i]) && text[i] != '-')
			return false;
	}
	return true;
}

bool
sa_host_name_valid(const char *text, size_t length)
{
	size_t start = 0;

	if (length == 0 || length > SA_HOST_LONGEST || looks_numeric(text, length))
		return false;
	for (size_t i = 0; i <= length; i++)
	{
		if (i < length && text[i] != '.')
			continue;
		if (!is_label(text + start, i - start))
			return false;
		start = i + 1;
	}
	return true;
}

/* inet_pton is strict: four decimal parts without leading zeros, or a full IPv6 text. */
static bool
is_literal(const char *text, size_t length)
{
	char copy[64];
	unsigned char address[16];

	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (strlen(copy) != length)
		return false;
	if (length > 2 && copy[0] == '[' && copy[length - 1] == ']')
	{
		copy[length - 1] = '\0';
		return inet_pton(AF_INET6, copy + 1, address) == 1;
	}
	return inet_pton(AF_INET, copy, address) == 1;
}

bool
sa_host_read(const char *text, size_t length, char out[SA_HOST_LONGEST + 1])
{
	if (!sa_host_name_valid(text, length) && !is_literal(text, length))
		return false;
	for (size_t i = 0; i < length; i++)
		out[i] = (text[i] >= 'A' && text[i] <= 'Z') ? (char) (text[i] | 0x20) : text[i];
	out[length] = '\0';
	return true;
}

int
sa_port_read(const char *text, size_t length)
{
	int port = 0;

	if (length == 0 || length > 5 || text[0] == '0')
		return 0;
	for (size_t i = 0; i < length; i++)
	{
		if (!is_digit(text[i]))
			return 0;
		port = port * 10 + (text[i] - '0');
	}
	return port <= 65535 ? port : 0;
}

static bool
matches_entry(const char *entry, size_t length, const char *host, int port, int default_port)
{
	char name[SA_HOST_LONGEST + 1];
	size_t colon = length;
	int entry_port = default_port;

	for (size_t i = length; i > 0 && entry[i - 1] != ']'; i--)
	{
		if (entry[i - 1] == ':')
		{
			colon = i - 1;
			break;
		}
	}
	if (colon < length)
		entry_port = sa_port_read(entry + colon + 1, length - colon - 1);
	return entry_port != 0 && entry_port == port && sa_host_read(entry, colon, name) &&
		   strcmp(name, host) == 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool
sa_host_list_has(const char *list, const char *host, int port, int default_port)
{
	const char *start = list;

	while (start != NULL && *start != '\0')
	{
		size_t length = strcspn(start, ",");
		const char *next = start[length] == ',' ? start + length + 1 : start + length;

		while (length > 0 && is_blank(start[0]))
		{
			start++;
			length--;
		}
		while (length > 0 && is_blank(start[length - 1]))
			length--;
		if (matches_entry(start, length, host, port, default_port))
			return true;
		start = next;
	}
	return false;
}
