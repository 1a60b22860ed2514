/*
 * settings.h: every stockalert.* setting as a C variable.
 *
 * Strings may be NULL or empty, both meaning "not set".  Nothing here is a
 * secret: settings are logged and shown.
 */
#ifndef SA_SETTINGS_H
#define SA_SETTINGS_H

#include "datatype/timestamp.h"

typedef enum SaDeliveryMode
{
	SA_DELIVERY_LIVE, /* messages leave the machine */
	SA_DELIVERY_LOG,  /* every message is written to the server log instead */
	SA_DELIVERY_OFF   /* messages wait in the queue */
} SaDeliveryMode;

typedef enum SaFires
{
	SA_FIRES_BELOW,
	SA_FIRES_AT_OR_BELOW
} SaFires;

/* Meaning of stock. */
extern double sa_low_stock_percent;
extern double sa_critical_stock_percent;
extern int sa_threshold_fires; /* SaFires */
extern double sa_recovery_percent;
extern bool sa_stock_alerts; /* stockalert.kinds lists stock */

/* Demand. */
extern double sa_service_level;

/* People. */
extern char *sa_shop_name;
extern int sa_digest_after; /* alerts at once for one subscriber */
extern int sa_storm_after;  /* messages to one recipient in a minute */
#define SA_STORM_NEVER 100000
extern int sa_repeat_after;    /* minutes: the 24-hour rule */
extern int sa_delivery;        /* SaDeliveryMode */
extern int sa_message_expires; /* minutes */
extern int sa_sms_max_segments;

/* Worker. */
extern char *sa_databases; /* comma-separated; empty: all */
extern bool sa_worker_enabled;
extern char *sa_key_file;
extern int sa_max_attempts;
extern int sa_retry_base;   /* ms */
extern int sa_retry_cap;    /* ms */
extern int sa_status_check; /* ms; 0: never */

/* Network. */
extern char *sa_smtp_hosts;
extern char *sa_slack_hosts;
extern char *sa_twilio_hosts;
extern char *sa_allowed_networks;
extern char *sa_ca_file;
extern bool sa_allow_http;
extern bool sa_allow_plaintext_credentials;
extern int sa_connect_timeout;  /* ms */
extern int sa_delivery_timeout; /* ms */
extern int sa_sync_pages;

extern void sa_settings_define(void);

/* The time stockalert.as_of names; false where it is not set and the clock counts. */
extern bool sa_settings_as_of(TimestampTz *as_of);

#endif
