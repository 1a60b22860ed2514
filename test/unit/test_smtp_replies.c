/*
 * test_smtp_replies.c: how far a conversation got, from the replies alone.
 */
#include "unit.h"

#include "pure/smtp_replies.h"

typedef struct Talk
{
	const char *name;
	bool tls;
	bool auth;
	const char *lines[16];
	bool goes_on; /* whether the last line is accepted */
	SaSmtpStage stage;
	int status;
	bool tls_missing;
	bool auth_missing;
} Talk;

#define GREETING  "220 mx ready\r\n"
#define EHLO_TLS  "250-mx\r\n", "250-STARTTLS\r\n", "250 SIZE 1000\r\n"
#define EHLO_AUTH "250-mx\r\n", "250-AUTH PLAIN LOGIN\r\n", "250 HELP\r\n"

static const Talk talks[] = {
	{"plain to the end",
	 false,
	 false,
	 {GREETING, "250-mx\r\n", "250 HELP\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n",
	  "250 queued\r\n"},
	 true,
	 SA_SMTP_ACCEPTED,
	 0},
	{"tls and log-in",
	 true,
	 true,
	 {GREETING, EHLO_TLS, "220 go\r\n", EHLO_AUTH, "334 \r\n", "235 ok\r\n", "250 ok\r\n",
	  "250 ok\r\n", "354 go\r\n"},
	 true,
	 SA_SMTP_BODY,
	 0},
	{"no TLS offered", true, true, {GREETING, EHLO_AUTH}, false, SA_SMTP_STARTTLS, 0, true, false},
	{"TLS offered in part of a word",
	 true,
	 false,
	 {GREETING, "250-STARTTLSX\r\n", "250 HELP\r\n"},
	 false,
	 SA_SMTP_STARTTLS,
	 0,
	 true,
	 false},
	{"no log-in offered",
	 false,
	 true,
	 {GREETING, "250-mx\r\n", "250 HELP\r\n"},
	 false,
	 SA_SMTP_AUTH,
	 0,
	 false,
	 true},
	{"log-in offered before TLS only",
	 true,
	 true,
	 {GREETING, "250-AUTH PLAIN\r\n", "250 STARTTLS\r\n", "220 go\r\n", "250-mx\r\n",
	  "250 HELP\r\n"},
	 false,
	 SA_SMTP_AUTH,
	 0,
	 false,
	 true},
	{"old form AUTH=",
	 false,
	 true,
	 {GREETING, "250-AUTH=LOGIN\r\n", "250 HELP\r\n"},
	 false,
	 SA_SMTP_AUTH,
	 0,
	 false,
	 true},
	{"log-in offered last, small letters",
	 false,
	 true,
	 {GREETING, "250 auth plain\r\n"},
	 true,
	 SA_SMTP_AUTH,
	 0},
	{"mail without the log-in",
	 false,
	 true,
	 {GREETING, EHLO_AUTH, "250 ok\r\n"},
	 false,
	 SA_SMTP_AUTH,
	 0,
	 false,
	 true},
	{"wrong password",
	 false,
	 true,
	 {GREETING, EHLO_AUTH, "334 \r\n", "535 5.7.8 no\r\n"},
	 false,
	 SA_SMTP_AUTH,
	 535},
	{"busy at the door", false, false, {"421 busy\r\n"}, false, SA_SMTP_CONNECT, 421},
	{"EHLO unknown, HELO known",
	 false,
	 false,
	 {GREETING, "502 what\r\n", "250 mx\r\n"},
	 true,
	 SA_SMTP_MAIL,
	 0},
	{"HELO server and a log-in",
	 false,
	 true,
	 {GREETING, "502 what\r\n", "250 mx\r\n"},
	 false,
	 SA_SMTP_AUTH,
	 0,
	 false,
	 true},
	{"STARTTLS refused",
	 true,
	 false,
	 {GREETING, EHLO_TLS, "454 not now\r\n"},
	 false,
	 SA_SMTP_STARTTLS,
	 454},
	{"sender refused",
	 false,
	 false,
	 {GREETING, "250 mx\r\n", "550 no\r\n"},
	 false,
	 SA_SMTP_MAIL,
	 550},
	{"recipient refused in two lines",
	 false,
	 false,
	 {GREETING, "250 mx\r\n", "250 ok\r\n", "550-5.1.1 no\r\n", "550 5.1.1 such user\r\n"},
	 false,
	 SA_SMTP_RCPT,
	 550},
	{"DATA refused",
	 false,
	 false,
	 {GREETING, "250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "451 later\r\n"},
	 false,
	 SA_SMTP_DATA,
	 451},
	{"body refused",
	 false,
	 false,
	 {GREETING, "250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "554 spam\r\n"},
	 false,
	 SA_SMTP_BODY,
	 554},
	{"kept connection",
	 true,
	 true,
	 {"250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 queued\r\n"},
	 true,
	 SA_SMTP_ACCEPTED,
	 0},
	{"kept connection, recipient refused",
	 true,
	 true,
	 {"250 ok\r\n", "550 no\r\n"},
	 false,
	 SA_SMTP_RCPT,
	 550},
	{"noise",
	 false,
	 false,
	 {"\r\n", "hello\r\n", "2x0 a\r\n", "2200 a\r\n", "22"},
	 true,
	 SA_SMTP_CONNECT,
	 0},
};

static void
run_talk(const Talk *talk)
{
	SaSmtpReplies replies;
	bool goes_on = true;

	sa_smtp_replies_start(&replies, talk->tls, talk->auth);
	for (size_t i = 0; i < 16 && talk->lines[i] != NULL; i++)
	{
		CHECK_ROW(goes_on, talk->name);
		goes_on = sa_smtp_replies_take(&replies, talk->lines[i], strlen(talk->lines[i]));
	}
	CHECK_ROW(goes_on == talk->goes_on, talk->name);
	CHECK_ROW(replies.stage == talk->stage, talk->name);
	CHECK_ROW(replies.status == talk->status, talk->name);
	CHECK_ROW(replies.tls_missing == talk->tls_missing, talk->name);
	CHECK_ROW(replies.auth_missing == talk->auth_missing, talk->name);
}

int
main(void)
{
	SaSmtpReplies replies;
	char line[1000];

	for (size_t i = 0; i < sizeof(talks) / sizeof(talks[0]); i++)
		run_talk(&talks[i]);
	/* The text of a refusal is cut and printable. */
	memset(line, 'x', sizeof(line));
	memcpy(line, "550 \x1b[31m\x80", 10);
	sa_smtp_replies_start(&replies, false, false);
	CHECK(!sa_smtp_replies_take(&replies, line, sizeof(line)));
	CHECK(strlen(replies.text) == sizeof(replies.text) - 1);
	CHECK(strncmp(replies.text, "[31mxxx", 7) == 0);
	return unit_end();
}
