/*
 * sms_text.h: texts of SMS in as few segments as they can go.
 *
 * A text of characters of GSM 03.38 takes 160 septets in one segment and 153
 * in each of several; a single other character makes it UCS-2, with 70 and 67
 * units.  So typographic signs and accents GSM lacks become their nearest
 * plain form and pictures are dropped; letters of other scripts stay.
 */
#ifndef SA_PURE_SMS_TEXT_H
#define SA_PURE_SMS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct SaSmsSize
{
	bool gsm; /* else UCS-2 */
	size_t segments;
} SaSmsSize;

/* As it would be sent, unchanged; a byte that is no character counts as U+FFFD. */
extern SaSmsSize sa_sms_size(const char *text, size_t length);

/*
 * Works like snprintf (pure/text.h): the plain form, ended by "..." where it
 * would take more than segments (0: no limit) and is cut for that.
 */
extern size_t sa_sms_text(char *out, size_t room, const char *text, size_t length, size_t segments);

#endif
