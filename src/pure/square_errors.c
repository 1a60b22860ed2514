/*
 * square_errors.c: two tables: codes first, then statuses.
 */
#include "pure/square_errors.h"

#include <stddef.h>
#include <string.h>

typedef struct SaCodeRow
{
	int status; /* 0: any */
	const char *code;
	SaPosFault fault;
} SaCodeRow;

static const SaCodeRow codes[] = {
	{401, "ACCESS_TOKEN_EXPIRED", SA_POS_EXPIRED}, {401, "ACCESS_TOKEN_REVOKED", SA_POS_REVOKED},
	{0, "CLIENT_DISABLED", SA_POS_REVOKED},        {0, "APPLICATION_DISABLED", SA_POS_REVOKED},
	{403, "ACCESS_TOKEN_REVOKED", SA_POS_REVOKED}, {0, "INSUFFICIENT_SCOPES", SA_POS_SCOPE},
	{400, "INVALID_CURSOR", SA_POS_CURSOR},        {0, "RATE_LIMITED", SA_POS_RATE_LIMITED},
	{0, "TEMPORARY_ERROR", SA_POS_TRANSIENT},      {0, "GATEWAY_TIMEOUT", SA_POS_TRANSIENT},
	{0, "SERVICE_UNAVAILABLE", SA_POS_TRANSIENT},  {0, "INTERNAL_SERVER_ERROR", SA_POS_TRANSIENT},
	{0, "REQUEST_TIMEOUT", SA_POS_TRANSIENT},
};

static SaPosFault
judge_status(int status)
{
	if (status == 401)
		return SA_POS_REVOKED;
	if (status == 403)
		return SA_POS_SCOPE;
	if (status == 429)
		return SA_POS_RATE_LIMITED;
	if (status == 408 || status == 425 || status >= 500)
		return SA_POS_TRANSIENT;
	if (status >= 200 && status < 300)
		return SA_POS_OK;
	/* Square redirects nowhere: a front or a portal of somebody else does. */
	return status >= 400 ? SA_POS_PERMANENT : SA_POS_SCHEMA;
}

SaPosFault
sa_square_fault(int status, const char *code)
{
	SaPosFault fault = judge_status(status);

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
	{
		if ((codes[i].status == 0 || codes[i].status == status) && strcmp(codes[i].code, code) == 0)
			return codes[i].fault;
	}
	/* Without an error of Square's own it is somebody between us who answers. */
	if (code[0] == '\0' &&
		(fault == SA_POS_REVOKED || fault == SA_POS_SCOPE || fault == SA_POS_PERMANENT))
		return SA_POS_SCHEMA;
	/* Errors inside a 200: whatever they are, the answer is not whole. */
	return fault == SA_POS_OK && code[0] != '\0' ? SA_POS_TRANSIENT : fault;
}

const char *
sa_square_remedy(SaPosFault fault, const char *code)
{
	if (strcmp(code, "API_VERSION_INCOMPATIBLE") == 0 ||
		strcmp(code, "INVALID_SQUARE_VERSION_FORMAT") == 0)
		return "Set the connection's api_version to one that Square knows.";
	if (strcmp(code, "NOT_FOUND") == 0)
		return "Look at the chosen locations and the base URL of the connection.";
	switch (fault)
	{
		case SA_POS_OK:
			return "";
		case SA_POS_EXPIRED:
			return "Seal a new access token with stockalert-seal and store it with "
				   "set_credential().";
		case SA_POS_REVOKED:
			return "Authorize the application anew in Square, seal the new token with "
				   "stockalert-seal and store it with set_credential().";
		case SA_POS_SCOPE:
			return "Give the token the missing permission in Square's Developer Console, or "
				   "leave this stream out of the connection.";
		case SA_POS_CURSOR:
			return "Nothing: the stream begins again by itself.";
		case SA_POS_RATE_LIMITED:
			return "Nothing: it is asked again when Square allows.";
		case SA_POS_TRANSIENT:
			return "Nothing: it is tried again by itself; see https://www.issquareup.com if it "
				   "stays.";
		case SA_POS_SCHEMA:
			return "Nothing: it is tried again by itself; if it stays, see what answers at the "
				   "connection's base URL.";
		case SA_POS_LIMIT:
			return "Nothing: less is asked for at a time.";
		default:
			return "Report it: the request and Square's rules do not agree.";
	}
}
