/*
 * base64url.h: base64url without padding (RFC 4648 §5), strict.
 *
 * One byte string has one text: padding, white space, foreign characters and
 * non-zero spare bits are refused.  Runs in constant time for a given length.
 */
#ifndef SA_BASE64URL_H
#define SA_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters that size bytes take, and the most bytes that length characters give. */
#define SA_BASE64URL_LENGTH(size)  (((size) / 3) * 4 + ((size) % 3 == 0 ? 0 : (size) % 3 + 1))
#define SA_BASE64URL_BYTES(length) (((length) / 4) * 3 + ((length) % 4 == 0 ? 0 : (length) % 4 - 1))

/* Writes the text and its ending NUL; false if room is too small, and then out is untouched. */
extern bool sa_base64url_encode(char *out, size_t room, const uint8_t *bytes, size_t size);

/* Reads length characters; false if they are no base64url or do not fit into room. */
extern bool sa_base64url_decode(uint8_t *out, size_t room, const char *text, size_t length,
								size_t *size);

#endif
