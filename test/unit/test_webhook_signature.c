/*
 * test_webhook_signature.c: the published vector of Standard Webhooks, one made with its JavaScript
 * library, and what is no secret.
 */
#include "unit.h"

#include <stdlib.h>

#include "pure/webhook_signature.h"

#define PUBLISHED "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define OTHER     "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static bool
sign(char *out, const char *secrets)
{
	const char *body = "{\"test\": 2432232314}";

	return sa_webhook_sign(out, secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body,
						   strlen(body));
}

static void
test_vectors(void)
{
	const char *utf8 = "{\"type\":\"stock.alert.opened\",\"timestamp\":\"2026-11-18T02:26:40Z\","
					   "\"data\":{\"alert_id\":42,\"severity\":\"critical\",\"item\":\"Caf\xc3\xa9 "
					   "beans\",\"location\":\"Grant Park\",\"on_hand\":\"3.5\"}}";
	char out[SA_WEBHOOK_SIGNATURE_ROOM];

	CHECK(sign(out, PUBLISHED));
	CHECK_STR(out, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	CHECK(sa_webhook_sign(out, PUBLISHED, "sa_alert_42", "1795000000", utf8, strlen(utf8)));
	CHECK_STR(out, "v1,r7oSDJUgwEN4n31/pPREE16YidijyjdtW1ezKdJIdZc=");
}

static void
test_rotation(void)
{
	char one[SA_WEBHOOK_SIGNATURE_ROOM];
	char other[SA_WEBHOOK_SIGNATURE_ROOM];
	char both[SA_WEBHOOK_SIGNATURE_ROOM];
	char expected[2 * SA_WEBHOOK_SIGNATURE_ROOM];

	CHECK(sign(one, PUBLISHED));
	CHECK(sign(other, OTHER));
	CHECK(strcmp(one, other) != 0);
	CHECK(sign(both, OTHER "#" PUBLISHED));
	(void) snprintf(expected, sizeof(expected), "%s %s", other, one);
	CHECK_STR(both, expected);
	CHECK(sign(both, OTHER "#" PUBLISHED "#" OTHER "#" PUBLISHED));
	CHECK_INT(strlen(both), SA_WEBHOOK_SIGNATURE_ROOM - 1);
}

static void
test_refused(void)
{
	static const char *const secrets[] = {
		"",
		"#",
		PUBLISHED "#",
		"#" PUBLISHED,
		"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"whsec_",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw=",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaL\xc3\xa9Sw",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw MfKQ",
		PUBLISHED "," OTHER,
		PUBLISHED "#" PUBLISHED "#" PUBLISHED "#" PUBLISHED "#" PUBLISHED,
		/* 65 bytes */
		"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+"
		"P0A=",
	};
	char out[SA_WEBHOOK_SIGNATURE_ROOM];

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
	{
		CHECK_ROW(!sign(out, secrets[i]), secrets[i]);
		CHECK_ROW(out[0] == '\0', secrets[i]);
	}
}

int
main(void)
{
	test_vectors();
	test_rotation();
	test_refused();
	return unit_end();
}
