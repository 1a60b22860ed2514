/*
 * curl_answer.c: from libcurl's codes to what a channel has to know.
 *
 * The texts are constants: libcurl's error buffer may name hosts and paths,
 * and a path may be a secret.
 */
#include "net/curl_transfer.h"

typedef struct SaCodeRow
{
	CURLcode code;
	SaNetFailure failure;
} SaCodeRow;

static const SaCodeRow rows[] = {
	{CURLE_OK, SA_NET_ANSWERED},
	{CURLE_COULDNT_RESOLVE_HOST, SA_NET_RESOLVE},
	{CURLE_COULDNT_CONNECT, SA_NET_CONNECT},
	{CURLE_PEER_FAILED_VERIFICATION, SA_NET_CERTIFICATE},
	{CURLE_SSL_CACERT_BADFILE, SA_NET_CERTIFICATE},
	{CURLE_SSL_ISSUER_ERROR, SA_NET_CERTIFICATE},
	{CURLE_SSL_INVALIDCERTSTATUS, SA_NET_CERTIFICATE},
	{CURLE_SSL_CONNECT_ERROR, SA_NET_HANDSHAKE},
	{CURLE_USE_SSL_FAILED, SA_NET_NO_TLS},
	{CURLE_LOGIN_DENIED, SA_NET_LOGIN},
	{CURLE_AUTH_ERROR, SA_NET_LOGIN},
	{CURLE_OPERATION_TIMEDOUT, SA_NET_TIMEOUT},
	{CURLE_FILESIZE_EXCEEDED, SA_NET_TOO_LARGE},
	{CURLE_OUT_OF_MEMORY, SA_NET_INTERNAL},
	{CURLE_BAD_FUNCTION_ARGUMENT, SA_NET_INTERNAL},
	{CURLE_URL_MALFORMAT, SA_NET_INTERNAL},
	{CURLE_UNSUPPORTED_PROTOCOL, SA_NET_INTERNAL},
	{CURLE_FAILED_INIT, SA_NET_INTERNAL},
};

static const char *const reasons[] = {
	[SA_NET_ANSWERED] = "",
	[SA_NET_RESOLVE] = "the host name does not resolve",
	[SA_NET_CONNECT] = "no connection",
	[SA_NET_FORBIDDEN] = "the address is in no network of stockalert.allowed_networks",
	[SA_NET_HANDSHAKE] = "the TLS handshake failed",
	[SA_NET_CERTIFICATE] = "the server's certificate is not trusted",
	[SA_NET_NO_TLS] = "the server offers no STARTTLS",
	[SA_NET_NO_AUTH] = "the server offers no log-in",
	[SA_NET_LOGIN] = "the server refuses the user name or password",
	[SA_NET_TIMEOUT] = "no answer in time",
	[SA_NET_BROKEN] = "the connection broke",
	[SA_NET_TOO_LARGE] = "the answer is too large",
	[SA_NET_STOPPED] = "the worker stopped",
	[SA_NET_INTERNAL] = "the request could not be made",
};

/* Everything not in the table is a connection that went wrong at some point. */
static SaNetFailure
find_failure(CURLcode code)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
	{
		if (rows[i].code == code)
			return rows[i].failure;
	}
	return SA_NET_BROKEN;
}

/*
 * Whether the other side may have the whole request.  HTTP: the connection was
 * ready and the request on its way; a body of a few kilobytes leaves with the
 * headers.  SMTP: the server asked for the body.
 */
static bool
may_have_arrived(SaCurlTransfer *transfer)
{
	return transfer->smtp ? transfer->replies.stage >= SA_SMTP_BODY : transfer->begun;
}

static void
fill_smtp(SaCurlTransfer *transfer, SaNetAnswer *answer)
{
	const SaSmtpReplies *replies = &transfer->replies;

	answer->status = replies->status;
	answer->stage = replies->stage;
	answer->body = replies->text;
	answer->body_length = 0;
	while (answer->body[answer->body_length] != '\0')
		answer->body_length++;
	if (replies->tls_missing)
		answer->failure = SA_NET_NO_TLS;
	if (replies->auth_missing)
		answer->failure = SA_NET_NO_AUTH;
}

static void
fill_http(SaCurlTransfer *transfer, SaNetAnswer *answer)
{
	long status = 0;

	(void) curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	answer->status = (int) status;
	answer->body = transfer->body == NULL ? "" : transfer->body;
	answer->body_length = transfer->body_length;
}

void
sa_curl_answer(SaCurlTransfer *transfer, CURLcode code, SaNetAnswer *answer)
{
	answer->failure = find_failure(code);
	answer->stage = SA_SMTP_CONNECT;
	answer->retry_after_ms =
		transfer->retry_after >= 0 ? transfer->retry_after : transfer->ratelimit_reset;
	answer->maybe_arrived = may_have_arrived(transfer);
	if (code != CURLE_OK && transfer->cut)
		answer->failure = SA_NET_TOO_LARGE;
	if (transfer->repeated)
		answer->failure = SA_NET_BROKEN;
	if (answer->failure == SA_NET_CONNECT && transfer->forbidden && !transfer->permitted)
		answer->failure = SA_NET_FORBIDDEN;
	if (transfer->smtp)
		fill_smtp(transfer, answer);
	else
		fill_http(transfer, answer);
	answer->why = reasons[answer->failure];
}
