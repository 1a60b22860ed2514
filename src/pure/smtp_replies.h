/*
 * smtp_replies.h: follows an SMTP conversation by the server's replies alone.
 *
 * libcurl hands over each reply line but not the commands; with the order in
 * which libcurl speaks (EHLO, STARTTLS, EHLO, AUTH, MAIL, RCPT, DATA) the
 * replies tell how far it got.  Two things depend on that: libcurl would send
 * without authentication where the server offers none, which must not happen;
 * and whether a message may have been accepted when the line breaks.
 */
#ifndef SA_PURE_SMTP_REPLIES_H
#define SA_PURE_SMTP_REPLIES_H

#include <stdbool.h>
#include <stddef.h>

/* What the next reply answers. */
typedef enum SaSmtpStage
{
	SA_SMTP_CONNECT, /* nothing came yet */
	SA_SMTP_EHLO,
	SA_SMTP_STARTTLS,
	SA_SMTP_AUTH,
	SA_SMTP_MAIL,
	SA_SMTP_RCPT,
	SA_SMTP_DATA,
	SA_SMTP_BODY, /* from here on the server may have the message */
	SA_SMTP_ACCEPTED
} SaSmtpStage;

typedef struct SaSmtpReplies
{
	bool needs_tls;  /* STARTTLS comes before anything else */
	bool needs_auth; /* a user name is set */
	SaSmtpStage stage;
	bool encrypted;
	bool auth_offered;
	bool tls_offered;
	bool tls_missing;  /* why the conversation was ended by us */
	bool auth_missing; /* likewise */
	int status;        /* of the reply that refused something, else 0 */
	char text[160];    /* of that reply, printable */
} SaSmtpReplies;

extern void sa_smtp_replies_start(SaSmtpReplies *replies, bool needs_tls, bool needs_auth);
/*
 * Takes one line; false: the conversation must end here.  That is so after
 * every refusal that libcurl does not get around: it would say QUIT and wait.
 */
extern bool sa_smtp_replies_take(SaSmtpReplies *replies, const char *line, size_t length);

#endif
