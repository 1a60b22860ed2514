/*
 * test_twilio.c: log-ins, answers and form values of Twilio's interface.
 */
#include "unit.h"

#include "pure/form_text.h"
#include "pure/twilio.h"

#define HEX     "0123456789abcdef0123456789ABCDEF"
#define ACCOUNT "AC" HEX

static void
test_login(void)
{
	static const char *const refused[] = {
		"",
		":",
		ACCOUNT,
		ACCOUNT ":",
		"AC" HEX "0:token",
		"XX" HEX ":token",
		"AC0123456789abcdef0123456789abcdeg:token",
		ACCOUNT ":SK" HEX ":",
		ACCOUNT ":AC" HEX ":secret",
		ACCOUNT ":SK" HEX ":a:b",
		ACCOUNT "::secret",
	};
	SaTwilioLogin login;

	CHECK(sa_twilio_login_read(ACCOUNT ":token", &login));
	CHECK(login.user == login.account);
	CHECK_STR(login.password, "token");
	CHECK(sa_twilio_login_read(ACCOUNT ":SK" HEX ":secret", &login));
	CHECK(strncmp(login.account, "AC", 2) == 0 && strncmp(login.user, "SK", 2) == 0);
	CHECK_STR(login.password, "secret");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		CHECK_ROW(!sa_twilio_login_read(refused[i], &login), refused[i]);
}

static int
code_of(const char *answer)
{
	return sa_twilio_code(answer, strlen(answer));
}

static bool
sid_of(const char *answer, char *sid)
{
	return sa_twilio_message_sid(answer, strlen(answer), sid);
}

static void
test_answers(void)
{
	char sid[SA_TWILIO_SID_LENGTH + 1] = "";

	CHECK_INT(code_of("{\"code\":21211,\"message\":\"x\"}"), 21211);
	CHECK_INT(code_of("{\"more\":\"code\",\n \"code\" : 63016}"), 63016);
	CHECK_INT(code_of("{\"error_code\":21211}"), 0);
	CHECK_INT(code_of("{\"code\":null}"), 0);
	CHECK_INT(code_of("{\"code\":12345678901234567890}"), 0);
	CHECK_INT(code_of("\"code\""), 0);
	CHECK_INT(code_of("\"code\":"), 0);
	CHECK_INT(code_of("<html>"), 0);
	CHECK_INT(code_of(""), 0);
	CHECK(sid_of("{\"account_sid\":\"" ACCOUNT "\", \"sid\": \"SM" HEX "\"}", sid));
	CHECK_STR(sid, "SM" HEX);
	CHECK(!sid_of("{\"account_sid\":\"SM" HEX "\"}", sid));
	CHECK(!sid_of("{\"sid\":\"" ACCOUNT "\"}", sid));
	CHECK(!sid_of("{\"sid\":\"SM" HEX, sid));
	CHECK(!sid_of("{\"sid\":\"SM0123\"}", sid));
}

static void
test_faults(void)
{
	CHECK(sa_twilio_fault(21211) == SA_TWILIO_RECIPIENT);
	CHECK(sa_twilio_fault(21610) == SA_TWILIO_OPTED_OUT);
	CHECK(sa_twilio_fault(20003) == SA_TWILIO_ACCOUNT);
	CHECK(sa_twilio_fault(63007) == SA_TWILIO_SENDER);
	CHECK(sa_twilio_fault(63016) == SA_TWILIO_TEMPLATE);
	CHECK(sa_twilio_fault(30007) == SA_TWILIO_CONTENT);
	CHECK(sa_twilio_fault(20429) == SA_TWILIO_BUSY);
	CHECK(sa_twilio_fault(21608) == SA_TWILIO_UNVERIFIED);
	CHECK(sa_twilio_fault(30003) == SA_TWILIO_AWAY);
	CHECK(sa_twilio_fault(30005) == SA_TWILIO_RECIPIENT);
	CHECK(sa_twilio_fault(30006) == SA_TWILIO_RECIPIENT);
	CHECK(sa_twilio_fault(30008) == SA_TWILIO_AWAY);
	CHECK(sa_twilio_fault(30034) == SA_TWILIO_SENDER);
	CHECK(sa_twilio_fault(0) == SA_TWILIO_OTHER);
	CHECK(sa_twilio_fault(99999) == SA_TWILIO_OTHER);
}

static SaTwilioFate
fate_of(const char *answer)
{
	return sa_twilio_fate(answer, strlen(answer));
}

static void
test_fates(void)
{
	static const char failed[] =
		"{\"error_code\": 30005, \"body\":\"\\\"status\\\":\\\"read\\\"\", \"status\": \"failed\"}";

	CHECK(fate_of("{\"status\":\"queued\"}") == SA_TWILIO_UNDER_WAY);
	CHECK(fate_of("{\"status\":\"sending\"}") == SA_TWILIO_UNDER_WAY);
	CHECK(fate_of("{\"status\":\"sent\"}") == SA_TWILIO_HANDED_ON);
	CHECK(fate_of("{\"status\":\"delivered\"}") == SA_TWILIO_DELIVERED);
	CHECK(fate_of("{\"status\":\"read\"}") == SA_TWILIO_DELIVERED);
	CHECK(fate_of("{\"status\":\"undelivered\"}") == SA_TWILIO_FAILED);
	CHECK(fate_of("{\"status\":\"canceled\"}") == SA_TWILIO_FAILED);
	/* What a message says of itself in its text does not count. */
	CHECK(fate_of(failed) == SA_TWILIO_FAILED);
	CHECK_INT(sa_twilio_error_code(failed, strlen(failed)), 30005);
	CHECK(fate_of("{\"status\":\"lost\"}") == SA_TWILIO_UNREAD);
	CHECK(fate_of("{\"status\":404}") == SA_TWILIO_UNREAD);
	CHECK(fate_of("{\"status\":\"sent") == SA_TWILIO_UNREAD);
	CHECK(fate_of("{\"status\":") == SA_TWILIO_UNREAD);
	CHECK(fate_of("") == SA_TWILIO_UNREAD);
	CHECK_INT(sa_twilio_error_code("{\"error_code\":null}", 19), 0);
}

static void
test_form(void)
{
	static const char text[] = "+39 a&b=c%\n~\xc3\xa9";
	static const char encoded[] = "%2B39%20a%26b%3Dc%25%0A~%C3%A9";
	char out[64];

	CHECK_INT(sa_form_text(NULL, 0, text, strlen(text)), strlen(encoded));
	CHECK_INT(sa_form_text(out, sizeof(out), text, strlen(text)), strlen(encoded));
	CHECK_STR(out, encoded);
	CHECK_INT(sa_form_text(out, sizeof(out), "a\0b", 3), 5);
	CHECK_STR(out, "a%00b");
	CHECK_INT(sa_form_text(out, 4, "abcdef", 6), 6);
	CHECK_STR(out, "abc");
}

int
main(void)
{
	test_login();
	test_answers();
	test_faults();
	test_fates();
	test_form();
	return unit_end();
}
