/*
 * taken.c: what is sent of the rows that a claim took, and which of them are
 * not to be sent any more.
 *
 * Who was deleted, disabled or took the channel away does not want it; it goes
 * to the address that its contact has now, or to the contact that took the
 * place of one that was deleted and added anew.  All is read by key without the
 * planner, to whom these tables are empty one minute and full the next.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "db/lookup.h"
#include "db/word.h"
#include "queue/taken.h"
#include "settings.h"

typedef enum MessageColumn
{
	KIND,
	REF,
	MESSAGE_CONTACT,
	RECIPIENT,
	SUBJECT,
	BODY,
	HTML,
	ALERT_IDS,
	OCCURRED_AT,
	MESSAGE_COLUMNS
} MessageColumn;

static const char *const message_names[MESSAGE_COLUMNS] = {
	[KIND] = "kind",
	[REF] = "ref",
	[RECIPIENT] = "recipient",
	[MESSAGE_CONTACT] = "contact_id",
	[SUBJECT] = "subject",
	[BODY] = "body",
	[HTML] = "html",
	[ALERT_IDS] = "alert_ids",
	[OCCURRED_AT] = "occurred_at",
};

typedef enum ContactColumn
{
	CONTACT_ID,
	ADDRESS,
	CONTACT_ENABLED,
	SUPPRESSED_AT,
	CONTACT_COLUMNS
} ContactColumn;

static const char *const contact_names[CONTACT_COLUMNS] = {
	[CONTACT_ID] = "contact_id",
	[ADDRESS] = "address",
	[CONTACT_ENABLED] = "enabled",
	[SUPPRESSED_AT] = "suppressed_at",
};

typedef enum SubscriberColumn
{
	NAME,
	SUBSCRIBER_ENABLED,
	SUBSCRIBER_COLUMNS
} SubscriberColumn;

static const char *const subscriber_names[SUBSCRIBER_COLUMNS] = {"name", "enabled"};
static const char *const alert_names[] = {"resolved_at"};

static AttrNumber message_numbers[MESSAGE_COLUMNS];
static AttrNumber contact_numbers[CONTACT_COLUMNS];
static AttrNumber subscriber_numbers[SUBSCRIBER_COLUMNS];
static AttrNumber alert_numbers[1];
static SaColumnNumbers message_columns = {
	.names = message_names, .numbers = message_numbers, .count = MESSAGE_COLUMNS};
static SaColumnNumbers contact_columns = {
	.names = contact_names, .numbers = contact_numbers, .count = CONTACT_COLUMNS};
static SaColumnNumbers subscriber_columns = {
	.names = subscriber_names, .numbers = subscriber_numbers, .count = SUBSCRIBER_COLUMNS};
static SaColumnNumbers alert_columns = {.names = alert_names, .numbers = alert_numbers, .count = 1};

typedef struct Reader
{
	const SaDue *due;
	TimestampTz expired; /* what was made before it */
	SaLookup messages;
	SaLookup alerts;
	SaLookup subscribers;
	SaLookup contacts; /* of a subscriber and channel */
} Reader;

/* --- values -------------------------------------------------------------------------------- */

static Datum
taken(const Reader *r, int row, SaTakenColumn column)
{
	return r->due->taken[column].values[row];
}

static bool
is_for_subscriber(const Reader *r, int row)
{
	return !r->due->taken[SA_TAKEN_SUBSCRIBER_ID].nulls[row];
}

static bool
is_null(const SaLookup *rows, AttrNumber number)
{
	return slot_attisnull(rows->row, number);
}

/* Of a column that is not null. */
static Datum
value_of(const SaLookup *rows, AttrNumber number)
{
	bool isnull;

	return slot_getattr(rows->row, number, &isnull);
}

static char *
text_of(const SaLookup *rows, AttrNumber number)
{
	return is_null(rows, number) ? NULL : TextDatumGetCString(value_of(rows, number));
}

/* --- the contact --------------------------------------------------------------------------- */

typedef enum Fitness
{
	FITS_NOT,
	FITS_AS_ADDED_ANEW,
	FITS_BY_ADDRESS,
	FITS_AS_ITSELF
} Fitness;

static bool
exists_contact(int64 contact_id)
{
	SaLookup contacts;
	bool exists;

	sa_lookup_open(&contacts, "subscriber_contacts", "subscriber_contacts_pkey",
				   ForwardScanDirection, &contact_columns);
	exists = sa_lookup_find_id(&contacts, contact_id);
	sa_lookup_close(&contacts);
	return exists;
}

