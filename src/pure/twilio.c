/*
 * twilio.c: sids, log-ins and error codes.
 */
#include "pure/twilio.h"

#include <string.h>

typedef struct SaFateRow
{
	const char *status;
	SaTwilioFate fate;
} SaFateRow;

static const SaFateRow fates[] = {
	{"accepted", SA_TWILIO_UNDER_WAY},  {"scheduled", SA_TWILIO_UNDER_WAY},
	{"queued", SA_TWILIO_UNDER_WAY},    {"sending", SA_TWILIO_UNDER_WAY},
	{"sent", SA_TWILIO_HANDED_ON},      {"partially_delivered", SA_TWILIO_HANDED_ON},
	{"delivered", SA_TWILIO_DELIVERED}, {"read", SA_TWILIO_DELIVERED},
	{"undelivered", SA_TWILIO_FAILED},  {"failed", SA_TWILIO_FAILED},
	{"canceled", SA_TWILIO_FAILED},
};

typedef struct SaCodeRow
{
	int code;
	SaTwilioFault fault;
} SaCodeRow;

static const SaCodeRow codes[] = {
	{20003, SA_TWILIO_ACCOUNT},   {20404, SA_TWILIO_ACCOUNT},   {20429, SA_TWILIO_BUSY},
	{21211, SA_TWILIO_RECIPIENT}, {21212, SA_TWILIO_SENDER},    {21408, SA_TWILIO_ACCOUNT},
	{21602, SA_TWILIO_CONTENT},   {21606, SA_TWILIO_SENDER},    {21608, SA_TWILIO_UNVERIFIED},
	{21610, SA_TWILIO_OPTED_OUT}, {21611, SA_TWILIO_BUSY},      {21614, SA_TWILIO_RECIPIENT},
	{21617, SA_TWILIO_CONTENT},   {21656, SA_TWILIO_TEMPLATE},  {30001, SA_TWILIO_BUSY},
	{30002, SA_TWILIO_ACCOUNT},   {30003, SA_TWILIO_AWAY},      {30004, SA_TWILIO_RECIPIENT},
	{30005, SA_TWILIO_RECIPIENT}, {30006, SA_TWILIO_RECIPIENT}, {30007, SA_TWILIO_CONTENT},
	{30008, SA_TWILIO_AWAY},      {30034, SA_TWILIO_SENDER},    {63003, SA_TWILIO_RECIPIENT},
	{63007, SA_TWILIO_SENDER},    {63016, SA_TWILIO_TEMPLATE},  {63018, SA_TWILIO_BUSY},
	{63024, SA_TWILIO_RECIPIENT},
};

bool
sa_twilio_sid_valid(const char *text, size_t length, const char *prefix)
{
	if (length != SA_TWILIO_SID_LENGTH || memcmp(text, prefix, 2) != 0)
		return false;
	for (size_t i = 2; i < length; i++)
	{
		if (text[i] == '\0' || strchr("0123456789abcdefABCDEF", text[i]) == NULL)
			return false;
	}
	return true;
}

bool
sa_twilio_login_read(const char *secret, SaTwilioLogin *login)
{
	size_t first = strcspn(secret, ":");
	const char *rest;

	if (secret[first] != ':' || !sa_twilio_sid_valid(secret, first, "AC"))
		return false;
	rest = secret + first + 1;
	first = strcspn(rest, ":");
	login->account = secret;
	login->user = rest[first] == ':' ? rest : secret;
	login->password = rest[first] == ':' ? rest + first + 1 : rest;
	if (login->user == rest && !sa_twilio_sid_valid(rest, first, "SK"))
		return false;
	return login->password[0] != '\0' && strchr(login->password, ':') == NULL;
}

/* The value behind "name": in an answer; NULL: there is none. */
static const char *
find_member(const char *answer, size_t length, const char *name, size_t *left)
{
	size_t size = strlen(name);

	for (size_t i = 0; i + size < length; i++)
	{
		size_t at = i + size;

		if (memcmp(answer + i, name, size) != 0)
			continue;
		while (at < length && (answer[at] == ' ' || answer[at] == '\n' || answer[at] == '\r'))
			at++;
		if (at == length || answer[at] != ':')
			continue;
		at++;
		while (at < length && (answer[at] == ' ' || answer[at] == '\n' || answer[at] == '\r'))
			at++;
		*left = length - at;
		return answer + at;
	}
	return NULL;
}

bool
sa_twilio_message_sid(const char *answer, size_t length, char sid[SA_TWILIO_SID_LENGTH + 1])
{
	size_t left;
	const char *at = find_member(answer, length, "\"sid\"", &left);

	if (at == NULL || left < SA_TWILIO_SID_LENGTH + 2 || at[0] != '"' ||
		at[SA_TWILIO_SID_LENGTH + 1] != '"' ||
		(!sa_twilio_sid_valid(at + 1, SA_TWILIO_SID_LENGTH, "SM") &&
		 !sa_twilio_sid_valid(at + 1, SA_TWILIO_SID_LENGTH, "MM")))
		return false;
	memcpy(sid, at + 1, SA_TWILIO_SID_LENGTH);
	sid[SA_TWILIO_SID_LENGTH] = '\0';
	return true;
}

static int
read_code(const char *answer, size_t length, const char *name)
{
	size_t left = 0;
	const char *at = find_member(answer, length, name, &left);
	int code = 0;
	size_t digits = 0;

	while (at != NULL && digits < left && digits < 7 && at[digits] >= '0' && at[digits] <= '9')
		code = code * 10 + (at[digits++] - '0');
	return digits > 6 ? 0 : code;
}

int
sa_twilio_code(const char *answer, size_t length)
{
	return read_code(answer, length, "\"code\"");
}

int
sa_twilio_error_code(const char *answer, size_t length)
{
	return read_code(answer, length, "\"error_code\"");
}

SaTwilioFate
sa_twilio_fate(const char *answer, size_t length)
{
	size_t left = 0;
	const char *at = find_member(answer, length, "\"status\"", &left);

	for (size_t i = 0; at != NULL && i < sizeof(fates) / sizeof(fates[0]); i++)
	{
		size_t size = strlen(fates[i].status);

		if (left > size + 1 && at[0] == '"' && memcmp(at + 1, fates[i].status, size) == 0 &&
			at[size + 1] == '"')
			return fates[i].fate;
	}
	return SA_TWILIO_UNREAD;
}

SaTwilioFault
sa_twilio_fault(int code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
	{
		if (codes[i].code == code)
			return codes[i].fault;
	}
	return SA_TWILIO_OTHER;
}
