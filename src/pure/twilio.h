/*
 * twilio.h: what Twilio's secrets and answers say.
 *
 * Nothing here keeps or copies a secret.  An answer is read for few members
 * of its JSON, whatever else is in it; what they hold is checked.
 */
#ifndef SA_PURE_TWILIO_H
#define SA_PURE_TWILIO_H

#include <stdbool.h>
#include <stddef.h>

#define SA_TWILIO_SID_LENGTH 34

typedef enum SaTwilioFault
{
	SA_TWILIO_OTHER,     /* judge by the HTTP status */
	SA_TWILIO_RECIPIENT, /* this number will never be reached */
	SA_TWILIO_OPTED_OUT, /* and does not want to be */
	SA_TWILIO_ACCOUNT,   /* log-in, suspended account, region */
	SA_TWILIO_SENDER,    /* the number or service we send from */
	SA_TWILIO_TEMPLATE,  /* WhatsApp: content and its variables */
	SA_TWILIO_CONTENT,   /* this text will never be accepted */
	SA_TWILIO_BUSY,      /* not processed, may be sent again */
	SA_TWILIO_AWAY,      /* switched off, or the carrier does not say why */
	SA_TWILIO_UNVERIFIED /* a trial account sends to verified numbers alone */
} SaTwilioFault;

/* What became of a message that was accepted. */
typedef enum SaTwilioFate
{
	SA_TWILIO_UNREAD,    /* no status that we know */
	SA_TWILIO_UNDER_WAY, /* at Twilio */
	SA_TWILIO_HANDED_ON, /* at the carrier, which may never say more */
	SA_TWILIO_DELIVERED,
	SA_TWILIO_FAILED
} SaTwilioFate;

typedef struct SaTwilioLogin
{
	const char *account; /* AC..., 34 characters */
	const char *user;    /* the account or an API key, 34 characters */
	const char *password;
} SaTwilioLogin;

/* AC...:TOKEN or AC...:SK...:SECRET; the fields point into the text. */
extern bool sa_twilio_login_read(const char *secret, SaTwilioLogin *login);
/* Two capital letters and 32 hexadecimal digits. */
extern bool sa_twilio_sid_valid(const char *text, size_t length, const char *prefix);
/* Sid of the message that was made; false: none. */
extern bool sa_twilio_message_sid(const char *answer, size_t length,
								  char sid[SA_TWILIO_SID_LENGTH + 1]);
/* The member "code", 0: none. */
extern int sa_twilio_code(const char *answer, size_t length);
extern SaTwilioFault sa_twilio_fault(int code);
/* The member "status" of a message. */
extern SaTwilioFate sa_twilio_fate(const char *answer, size_t length);
/* Its member "error_code", 0: none. */
extern int sa_twilio_error_code(const char *answer, size_t length);

#endif
