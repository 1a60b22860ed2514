/*
 * reader.c: columns into cells, by built-in types alone.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "pure/one_line.h"
#include "pure/utf8.h"
#include "watch/reader.h"

/* A float beyond this is no quantity, and numeric_in() need not try. */
#define FLOAT_LIMIT 1e21

static Datum
get_value(const SaWatchColumn *column, TupleTableSlot *slot, bool *isnull)
{
	*isnull = true;
	if (column->number <= 0)
		return (Datum) 0;
	return slot_getattr(slot, column->number, isnull);
}

bool
sa_reader_differs(const SaWatchColumn *column, TupleTableSlot *old, TupleTableSlot *new)
{
	bool old_null;
	bool new_null;
	Datum a = get_value(column, old, &old_null);
	Datum b = get_value(column, new, &new_null);

	if (old_null || new_null)
		return old_null != new_null;
	return !datum_image_eq(a, b, column->by_value, column->length);
}

static bool
is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID;
}

/* Text of a column, without the blanks that char(n) is filled with. */
static const char *
get_text(Oid type, Datum value, int *length)
{
	text *packed = DatumGetTextPP(value);
	const char *bytes = VARDATA_ANY(packed);

	*length = VARSIZE_ANY_EXHDR(packed);
	while (type == BPCHAROID && *length > 0 && bytes[*length - 1] == ' ')
		(*length)--;
	return bytes;
}

/* As stockalert.is_label(): what people can be shown and can type. */
static bool
is_label(const char *bytes, int length, int longest)
{
	if (length == 0 || bytes[0] == ' ' || bytes[length - 1] == ' ' ||
		sa_utf8_prefix(bytes, length, longest) < (size_t) length)
		return false;
	for (int at = 0; at < length;)
	{
		size_t size = sa_utf8_size(bytes + at, length - at);

		if (size == 0 || sa_utf8_is_control(bytes + at, size))
			return false;
		at += size;
	}
	return true;
}

char *
sa_reader_key(const SaWatchColumn *column, TupleTableSlot *slot, int longest)
{
	bool isnull;
	Datum value = get_value(column, slot, &isnull);
	char number[MAXINT8LEN + 1];
	const char *bytes;
	int length;

	if (isnull)
		return NULL;
	switch (column->type)
	{
		case INT2OID:
			pg_itoa(DatumGetInt16(value), number);
			return pstrdup(number);
		case INT4OID:
			pg_ltoa(DatumGetInt32(value), number);
			return pstrdup(number);
		case INT8OID:
			pg_lltoa(DatumGetInt64(value), number);
			return pstrdup(number);
		case UUIDOID:
			return DatumGetCString(DirectFunctionCall1(uuid_out, value));
		default:
			bytes = get_text(column->type, value, &length);
			return is_label(bytes, length, longest) ? pnstrdup(bytes, length) : NULL;
	}
}

static bool
read_float(double value, SaQuantity *out)
{
	double scaled = value * 1e5;

	if (isnan(value) || isinf(value) || fabs(value) >= FLOAT_LIMIT)
		return false;
	*out = (SaQuantity) rint(scaled);
	return true;
}

/* Of a numeric that is no quantity as it stands: perhaps it only has too many decimals. */
static bool
read_rounded(Datum value, SaQuantity *out)
{
	Numeric number = DatumGetNumeric(value);

	if (numeric_is_nan(number) || numeric_is_inf(number) || VARSIZE(number) > 2000)
		return false;
	return sa_quantity_from_datum(DirectFunctionCall2(numeric_round, NumericGetDatum(number),
													  Int32GetDatum(SA_QUANTITY_DECIMALS)),
								  out);
}

bool
sa_reader_quantity(const SaWatchColumn *column, TupleTableSlot *slot, SaQuantity *out)
{
	bool isnull;
	Datum value = get_value(column, slot, &isnull);

	if (isnull)
		return false;
	switch (column->type)
	{
		case INT2OID:
			*out = DatumGetInt16(value) * SA_QUANTITY_ONE;
			return true;
		case INT4OID:
			*out = DatumGetInt32(value) * SA_QUANTITY_ONE;
			return true;
		case INT8OID:
			*out = DatumGetInt64(value) * SA_QUANTITY_ONE;
			return true;
		case FLOAT4OID:
			return read_float(DatumGetFloat4(value), out);
		case FLOAT8OID:
			return read_float(DatumGetFloat8(value), out);
		default:
			return sa_quantity_from_datum(value, out) || read_rounded(value, out);
	}
}

/* What is said of a number that cannot be used. */
static const char *
name_number(const SaWatchColumn *column, Datum value)
{
	double number = 0;

	if (column->type == FLOAT4OID)
		number = DatumGetFloat4(value);
	else if (column->type == FLOAT8OID)
		number = DatumGetFloat8(value);
	else if (numeric_is_nan(DatumGetNumeric(value)))
		return "it is NaN";
	else if (numeric_is_inf(DatumGetNumeric(value)))
		return "it is infinite";
	return isnan(number) ? "it is NaN" : isinf(number) ? "it is infinite" : "it is too large";
}

static const char *
read_number(const SaField *field, const SaWatchColumn *column, TupleTableSlot *slot, Datum value,
			SaCell *cell)
{
	SaQuantity quantity;

	if (!sa_reader_quantity(column, slot, &quantity))
		return name_number(column, value);
	if (quantity < 0 && field->type == SA_CELL_POSITIVE)
		return "it is negative";
	cell->isnull = false;
	cell->value = sa_quantity_to_datum(quantity);
	return NULL;
}

