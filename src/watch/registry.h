/*
 * registry.h: what is watched, remembered for the session.
 *
 * An entry lives until something about its table changes (ALTER TABLE, a
 * trigger made or dropped): ask again at every use, keep no pointer across
 * statements.
 */
#ifndef SA_WATCH_REGISTRY_H
#define SA_WATCH_REGISTRY_H

#include "utils/relcache.h"

#include "watch/fields.h"

typedef struct SaWatchColumn
{
	AttrNumber number; /* 0: not mapped, or gone */
	Oid type;          /* under any domain */
	bool by_value;
	int16 length;
} SaWatchColumn;

typedef struct SaWatch
{
	Oid relid;
	SaWatchKind kind;
	int64 watch_id;
	int64 source_id;
	int64 location_id; /* where everything is; 0: a column says it */
	bool infers;       /* what goes down was sold */
	SaWatchColumn columns[SA_FIELDS_MOST];
} SaWatch;

/* Registers the callback; once, at library load. */
extern void sa_registry_init(void);
/* NULL: not watched, or a column without which nothing works is gone. */
extern const SaWatch *sa_registry_find(Relation rel, SaWatchKind kind);
/* Whether a column of this type can be read into such a cell; the type may be a domain. */
extern bool sa_registry_type_fits(Oid type, SaCellType cell);
/* The owner of our tables. */
extern Oid sa_registry_owner(void);

#endif
