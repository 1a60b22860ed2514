/*
 * json_parts.h: what checking and walking both know of JSON.
 *
 * Private to json_check.c and json_read.c.
 */
#ifndef SA_PURE_JSON_PARTS_H
#define SA_PURE_JSON_PARTS_H

#include <stdbool.h>
#include <stddef.h>

/* The four digits behind \u; -1 where they are not. */
extern int sa_json_unit(const char *text, size_t length);
/* The first or the second half of a surrogate pair. */
extern bool sa_json_is_high(int unit);
extern bool sa_json_is_low(int unit);
extern size_t sa_json_skip_blanks(const char *text, size_t length, size_t at);

#endif
