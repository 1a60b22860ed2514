/*
 * fuzz_url.c: whatever is accepted as URL, host list or network is what it claims to be.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pure/address_guard.h"
#include "pure/retry_after.h"
#include "pure/smtp_replies.h"
#include "pure/url.h"

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
	if (!condition)
		abort();
}

static void
try_url(const char *text)
{
	SaUrl url;

	if (!sa_url_read(text, &url))
		return;
	require(url.port >= 1 && url.port <= 65535);
	require(url.path >= text && url.path <= text + strlen(text));
	require(strpbrk(url.host, "@/\\#?% \r\n") == NULL && url.host[0] != '\0');
	require(strpbrk(text, " \r\n\t\\") == NULL);
	require(memchr(text, '@', (size_t) (url.path - text)) == NULL);
	for (const char *c = text; *c != '\0'; c++)
		require(*c > 0x20 && *c < 0x7f);
	require(sa_host_list_has(url.host, url.host, 443, 443));
}

static void
try_replies(const char *text, size_t length)
{
	SaSmtpReplies replies;
	const char *line = text;

	sa_smtp_replies_start(&replies, length % 2 == 0, length % 3 == 0);
	while (line < text + length)
	{
		const char *end = memchr(line, '\n', (size_t) (text + length - line));
		size_t size = (size_t) ((end == NULL ? text + length : end + 1) - line);

		if (!sa_smtp_replies_take(&replies, line, size))
			break;
		line += size;
	}
	require(replies.stage <= SA_SMTP_ACCEPTED && strlen(replies.text) < sizeof(replies.text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	SaNetworkList list;
	const char *bad;
	size_t bad_length;
	int wait;

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	try_url(text);
	try_replies(text, size);
	(void) sa_host_list_has(text, "localhost", 25, 587);
	if (!sa_network_list_read(text, &list, &bad, &bad_length))
		require(bad >= text && bad + bad_length <= text + size);
	wait = sa_retry_after_ms(text, size, 1700000000);
	require(wait == -1 || (wait >= SA_RETRY_AFTER_LEAST_MS && wait <= SA_RETRY_AFTER_MOST_MS));
	free(text);
	return 0;
}
