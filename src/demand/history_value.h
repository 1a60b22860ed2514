/*
 * history_value.h: values of the SQL type demand_history.
 *
 * Days are palloc'd in the current memory context, with both arrays filled.
 */
#ifndef SA_DEMAND_HISTORY_VALUE_H
#define SA_DEMAND_HISTORY_VALUE_H

#include "compat.h"
#include "pure/demand_history.h"

/* Bytes of a value that is detoasted, packed or not. */
#define SA_HISTORY_DATA(value) ((const uint8_t *) VARDATA_ANY(value))
#define SA_HISTORY_SIZE(value) ((size_t) VARSIZE_ANY_EXHDR(value))

/* So many days of 0 units, in stock. */
extern SaHistoryDays sa_history_value_room(int32 first_day, int32 count);
/* Raises XX001 where the bytes are no history. */
extern SaHistoryDays sa_history_value_days(const struct varlena *value);
/* First day and number of days only; the same error. */
extern void sa_history_value_peek(const struct varlena *value, int32 *first_day, int32 *count);
/* A new value of days that are between the first and the last there are. */
extern struct varlena *sa_history_value_make(const SaHistoryDays *days);
/* Raises XX001: the bytes of a value are no history. */
SA_NORETURN(extern void sa_history_value_refuse(void));

#endif
