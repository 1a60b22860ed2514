/*
 * settings.c: the table of stockalert.* settings.
 *
 * One row a setting; sa_settings_define() walks the tables, so that adding a
 * setting is adding a row (and a row in README's table, which a test compares
 * with pg_settings).  Whatever names a host, a network or a file is SIGHUP:
 * a session that may not edit the configuration may not redirect a secret.
 */
#include "postgres.h"

#include <limits.h>

#include "datatype/timestamp.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "settings.h"

double sa_low_stock_percent = 20.0;
double sa_critical_stock_percent = 5.0;
int sa_threshold_fires = SA_FIRES_BELOW;
double sa_recovery_percent = 10.0;
bool sa_stock_alerts = true;
double sa_service_level = 0.95;

char *sa_shop_name = NULL;
int sa_digest_after = 10;
int sa_storm_after = 10;
int sa_repeat_after = 24 * 60;
int sa_delivery = SA_DELIVERY_LIVE;
int sa_message_expires = 24 * 60;
int sa_sms_max_segments = 3;

char *sa_databases = NULL;
bool sa_worker_enabled = true;
char *sa_key_file = NULL;
int sa_max_attempts = 16;
int sa_retry_base = 2000;
int sa_retry_cap = 30 * 60 * 1000;
int sa_status_check = 15000;

char *sa_smtp_hosts = NULL;
char *sa_slack_hosts = NULL;
char *sa_twilio_hosts = NULL;
char *sa_allowed_networks = NULL;
char *sa_ca_file = NULL;
bool sa_allow_http = false;
bool sa_allow_plaintext_credentials = false;
int sa_connect_timeout = 5000;
int sa_delivery_timeout = 15000;
int sa_sync_pages = 10000;

/* Read in SQL alone. */
static int negative_after = 30;
static int dead_after = 90;
static int overstock_days = 90;
static int risk_repeat_after = 48 * 60;
static double lead_time_days = 7.0;
static double lead_time_sd_days = 0.0;
static double review_days = 7.0;
static char *language = NULL;
static int escalate_after = 4 * 60;
static int check_interval = 15;
static int job_timeout = 30 * 60;
static int keep_deliveries = 90;
static int keep_events = 400;
static int keep_runs = 30;
static char *reminder_time = NULL;
static char *summary_time = NULL;

static char *as_of_text = NULL;
static char *kinds_text = NULL;

static const struct config_enum_entry delivery_modes[] = {
	{"live", SA_DELIVERY_LIVE, false},
	{"log", SA_DELIVERY_LOG, false},
	{"off", SA_DELIVERY_OFF, false},
	{NULL, 0, false},
};

static const struct config_enum_entry fires_modes[] = {
	{"below", SA_FIRES_BELOW, false},
	{"at_or_below", SA_FIRES_AT_OR_BELOW, false},
	{NULL, 0, false},
};

typedef struct SaRealSetting
{
	const char *name;
	const char *description;
	double *variable;
	double minimum;
	double maximum;
} SaRealSetting;

typedef struct SaIntSetting
{
	const char *name;
	const char *description;
	int *variable;
	int minimum;
	int maximum;
	int unit;
} SaIntSetting;

typedef struct SaBoolSetting
{
	const char *name;
	const char *description;
	bool *variable;
} SaBoolSetting;

typedef struct SaEnumSetting
{
	const char *name;
	const char *description;
	int *variable;
	const struct config_enum_entry *options;
} SaEnumSetting;

typedef struct SaStringSetting
{
	const char *name;
	const char *description;
	char **variable;
	const char *initial;
	int flags;
} SaStringSetting;

/* A path to a secret: shown to superusers only, never set through ALTER SYSTEM. */
#define SA_HIDDEN_PATH (GUC_SUPERUSER_ONLY | GUC_NO_SHOW_ALL | GUC_DISALLOW_IN_AUTO_FILE)

static const SaRealSetting real_settings[] = {
	{"stockalert.low_stock_percent",
	 "Sets the share of the par level below which stock is low where no rule says otherwise.",
	 &sa_low_stock_percent, 0.0, 100.0},
	{"stockalert.critical_stock_percent",
	 "Sets the share of the par level below which stock is critical where no rule says otherwise.",
	 &sa_critical_stock_percent, 0.0, 100.0},
	{"stockalert.recovery_percent",
	 "Sets how far above its threshold stock must rise, in percent of it, to resolve an alert.",
	 &sa_recovery_percent, 0.0, 100.0},
	{"stockalert.service_level",
	 "Sets the probability of not running out before the next delivery that reorder points are "
	 "for.",
	 &sa_service_level, 0.5, 0.99999},
	{"stockalert.lead_time_days",
	 "Sets the days from order to delivery where no supplier says otherwise.", &lead_time_days, 0.0,
	 1000.0},
	{"stockalert.lead_time_sd_days",
	 "Sets the standard deviation of the lead time where no supplier says otherwise.",
	 &lead_time_sd_days, 0.0, 1000.0},
	{"stockalert.review_days",
	 "Sets the days from one order to the next where no supplier says otherwise.", &review_days,
	 0.0, 1000.0},
};

