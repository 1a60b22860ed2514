/*
 * curl_transfer.h: one transfer, shared by the files of this folder only.
 *
 * Callbacks run inside libcurl: they touch their transfer and nothing else.
 */
#ifndef SA_NET_CURL_TRANSFER_H
#define SA_NET_CURL_TRANSFER_H

#include <curl/curl.h>

#include "net/transport.h"
#include "pure/address_guard.h"

#define SA_NET_HEADER_LIMIT 16384

typedef struct SaNetLimits
{
	SaNetworkList networks;
	char *ca_file; /* NULL: the system's */
	long connect_ms;
	long total_ms;
	long low_speed_s; /* for so long nothing may come */
	size_t body_limit;
} SaNetLimits;

typedef struct SaCurlTransfer
{
	struct SaCurlTransfer *next;
	struct SaCurlTransfer *next_mail; /* the pool's */
	int64_t due;                      /* monotonic ms until which the pool begins it */
	CURLcode code;                    /* how the pool saw it end */
	CURL *easy;
	struct curl_slist *headers;
	struct curl_slist *recipients;
	curl_mime *mime;
	CURLU *url;
	SaNetDone done;
	void *context;
	SaNetLimits limits; /* a copy: a mail's thread reads it; ca_file is not kept */
	bool smtp;
	bool forbidden;      /* the guard refused an address */
	bool permitted;      /* and let another one pass */
	bool begun;          /* the request was on its way once */
	bool repeated;       /* libcurl was about to send it again */
	bool cut;            /* a limit was passed */
	int retry_after;     /* ms, -1: none */
	int ratelimit_reset; /* likewise */
	size_t header_bytes;
	SaSmtpReplies replies;
	char *body;
	size_t body_length;
	size_t body_room;
	const char *refused_option; /* name of the option libcurl did not take */
} SaCurlTransfer;

extern int64_t sa_curl_clock(void); /* monotonic ms */

/* Sets an option and remembers the name of one that is refused. */
#define SA_CURL_SET(transfer, option, value)                                                       \
	sa_curl_took((transfer), curl_easy_setopt((transfer)->easy, option, value), #option)

extern bool sa_curl_took(SaCurlTransfer *transfer, CURLcode code, const char *option);
/* Makes a transfer with everything but the protocol's own options. */
extern SaCurlTransfer *sa_curl_transfer_new(const SaNetRequest *request, const SaNetLimits *limits);
extern void sa_curl_transfer_free(SaCurlTransfer *transfer);
/* Lets go of handles kept for the next transfer, with whatever of a request is still in them. */
extern void sa_curl_transfer_forget_spare(void);
extern bool sa_curl_http_prepare(SaCurlTransfer *transfer, const SaNetRequest *request);
extern bool sa_curl_smtp_prepare(SaCurlTransfer *transfer, const SaNetRequest *request);
/* Translates how it ended. */
extern void sa_curl_answer(SaCurlTransfer *transfer, CURLcode code, SaNetAnswer *answer);

#endif
