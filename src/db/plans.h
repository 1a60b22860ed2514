/*
 * plans.h: SPI plans that are prepared once a session.
 */
#ifndef SA_DB_PLANS_H
#define SA_DB_PLANS_H

#include "executor/spi.h"

/*
 * Returns *kept, preparing it at first use.  options are CURSOR_OPT_*: a
 * generic plan for work on single rows, a custom one for arrays of any length.
 * Names in the text must be qualified; the plan cache looks them up again when
 * the extension is dropped and made anew.
 */
extern SPIPlanPtr sa_plan_keep(SPIPlanPtr *kept, const char *text, int nargs, Oid *types,
							   int options);

/* Runs it, with a generic plan; what it returns is in SPI_tuptable. */
extern void sa_plan_run(SPIPlanPtr *kept, const char *text, int nargs, Oid *types, Datum *values,
						const char *nulls, bool read_only);
/* A parameter of it, from 0; NULL becomes a null. */
extern void sa_plan_put_text(Datum *values, char *nulls, int number, const char *text);

#endif
