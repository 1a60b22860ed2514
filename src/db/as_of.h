/*
 * as_of.h: the time at which stock is judged.
 */
#ifndef SA_DB_AS_OF_H
#define SA_DB_AS_OF_H

#include "datatype/timestamp.h"

/* stockalert.as_of where it is set, else the start of the transaction. */
extern TimestampTz sa_as_of(void);

#endif
