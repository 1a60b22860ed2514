/*
 * json_read.h: reads JSON that a stranger sent.
 *
 * sa_json_scrub() checks a whole text once, without recursion, and makes it
 * fit for jsonb in place, without moving a byte.  The other functions walk in
 * a text that passed; they copy nothing but the strings they are asked for.
 */
#ifndef SA_PURE_JSON_READ_H
#define SA_PURE_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>

#define SA_JSON_DEEPEST        64
#define SA_JSON_NUMBER_LONGEST 40

/* A value within a text: from its first to behind its last character. */
typedef struct SaJson
{
	const char *at;
	size_t length;
} SaJson;

/*
 * Tells whether the text is exactly one JSON value in UTF-8, nested at most
 * SA_JSON_DEEPEST deep.  What is JSON and jsonb refuses or blows up is
 * replaced: \u0000 and half surrogates by \ufffd; numbers that are longer than
 * SA_JSON_NUMBER_LONGEST or have an exponent of more than two digits by null.
 */
extern bool sa_json_scrub(char *text, size_t length);

/* The whole text, once it has passed. */
extern SaJson sa_json_all(const char *text, size_t length);

extern bool sa_json_is_object(SaJson value);
extern bool sa_json_is_array(SaJson value);
extern bool sa_json_is_string(SaJson value);

/* The member of an object; false: it is no object, or has no such member, or that is null. */
extern bool sa_json_member(SaJson object, const char *name, SaJson *out);

/* Several members in one go; at is NULL of those that are not there or null. */
extern void sa_json_members(SaJson object, const char *const *names, size_t count, SaJson *out);

/* The elements of an array: begin with out->at NULL; false: there is no further one. */
extern bool sa_json_element(SaJson array, SaJson *out);

/*
 * The characters of a string, in UTF-8 and ended by NUL, as far as they fit;
 * returns the length of all of them, 0 (and an empty text) where it is no string.
 */
extern size_t sa_json_string(SaJson value, char *out, size_t room);

/* A member that is a string, as sa_json_string(). */
extern size_t sa_json_member_string(SaJson object, const char *name, char *out, size_t room);

#endif
