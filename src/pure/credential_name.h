/*
 * credential_name.h: how a credential may be called, and where it may go.
 *
 * A name is one of a fixed list, with a label where there are several of a
 * kind: slack, slack:ops.  A destination is host:port, the host in lower case.
 * Both are sealed into the envelope and compared there, so that each has
 * exactly one spelling.
 */
#ifndef SA_CREDENTIAL_NAME_H
#define SA_CREDENTIAL_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define SA_CREDENTIAL_NAME_MAX 47  /* square_webhook:, 32 characters of label */
#define SA_DESTINATION_MAX     255 /* its length is one byte of the envelope */

typedef enum SaCredentialKind
{
	SA_CREDENTIAL_INVALID,
	SA_CREDENTIAL_SQUARE,
	SA_CREDENTIAL_SQUARE_WEBHOOK,
	SA_CREDENTIAL_SLACK,
	SA_CREDENTIAL_TWILIO,
	SA_CREDENTIAL_SMTP,
	SA_CREDENTIAL_WEBHOOK
} SaCredentialKind;

/* The kind that a name of length characters belongs to; SA_CREDENTIAL_INVALID: not a name. */
extern SaCredentialKind sa_credential_kind(const char *name, size_t length);

/* The destination a kind always has, such as hooks.slack.com:443; NULL: it must be named. */
extern const char *sa_credential_usual_destination(SaCredentialKind kind);

extern bool sa_credential_destination_valid(const char *destination, size_t length);

/*
 * Tells whether a secret of this kind may hold these bytes: no control
 * character, and visible ASCII alone except in mail passwords.
 */
extern bool sa_credential_charset_valid(SaCredentialKind kind, const char *secret, size_t size);

/*
 * Tells whether a secret that is a URL (starts with http:// or https://) names
 * the destination; a secret that is none fits anywhere.
 */
extern bool sa_credential_url_fits(const char *secret, size_t size, const char *destination);

#endif
