/*
 * one_line.h: user data as one line of limited length.
 *
 * Works like snprintf (pure/text.h): control characters and line breaks become
 * blanks, bytes that are no character U+FFFD, and a text of more than limit
 * characters ends in an ellipsis.
 */
#ifndef SA_PURE_ONE_LINE_H
#define SA_PURE_ONE_LINE_H

#include <stddef.h>

extern size_t sa_one_line(char *out, size_t room, const char *text, size_t length, size_t limit);

#endif