/* Whether a contact was told the same by a message of its own. */
static bool
was_told(const Reader *r, int64 contact_id)
{
	Datum alert_ids = value_of(&r->messages, message_numbers[ALERT_IDS]);
	Datum occurred_at = value_of(&r->messages, message_numbers[OCCURRED_AT]);
	SaLookup others;
	bool told = false;

	sa_lookup_open(&others, "messages", "messages_contact_idx", BackwardScanDirection,
				   &message_columns);
	for (bool found = sa_lookup_find_id(&others, contact_id); found && !told;
		 found = sa_lookup_next(&others))
		told =
			value_of(&others, message_numbers[OCCURRED_AT]) == occurred_at &&
			DatumGetBool(OidFunctionCall2Coll(
				F_ARRAY_EQ, InvalidOid, value_of(&others, message_numbers[ALERT_IDS]), alert_ids));
	sa_lookup_close(&others);
	return told;
}

/* How well a contact of the subscriber and channel stands for the one that the message is for. */
static Fitness
fitness(const Reader *r, int64 contact_id)
{
	const SaLookup *m = &r->messages;
	bool known = !is_null(m, message_numbers[MESSAGE_CONTACT]);
	int64 meant = known ? DatumGetInt64(value_of(m, message_numbers[MESSAGE_CONTACT])) : 0;

	if (!DatumGetBool(value_of(&r->contacts, contact_numbers[CONTACT_ENABLED])) ||
		!is_null(&r->contacts, contact_numbers[SUPPRESSED_AT]))
		return FITS_NOT;
	if (known && contact_id == meant)
		return FITS_AS_ITSELF;
	if (DatumGetBool(DirectFunctionCall2Coll(texteq, DEFAULT_COLLATION_OID,
											 value_of(&r->contacts, contact_numbers[ADDRESS]),
											 value_of(m, message_numbers[RECIPIENT]))))
		return FITS_BY_ADDRESS;
	if (known && contact_id > meant && !exists_contact(meant) && !was_told(r, contact_id))
		return FITS_AS_ADDED_ANEW;
	return FITS_NOT;
}

/* The address of the contact that fits best, of several the oldest; NULL: none does. */
static char *
find_address(Reader *r, int row)
{
	Fitness best = FITS_NOT;
	int64 best_id = 0;
	char *address = NULL;

	sa_lookup_start(&r->contacts);
	sa_lookup_bigint(&r->contacts, DatumGetInt64(taken(r, row, SA_TAKEN_SUBSCRIBER_ID)));
	sa_lookup_text(&r->contacts, taken(r, row, SA_TAKEN_CHANNEL));
	for (bool found = sa_lookup_find(&r->contacts); found; found = sa_lookup_next(&r->contacts))
	{
		int64 id = DatumGetInt64(value_of(&r->contacts, contact_numbers[CONTACT_ID]));
		Fitness fits = fitness(r, id);

		if (fits < best || fits == FITS_NOT || (fits == best && id > best_id))
			continue;
		best = fits;
		best_id = id;
		address = text_of(&r->contacts, contact_numbers[ADDRESS]);
	}
	return address;
}

/* --- whether it is still to be sent ---------------------------------------------------------- */

static bool
has_open_alert(Reader *r, ArrayType *alert_ids)
{
	const int64 *ids = (const int64 *) ARR_DATA_PTR(alert_ids);
	int count = ArrayGetNItems(ARR_NDIM(alert_ids), ARR_DIMS(alert_ids));

	for (int i = 0; i < count; i++)
		if (sa_lookup_find_id(&r->alerts, ids[i]) && is_null(&r->alerts, alert_numbers[0]))
			return true;
	return false;
}

/* Tells of alerts that somebody should do something about, of which none is open any more. */
static bool
is_outdated(Reader *r, int row)
{
	Datum kind = value_of(&r->messages, message_numbers[KIND]);
	ArrayType *alert_ids;

	if ((!sa_is_word(kind, "alert") && !sa_is_word(kind, "digest") &&
		 !sa_is_word(kind, "reminder")) ||
		sa_is_word(taken(r, row, SA_TAKEN_EVENT), "resolved"))
		return false;
	alert_ids = DatumGetArrayTypeP(value_of(&r->messages, message_numbers[ALERT_IDS]));
	return ARR_NDIM(alert_ids) > 0 && !has_open_alert(r, alert_ids);
}

