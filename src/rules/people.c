/*
 * people.c: reads stockalert.subscribers.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "db/lookup.h"
#include "db/quantity.h"
#include "rules/people.h"

/* Of who set none. */
#define OWN_THRESHOLD (5 * SA_QUANTITY_ONE)

enum
{
	OWN,
	LOCATION_IDS,
	CATEGORIES,
	APP_KEY,
	COLUMNS
};

static const char *const names[COLUMNS] = {"own_threshold", "location_ids", "categories",
										   "app_key"};
static AttrNumber numbers[COLUMNS];
static SaColumnNumbers columns = {InvalidOid, names, numbers, COLUMNS};

typedef struct Person
{
	SaRuleValue own;
	bool everywhere;
	Datum *location_ids;
	int location_count;
	bool everything;
	Datum *categories;
	int category_count;
	const void *app_key; /* text; NULL: added here */
} Person;

struct SaPeople
{
	Person *persons;
	int count;
	int room;
};

static bool
get_column(TupleTableSlot *row, int column, Datum *value)
{
	bool isnull;

	*value = slot_getattr(row, numbers[column], &isnull);
	return !isnull;
}

/* A NULL covers all; nulls inside cover nothing. */
static bool
read_list(TupleTableSlot *row, int column, Oid type, Datum **values, int *count)
{
	Datum list;
	bool *nulls;
	int read;

	*count = 0;
	if (!get_column(row, column, &list))
		return true;
	deconstruct_array(DatumGetArrayTypePCopy(list), type, type == INT8OID ? sizeof(int64) : -1,
					  type == INT8OID && FLOAT8PASSBYVAL,
					  type == INT8OID ? TYPALIGN_DOUBLE : TYPALIGN_INT, values, &nulls, &read);
	for (int i = 0; i < read; i++)
	{
		if (!nulls[i])
			(*values)[(*count)++] = (*values)[i];
	}
	return false;
}

static void
read_person(TupleTableSlot *row, SaPeople *people)
{
	Person *person;
	Datum value;

	if (people->count == people->room)
	{
		people->room = Max(16, people->room * 2);
		people->persons = people->persons == NULL
							  ? palloc(sizeof(Person) * people->room)
							  : repalloc(people->persons, sizeof(Person) * people->room);
	}
	person = &people->persons[people->count++];
	person->own.set =
		get_column(row, OWN, &value) && sa_quantity_from_datum(value, &person->own.value);
	person->everywhere =
		read_list(row, LOCATION_IDS, INT8OID, &person->location_ids, &person->location_count);
	person->everything =
		read_list(row, CATEGORIES, TEXTOID, &person->categories, &person->category_count);
	person->app_key = NULL;
	if (get_column(row, APP_KEY, &value))
		person->app_key = PG_DETOAST_DATUM_COPY(value);
}

SaPeople *
sa_people_read(void)
{
	SaPeople *people = (SaPeople *) palloc0(sizeof(SaPeople));
	SaLookup table;
	TableScanDesc scan;

	sa_lookup_open(&table, "subscribers", NULL, ForwardScanDirection, &columns);
	scan = table_beginscan(table.heap, GetActiveSnapshot(), 0, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, table.row))
		read_person(table.row, people);
	table_endscan(scan);
	sa_lookup_close(&table);
	return people;
}

static bool
is_same(const void *a, const void *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		   memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

static bool
covers(const Person *person, int64 location_id, const void *category, const void *owner)
{
	bool here = person->everywhere;
	bool such = person->everything;

	if (owner != NULL && person->app_key != NULL && !is_same(person->app_key, owner))
		return false;
	for (int i = 0; i < person->location_count && !here; i++)
		here = DatumGetInt64(person->location_ids[i]) == location_id;
	for (int i = 0; here && i < person->category_count && !such && category != NULL; i++)
	{
		such = is_same(DatumGetPointer(person->categories[i]), category);
	}
	return here && such;
}

static int
compare_quantities(const void *a, const void *b)
{
	SaQuantity x = *(const SaQuantity *) a;
	SaQuantity y = *(const SaQuantity *) b;

	return (x > y) - (x < y);
}

static int
keep_distinct(SaQuantity *values, int count)
{
	int kept = 0;

	qsort(values, count, sizeof(SaQuantity), compare_quantities);
	for (int i = 0; i < count; i++)
	{
		if (kept == 0 || values[kept - 1] != values[i])
			values[kept++] = values[i];
	}
	return kept;
}

void
sa_people_own(const SaPeople *people, int64 location_id, const void *category, const void *owner,
			  SaOwn *own)
{
	memset(own, 0, sizeof(*own));
	own->explicit = (SaQuantity *) palloc(sizeof(SaQuantity) * Max(people->count, 1));
	own->everyone = (SaQuantity *) palloc(sizeof(SaQuantity) * Max(people->count, 1));
	for (int i = 0; i < people->count; i++)
	{
		const Person *person = &people->persons[i];

		if (!covers(person, location_id, category, owner))
			continue;
		own->everyone[own->everyone_count++] = person->own.set ? person->own.value : OWN_THRESHOLD;
		if (person->own.set)
			own->explicit[own->explicit_count++] = person->own.value;
	}
	own->explicit_count = keep_distinct(own->explicit, own->explicit_count);
	own->everyone_count = keep_distinct(own->everyone, own->everyone_count);
	if (own->everyone_count > 0)
		own->greatest = own->everyone[own->everyone_count - 1];
}
