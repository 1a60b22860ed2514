/*
 * form_text.h: a value of application/x-www-form-urlencoded.
 *
 * Works like snprintf (pure/text.h).  Everything but unreserved characters is
 * percent-encoded: a bare + would arrive as a blank.
 */
#ifndef SA_PURE_FORM_TEXT_H
#define SA_PURE_FORM_TEXT_H

#include <stddef.h>

extern size_t sa_form_text(char *out, size_t room, const char *text, size_t length);

#endif
