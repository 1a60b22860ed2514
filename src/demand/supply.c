/*
 * supply.c: items and pools by hash.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "db/quantity.h"
#include "db/result.h"
#include "demand/id_table.h"
#include "demand/supply.h"
#include "settings.h"

typedef struct ItemTerms
{
	int category; /* -1: none */
	SaSupply supply;
} ItemTerms;

typedef struct Pool
{
	bool has_profile;
	double profile[SA_WEEK];
	SaDemandPool pool;
} Pool;

typedef struct Category
{
	text *name;
	int number;
} Category;

struct SaSupplies
{
	SaPlaces *places;
	SaIdTable *item_ids;
	ItemTerms *items;
	HTAB *categories;
	SaIdTable *pool_ids; /* by place and category */
	Pool *pools;
};

static uint32
hash_name(const void *key, Size size)
{
	const text *name = *(const text *const *) key;

	return hash_bytes((const unsigned char *) VARDATA_ANY(name), (int) VARSIZE_ANY_EXHDR(name));
}

static int
compare_names(const void *a, const void *b, Size size)
{
	const text *one = *(const text *const *) a;
	const text *other = *(const text *const *) b;

	if (VARSIZE_ANY_EXHDR(one) != VARSIZE_ANY_EXHDR(other))
		return 1;
	return memcmp(VARDATA_ANY(one), VARDATA_ANY(other), VARSIZE_ANY_EXHDR(one));
}

static HTAB *
make_categories(void)
{
	HASHCTL control = {0};

	control.keysize = sizeof(text *);
	control.entrysize = sizeof(Category);
	control.hash = hash_name;
	control.match = compare_names;
	control.hcxt = CurrentMemoryContext;
	return hash_create("stockalert categories", 64, &control,
					   HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
}

static int
number_category(SaSupplies *supplies, Datum value)
{
	text *name = DatumGetTextPP(value);
	int next = (int) hash_get_num_entries(supplies->categories);
	bool found;
	Category *category = (Category *) hash_search(supplies->categories, &name, HASH_ENTER, &found);

	if (!found)
	{
		category->name = (text *) PG_DETOAST_DATUM_COPY(value);
		category->number = next;
	}
	return category->number;
}

static uint64
pool_key(int place, int category)
{
	return (uint64) place << 32 | (uint32) category;
}

static double
get_term(int row, int column)
{
	bool isnull;
	Datum value = sa_result(SPI_tuptable, row, column, &isnull);

	if (isnull)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("lead time and review period must be known"),
						errdetail("A term of stockalert.supply_terms is NULL."),
						errhint("Restore the view as the extension made it.")));
	return DatumGetFloat8(value);
}

static void
run_query(const char *query)
{
	MemoryContext room = CurrentMemoryContext;

	if (SPI_execute(query, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read what demand is planned with");
	MemoryContextSwitchTo(room);
}

static void
load_items(SaSupplies *supplies)
{
	run_query("SELECT i.item_id, i.category, i.quantity_step, t.lead_time_days, "
			  "t.lead_time_sd_days, t.review_days FROM stockalert.items AS i "
			  "JOIN stockalert.supply_terms AS t ON t.item_id = i.item_id");
	supplies->item_ids = sa_id_table_make(SPI_processed);
	supplies->items = (ItemTerms *) MemoryContextAllocHuge(
		CurrentMemoryContext, sizeof(ItemTerms) * Max(SPI_processed, 1));
	for (int i = 0; i < (int) SPI_processed; i++)
	{
		SaQuantity step = SA_QUANTITY_ONE;
		ItemTerms *item = &supplies->items[i];
		bool isnull;
		Datum value = sa_result(SPI_tuptable, i, 2, &isnull);

		item->category = isnull ? -1 : number_category(supplies, value);
		(void) sa_id_table_add(supplies->item_ids, sa_result_bigint(SPI_tuptable, i, 1), i);
		value = sa_result(SPI_tuptable, i, 3, &isnull);
		if (!isnull)
			(void) sa_quantity_from_datum(value, &step);
		item->supply.step = (double) step / (double) SA_QUANTITY_ONE;
		item->supply.lead_time = get_term(i, 4);
		item->supply.lead_time_sd = get_term(i, 5);
		item->supply.review = get_term(i, 6);
		item->supply.service_level = sa_service_level;
	}
	SPI_freetuptable(SPI_tuptable);
}

static bool
read_profile(Datum value, double *profile)
{
	ArrayType *array = DatumGetArrayTypeP(value);

	if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] != SA_WEEK || ARR_HASNULL(array))
		return false;
	memcpy(profile, ARR_DATA_PTR(array), sizeof(double) * SA_WEEK);
	return true;
}

