/*
 * curl_http.c: one GET or POST.
 */
#include "net/curl_transfer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "pure/url.h"

/*
 * The URL was read by our own strict parser; libcurl's must see the same host
 * and port in it, and gets it in parsed form, so that there is no second
 * reading of it later.
 */
static bool
set_url(SaCurlTransfer *transfer, const SaNetRequest *request)
{
	SaUrl url;
	CURLU *parsed;
	char *host = NULL;
	char *port = NULL;
	char expected[8];
	bool same;

	if (!sa_url_read(request->url, &url) ||
		url.scheme != (request->protocol == SA_NET_HTTPS ? SA_URL_HTTPS : SA_URL_HTTP))
		return sa_curl_took(transfer, CURLE_URL_MALFORMAT, "URL");
	parsed = curl_url();
	if (parsed == NULL)
		return false;
	snprintf(expected, sizeof(expected), "%d", url.port);
	same = curl_url_set(parsed, CURLUPART_URL, request->url, 0) == CURLUE_OK &&
		   curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		   curl_url_get(parsed, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		   strcasecmp(host, url.host) == 0 && strcmp(port, expected) == 0;
	curl_free(host);
	curl_free(port);
	transfer->url = parsed;
	return same ? SA_CURL_SET(transfer, CURLOPT_CURLU, parsed)
				: sa_curl_took(transfer, CURLE_URL_MALFORMAT, "URL");
}

static bool
set_method(SaCurlTransfer *transfer, const SaNetRequest *request)
{
	curl_off_t length = request->body == NULL ? 0 : (curl_off_t) request->body_length;

	if (request->get)
		return SA_CURL_SET(transfer, CURLOPT_HTTPGET, 1L);
	return SA_CURL_SET(transfer, CURLOPT_POST, 1L) &&
		   SA_CURL_SET(transfer, CURLOPT_POSTFIELDSIZE_LARGE, length) &&
		   SA_CURL_SET(transfer, CURLOPT_COPYPOSTFIELDS,
					   request->body == NULL ? "" : request->body);
}

bool
sa_curl_http_prepare(SaCurlTransfer *transfer, const SaNetRequest *request)
{
	const char *protocol = request->protocol == SA_NET_HTTPS ? "https" : "http";

	return SA_CURL_SET(transfer, CURLOPT_PROTOCOLS_STR, protocol) &&
		   SA_CURL_SET(transfer, CURLOPT_REDIR_PROTOCOLS_STR, protocol) &&
		   set_url(transfer, request) &&
		   SA_CURL_SET(transfer, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1) &&
		   SA_CURL_SET(transfer, CURLOPT_USERAGENT, "StockAlert") && set_method(transfer, request);
}
