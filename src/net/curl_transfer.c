/*
 * curl_transfer.c: what every transfer has in common.
 *
 * The limits of a hostile network are set here once: own CA check always, no
 * redirect, no proxy from the environment, no cookie, no decompression, caps
 * on size and time, and an address guard that sees what is really connected.
 */
#include "net/curl_transfer.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#include "net/mail_pool.h"
#include "net/lookups.h"
#include "net/sockets.h"
#include "net/wiping_memory.h"
#include "pure/retry_after.h"

#define SPARES_MOST 32

static CURL *spares[SPARES_MOST];
static int spare_count = 0;

int64_t
sa_curl_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool
sa_curl_took(SaCurlTransfer *transfer, CURLcode code, const char *option)
{
	if (code == CURLE_OK)
		return true;
	if (transfer->refused_option == NULL)
		transfer->refused_option = option;
	return false;
}

/*
 * Opens the socket only if the address is allowed.  libcurl tries the next
 * address of the name after CURL_SOCKET_BAD.
 */
static curl_socket_t
open_allowed_socket(void *clientp, curlsocktype purpose, struct curl_sockaddr *wanted)
{
	SaCurlTransfer *transfer = clientp;
	SaAddress address;

	memset(&address, 0, sizeof(address));
	if (wanted->family == AF_INET && wanted->addrlen >= sizeof(struct sockaddr_in))
	{
		struct sockaddr_in in;

		memcpy(&in, &wanted->addr, sizeof(in));
		memcpy(address.bytes, &in.sin_addr, 4);
	}
	else if (wanted->family == AF_INET6 && wanted->addrlen >= sizeof(struct sockaddr_in6))
	{
		struct sockaddr_in6 in6;

		memcpy(&in6, &wanted->addr, sizeof(in6));
		memcpy(address.bytes, &in6.sin6_addr, 16);
		address.ipv6 = true;
	}
	else
		return CURL_SOCKET_BAD;
	if (purpose != CURLSOCKTYPE_IPCXN || !sa_address_allowed(&address, &transfer->limits.networks))
	{
		transfer->forbidden = true;
		return CURL_SOCKET_BAD;
	}
	transfer->permitted = true;
	return sa_sockets_open(wanted->family, wanted->socktype, wanted->protocol);
}

static int
close_socket(void *clientp, curl_socket_t descriptor)
{
	return sa_sockets_close(descriptor);
}

/* Grows by doubling up to the limit; one byte more is kept for the ending NUL. */
static bool
keep_body(SaCurlTransfer *transfer, const char *bytes, size_t length)
{
	size_t wanted = transfer->body_length + length + 1;

	if (wanted > transfer->body_room)
	{
		size_t room = transfer->body_room == 0 ? 1024 : transfer->body_room * 2;
		char *grown;

		if (room < wanted)
			room = wanted;
		grown = sa_wiping_realloc(transfer->body, room);
		if (grown == NULL)
			return false;
		transfer->body = grown;
		transfer->body_room = room;
	}
	memcpy(transfer->body + transfer->body_length, bytes, length);
	transfer->body_length += length;
	transfer->body[transfer->body_length] = '\0';
	return true;
}

/* Takes what fits under the cap, then ends the transfer; the status is known by then. */
static size_t
take_body(char *bytes, size_t size, size_t count, void *clientp)
{
	SaCurlTransfer *transfer = clientp;
	size_t length = size * count;
	size_t left = transfer->limits.body_limit - transfer->body_length;

	if (length > left)
	{
		transfer->cut = true;
		(void) keep_body(transfer, bytes, left);
		return 0;
	}
	return keep_body(transfer, bytes, length) ? length : 0;
}

/* The value of a header line, if it has that name; NULL: it has another. */
static const char *
find_value(const char *name, const char *line, size_t *length)
{
	size_t name_length = strlen(name);

	if (*length <= name_length || strncasecmp(line, name, name_length) != 0)
		return NULL;
	*length -= name_length;
	return line + name_length;
}

static void
take_http_header(SaCurlTransfer *transfer, const char *line, size_t length)
{
	size_t rest = length;
	const char *value = find_value("retry-after:", line, &rest);

	if (value != NULL)
		transfer->retry_after = sa_retry_after_ms(value, rest, (int64_t) time(NULL));
	rest = length;
	value = find_value("x-ratelimit-reset:", line, &rest);
	if (value != NULL)
		transfer->ratelimit_reset = sa_ratelimit_reset_ms(value, rest, (int64_t) time(NULL));
}