/* Fills in name and address, too. */
static bool
is_wanted(Reader *r, int row, SaClaimed *c)
{
	if (!is_for_subscriber(r, row))
	{
		c->recipient = text_of(&r->messages, message_numbers[RECIPIENT]);
		return true;
	}
	if (!sa_lookup_find_id(&r->subscribers, DatumGetInt64(taken(r, row, SA_TAKEN_SUBSCRIBER_ID))))
		return false;
	c->recipient_name = text_of(&r->subscribers, subscriber_numbers[NAME]);
	c->recipient = find_address(r, row);
	return c->recipient != NULL &&
		   DatumGetBool(value_of(&r->subscribers, subscriber_numbers[SUBSCRIBER_ENABLED]));
}

/* --- all of them --------------------------------------------------------------------------- */

static void
open_reader(Reader *r, const SaDue *due)
{
	r->due = due;
	r->expired = GetCurrentTransactionStartTimestamp() -
				 (int64) sa_message_expires * SECS_PER_MINUTE * USECS_PER_SEC;
	PushActiveSnapshot(GetTransactionSnapshot());
	sa_lookup_open(&r->messages, "messages", "messages_pkey", ForwardScanDirection,
				   &message_columns);
	sa_lookup_open(&r->alerts, "alerts", "alerts_pkey", ForwardScanDirection, &alert_columns);
	sa_lookup_open(&r->subscribers, "subscribers", "subscribers_pkey", ForwardScanDirection,
				   &subscriber_columns);
	sa_lookup_open(&r->contacts, "subscriber_contacts",
				   "subscriber_contacts_subscriber_id_channel_address_key", ForwardScanDirection,
				   &contact_columns);
}

static void
close_reader(Reader *r)
{
	sa_lookup_close(&r->contacts);
	sa_lookup_close(&r->subscribers);
	sa_lookup_close(&r->alerts);
	sa_lookup_close(&r->messages);
	PopActiveSnapshot();
}

/* Its message has been found. */
static void
fill(Reader *r, int row, SaClaimed *c)
{
	const SaLookup *m = &r->messages;

	c->queue_id = DatumGetInt64(taken(r, row, SA_TAKEN_QUEUE_ID));
	c->message_id = DatumGetInt64(taken(r, row, SA_TAKEN_MESSAGE_ID));
	c->attempts = DatumGetInt16(taken(r, row, SA_TAKEN_ATTEMPTS));
	c->maybe_twice = DatumGetBool(taken(r, row, SA_TAKEN_MAYBE_TWICE));
	if (DatumGetTimestampTz(taken(r, row, SA_TAKEN_CREATED_AT)) < r->expired)
		c->fate = "expired";
	else if (is_outdated(r, row) || !is_wanted(r, row, c))
		c->fate = "superseded";
	if (c->fate != NULL)
		return;
	c->endpoint = TextDatumGetCString(taken(r, row, SA_TAKEN_ENDPOINT));
	c->channel = TextDatumGetCString(taken(r, row, SA_TAKEN_CHANNEL));
	c->ref = text_of(m, message_numbers[REF]);
	c->subject = text_of(m, message_numbers[SUBJECT]);
	c->body = text_of(m, message_numbers[BODY]);
	c->html = text_of(m, message_numbers[HTML]);
	c->occurred_unix =
		timestamptz_to_time_t(DatumGetTimestampTz(value_of(m, message_numbers[OCCURRED_AT])));
}

int
sa_taken_read(const SaDue *due, MemoryContext context, SaClaimed **claimed)
{
	MemoryContext previous;
	Reader reader;
	int count = 0;

	if (due->count == 0)
		return 0;
	open_reader(&reader, due);
	previous = MemoryContextSwitchTo(context);
	*claimed = palloc0(sizeof(SaClaimed) * due->count);
	for (int i = 0; i < due->count; i++)
		if (sa_lookup_find_id(&reader.messages,
							  DatumGetInt64(taken(&reader, i, SA_TAKEN_MESSAGE_ID))))
			fill(&reader, i, &(*claimed)[count++]);
	MemoryContextSwitchTo(previous);
	close_reader(&reader);
	return count;
}