static const SaIntSetting int_settings[] = {
	{"stockalert.negative_after",
	 "Sets how long stock must be under zero before an alert of kind negative_stock opens.",
	 &negative_after, 0, INT_MAX / 60, GUC_UNIT_MIN},
	{"stockalert.dead_after", "Sets the days without a sale after which stock is dead.",
	 &dead_after, 1, 3650, 0},
	{"stockalert.overstock_days",
	 "Sets the days that stock may last before there is too much, where no rule sets a maximum.",
	 &overstock_days, 1, 3650, 0},
	{"stockalert.risk_repeat_after",
	 "Sets how long after one alert of kind stockout_risk no other opens for the same item.",
	 &risk_repeat_after, 0, INT_MAX / 60, GUC_UNIT_MIN},
	{"stockalert.digest_after",
	 "Sets the number of alerts at once for one subscriber beyond which they go as one digest.",
	 &sa_digest_after, 1, 1000, 0},
	{"stockalert.storm_after",
	 "Sets the number of messages to one recipient in a minute beyond which news is collected into "
	 "a digest.",
	 &sa_storm_after, 1, SA_STORM_NEVER, 0},
	{"stockalert.repeat_after",
	 "Sets how long one alert stays silent for a subscriber and channel unless it gets worse.",
	 &sa_repeat_after, 0, INT_MAX / 60, GUC_UNIT_MIN},
	{"stockalert.escalate_after",
	 "Sets how long a critical alert or one out of stock waits for somebody before it is "
	 "escalated.",
	 &escalate_after, 0, INT_MAX / 60, GUC_UNIT_MIN},
	{"stockalert.check_interval",
	 "Sets how often stock is checked and points of sale are asked; in force once jobs are "
	 "scheduled again.",
	 &check_interval, 1, 24 * 60, GUC_UNIT_MIN},
	{"stockalert.job_timeout", "Sets how long a periodic job may run; 0: as long as it takes.",
	 &job_timeout, 0, 24 * 3600, GUC_UNIT_S},
	{"stockalert.keep_deliveries", "Sets the days that deliveries and messages are kept.",
	 &keep_deliveries, 2, 36500, 0},
	{"stockalert.keep_events", "Sets the days that the history of resolved alerts is kept.",
	 &keep_events, 2, 36500, 0},
	{"stockalert.keep_runs", "Sets the days that runs of periodic jobs are kept.", &keep_runs, 2,
	 36500, 0},
	{"stockalert.message_expires", "Sets how long a message may wait before it is given up.",
	 &sa_message_expires, 1, INT_MAX / 60, GUC_UNIT_MIN},
	{"stockalert.sms_max_segments",
	 "Sets the segments, paid for one by one, at which an SMS is cut.", &sa_sms_max_segments, 1, 10,
	 0},
	{"stockalert.max_attempts", "Sets how often a message is tried before it is dead.",
	 &sa_max_attempts, 1, 1000, 0},
	{"stockalert.retry_base", "Sets the delay before the first retry of a message; it doubles.",
	 &sa_retry_base, 1, 3600 * 1000, GUC_UNIT_MS},
	{"stockalert.retry_cap", "Sets the longest delay between two tries of a message.",
	 &sa_retry_cap, 1, 24 * 3600 * 1000, GUC_UNIT_MS},
	{"stockalert.status_check",
	 "Sets how long after an SMS or WhatsApp message Twilio is asked whether it arrived; 0: never.",
	 &sa_status_check, 0, 3600 * 1000, GUC_UNIT_MS},
	{"stockalert.connect_timeout", "Sets the time a connection to a provider may take.",
	 &sa_connect_timeout, 100, 300 * 1000, GUC_UNIT_MS},
	{"stockalert.send_timeout", "Sets the time one delivery may take in all.", &sa_delivery_timeout,
	 100, 300 * 1000, GUC_UNIT_MS},
	{"stockalert.sync_pages",
	 "Sets how many pages of a point of sale one round of a stream may read.", &sa_sync_pages, 2,
	 100000, 0},
};

