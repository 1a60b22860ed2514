/*
 * interest.c: stockalert.why_not_told(), the border of pure/interest.
 *
 * Unpacks the rows, asks the pure function.  No logic of its own but what a
 * row's NULL means.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "db/quantity.h"
#include "pure/classify.h"
#include "pure/interest.h"
#include "settings.h"

/* What counts as low for somebody who set no threshold of their own, in units. */
#define OWN_DEFAULT 5
#define SMS_MINIMUM SA_CLASS_CRITICAL

enum
{
	ARG_EVENT,
	ARG_SEVERITY,
	ARG_QUANTITY,
	ARG_OCCURRED_AT,
	ARG_CATEGORY,
	ARG_ALERT,
	ARG_SUBSCRIBER,
	ARG_CONTACT,
	ARG_NOTICE,
	ARG_WAITING_RANK,
	ARG_WAITING_AT,
	ARG_IN_FLIGHT,
	ARG_RETURN_WAITING,
	ARG_SOMEBODY_ELSE
};

SA_FUNCTION(stockalert_why_not_told);

static char *
field_text(HeapTupleHeader row, const char *column)
{
	bool isnull;
	Datum value = GetAttributeByName(row, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static bool
field_bool(HeapTupleHeader row, const char *column)
{
	bool isnull;
	Datum value = GetAttributeByName(row, column, &isnull);

	return !isnull && DatumGetBool(value);
}

static bool
field_time(HeapTupleHeader row, const char *column, int64_t *out)
{
	bool isnull;
	Datum value = GetAttributeByName(row, column, &isnull);

	*out = isnull ? 0 : DatumGetTimestampTz(value);
	return !isnull;
}

/* 0 for NULL. */
static int
rank_of(const char *severity)
{
	SaClass class = SA_CLASS_OK;

	if (severity == NULL || !sa_class_parse(severity, &class))
		return 0;
	return (int) class;
}

static bool
in_bigints(HeapTupleHeader row, const char *column, int64 wanted)
{
	bool isnull;
	Datum array = GetAttributeByName(row, column, &isnull);
	Datum *values;
	bool *nulls;
	int count;

	if (isnull)
		return true;
	deconstruct_array(DatumGetArrayTypeP(array), INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &values, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i] && DatumGetInt64(values[i]) == wanted)
			return true;
	return false;
}

/* wanted NULL: in no list. */
static bool
in_texts(HeapTupleHeader row, const char *column, const char *wanted)
{
	bool isnull;
	Datum array = GetAttributeByName(row, column, &isnull);
	Datum *values;
	bool *nulls;
	int count;

	if (isnull)
		return true;
	if (wanted == NULL)
		return false;
	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls,
					  &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i] && strcmp(TextDatumGetCString(values[i]), wanted) == 0)
			return true;
	return false;
}

/*
 * An own threshold filters where it is explicit, or where it is all there is
 * (not for a default recipient, who would rather hear too much); of other
 * kinds than stock it says nothing.
 */
static bool
is_above_own(FunctionCallInfo fcinfo, HeapTupleHeader alert, HeapTupleHeader person)
{
	SaQuantity quantity;
	SaQuantity own;
	bool isnull;
	Datum explicit = GetAttributeByName(person, "own_threshold", &isnull);
	char *kind = field_text(alert, "kind");
	char *from = field_text(alert, "threshold_from");

	if (PG_ARGISNULL(ARG_QUANTITY) ||
		!sa_quantity_from_datum(PG_GETARG_DATUM(ARG_QUANTITY), &quantity) || quantity <= 0 ||
		(kind != NULL && strcmp(kind, "stock") != 0))
		return false;
	if (isnull &&
		(from == NULL || strcmp(from, "subscriber") != 0 || field_bool(person, "fallback")))
		return false;
	own = (SaQuantity) OWN_DEFAULT * SA_QUANTITY_ONE;
	if (!isnull && !sa_quantity_from_datum(explicit, &own))
		return false;
	return quantity >= own;
}

static const char *
why_suppressed(const char *reason)
{
	if (reason == NULL)
		return NULL;
	return strcmp(reason, "opted_out") == 0 ? "address suppressed: its owner answered STOP"
											: "address suppressed: it cannot be reached";
}