static const char *
read_key(const SaField *field, const SaWatchColumn *column, TupleTableSlot *slot, SaCell *cell)
{
	char *key = sa_reader_key(column, slot, field->longest);

	if (key == NULL)
		return "it is empty, too long, or has control characters or a blank at an end";
	cell->isnull = false;
	cell->value = CStringGetTextDatum(key);
	return NULL;
}

/* Names: control characters become blanks, none at the ends, cut to length. */
static void
read_line(const SaField *field, const char *bytes, int length, SaCell *cell)
{
	size_t room;
	char *line;

	while (length > 0 && (unsigned char) bytes[0] <= ' ')
		bytes++, length--;
	while (length > 0 && (unsigned char) bytes[length - 1] <= ' ')
		length--;
	room = sa_one_line(NULL, 0, bytes, length, field->longest) + 1;
	line = (char *) palloc(room);
	(void) sa_one_line(line, room, bytes, length, field->longest);
	length = (int) strlen(line);
	while (length > 0 && line[length - 1] == ' ')
		line[--length] = '\0';
	while (line[0] == ' ')
		line++;
	if (line[0] == '\0')
		return;
	cell->isnull = false;
	cell->value = CStringGetTextDatum(line);
}

static void
read_text(const SaField *field, const SaWatchColumn *column, Datum value, SaCell *cell)
{
	int length;
	const char *bytes = get_text(column->type, value, &length);

	if (field->type != SA_CELL_LONG)
	{
		read_line(field, bytes, length, cell);
		return;
	}
	length = (int) sa_utf8_prefix(bytes, length, field->longest);
	cell->isnull = length == 0;
	cell->value = PointerGetDatum(cstring_to_text_with_len(bytes, length));
}

static void
read_list(const SaField *field, const SaWatchColumn *column, Datum value, SaCell *cell)
{
	StringInfoData joined;
	Datum *values;
	bool *nulls;
	int count;

	if (column->type != TEXTARRAYOID && column->type != VARCHARARRAYOID)
	{
		read_text(field, column, value, cell);
		return;
	}
	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls,
					  &count);
	initStringInfo(&joined);
	for (int i = 0; i < count; i++)
	{
		if (!nulls[i])
			appendStringInfo(&joined, "%s%s", joined.len > 0 ? "," : "",
							 TextDatumGetCString(values[i]));
	}
	read_line(field, joined.data, joined.len, cell);
}

/* Without a time zone it is the clock of some place, which SQL knows; the session's does not
 * matter. */
static const char *
read_time(const SaWatchColumn *column, Datum value, SaCell *cell)
{
	TimestampTz at;

	if (column->type == DATEOID && DATE_NOT_FINITE(DatumGetDateADT(value)))
		return "it is no point in time";
	if (column->type == DATEOID)
		at = (TimestampTz) DatumGetDateADT(value) * USECS_PER_DAY;
	else
		at = DatumGetTimestampTz(value);
	if (TIMESTAMP_NOT_FINITE(at) || !IS_VALID_TIMESTAMP(at))
		return "it is no point in time";
	cell->isnull = false;
	cell->value = TimestampTzGetDatum(at);
	return NULL;
}

/* What is wrong with the cell; NULL: nothing. */
static const char *
read_cell(const SaField *field, const SaWatchColumn *column, TupleTableSlot *slot, SaCell *cell)
{
	bool isnull;
	Datum value = get_value(column, slot, &isnull);

	cell->isnull = true;
	cell->value = (Datum) 0;
	if (isnull)
		return (field->required || field->key) && column->number > 0 ? "it is NULL" : NULL;
	switch (field->type)
	{
		case SA_CELL_KEY:
			return read_key(field, column, slot, cell);
		case SA_CELL_NUMBER:
		case SA_CELL_POSITIVE:
			return read_number(field, column, slot, value, cell);
		case SA_CELL_BOOL:
			cell->isnull = false;
			cell->value = value;
			return NULL;
		case SA_CELL_TIME:
			return read_time(column, value, cell);
		case SA_CELL_LIST:
			read_list(field, column, value, cell);
			return NULL;
		case SA_CELL_WORD:
			if (!is_text(column->type))
				return read_key(field, column, slot, cell);
			read_text(field, column, value, cell);
			return NULL;
		case SA_CELL_TEXT:
		case SA_CELL_LONG:
			read_text(field, column, value, cell);
			return NULL;
	}
	return NULL;
}

void
sa_reader_row(const SaWatch *watch, TupleTableSlot *slot, bool only_key, SaWatchRow *row)
{
	const SaKindFields *fields = sa_fields_of(watch->kind);

	memset(row, 0, sizeof(*row));
	row->named = true;
	for (int i = 0; i < fields->count; i++)
	{
		const SaField *field = &fields->fields[i];
		const char *wrong;

		row->cells[i].isnull = true;
		if (only_key && !field->key)
			continue;
		wrong = read_cell(field, &watch->columns[i], slot, &row->cells[i]);
		if (wrong != NULL)
			row->troubles[i] = psprintf("%s: %s", field->name, wrong);
		if (field->key && wrong != NULL)
			row->named = false;
		if (field->type == SA_CELL_TIME && !row->cells[i].isnull)
			row->local = watch->columns[i].type != TIMESTAMPTZOID;
	}
}
