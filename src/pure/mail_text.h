/*
 * mail_text.h: the body of an e-mail as mail servers want it.
 *
 * Works like snprintf (pure/text.h).
 */
#ifndef SA_PURE_MAIL_TEXT_H
#define SA_PURE_MAIL_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Every line ends in CRLF (bare CR and LF are refused by current servers); other controls go. */
extern size_t sa_mail_body(char *out, size_t room, const char *text, size_t length);
/* "Sun, 01 Mar 2026 09:00:00 +0000". */
extern size_t sa_mail_date(char *out, size_t room, int64_t unix_seconds);

#endif
