/*
 * plans.c: prepare once, keep for the session.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "db/plans.h"

/* A generic plan: what we run goes by key, and planning it anew costs more. */
static SPIPlanPtr
keep(SPIPlanPtr *kept, const char *text, int nargs, Oid *types)
{
	if (*kept == NULL)
	{
		SPIPlanPtr plan = SPI_prepare_cursor(text, nargs, types, CURSOR_OPT_GENERIC_PLAN);

		if (plan == NULL)
			elog(ERROR, "could not prepare a statement: %s", SPI_result_code_string(SPI_result));
		if (SPI_keepplan(plan) != 0)
			elog(ERROR, "could not keep a plan");
		*kept = plan;
	}
	return *kept;
}

void
sa_plan_run(SPIPlanPtr *kept, const char *text, int nargs, Oid *types, Datum *values,
			const char *nulls, bool read_only)
{
	SPIPlanPtr plan = keep(kept, text, nargs, types);
	int result = SPI_execute_plan(plan, values, nulls, read_only, 0);

	if (result < 0)
		elog(ERROR, "could not run a statement: %s", SPI_result_code_string(result));
}

void
sa_plan_put_text(Datum *values, char *nulls, int number, const char *text)
{
	if (text == NULL)
		nulls[number] = 'n';
	else
		values[number] = CStringGetTextDatum(text);
}
