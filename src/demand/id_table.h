/*
 * id_table.h: from a 64-bit key to the number under which something is kept.
 *
 * Looked up for each line of sales.  Lives in the memory context it was made in.
 */
#ifndef SA_DEMAND_ID_TABLE_H
#define SA_DEMAND_ID_TABLE_H

typedef struct SaIdTable SaIdTable;

extern SaIdTable *sa_id_table_make(Size expected);
/* -1: not there */
extern int sa_id_table_find(const SaIdTable *table, uint64 key);
/* The number that is kept, which is the one given where the key is new. */
extern int sa_id_table_add(SaIdTable *table, uint64 key, int number);

#endif
