/*
 * values.c: what a value may be, for CHECK constraints, and the clock.
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "db/as_of.h"
#include "settings.h"

SA_FUNCTION(stockalert_as_of);
SA_FUNCTION(stockalert_is_label);
SA_FUNCTION(stockalert_is_time_zone);

TimestampTz
sa_as_of(void)
{
	TimestampTz set;

	return sa_settings_as_of(&set) ? set : GetCurrentTransactionStartTimestamp();
}

Datum
stockalert_as_of(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(sa_as_of());
}

/* Control characters: C0, DEL, and C1 (0xC2 0x80..0x9F in UTF-8). */
static bool
has_control(const char *s, int length)
{
	const unsigned char *c = (const unsigned char *) s;

	for (int i = 0; i < length; i++)
	{
		if (c[i] < 0x20 || c[i] == 0x7F)
			return true;
		if (c[i] == 0xC2 && i + 1 < length && c[i + 1] < 0xA0)
			return true;
	}
	return false;
}

Datum
stockalert_is_label(PG_FUNCTION_ARGS)
{
	text *label = PG_GETARG_TEXT_PP(0);
	int longest = PG_GETARG_INT32(1);
	const char *s = VARDATA_ANY(label);
	int length = VARSIZE_ANY_EXHDR(label);

	PG_RETURN_BOOL(length > 0 && s[0] != ' ' && s[length - 1] != ' ' && !has_control(s, length) &&
				   pg_mbstrlen_with_len(s, length) <= longest);
}

Datum
stockalert_is_time_zone(PG_FUNCTION_ARGS)
{
	char *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	pg_tz *zone = NULL;

	/* A leading letter keeps POSIX offsets such as "+3" out: they have no name to show. */
	if (strlen(name) <= TZ_STRLEN_MAX &&
		((name[0] >= 'A' && name[0] <= 'Z') || (name[0] >= 'a' && name[0] <= 'z')))
		zone = pg_tzset(name);
	PG_RETURN_BOOL(zone != NULL && pg_tz_acceptable(zone));
}
