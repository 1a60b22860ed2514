/*
 * email_address.h: which e-mail addresses are accepted, and how they are shown.
 *
 * Conservative on purpose: an unquoted ASCII local part, a host name, at most
 * 254 characters.  What passes can stand in SMTP commands and headers as it is.
 */
#ifndef SA_PURE_EMAIL_ADDRESS_H
#define SA_PURE_EMAIL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#define SA_EMAIL_ADDRESS_LONGEST 254

extern bool sa_email_address_valid(const char *address);
/*
 * A recipient as it may stand in a log: j***@example.com, +91***10; a
 * credential name stays.  Works like snprintf (pure/text.h).
 */
extern size_t sa_recipient_masked(char *out, size_t room, const char *recipient);

#endif
