/*
 * curl_smtp.c: one mail to one recipient.
 *
 * libcurl 7.88 passes control characters in addresses straight into the SMTP
 * conversation, so addresses are checked here whatever was checked before.
 */
#include "net/curl_transfer.h"

#include <stdio.h>
#include <string.h>

#include "pure/email_address.h"
#include "pure/header_text.h"

static bool
set_envelope(SaCurlTransfer *transfer, const SaNetRequest *request)
{
	char bracketed[SA_EMAIL_ADDRESS_LONGEST + 3];

	if (!sa_email_address_valid(request->mail_from) || !sa_email_address_valid(request->mail_to))
		return sa_curl_took(transfer, CURLE_BAD_FUNCTION_ARGUMENT, "address");
	snprintf(bracketed, sizeof(bracketed), "<%s>", request->mail_from);
	if (!SA_CURL_SET(transfer, CURLOPT_MAIL_FROM, bracketed))
		return false;
	snprintf(bracketed, sizeof(bracketed), "<%s>", request->mail_to);
	transfer->recipients = curl_slist_append(NULL, bracketed);
	return transfer->recipients != NULL &&
		   SA_CURL_SET(transfer, CURLOPT_MAIL_RCPT, transfer->recipients);
}

static bool
set_login(SaCurlTransfer *transfer, const SaNetRequest *request)
{
	if (request->username == NULL)
		return true;
	if (!sa_header_safe(request->username) || request->password == NULL)
		return sa_curl_took(transfer, CURLE_BAD_FUNCTION_ARGUMENT, "user name");
	return SA_CURL_SET(transfer, CURLOPT_USERNAME, request->username) &&
		   SA_CURL_SET(transfer, CURLOPT_PASSWORD, request->password);
}

static bool
add_part(SaCurlTransfer *transfer, const char *content, const char *type)
{
	curl_mimepart *part = curl_mime_addpart(transfer->mime);

	return part != NULL &&
		   sa_curl_took(transfer, curl_mime_data(part, content, CURL_ZERO_TERMINATED), "data") &&
		   sa_curl_took(transfer, curl_mime_type(part, type), "type") &&
		   sa_curl_took(transfer, curl_mime_encoder(part, "quoted-printable"), "encoder");
}

/* The header Content-Type: multipart/alternative makes the two parts the top level. */
static bool
set_content(SaCurlTransfer *transfer, const SaNetRequest *request)
{
	struct curl_slist *grown =
		curl_slist_append(transfer->headers, "Content-Type: multipart/alternative");

	if (grown == NULL)
		return false;
	transfer->headers = grown;
	transfer->mime = curl_mime_init(transfer->easy);
	return transfer->mime != NULL &&
		   add_part(transfer, request->text, "text/plain; charset=utf-8") &&
		   (request->html == NULL ||
			add_part(transfer, request->html, "text/html; charset=utf-8")) &&
		   SA_CURL_SET(transfer, CURLOPT_HTTPHEADER, transfer->headers) &&
		   SA_CURL_SET(transfer, CURLOPT_MIMEPOST, transfer->mime);
}

bool
sa_curl_smtp_prepare(SaCurlTransfer *transfer, const SaNetRequest *request)
{
	bool smtps = request->protocol == SA_NET_SMTP_TLS;
	long ssl = request->protocol == SA_NET_SMTP_PLAIN ? CURLUSESSL_NONE : CURLUSESSL_ALL;

	return SA_CURL_SET(transfer, CURLOPT_PROTOCOLS_STR, smtps ? "smtps" : "smtp") &&
		   SA_CURL_SET(transfer, CURLOPT_URL, request->url) &&
		   SA_CURL_SET(transfer, CURLOPT_USE_SSL, ssl) && set_login(transfer, request) &&
		   set_envelope(transfer, request) && set_content(transfer, request);
}