static const SaBoolSetting bool_settings[] = {
	{"stockalert.worker_enabled", "Lets the sender work; off makes it wait without claiming.",
	 &sa_worker_enabled},
	{"stockalert.allow_http",
	 "Allows unencrypted HTTP and SMTP to hosts that are listed; for relays on a trusted network.",
	 &sa_allow_http},
	{"stockalert.allow_plaintext_credentials",
	 "Allows set_credential_plaintext(), which leaves secrets wherever statements are kept.",
	 &sa_allow_plaintext_credentials},
};

static const SaEnumSetting enum_settings[] = {
	{"stockalert.delivery",
	 "Sets whether messages are sent (live), written to the server log (log) or kept (off).",
	 &sa_delivery, delivery_modes},
	{"stockalert.threshold_fires",
	 "Sets whether a threshold fires below its value or already at it, where a rule does not say.",
	 &sa_threshold_fires, fires_modes},
};

static const SaStringSetting string_settings[] = {
	{"stockalert.shop_name", "Sets the name of the shop in messages.", &sa_shop_name, "StockAlert",
	 0},
	{"stockalert.language", "Sets the language of the templates that are used.", &language, "en",
	 0},
	{"stockalert.databases", "Lists the databases to work in; empty means all with the extension.",
	 &sa_databases, "", GUC_LIST_INPUT},
	{"stockalert.key_file", "Names the key file that only the worker reads.", &sa_key_file, "",
	 SA_HIDDEN_PATH},
	{"stockalert.smtp_hosts",
	 "Lists mail relays (host or host:port) that may be used without a sealed credential.",
	 &sa_smtp_hosts, "", GUC_LIST_INPUT},
	{"stockalert.slack_hosts", "Lists the hosts (host or host:port) of Slack webhooks.",
	 &sa_slack_hosts, "hooks.slack.com", GUC_LIST_INPUT},
	{"stockalert.twilio_hosts",
	 "Lists the hosts (host or host:port) that Twilio's log-in may go to.", &sa_twilio_hosts,
	 "api.twilio.com", GUC_LIST_INPUT},
	{"stockalert.allowed_networks",
	 "Lists private networks (CIDR) that deliveries may connect to; public ones need no entry.",
	 &sa_allowed_networks, "", GUC_LIST_INPUT},
	{"stockalert.ca_file", "Names the file of certificate authorities; empty: the system's.",
	 &sa_ca_file, "", 0},
};

/* The fields come in lower case. */
static bool
names_this_moment(char *const *field, int count)
{
	static const char *const words[] = {"now", "today", "tomorrow", "yesterday"};

	for (int i = 0; i < count; i++)
	{
		for (int j = 0; j < lengthof(words); j++)
		{
			if (strcmp(field[i], words[j]) == 0)
				return true;
		}
	}
	return false;
}

/*
 * Accepts a timestamp without asking the catalogs, as the server's own
 * recovery_target_time does; "now" and its like would freeze at SET and are
 * refused.
 */
static bool
parse_as_of(const char *text, TimestampTz *result)
{
	char work[MAXDATELEN + MAXDATEFIELDS];
	char *field[MAXDATEFIELDS];
	int ftype[MAXDATEFIELDS];
	int nf;
	int dtype;
	int tz;
	fsec_t fsec;
	struct pg_tm tm;

	if (ParseDateTime(text, work, sizeof(work), field, ftype, MAXDATEFIELDS, &nf) != 0 ||
		names_this_moment(field, nf))
		return false;
	if (SA_DECODE_DATETIME(field, ftype, nf, &dtype, &tm, &fsec, &tz) != 0 || dtype != DTK_DATE)
		return false;
	return tm2timestamp(&tm, fsec, &tz, result) == 0;
}

static bool
check_as_of(char **newval, void **extra, GucSource source)
{
	TimestampTz parsed;
	TimestampTz *kept;

	if (*newval == NULL || (*newval)[0] == '\0')
		return true;
	if (!parse_as_of(*newval, &parsed))
	{
		GUC_check_errdetail("It must be a timestamp such as \"2026-03-01 09:00+00\".");
		return false;
	}
	kept = (TimestampTz *) SA_GUC_MALLOC(sizeof(TimestampTz));
	if (kept == NULL)
		return false;
	*kept = parsed;
	*extra = kept;
	return true;
}

/* True in *extra where the list names stock. */
static bool
check_kinds(char **newval, void **extra, GucSource source)
{
	static const char *const names[] = {"stock", "stockout_risk", "overstock", "dead_stock",
										"negative_stock"};
	char *copy = pstrdup(*newval);
	bool *stock = (bool *) SA_GUC_MALLOC(sizeof(bool));
	char *rest = NULL;
	bool known = stock != NULL;

	if (stock != NULL)
		*stock = false;
	for (char *name = strtok_r(copy, " ,\"", &rest); known && name != NULL;
		 name = strtok_r(NULL, " ,\"", &rest))
	{
		known = false;
		for (int i = 0; i < lengthof(names) && !known; i++)
			known = strcmp(name, names[i]) == 0;
		if (known && strcmp(name, "stock") == 0)
			*stock = true;
	}
	pfree(copy);
	if (known)
		*extra = stock;
	else
	{
		if (stock != NULL)
			SA_GUC_FREE(stock);
		GUC_check_errdetail("Kinds are stock, stockout_risk, overstock, dead_stock and "
							"negative_stock.");
	}
	return known;
}