static void
read_person(FunctionCallInfo fcinfo, HeapTupleHeader alert, SaInterest *out)
{
	HeapTupleHeader person = PG_GETARG_HEAPTUPLEHEADER(ARG_SUBSCRIBER);
	HeapTupleHeader contact = PG_GETARG_HEAPTUPLEHEADER(ARG_CONTACT);
	bool isnull;
	char *category =
		PG_ARGISNULL(ARG_CATEGORY) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(ARG_CATEGORY));
	char *channel = field_text(contact, "channel");
	char *minimum = field_text(contact, "minimum_severity");

	out->person_enabled = field_bool(person, "enabled");
	out->contact_enabled = field_bool(contact, "enabled");
	out->suppressed = why_suppressed(field_text(contact, "suppressed_for"));
	out->in_locations = in_bigints(
		person, "location_ids", DatumGetInt64(GetAttributeByName(alert, "location_id", &isnull)));
	out->in_categories = in_texts(person, "categories", category);
	out->minimum_rank = rank_of(minimum ? minimum : field_text(person, "minimum_severity"));
	if (minimum == NULL && channel != NULL && strcmp(channel, "sms") == 0)
		out->minimum_rank = Max(out->minimum_rank, SMS_MINIMUM);
	out->for_escalations = field_bool(person, "escalation");
	out->fallback = field_bool(person, "fallback");
	out->above_own = is_above_own(fcinfo, alert, person);
}

static void
read_alert(HeapTupleHeader alert, SaInterest *out)
{
	int64_t opened_at;
	int64_t reopened_at;
	int64_t at;

	out->resolved = field_time(alert, "resolved_at", &at);
	out->acknowledged = field_time(alert, "acknowledged_at", &at);
	out->acknowledged_later = out->acknowledged && at > out->occurred_at;
	(void) field_time(alert, "opened_at", &opened_at);
	if (field_time(alert, "reopened_at", &reopened_at))
		opened_at = reopened_at;
	out->escalated = field_time(alert, "escalated_at", &at) && at >= opened_at;
}

static void
read_notice(FunctionCallInfo fcinfo, SaInterest *out)
{
	HeapTupleHeader notice;
	int64_t returned_at;

	if (PG_ARGISNULL(ARG_NOTICE))
		return;
	notice = PG_GETARG_HEAPTUPLEHEADER(ARG_NOTICE);
	out->told = field_time(notice, "accepted_at", &out->told_at);
	out->told_rank = rank_of(field_text(notice, "worst"));
	out->told_return =
		field_time(notice, "resolved_at", &returned_at) && returned_at >= out->told_at;
}

static void
read_waiting(FunctionCallInfo fcinfo, SaInterest *out)
{
	if (!PG_ARGISNULL(ARG_WAITING_RANK) && !PG_ARGISNULL(ARG_WAITING_AT))
	{
		out->waiting_rank = PG_GETARG_INT32(ARG_WAITING_RANK);
		out->waiting_at = PG_GETARG_TIMESTAMPTZ(ARG_WAITING_AT);
	}
	out->in_flight = !PG_ARGISNULL(ARG_IN_FLIGHT) && PG_GETARG_BOOL(ARG_IN_FLIGHT);
	out->return_waiting = !PG_ARGISNULL(ARG_RETURN_WAITING) && PG_GETARG_BOOL(ARG_RETURN_WAITING);
	out->somebody_else = !PG_ARGISNULL(ARG_SOMEBODY_ELSE) && PG_GETARG_BOOL(ARG_SOMEBODY_ELSE);
}

Datum
stockalert_why_not_told(PG_FUNCTION_ARGS)
{
	SaInterest interest = {0};
	HeapTupleHeader alert;
	const char *reason;
	char *event;

	for (int i = ARG_EVENT; i <= ARG_CONTACT; i++)
		if (PG_ARGISNULL(i) && i != ARG_QUANTITY && i != ARG_CATEGORY && i != ARG_OCCURRED_AT)
			PG_RETURN_NULL();
	event = text_to_cstring(PG_GETARG_TEXT_PP(ARG_EVENT));
	if (!sa_news_kind(event, &interest.news))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("event \"%s\" is not of an alert", event),
				 errdetail("Events are opened, worsened, reopened, crossed, escalated, reminder, "
						   "resolved and standing."),
				 errhint("Pass one of them.")));
	interest.rank = rank_of(text_to_cstring(PG_GETARG_TEXT_PP(ARG_SEVERITY)));
	interest.occurred_at =
		PG_ARGISNULL(ARG_OCCURRED_AT) ? 0 : PG_GETARG_TIMESTAMPTZ(ARG_OCCURRED_AT);
	interest.repeat_after = (int64) sa_repeat_after * SECS_PER_MINUTE * USECS_PER_SEC;
	alert = PG_GETARG_HEAPTUPLEHEADER(ARG_ALERT);
	read_alert(alert, &interest);
	read_person(fcinfo, alert, &interest);
	read_notice(fcinfo, &interest);
	read_waiting(fcinfo, &interest);
	reason = sa_interest_verdict(&interest);
	if (reason == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(reason));
}
