/*
 * text.h: writes text into a caller's buffer and counts what it would need.
 *
 * The escapers of this folder all work like snprintf: they fill at most room
 * bytes (the last one is the ending NUL), return the full length, and may be
 * asked with room 0 how much they need.  Nothing here allocates or fails.
 */
#ifndef SA_PURE_TEXT_H
#define SA_PURE_TEXT_H

#include <stddef.h>

typedef struct SaText
{
	char *out;
	size_t room;
	size_t length; /* of the whole text, also of what did not fit */
} SaText;

extern void sa_text_start(SaText *text, char *out, size_t room);
extern void sa_text_put(SaText *text, const char *bytes, size_t length);
extern void sa_text_put_string(SaText *text, const char *string);
extern void sa_text_put_char(SaText *text, char byte);
/* Ends the text with NUL and returns its full length; it was cut if that is >= room. */
extern size_t sa_text_end(SaText *text);

#endif
