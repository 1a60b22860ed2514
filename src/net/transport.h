/*
 * transport.h: requests over the network, without waiting for them.
 *
 * A struct of functions, so that what sits above can be run without a network.
 * It knows nothing of the server: no palloc, no ereport, no settings; memory is
 * malloc'd and freed (secrets wiped) when the transfer ends.  One process, one
 * thread.  URLs and secrets handed in are copied and never come out again.
 */
#ifndef SA_NET_TRANSPORT_H
#define SA_NET_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pure/smtp_replies.h"

#define SA_NET_HEADERS_MOST 16

typedef enum SaNetProtocol
{
	SA_NET_HTTPS,
	SA_NET_HTTP,
	SA_NET_SMTP_STARTTLS, /* encryption demanded */
	SA_NET_SMTP_TLS,
	SA_NET_SMTP_PLAIN
} SaNetProtocol;

/* Why there was no usable answer.  SA_NET_ANSWERED says nothing about the status. */
typedef enum SaNetFailure
{
	SA_NET_ANSWERED,
	SA_NET_RESOLVE,
	SA_NET_CONNECT,
	SA_NET_FORBIDDEN,   /* the address is in no allowed network */
	SA_NET_HANDSHAKE,   /* TLS broke off */
	SA_NET_CERTIFICATE, /* not trusted, or the file of authorities cannot be used */
	SA_NET_NO_TLS,      /* STARTTLS demanded and not offered */
	SA_NET_NO_AUTH,     /* a user name is set and the server offers no log-in */
	SA_NET_LOGIN,       /* the log-in was refused */
	SA_NET_TIMEOUT,
	SA_NET_BROKEN,    /* reset, closed, nonsense */
	SA_NET_TOO_LARGE, /* the answer passed a limit; the status may be known */
	SA_NET_STOPPED,   /* ended by stop() */
	SA_NET_INTERNAL   /* out of memory, an option refused */
} SaNetFailure;

typedef struct SaNetOptions
{
	const char *ca_file;          /* NULL or empty: the system's */
	const char *allowed_networks; /* CIDR list, NULL or empty: none */
	long connect_ms;
	long total_ms;
	size_t body_limit;
} SaNetOptions;

typedef struct SaNetRequest
{
	SaNetProtocol protocol;
	bool get;          /* HTTP: GET, without a body; else POST */
	long total_ms;     /* 0: as the options say */
	size_t body_limit; /* of the answer; 0: as the options say */
	const char *url;
	const char *headers[SA_NET_HEADERS_MOST]; /* "Name: value"; folded lines allowed */
	int header_count;
	const char *body; /* HTTP: posted as it is; NULL: an empty one */
	size_t body_length;
	const char *mail_from; /* SMTP: addresses without brackets */
	const char *mail_to;
	const char *text;     /* text part, lines ended by CRLF */
	const char *html;     /* NULL: none */
	const char *username; /* NULL: no log-in */
	const char *password;
} SaNetRequest;

typedef struct SaNetAnswer
{
	SaNetFailure failure;
	int status;         /* HTTP status, or SMTP code that refused something; 0: none */
	bool maybe_arrived; /* the request may have been understood in full */
	SaSmtpStage stage;  /* SMTP: how far it got */
	int retry_after_ms; /* by Retry-After, or else X-RateLimit-Reset; -1: not asked for */
	const char *body;   /* HTTP body, or text of the SMTP refusal; ended by NUL */
	size_t body_length;
	const char *why; /* a constant English text where failure is set, without any data */
} SaNetAnswer;

/* Called from drive() or stop(), once for each begun request; the answer lives until it returns. */
typedef void (*SaNetDone)(void *context, const SaNetAnswer *answer);

typedef struct SaTransport
{
	/* Once a process; false with a reason where the library is unfit.  True with a reason: as
	 * configure(). */
	bool (*start)(const SaNetOptions *options, const char **why);
	/* New options; where peers may have to be judged anew, connections are not reused.  False with
	 * a reason: no network is allowed. */
	bool (*configure)(const SaNetOptions *options, const char **why);
	/* False: not begun, *why is a constant text, done will not be called. */
	bool (*begin)(const SaNetRequest *request, SaNetDone done, void *context, const char **why);
	int (*fd)(void);
	long (*timeout)(void);
	void (*drive)(void);
	int (*in_flight)(void);
	void (*stop)(void);
} SaTransport;

extern const SaTransport sa_curl_transport;

#endif
