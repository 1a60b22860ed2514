/*
 * plans.h: SPI plans that are prepared once a session.
 */
#ifndef SA_DB_PLANS_H
#define SA_DB_PLANS_H

#include "executor/spi.h"

/*
 * Runs *kept, preparing it at first use with a generic plan; what it returns is
 * in SPI_tuptable, and how many rows in SPI_processed.  Names in the text must be
 * qualified; the plan cache looks them up again when the extension is dropped
 * and made anew.
 */
extern void sa_plan_run(SPIPlanPtr *kept, const char *text, int nargs, Oid *types, Datum *values,
						const char *nulls, bool read_only);
/* A parameter of it, from 0; NULL becomes a null. */
extern void sa_plan_put_text(Datum *values, char *nulls, int number, const char *text);

#endif