static void
assign_kinds(const char *newval, void *extra)
{
	sa_stock_alerts = *(bool *) extra;
}

/* A time of day such as 09:00; summaries may have none. */
static bool
check_clock_time(char **newval, void **extra, GucSource source)
{
	const char *t = *newval;
	int hour;
	int minute;
	int end = 0;

	if (strlen(t) <= 5 && sscanf(t, "%2d:%2d%n", &hour, &minute, &end) == 2 && t[end] == '\0' &&
		strspn(t, "0123456789:") == strlen(t) && t[strlen(t) - 3] == ':' && hour < 24 &&
		minute < 60)
		return true;
	GUC_check_errdetail("It must be a time of day such as \"09:00\".");
	return false;
}

static bool
check_summary_time(char **newval, void **extra, GucSource source)
{
	return (*newval)[0] == '\0' || check_clock_time(newval, extra, source);
}

static TimestampTz *as_of_value = NULL;

static void
assign_as_of(const char *newval, void *extra)
{
	as_of_value = (TimestampTz *) extra;
}

bool
sa_settings_as_of(TimestampTz *as_of)
{
	if (as_of_value == NULL)
		return false;
	*as_of = *as_of_value;
	return true;
}

static void
define_scalars(void)
{
	for (int i = 0; i < lengthof(real_settings); i++)
	{
		const SaRealSetting *s = &real_settings[i];

		DefineCustomRealVariable(s->name, s->description, NULL, s->variable, *s->variable,
								 s->minimum, s->maximum, PGC_SIGHUP, 0, NULL, NULL, NULL);
	}
	for (int i = 0; i < lengthof(int_settings); i++)
	{
		const SaIntSetting *s = &int_settings[i];

		DefineCustomIntVariable(s->name, s->description, NULL, s->variable, *s->variable,
								s->minimum, s->maximum, PGC_SIGHUP, s->unit, NULL, NULL, NULL);
	}
	for (int i = 0; i < lengthof(bool_settings); i++)
	{
		const SaBoolSetting *s = &bool_settings[i];

		DefineCustomBoolVariable(s->name, s->description, NULL, s->variable, *s->variable,
								 PGC_SIGHUP, 0, NULL, NULL, NULL);
	}
}

void
sa_settings_define(void)
{
	define_scalars();
	for (int i = 0; i < lengthof(enum_settings); i++)
	{
		const SaEnumSetting *s = &enum_settings[i];

		DefineCustomEnumVariable(s->name, s->description, NULL, s->variable, *s->variable,
								 s->options, PGC_SIGHUP, 0, NULL, NULL, NULL);
	}
	for (int i = 0; i < lengthof(string_settings); i++)
	{
		const SaStringSetting *s = &string_settings[i];

		DefineCustomStringVariable(s->name, s->description, NULL, s->variable, s->initial,
								   PGC_SIGHUP, s->flags, NULL, NULL, NULL);
	}
	DefineCustomStringVariable(
		"stockalert.kinds", "Lists the kinds of alerts that are opened.",
		"stock, stockout_risk, overstock, dead_stock, negative_stock; what is open of another kind "
		"is resolved by the next check, but for stock, which resolves when it recovers.",
		&kinds_text, "stock, stockout_risk, negative_stock", PGC_SIGHUP, GUC_LIST_INPUT,
		check_kinds, assign_kinds, NULL);
	DefineCustomStringVariable("stockalert.reminder_time",
							   "Sets the time of day (UTC) at which reminders are sent.",
							   "In force once jobs are scheduled again.", &reminder_time, "09:00",
							   PGC_SIGHUP, 0, check_clock_time, NULL, NULL);
	DefineCustomStringVariable(
		"stockalert.summary_time",
		"Sets the local hour of the summaries of those who chose none; empty: they get none.", NULL,
		&summary_time, "08:00", PGC_SIGHUP, 0, check_summary_time, NULL, NULL);
	DefineCustomStringVariable("stockalert.as_of",
							   "Sets the time at which stock is judged, instead of the clock.",
							   "For tests, demos and replays.", &as_of_text, "", PGC_SUSET,
							   GUC_DISALLOW_IN_FILE, check_as_of, assign_as_of, NULL);
	MarkGUCPrefixReserved("stockalert");
}
