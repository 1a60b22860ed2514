/*
 * outgrown.c: compares sizes in pages, which costs a look at the file.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "storage/bufmgr.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/rel.h"

#include "db/outgrown.h"

/* A table of fewer pages may be read whole; beyond, plans are made for each size of so many times.
 */
#define SA_SMALL_PAGES 4
#define SA_OUTGROWN    4

static BlockNumber
count_pages(const char *name)
{
	Oid oid = get_relname_relid(name, get_namespace_oid("stockalert", false));
	Relation table = OidIsValid(oid) ? try_table_open(oid, AccessShareLock) : NULL;
	BlockNumber pages;

	if (table == NULL)
		return 0;
	pages = RelationGetNumberOfBlocks(table);
	table_close(table, AccessShareLock);
	return pages;
}

void
sa_plans_renew_outgrown(SaGrowingTable *tables, int count)
{
	bool outgrown = false;

	for (int i = 0; i < count; i++)
	{
		BlockNumber pages = count_pages(tables[i].name);

		if (!tables[i].known)
			tables[i].planned = pages;
		tables[i].known = true;
		if (pages > SA_SMALL_PAGES && pages / SA_OUTGROWN >= tables[i].planned)
		{
			tables[i].planned = pages;
			outgrown = true;
		}
		/* A plan for a large table does for a small one, but it may be made anew for that. */
		tables[i].planned = Min(tables[i].planned, pages);
	}
	if (outgrown)
		ResetPlanCache();
}