static void
read_pool(int row, Pool *pool)
{
	bool isnull;

	pool->has_profile = read_profile(sa_result(SPI_tuptable, row, 3, &isnull), pool->profile);
	pool->pool.velocity_mean = DatumGetFloat8(sa_result(SPI_tuptable, row, 4, &isnull));
	pool->pool.velocity_sd = DatumGetFloat8(sa_result(SPI_tuptable, row, 5, &isnull));
	pool->pool.mse_ratio = DatumGetFloat8(sa_result(SPI_tuptable, row, 6, &isnull));
}

/* That of a category, or (NULL) of the whole place. */
static void
keep_pool(SaSupplies *supplies, int row, int place)
{
	SaPlace *whole = sa_places_get(supplies->places, place);
	Pool *pool = &supplies->pools[row];
	bool isnull;
	Datum category = sa_result(SPI_tuptable, row, 2, &isnull);

	read_pool(row, pool);
	if (!isnull)
	{
		(void) sa_id_table_add(supplies->pool_ids,
							   pool_key(place, number_category(supplies, category)), row);
		return;
	}
	whole->profile = pool->has_profile ? pool->profile : NULL;
	whole->has_pool = true;
	whole->pool = pool->pool;
}

static void
load_pools(SaSupplies *supplies)
{

	run_query("SELECT p.location_id, p.category, p.profile, p.velocity_mean, p.velocity_sd, "
			  "p.mse_ratio FROM stockalert.pools AS p");
	supplies->pool_ids = sa_id_table_make(SPI_processed);
	supplies->pools =
		(Pool *) MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Pool) * Max(SPI_processed, 1));
	for (int i = 0; i < (int) SPI_processed; i++)
	{
		int place = sa_places_find(supplies->places, sa_result_bigint(SPI_tuptable, i, 1));

		if (place >= 0)
			keep_pool(supplies, i, place);
	}
	SPI_freetuptable(SPI_tuptable);
}

SaSupplies *
sa_supplies_load(SaPlaces *places)
{
	SaSupplies *supplies = (SaSupplies *) palloc0(sizeof(SaSupplies));

	supplies->places = places;
	supplies->categories = make_categories();
	load_items(supplies);
	load_pools(supplies);
	return supplies;
}

/* What a pair has in common with its category there, else with all there. */
bool
sa_supplies_find(SaSupplies *supplies, int place, int64 item_id, SaSetting *out)
{
	int number = sa_id_table_find(supplies->item_ids, (uint64) item_id);
	SaPlace *whole = sa_places_get(supplies->places, place);
	const ItemTerms *item;
	const Pool *own = NULL;
	int pool = -1;

	if (number < 0)
		return false;
	item = &supplies->items[number];
	if (item->category >= 0)
		pool = sa_id_table_find(supplies->pool_ids, pool_key(place, item->category));
	if (pool >= 0)
		own = &supplies->pools[pool];
	out->supply = &item->supply;
	out->profile = own == NULL ? whole->profile : own->has_profile ? own->profile : NULL;
	out->pool = own != NULL ? &own->pool : whole->has_pool ? &whole->pool : NULL;
	return true;
}
