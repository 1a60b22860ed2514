/*
 * mirror.c: takes what was buffered and writes it, as the owner of our tables.
 *
 * Quantities of known pairs go by levels.c; everything else by one SQL function
 * a kind, in a subtransaction: an app's write does not fail because of us.
 * What fails for many rows at once is tried again row by row, and the row that
 * fails is noted in watch_problems.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "alerts/item_trigger.h"
#include "db/columns.h"
#include "db/guard.h"
#include "db/owner.h"
#include "db/plans.h"
#include "watch/composite.h"
#include "watch/levels.h"
#include "watch/mirror.h"
#include "watch/registry.h"

typedef struct MirrorWork
{
	SaWatchEntry **entries;
	int count;
	bool import;
} MirrorWork;

typedef struct NoteWork
{
	int64 watch_id;
	const char *row_key;
	const char *kind;
	const char *detail;
} NoteWork;

static SPIPlanPtr note_plan = NULL;
static SPIPlanPtr reread_plan = NULL;
static SPIPlanPtr infer_plan = NULL;
static SPIPlanPtr mirror_plans[SA_WATCH_KINDS];
static Oid mirror_types[SA_WATCH_KINDS];
static const char *const mirror_texts[SA_WATCH_KINDS] = {
	"SELECT stockalert.mirror_stock($1, $2, $3)",
	"SELECT stockalert.mirror_people($1, $2, $3)",
	"SELECT stockalert.mirror_sales($1, $2, $3)",
};

static void
note_error(void *argument)
{
	const NoteWork *work = (const NoteWork *) argument;
	Oid types[4] = {INT8OID, TEXTOID, TEXTOID, TEXTOID};
	Datum arguments[4];

	arguments[0] = Int64GetDatum(work->watch_id);
	arguments[1] = CStringGetTextDatum(work->row_key);
	arguments[2] = CStringGetTextDatum(work->kind);
	arguments[3] = CStringGetTextDatum(work->detail);
	sa_plan_run(&note_plan, "SELECT stockalert.note_watch_problem($1, $2, $3, $4)", 4, types,
				arguments, NULL, false);
}

/* If not even this works, the server's log has to do. */
static void
note_problem(int64 watch_id, const char *row_key, const char *kind, const ErrorData *error)
{
	NoteWork work = {watch_id, row_key, kind, error->message};

	if (sa_guard(note_error, &work) != NULL)
		ereport(LOG, (errmsg("a row of a watched table could not be mirrored: %s", error->message),
					  errhint("SELECT * FROM stockalert.watch_status;")));
}

