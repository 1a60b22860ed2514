/*
 * compat.h: the only place that knows PG_VERSION_NUM.
 *
 * Included after postgres.h by whatever needs a symbol that differs between
 * majors.  PostgreSQL 15 leaves PGDLLEXPORT empty, so that exported names are
 * chosen by the linker version script (src/exports.map) there; later majors
 * hide by default and honour it.
 */
#ifndef SA_COMPAT_H
#define SA_COMPAT_H

#include "fmgr.h"

#if PG_VERSION_NUM < 150000
#error "StockAlert needs PostgreSQL 15 or later"
#endif

/* Declare an SQL-callable function: prototype with export, then the finfo record. */
#define SA_FUNCTION(name)                                                                          \
	extern PGDLLEXPORT Datum name(PG_FUNCTION_ARGS);                                               \
	PG_FUNCTION_INFO_V1(name)

#if PG_VERSION_NUM < 160000
/* Declared by fmgr.h from 16 on. */
extern PGDLLEXPORT void _PG_init(void);
#endif

/* The ownership checks became one function in 16. */
#if PG_VERSION_NUM >= 160000
#define SA_OWNS_DATABASE(database) object_ownercheck(DatabaseRelationId, database, GetUserId())
#else
#define SA_OWNS_DATABASE(database) pg_database_ownercheck(database, GetUserId())
#endif

/* Left postgres.h in 16. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* Before the declaration from 18 on, after it until then. */
#if PG_VERSION_NUM >= 180000
#define SA_NORETURN(declaration) pg_noreturn declaration
#else
#define SA_NORETURN(declaration) declaration pg_attribute_noreturn()
#endif

/* Takes what to count the searches in from 18 on. */
#if PG_VERSION_NUM >= 180000
#define SA_INDEX_BEGINSCAN(heap, index, snapshot, keys, orders)                                    \
	index_beginscan(heap, index, snapshot, NULL, keys, orders)
#else
#define SA_INDEX_BEGINSCAN(heap, index, snapshot, keys, orders)                                    \
	index_beginscan(heap, index, snapshot, keys, orders)
#endif

/* Indexes that only summarize blocks need an entry more often, from 16 on. */
#if PG_VERSION_NUM >= 160000
#define SA_UPDATE_INDEXES            TU_UpdateIndexes
#define SA_UPDATES_INDEXES(indexes)  ((indexes) != TU_None)
#define SA_ONLY_SUMMARIZING(indexes) ((indexes) == TU_Summarizing)
#define SA_INSERT_INDEX_TUPLES(target, row, state, only_summarizing)                               \
	ExecInsertIndexTuples(target, row, state, false, false, NULL, NIL, only_summarizing)
#else
#define SA_UPDATE_INDEXES            bool
#define SA_UPDATES_INDEXES(indexes)  (indexes)
#define SA_ONLY_SUMMARIZING(indexes) false
#define SA_INSERT_INDEX_TUPLES(target, row, state, only_summarizing)                               \
	ExecInsertIndexTuples(target, row, state, false, false, NULL, NIL)
#endif

/* Asked with the table itself from 17 on. */
#if PG_VERSION_NUM >= 170000
#define SA_IDENTITY_SEQUENCE(table, column) getIdentitySequence(table, column, false)
#else
#define SA_IDENTITY_SEQUENCE(table, column)                                                        \
	getIdentitySequence(RelationGetRelid(table), column, false)
#endif

/* What a check hook keeps beside a setting: settings have a memory of their own from 16 on. */
#if PG_VERSION_NUM >= 160000
#define SA_GUC_MALLOC(size)  guc_malloc(LOG, size)
#define SA_GUC_FREE(pointer) guc_free(pointer)
#else
#define SA_GUC_MALLOC(size)  malloc(size)
#define SA_GUC_FREE(pointer) free(pointer)
#endif

/* Renamed in 16. */
#if PG_VERSION_NUM >= 160000
#define SA_SESSION(i) pgstat_get_local_beentry_by_index(i)
#else
#define SA_SESSION(i) pgstat_fetch_stat_local_beentry(i)
#endif

/* DecodeDateTime() takes an extra result from 16 on; nobody here needs it. */
#if PG_VERSION_NUM >= 160000
#define SA_DECODE_DATETIME(field, ftype, nf, dtype, tm, fsec, tz)                                  \
	DecodeDateTime(field, ftype, nf, dtype, tm, fsec, tz, &(DateTimeErrorExtra){0})
#else
#define SA_DECODE_DATETIME(field, ftype, nf, dtype, tm, fsec, tz)                                  \
	DecodeDateTime(field, ftype, nf, dtype, tm, fsec, tz)
#endif

#endif
