/*
 * url.h: which URLs are accepted.
 *
 * A strict subset of RFC 3986: scheme, host, optional port, path and query.
 * No user name, no fragment, no control character, no blank, nothing outside
 * ASCII, no escape of a control character.  What passes means the same to
 * every parser.
 */
#ifndef SA_PURE_URL_H
#define SA_PURE_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "pure/host.h"

#define SA_URL_LONGEST 2048

typedef enum SaUrlScheme
{
	SA_URL_HTTPS,
	SA_URL_HTTP,
	SA_URL_SMTPS,
	SA_URL_SMTP
} SaUrlScheme;

typedef struct SaUrl
{
	SaUrlScheme scheme;
	char host[SA_HOST_LONGEST + 1]; /* lower-case */
	int port;                       /* given, or the scheme's default */
	const char *path;               /* into the text: "", "/..." or "?..." */
} SaUrl;

extern bool sa_url_read(const char *text, SaUrl *url);

#endif
