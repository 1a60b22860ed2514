/*
 * fields.h: what an app's columns can stand for.
 *
 * Three kinds of tables are watched: stock, people and sales.  Each has a
 * fixed list of fields; a column is mapped to a field by name (watched_columns)
 * and read into a cell of the field's type.
 */
#ifndef SA_WATCH_FIELDS_H
#define SA_WATCH_FIELDS_H

#include "access/attnum.h"

typedef enum SaWatchKind
{
	SA_WATCH_STOCK,
	SA_WATCH_PEOPLE,
	SA_WATCH_SALES,
	SA_WATCH_KINDS
} SaWatchKind;

typedef enum SaCellType
{
	SA_CELL_KEY,      /* integer, uuid or text as text; 1 to 192 characters */
	SA_CELL_TEXT,     /* one line, cut to the field's length; empty is NULL */
	SA_CELL_WORD,     /* the same, of an integer or a uuid too */
	SA_CELL_LONG,     /* a text of any lines */
	SA_CELL_NUMBER,   /* a quantity */
	SA_CELL_POSITIVE, /* a quantity that is not negative */
	SA_CELL_BOOL,
	SA_CELL_TIME, /* timestamptz, timestamp or date */
	SA_CELL_LIST  /* an array of texts, or a text with commas */
} SaCellType;

typedef struct SaField
{
	const char *name;
	SaCellType type;
	int longest;   /* characters of a text */
	bool required; /* without it nothing can be mirrored */
	bool key;      /* names the row */
} SaField;

#define SA_FIELDS_MOST 20

/* Of stock, those that code knows by number; the row type's columns have the fields' names. */
enum
{
	SA_STOCK_ITEM,
	SA_STOCK_LOCATION,
	SA_STOCK_QUANTITY,
	SA_STOCK_THRESHOLD,
	SA_STOCK_CRITICAL,
	SA_STOCK_RESERVED,
	SA_STOCK_ON_ORDER
};

typedef struct SaKindFields
{
	const char *kind;     /* as in watched_tables.kind */
	const char *row_type; /* in the schema stockalert */
	const SaField *fields;
	int count;
} SaKindFields;

extern const SaKindFields *sa_fields_of(SaWatchKind kind);
/* -1: no such field. */
extern int sa_field_number(SaWatchKind kind, const char *name);

#endif
