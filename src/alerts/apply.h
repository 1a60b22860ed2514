/*
 * apply.h: acting on decisions, set-based.
 *
 * The caller is the owner of the tables (db/owner.h) or a function of the
 * owner's, is connected to SPI, and holds the stock_levels rows locked.
 */
#ifndef SA_ALERTS_APPLY_H
#define SA_ALERTS_APPLY_H

typedef struct SaApplied
{
	int64 opened;
	int64 worsened;
	int64 eased;
	int64 resolved;
	int64 reopened;
	int64 queued;
} SaApplied;

/* Judges these pairs as they stand in the table now and writes what follows. */
extern void sa_apply_levels(const int64 *locations, const int64 *items, int count,
							SaApplied *applied);
/* Their rows are gone: open alerts end. */
extern void sa_apply_gone(const int64 *locations, const int64 *items, int count,
						  SaApplied *applied);

#endif
