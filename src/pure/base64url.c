/*
 * base64url.c: a strict front to libsodium's constant-time coder.
 */
#include "pure/base64url.h"

#include <sodium.h>

bool
sa_base64url_encode(char *out, size_t room, const uint8_t *bytes, size_t size)
{
	/* sodium_bin2base64() aborts the process where the room is too small. */
	if (room < 1 || size > SA_BASE64URL_BYTES(room - 1) || room < SA_BASE64URL_LENGTH(size) + 1)
		return false;
	(void) sodium_bin2base64(out, room, bytes, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	return true;
}

bool
sa_base64url_decode(uint8_t *out, size_t room, const char *text, size_t length, size_t *size)
{
	const char *end = NULL;

	*size = 0;
	if (length % 4 == 1)
		return false;
	for (size_t i = 0; i < length; i++)
	{
		/* libsodium 1.0.18 takes bytes above 127 for digits. */
		if ((unsigned char) text[i] > 0x7f)
			return false;
	}
	if (sodium_base642bin(out, room, text, length, NULL, size, &end,
						  sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		return false;
	return end == text + length;
}
