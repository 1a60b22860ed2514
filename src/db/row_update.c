/*
 * row_update.c: the table access method's update, and the index's entry where
 * the new version did not stay on its page.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "db/row_update.h"
#include "db/row_writer.h"

static bool
is_harmless(const Trigger *trigger, bool (*known)(const char *trigger))
{
	if (!TRIGGER_FOR_UPDATE(trigger->tgtype))
		return true;
	/* Of foreign keys, whose columns are others. */
	if (trigger->tgisinternal)
		return RI_FKey_trigger_type(trigger->tgfoid) != RI_TRIGGER_NONE;
	return known(trigger->tgname);
}

bool
sa_row_is_plain(Relation rel, AttrNumber column, bool (*known)(const char *trigger),
				const char *known_check)
{
	TupleConstr *constraints = RelationGetDescr(rel)->constr;

	if (rel->rd_rel->relkind != RELKIND_RELATION || rel->rd_rel->relrowsecurity ||
		rel->rd_rel->relhasrules)
		return false;
	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		if (!is_harmless(&rel->trigdesc->triggers[i], known))
			return false;
	}
	if (constraints == NULL)
		return true;
	for (int i = 0; i < constraints->num_check; i++)
	{
		if (strcmp(constraints->check[i].ccname, known_check) != 0 &&
			sa_check_reads(&constraints->check[i], column))
			return false;
	}
	return !constraints->has_generated_stored;
}

static void
insert_index_entries(Relation heap, TupleTableSlot *row, bool only_summarizing)
{
	EState *state = CreateExecutorState();
	ResultRelInfo *target = makeNode(ResultRelInfo);

	InitResultRelInfo(target, heap, 0, NULL, 0);
	ExecOpenIndices(target, false);
	(void) SA_INSERT_INDEX_TUPLES(target, row, state, only_summarizing);
	ExecCloseIndices(target);
	FreeExecutorState(state);
}

bool
sa_row_update(SaLookup *lookup, AttrNumber column, Datum value)
{
	TupleTableSlot *old = lookup->row;
	TupleTableSlot *new = MakeSingleTupleTableSlot(old->tts_tupleDescriptor, &TTSOpsVirtual);
	int count = old->tts_tupleDescriptor->natts;
	TM_FailureData failure;
	LockTupleMode lock_mode;
	SA_UPDATE_INDEXES indexes;
	TM_Result result;

	slot_getallattrs(old);
	memcpy(new->tts_values, old->tts_values, count * sizeof(Datum));
	memcpy(new->tts_isnull, old->tts_isnull, count * sizeof(bool));
	new->tts_values[column - 1] = value;
	new->tts_isnull[column - 1] = false;
	ExecStoreVirtualTuple(new);
	result = table_tuple_update(lookup->heap, &old->tts_tid, new, GetCurrentCommandId(true),
								GetActiveSnapshot(), InvalidSnapshot, true, &failure, &lock_mode,
								&indexes);
	if (result == TM_Ok && SA_UPDATES_INDEXES(indexes))
		insert_index_entries(lookup->heap, new, SA_ONLY_SUMMARIZING(indexes));
	ExecDropSingleTupleTableSlot(new);
	return result == TM_Ok;
}
