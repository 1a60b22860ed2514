/*
 * json_text.h: a text as a JSON string.
 *
 * Works like snprintf (pure/text.h).  Whatever comes in, what goes out is a
 * valid JSON string in UTF-8: control characters become \uXXXX, bytes that are
 * no character become U+FFFD.
 */
#ifndef SA_PURE_JSON_TEXT_H
#define SA_PURE_JSON_TEXT_H

#include <stddef.h>

/* The string with its quotes. */
extern size_t sa_json_text(char *out, size_t room, const char *text, size_t length);

#endif