/* HTTP header lines, and every reply line of an SMTP server. */
static size_t
take_header(char *bytes, size_t size, size_t count, void *clientp)
{
	SaCurlTransfer *transfer = clientp;
	size_t length = size * count;

	transfer->header_bytes += length;
	if (transfer->header_bytes > SA_NET_HEADER_LIMIT)
	{
		transfer->cut = true;
		return 0;
	}
	if (!transfer->smtp)
	{
		take_http_header(transfer, bytes, length);
		return length;
	}
	return sa_smtp_replies_take(&transfer->replies, bytes, length) ? length : 0;
}

static bool
set_security(SaCurlTransfer *transfer, const SaNetLimits *limits)
{
	bool ok = SA_CURL_SET(transfer, CURLOPT_SSL_VERIFYPEER, 1L) &&
			  SA_CURL_SET(transfer, CURLOPT_SSL_VERIFYHOST, 2L) &&
			  SA_CURL_SET(transfer, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2) &&
			  SA_CURL_SET(transfer, CURLOPT_FOLLOWLOCATION, 0L) &&
			  SA_CURL_SET(transfer, CURLOPT_UNRESTRICTED_AUTH, 0L) &&
			  SA_CURL_SET(transfer, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED) &&
			  SA_CURL_SET(transfer, CURLOPT_PROXY, "") &&
			  SA_CURL_SET(transfer, CURLOPT_NOPROXY, "*") &&
			  SA_CURL_SET(transfer, CURLOPT_OPENSOCKETFUNCTION, open_allowed_socket) &&
			  SA_CURL_SET(transfer, CURLOPT_OPENSOCKETDATA, transfer) &&
			  SA_CURL_SET(transfer, CURLOPT_CLOSESOCKETFUNCTION, close_socket);

	if (ok && limits->ca_file != NULL)
		ok = SA_CURL_SET(transfer, CURLOPT_CAINFO, limits->ca_file) &&
			 SA_CURL_SET(transfer, CURLOPT_CAPATH, NULL);
	return ok;
}

/* QUICK_EXIT: a resolver that hangs must not keep the worker from ending. */
static bool
set_limits(SaCurlTransfer *transfer, const SaNetLimits *limits)
{
	return SA_CURL_SET(transfer, CURLOPT_NOSIGNAL, 1L) &&
		   SA_CURL_SET(transfer, CURLOPT_QUICK_EXIT, 1L) &&
		   SA_CURL_SET(transfer, CURLOPT_RESOLVER_START_FUNCTION, sa_lookups_begin) &&
		   SA_CURL_SET(transfer, CURLOPT_CONNECTTIMEOUT_MS, limits->connect_ms) &&
		   SA_CURL_SET(transfer, CURLOPT_TIMEOUT_MS, limits->total_ms) &&
		   SA_CURL_SET(transfer, CURLOPT_SERVER_RESPONSE_TIMEOUT, limits->total_ms / 1000 + 1) &&
		   SA_CURL_SET(transfer, CURLOPT_LOW_SPEED_LIMIT, 1L) &&
		   SA_CURL_SET(transfer, CURLOPT_LOW_SPEED_TIME, limits->low_speed_s) &&
		   SA_CURL_SET(transfer, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t) limits->body_limit) &&
		   SA_CURL_SET(transfer, CURLOPT_DNS_CACHE_TIMEOUT, 60L) &&
		   SA_CURL_SET(transfer, CURLOPT_TCP_NODELAY, 1L);
}

/*
 * Called before each sending of the request.  Where a kept connection breaks
 * before an answer, libcurl would send it again without a word; it may have
 * been read, so the decision is ours.
 */
