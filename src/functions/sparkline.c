/*
 * sparkline.c: SQL wrapper of the line of bars.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "compat.h"
#include "functions/argument.h"
#include "functions/series.h"
#include "pure/sparkline.h"

SA_FUNCTION(stockalert_sparkline);

Datum
stockalert_sparkline(PG_FUNCTION_ARGS)
{
	SaSeries values = sa_series_read(PG_GETARG_ARRAYTYPE_P(0), "numbers");
	/* Other encodings have no such blocks. */
	bool ascii = PG_GETARG_BOOL(2) || GetDatabaseEncoding() != PG_UTF8;
	char line[SA_SPARKLINE_BYTES(SA_SPARKLINE_MOST)];

	sa_argument_check(sa_sparkline(values.values, values.count, PG_GETARG_INT32(1), ascii, line));
	PG_RETURN_TEXT_P(cstring_to_text(line));
}
