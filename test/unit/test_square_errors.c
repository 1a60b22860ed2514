/*
 * test_square_errors.c: what an answer means, by status and code.
 */
#include "unit.h"

#include "pure/square_errors.h"

typedef struct Case
{
	int status;
	const char *code;
	const char *fault;
} Case;

static const Case cases[] = {
	{200, "", "ok"},
	{200, "TEMPORARY_ERROR", "transient"},
	{200, "NOT_FOUND", "transient"},
	{302, "", "schema"},
	{400, "INVALID_CURSOR", "cursor"},
	{400, "API_VERSION_INCOMPATIBLE", "permanent"},
	{400, "INVALID_SQUARE_VERSION_FORMAT", "permanent"},
	{400, "INVALID_VALUE", "permanent"},
	{400, "NEVER_SEEN", "permanent"},
	{400, "", "schema"},
	{401, "ACCESS_TOKEN_EXPIRED", "expired"},
	{401, "ACCESS_TOKEN_REVOKED", "revoked"},
	{401, "UNAUTHORIZED", "revoked"},
	{401, "CLIENT_DISABLED", "revoked"},
	{401, "APPLICATION_DISABLED", "revoked"},
	{401, "", "schema"},
	{403, "INSUFFICIENT_SCOPES", "scope"},
	{403, "FORBIDDEN", "scope"},
	{403, "", "schema"},
	{404, "NOT_FOUND", "permanent"},
	{404, "", "schema"},
	{408, "REQUEST_TIMEOUT", "transient"},
	{408, "", "transient"},
	{429, "RATE_LIMITED", "rate_limited"},
	{429, "", "rate_limited"},
	{500, "INTERNAL_SERVER_ERROR", "transient"},
	{502, "", "transient"},
	{503, "SERVICE_UNAVAILABLE", "transient"},
	{504, "GATEWAY_TIMEOUT", "transient"},
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		SaPosFault fault = sa_square_fault(cases[i].status, cases[i].code);

		CHECK_STR(sa_pos_fault_name(fault), cases[i].fault);
		CHECK_ROW((fault == SA_POS_OK) == (sa_square_remedy(fault, cases[i].code)[0] == '\0'),
				  cases[i].code);
	}
	CHECK_STR(sa_pos_fault_name((SaPosFault) 99), "permanent");
	CHECK_STR(sa_square_remedy(SA_POS_PERMANENT, "API_VERSION_INCOMPATIBLE"),
			  "Set the connection's api_version to one that Square knows.");
	return unit_end();
}
