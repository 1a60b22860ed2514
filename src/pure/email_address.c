/*
 * email_address.c: RFC 5321's Dot-string and Domain, without quotes, comments and literals.
 */
#include "pure/email_address.h"

#include <string.h>

#include "pure/host.h"
#include "pure/text.h"
#include "pure/utf8.h"

#define LOCAL_LONGEST 64

static bool
is_atom_char(char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return true;
	return c != '\0' && strchr("!#$%&'*+/=?^_`{|}~-", c) != NULL;
}

static bool
is_local_part(const char *text, size_t length)
{
	bool after_dot = true;

	if (length == 0 || length > LOCAL_LONGEST)
		return false;
	for (size_t i = 0; i < length; i++)
	{
		if (text[i] == '.')
		{
			if (after_dot)
				return false;
			after_dot = true;
		}
		else if (is_atom_char(text[i]))
			after_dot = false;
		else
			return false;
	}
	return !after_dot;
}

bool
sa_email_address_valid(const char *address)
{
	size_t length = strlen(address);
	const char *at = strchr(address, '@');

	if (at == NULL || length > SA_EMAIL_ADDRESS_LONGEST)
		return false;
	return is_local_part(address, (size_t) (at - address)) &&
		   sa_host_name_valid(at + 1, length - (size_t) (at - address) - 1);
}

static void
put_harmless(SaText *writer, const char *text, size_t length)
{
	size_t at = 0;

	while (at < length)
	{
		size_t size = sa_utf8_size(text + at, length - at);

		if (size == 0 || sa_utf8_is_control(text + at, size))
			sa_text_put_char(writer, '?');
		else
			sa_text_put(writer, text + at, size);
		at += size == 0 ? 1 : size;
	}
}

size_t
sa_recipient_masked(char *out, size_t room, const char *recipient)
{
	SaText writer;
	size_t length = strlen(recipient);
	const char *at = strrchr(recipient, '@');

	sa_text_start(&writer, out, room);
	if (at != NULL)
	{
		put_harmless(&writer, recipient, sa_utf8_prefix(recipient, (size_t) (at - recipient), 1));
		sa_text_put_string(&writer, "***");
		put_harmless(&writer, at, length - (size_t) (at - recipient));
	}
	else if (recipient[0] == '+' && length > 6)
	{
		put_harmless(&writer, recipient, 3);
		sa_text_put_string(&writer, "***");
		put_harmless(&writer, recipient + length - 2, 2);
	}
	else
		put_harmless(&writer, recipient, length);
	return sa_text_end(&writer);
}