static void
mirror_rows(void *argument)
{
	const MirrorWork *work = (const MirrorWork *) argument;
	SaWatchKind kind = work->entries[0]->kind;
	Oid row_type = get_array_type(sa_composite_type(kind));
	Oid types[3] = {INT8OID, row_type, BOOLOID};
	Datum arguments[3];
	int nest_level = NewGUCNestLevel();

	/* Compiling what runs for milliseconds costs more than it saves. */
	(void) set_config_option("jit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
	/*
	 * A plan made for one row may loop over thousands, and one made for each row
	 * costs more than the row.  Custom plans are for those of foreign keys, too,
	 * of which stock and sales have the most.
	 */
	if (work->count <= 100 || kind == SA_WATCH_PEOPLE)
		(void) set_config_option("plan_cache_mode",
								 work->count <= 100 ? "force_generic_plan" : "force_custom_plan",
								 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	/* Keys come in order: their pages are read one after another, not at random. */
	(void) set_config_option("random_page_cost", "1", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	/* Another one where the extension was made anew. */
	if (mirror_types[kind] != row_type)
		mirror_plans[kind] = NULL;
	mirror_types[kind] = row_type;
	arguments[0] = Int64GetDatum(work->entries[0]->watch_id);
	arguments[1] = sa_composite_array(work->entries, work->count);
	arguments[2] = BoolGetDatum(work->import);
	sa_plan_run(&mirror_plans[kind], mirror_texts[kind], 3, types, arguments, NULL, false);
	AtEOXact_GUC(false, nest_level);
}

static void
mirror_guarded(SaWatchEntry **entries, int count)
{
	MirrorWork work = {entries, count, false};
	ErrorData *error = sa_guard(mirror_rows, &work);

	if (error == NULL)
		return;
	if (count == 1)
	{
		note_problem(entries[0]->watch_id, entries[0]->item ? entries[0]->item : "", "error",
					 error);
		return;
	}
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		mirror_guarded(entries + i, 1);
	}
}

/* Called by the item trigger where judging failed: the level stands, the check will judge it. */
static int64 judged_watch;

static void
forgive(const ErrorData *error)
{
	note_problem(judged_watch, "", "alert", error);
}

static bool
update_levels(SaWatchEntry **entries, int count)
{
	volatile bool all = false;
	SaOwnerSwitch saved;

	sa_owner_assume(sa_registry_owner(), &saved);
	judged_watch = entries[0]->watch_id;
	sa_item_trigger_forgive(forgive);
	PG_TRY();
	{
		all = sa_levels_update(entries, count);
	}
	PG_FINALLY();
	{
		sa_item_trigger_forgive(NULL);
	}
	PG_END_TRY();
	sa_owner_leave(&saved);
	return all;
}

static int
compare_keys(const SaWatchEntry *x, const SaWatchEntry *y)
{
	int order = 0;

	if (x->watch_id != y->watch_id)
		return x->watch_id < y->watch_id ? -1 : 1;
	if (x->location != NULL && y->location != NULL)
		order = strcmp(x->location, y->location);
	if (order == 0 && x->item != NULL && y->item != NULL)
		order = strcmp(x->item, y->item);
	else if (order == 0)
		order = (x->item != NULL) - (y->item != NULL);
	return order;
}

static int
compare_entries(const void *a, const void *b)
{
	const SaWatchEntry *x = *(SaWatchEntry *const *) a;
	const SaWatchEntry *y = *(SaWatchEntry *const *) b;
	int order = compare_keys(x, y);

	return order != 0 ? order : x->position - y->position;
}

/* Of several versions of a row the last one counts; sales are counted one by one. */
static bool
absorb(SaWatchEntry *before, const SaWatchEntry *after)
{
	SaQuantity sold;

	if (before->kind == SA_WATCH_SALES || compare_keys(before, after) != 0 || after->item == NULL)
		return false;
	sold = before->sold + after->sold;
	if (after->row != NULL || after->gone || before->row == NULL || before->gone)
		*before = *after;
	else
	{
		before->row->cells[SA_STOCK_QUANTITY].isnull = false;
		before->row->cells[SA_STOCK_QUANTITY].value = sa_quantity_to_datum(after->quantity);
		before->row->troubles[SA_STOCK_QUANTITY] = NULL;
	}
	before->sold = sold;
	return true;
}

static int
merge_entries(SaWatchEntry **entries, int count)
{
	int kept = 0;

	qsort(entries, count, sizeof(SaWatchEntry *), compare_entries);
	for (int i = 0; i < count; i++)
	{
		if (kept == 0 || !absorb(entries[kept - 1], entries[i]))
			entries[kept++] = entries[i];
	}
	return kept;
}

static void
infer_sales(void *argument)
{
	const MirrorWork *work = (const MirrorWork *) argument;
	Oid types[4] = {INT8OID, TEXTARRAYOID, TEXTARRAYOID, NUMERICARRAYOID};
	Datum arguments[4];
	SaColumn columns[3];

	sa_column_start(&columns[0], TEXTOID);
	sa_column_start(&columns[1], TEXTOID);
	sa_column_start(&columns[2], NUMERICOID);
	for (int i = 0; i < work->count; i++)
	{
		const SaWatchEntry *entry = work->entries[i];

		if (entry->sold <= 0 || entry->item == NULL)
			continue;
		sa_column_add_text(&columns[0], entry->item);
		sa_column_add_text(&columns[1], entry->location);
		sa_column_add(&columns[2], sa_quantity_to_datum(entry->sold));
	}
	arguments[0] = Int64GetDatum(work->entries[0]->watch_id);
	for (int i = 0; i < 3; i++)
		arguments[i + 1] = sa_column_array(&columns[i]);
	sa_plan_run(&infer_plan, "SELECT stockalert.infer_sales($1, $2, $3, $4)", 4, types, arguments,
				NULL, false);
}

/* After the stock, whose keys are known then. */
static void
infer_guarded(SaWatchEntry **entries, int count)
{
	MirrorWork work = {entries, count, false};
	SaOwnerSwitch saved;
	ErrorData *error;
	bool any = false;

	for (int i = 0; i < count && !any; i++)
		any = entries[i]->sold > 0;
	if (!any)
		return;
	sa_owner_enter(sa_registry_owner(), &saved);
	error = sa_guard(infer_sales, &work);
	if (error != NULL)
		note_problem(entries[0]->watch_id, "", "error", error);
	sa_owner_leave(&saved);
}

/* All of one watched table. */
static void
mirror_entries(SaWatchEntry **entries, int count, bool import)
{
	bool quick = entries[0]->kind == SA_WATCH_STOCK && !import;
	MirrorWork work = {entries, count, import};
	SaOwnerSwitch saved;

	for (int i = 0; i < count && quick; i++)
		quick = entries[i]->row == NULL && !entries[i]->gone;
	if (quick && update_levels(entries, count))
		return;
	sa_owner_enter(sa_registry_owner(), &saved);
	if (import)
		mirror_rows(&work);
	else
		mirror_guarded(entries, count);
	sa_owner_leave(&saved);
}

static void
mirror_batch(SaWatchBatch *batch, bool import)
{
	int count = batch->count > 1 ? merge_entries(batch->entries, batch->count) : batch->count;
	int first = 0;

	for (int i = 1; i <= count; i++)
	{
		if (i < count && batch->entries[i]->watch_id == batch->entries[first]->watch_id)
			continue;
		mirror_entries(batch->entries + first, i - first, import);
		infer_guarded(batch->entries + first, i - first);
		first = i;
	}
}

static void
flush(bool import)
{
	SaWatchBatch batch;
	bool snapshot = ActiveSnapshotSet();

	SPI_connect();
	sa_entries_take(&batch);
	if (batch.count > 0)
	{
		if (!snapshot)
			PushActiveSnapshot(GetTransactionSnapshot());
		mirror_batch(&batch, import);
		if (!snapshot)
			PopActiveSnapshot();
	}
	SPI_finish();
	if (batch.memory != NULL)
		MemoryContextDelete(batch.memory);
}

void
sa_mirror_flush(void)
{
	flush(false);
}

void
sa_mirror_import(void)
{
	flush(true);
}

void
sa_mirror_analyze(SaWatchKind kind)
{
	int done;

	SPI_connect();
	done = SPI_execute(
		kind == SA_WATCH_PEOPLE
			? "ANALYZE (SKIP_LOCKED) stockalert.subscribers, stockalert.subscriber_contacts,"
			  " stockalert.subscriber_refs"
			: "ANALYZE (SKIP_LOCKED) stockalert.items, stockalert.item_refs,"
			  " stockalert.locations,"
			  " stockalert.location_refs, stockalert.stock_levels,"
			  " stockalert.rules, stockalert.alerts",
		false, 0);
	if (done != SPI_OK_UTILITY)
		elog(ERROR, "could not take statistics: %s", SPI_result_code_string(done));
	SPI_finish();
}

static void
reread(void *argument)
{
	Oid types[1] = {INT8OID};
	Datum arguments[1];

	arguments[0] = Int64GetDatum(*(int64 *) argument);
	sa_plan_run(&reread_plan, "SELECT stockalert.reread_watched($1)", 1, types, arguments, NULL,
				false);
}

void
sa_mirror_reread(int64 watch_id)
{
	SaOwnerSwitch saved;
	ErrorData *error;

	SPI_connect();
	sa_owner_enter(sa_registry_owner(), &saved);
	error = sa_guard(reread, &watch_id);
	if (error != NULL)
		note_problem(watch_id, "", "error", error);
	sa_owner_leave(&saved);
	SPI_finish();
}
