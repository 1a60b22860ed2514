/*
 * request.c: the texts of a request to a point of sale.
 */
#include "postgres.h"

#include <sodium.h>

#include "pos/connector.h"
#include "pure/json_text.h"

char *
sa_pos_printf(const char *format, ...)
{
	va_list args;
	int length;
	char *text;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = length < 0 ? NULL : malloc((size_t) length + 1);
	if (text == NULL)
		return NULL;
	va_start(args, format);
	(void) vsnprintf(text, (size_t) length + 1, format, args);
	va_end(args);
	return text;
}

static void
wipe(char *text)
{
	if (text == NULL)
		return;
	sodium_memzero(text, strlen(text));
	free(text);
}

void
sa_pos_request_free(SaPosRequest *request)
{
	wipe(request->path);
	wipe(request->body);
	memset(request, 0, sizeof(*request));
}

/* Room for that many more bytes and a NUL; what is left behind is wiped. */
static bool
make_room(SaPosJson *json, size_t more)
{
	size_t room = Max(json->room * 2, json->length + more + 1);
	char *grown;

	if (json->failed || json->length + more + 1 <= json->room)
		return !json->failed;
	grown = malloc(room);
	if (grown == NULL)
	{
		json->failed = true;
		return false;
	}
	if (json->text != NULL)
		memcpy(grown, json->text, json->length + 1);
	wipe(json->text);
	json->text = grown;
	json->room = room;
	return true;
}

void
sa_pos_json_raw(SaPosJson *json, const char *text)
{
	size_t length = strlen(text);

	if (!make_room(json, length))
		return;
	memcpy(json->text + json->length, text, length + 1);
	json->length += length;
}

void
sa_pos_json_number(SaPosJson *json, int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", number);
	sa_pos_json_raw(json, text);
}

void
sa_pos_json_string(SaPosJson *json, const char *text)
{
	size_t length = sa_json_text(NULL, 0, text, strlen(text));

	if (!make_room(json, length))
		return;
	(void) sa_json_text(json->text + json->length, length + 1, text, strlen(text));
	json->length += length;
}

char *
sa_pos_json_end(SaPosJson *json)
{
	char *text = json->text;

	if (json->failed)
	{
		wipe(text);
		text = NULL;
	}
	memset(json, 0, sizeof(*json));
	return text;
}

char *
sa_pos_url_encode(const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	char *out = malloc(strlen(text) * 3 + 1);
	char *at = out;

	for (const char *c = text; out != NULL && *c != '\0'; c++)
	{
		if (isalnum((unsigned char) *c) || strchr("-._~", *c) != NULL)
		{
			*at++ = *c;
			continue;
		}
		*at++ = '%';
		*at++ = digits[(unsigned char) *c >> 4];
		*at++ = digits[*c & 15];
	}
	if (out != NULL)
		*at = '\0';
	return out;
}
