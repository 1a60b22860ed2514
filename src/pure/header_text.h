/*
 * header_text.h: user data inside the header of an e-mail.
 *
 * libcurl sends headers as given, so a line break in one of them would start
 * another (tested: it makes a working Bcc).  The encoders here therefore never
 * let a control character out: each becomes a blank.  They work like snprintf
 * (pure/text.h).
 */
#ifndef SA_PURE_HEADER_TEXT_H
#define SA_PURE_HEADER_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a value may go into a header as it is: printable ASCII only. */
extern bool sa_header_safe(const char *value);
/*
 * Unstructured text such as a subject.  column is the length of "Subject: ";
 * text that is not short printable ASCII becomes RFC 2047 words of at most 75
 * characters, cut at character borders and folded.
 */
extern size_t sa_header_text(char *out, size_t room, const char *text, size_t length,
							 size_t column);
/* A display name before an address; anything but letters, digits and blanks is encoded. */
extern size_t sa_header_phrase(char *out, size_t room, const char *text, size_t length,
							   size_t column);

#endif
