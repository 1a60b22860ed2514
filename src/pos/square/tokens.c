/*
 * tokens.c: the credential square, and its renewal.
 *
 * A personal access token stands alone.  What an OAuth flow gave is an object:
 * access_token, refresh_token, client_id, client_secret (unless PKCE was used)
 * and expires_at, as Square names them.
 */
#include "postgres.h"

#include <sodium.h>

#include "pos/square/square.h"

typedef struct SaPart
{
	const char *name;
	size_t offset;
	size_t room;
} SaPart;

#define PART(name, member)                                                                         \
	{                                                                                              \
		name, offsetof(SaPosToken, member), sizeof(((SaPosToken *) NULL)->member)                  \
	}

static const SaPart parts[] = {
	PART("access_token", access),   PART("refresh_token", refresh),
	PART("client_id", client_id),   PART("client_secret", client_secret),
	PART("expires_at", expires_at), PART("merchant_id", merchant_id),
};

/* False: one is longer than it may be. */
static bool
read_parts(SaJson object, SaPosToken *token)
{
	for (size_t i = 0; i < lengthof(parts); i++)
	{
		char *part = (char *) token + parts[i].offset;
		SaJson value;

		if (sa_json_member(object, parts[i].name, &value) &&
			sa_json_string(value, part, parts[i].room) >= parts[i].room)
			return false;
	}
	return true;
}

/* What goes into a header must be visible ASCII. */
static bool
is_usable(const SaPosToken *token)
{
	for (const char *c = token->access; *c != '\0'; c++)
		if (*c <= 0x20 || *c >= 0x7f)
			return false;
	return token->access[0] != '\0';
}

static bool
read_object(const char *text, size_t length, SaPosToken *token)
{
	char *copy = malloc(length + 1);
	bool good = copy != NULL;

	if (!good)
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	good = sa_json_scrub(copy, length) && read_parts(sa_json_all(copy, length), token);
	sodium_memzero(copy, length);
	free(copy);
	return good && is_usable(token);
}

bool
sa_square_read_token(const char *secret, size_t size, SaPosToken *token)
{
	memset(token, 0, sizeof(*token));
	if (size > 0 && secret[0] == '{')
		return read_object(secret, size, token);
	if (size >= sizeof(token->access))
		return false;
	memcpy(token->access, secret, size);
	return is_usable(token);
}

static char *
write_members(const SaPosToken *token, const char *const *names, const char *start)
{
	SaPosJson json = {0};

	sa_pos_json_raw(&json, start);
	for (size_t i = 0; i < lengthof(parts); i++)
	{
		const char *part = (const char *) token + parts[i].offset;
		bool wanted = names == NULL;

		for (const char *const *name = names; name != NULL && *name != NULL; name++)
			wanted = wanted || strcmp(*name, parts[i].name) == 0;
		if (!wanted || part[0] == '\0')
			continue;
		if (json.length > 1)
			sa_pos_json_raw(&json, ",");
		sa_pos_json_string(&json, parts[i].name);
		sa_pos_json_raw(&json, ":");
		sa_pos_json_string(&json, part);
	}
	sa_pos_json_raw(&json, "}");
	return sa_pos_json_end(&json);
}

size_t
sa_square_write_token(const SaPosToken *token, char *out, size_t room)
{
	SaPosRequest request = {.body = write_members(token, NULL, "{")};
	size_t length = request.body == NULL ? 0 : strlen(request.body);

	if (length >= room)
		length = 0;
	memcpy(out, request.body == NULL ? "" : request.body, length);
	out[length] = '\0';
	sa_pos_request_free(&request);
	return length;
}

bool
sa_square_renew(const SaPosToken *token, SaPosRequest *request)
{
	static const char *const names[] = {"client_id", "client_secret", "refresh_token", NULL};

	if (token->refresh[0] == '\0' || token->client_id[0] == '\0')
		return false;
	request->get = false;
	request->path = sa_pos_printf("/oauth2/token");
	request->body = write_members(token, names, "{\"grant_type\":\"refresh_token\"");
	return request->path != NULL && request->body != NULL;
}

/* A code flow repeats the refresh token, or leaves it out; PKCE gives a new one. */
bool
sa_square_renewed(const char *body, size_t length, SaPosToken *token)
{
	SaPosToken fresh = *token;
	bool good;

	fresh.access[0] = '\0';
	good = read_object(body, length, &fresh);
	if (good)
		*token = fresh;
	sodium_memzero(&fresh, sizeof(fresh));
	return good;
}