static int
refuse_repetition(void *clientp, char *remote, char *local, int remote_port, int local_port)
{
	SaCurlTransfer *transfer = clientp;

	transfer->repeated = transfer->begun;
	transfer->begun = true;
	return transfer->repeated ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* Reached about once a second where libcurl's SMTP blocks. */
static int
abort_when_stopping(void *clientp, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal,
					curl_off_t ulnow)
{
	return sa_mail_pool_stopping() ? 1 : 0;
}

static bool
set_callbacks(SaCurlTransfer *transfer)
{
	return SA_CURL_SET(transfer, CURLOPT_PRIVATE, transfer) &&
		   SA_CURL_SET(transfer, CURLOPT_NOPROGRESS, 0L) &&
		   SA_CURL_SET(transfer, CURLOPT_XFERINFOFUNCTION, abort_when_stopping) &&
		   SA_CURL_SET(transfer, CURLOPT_PREREQFUNCTION, refuse_repetition) &&
		   SA_CURL_SET(transfer, CURLOPT_PREREQDATA, transfer) &&
		   SA_CURL_SET(transfer, CURLOPT_WRITEFUNCTION, take_body) &&
		   SA_CURL_SET(transfer, CURLOPT_WRITEDATA, transfer) &&
		   SA_CURL_SET(transfer, CURLOPT_HEADERFUNCTION, take_header) &&
		   SA_CURL_SET(transfer, CURLOPT_HEADERDATA, transfer);
}

/*
 * A line break inside a header is allowed only as folding (CRLF and a blank),
 * which is what header_text.c makes; anything else would start a new header.
 */
static bool
header_is_safe(const char *header)
{
	for (const char *c = header; *c != '\0'; c++)
	{
		if (c[0] == '\r' && c[1] == '\n' && c[2] == ' ')
			c++;
		else if (*c < 0x20 || *c > 0x7e)
			return false;
	}
	return true;
}

static bool
add_headers(SaCurlTransfer *transfer, const SaNetRequest *request)
{
	for (int i = 0; i < request->header_count; i++)
	{
		struct curl_slist *grown;

		if (!header_is_safe(request->headers[i]))
			return sa_curl_took(transfer, CURLE_BAD_FUNCTION_ARGUMENT, "header");
		grown = curl_slist_append(transfer->headers, request->headers[i]);
		if (grown == NULL)
			return false;
		transfer->headers = grown;
	}
	return SA_CURL_SET(transfer, CURLOPT_HTTPHEADER, transfer->headers);
}

/*
 * Making a handle costs as much as much of a request, so that of HTTP they are
 * used again while transfers follow one another.
 */
static CURL *
take_handle(bool smtp)
{
	return smtp || spare_count == 0 ? curl_easy_init() : spares[--spare_count];
}

static void
give_handle(CURL *easy, bool smtp)
{
	if (smtp || easy == NULL || spare_count == SPARES_MOST)
	{
		curl_easy_cleanup(easy);
		return;
	}
	curl_easy_reset(easy);
	spares[spare_count++] = easy;
}

void
sa_curl_transfer_forget_spare(void)
{
	while (spare_count > 0)
		curl_easy_cleanup(spares[--spare_count]);
}

static void
take_own_limits(SaNetLimits *limits, const SaNetRequest *request)
{
	limits->low_speed_s = 10;
	if (request->total_ms > 0)
	{
		limits->total_ms = request->total_ms;
		limits->low_speed_s = request->total_ms / 1000 + 1;
	}
	if (request->body_limit > 0)
		limits->body_limit = request->body_limit;
}

SaCurlTransfer *
sa_curl_transfer_new(const SaNetRequest *request, const SaNetLimits *limits)
{
	SaCurlTransfer *transfer = calloc(1, sizeof(SaCurlTransfer));
	bool smtp = request->protocol != SA_NET_HTTPS && request->protocol != SA_NET_HTTP;

	if (transfer == NULL)
		return NULL;
	transfer->limits = *limits;
	transfer->limits.ca_file = NULL;
	take_own_limits(&transfer->limits, request);
	transfer->retry_after = -1;
	transfer->ratelimit_reset = -1;
	transfer->smtp = smtp;
	sa_smtp_replies_start(&transfer->replies, request->protocol == SA_NET_SMTP_STARTTLS,
						  request->username != NULL);
	transfer->easy = take_handle(smtp);
	if (transfer->easy != NULL && set_callbacks(transfer) && set_security(transfer, limits) &&
		set_limits(transfer, &transfer->limits) && add_headers(transfer, request) &&
		(smtp ? sa_curl_smtp_prepare(transfer, request) : sa_curl_http_prepare(transfer, request)))
		return transfer;
	sa_curl_transfer_free(transfer);
	return NULL;
}

void
sa_curl_transfer_free(SaCurlTransfer *transfer)
{
	give_handle(transfer->easy, transfer->smtp);
	curl_mime_free(transfer->mime);
	curl_url_cleanup(transfer->url);
	curl_slist_free_all(transfer->headers);
	curl_slist_free_all(transfer->recipients);
	sa_wiping_free(transfer->body);
	free(transfer);
}
