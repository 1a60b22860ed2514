/*
 * utf8.h: characters of UTF-8 text.
 *
 * Well-formed means what Unicode says: no overlong form, no surrogate, nothing
 * above U+10FFFF.
 */
#ifndef SA_PURE_UTF8_H
#define SA_PURE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* U+FFFD, which stands for bytes that are no character. */
#define SA_UTF8_REPLACEMENT "\xef\xbf\xbd"

/* Bytes of the character at the start of text (1 to 4), or 0 where there is none. */
extern size_t sa_utf8_size(const char *text, size_t length);
extern bool sa_utf8_valid(const char *text, size_t length);
/* Whether a character of these bytes is a control character (C0, DEL, C1, line separators). */
extern bool sa_utf8_is_control(const char *text, size_t size);
/* Bytes taken by at most characters characters from the start. */
extern size_t sa_utf8_prefix(const char *text, size_t length, size_t characters);
/* Characters; a byte that belongs to none counts as one. */
extern size_t sa_utf8_count(const char *text, size_t length);

#endif
