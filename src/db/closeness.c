/*
 * closeness.c: how far two names are apart, for "did you mean".
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

#include "compat.h"

/* varstr_levenshtein() refuses longer ones. */
#define LONGEST 255

SA_FUNCTION(stockalert_edit_distance);

Datum
stockalert_edit_distance(PG_FUNCTION_ARGS)
{
	text *a = PG_GETARG_TEXT_PP(0);
	text *b = PG_GETARG_TEXT_PP(1);
	int a_length = VARSIZE_ANY_EXHDR(a);
	int b_length = VARSIZE_ANY_EXHDR(b);

	if (a_length > LONGEST || b_length > LONGEST)
		PG_RETURN_INT32(LONGEST);
	PG_RETURN_INT32(
		varstr_levenshtein(VARDATA_ANY(a), a_length, VARDATA_ANY(b), b_length, 1, 1, 1, true));
}
