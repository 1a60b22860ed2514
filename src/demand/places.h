/*
 * places.h: the locations of a run, and the local days there.
 *
 * Made once a run within SPI, in the memory context that is current then.
 */
#ifndef SA_DEMAND_PLACES_H
#define SA_DEMAND_PLACES_H

#include "datatype/timestamp.h"
#include "utils/date.h"

#include "pure/demand_measure.h"

typedef struct SaPlace
{
	int64 location_id;
	int zone;
	DateADT today; /* by its own clock, as of the run */
	DateADT first; /* of the days that are counted whole each run */
	/* What its items have in common; filled by supply.c. */
	const double *profile;
	bool has_pool;
	SaDemandPool pool;
} SaPlace;

typedef struct SaPlaces SaPlaces;

/* All locations; today is the day of as_of, first that of another time less some days. */
extern SaPlaces *sa_places_load(TimestampTz as_of, TimestampTz last, int days);
extern int sa_places_count(const SaPlaces *places);
extern SaPlace *sa_places_get(const SaPlaces *places, int place);
/* Their numbers rise with location_id; -1: no such location. */
extern int sa_places_find(SaPlaces *places, int64 location_id);
/* The local day, as AT TIME ZONE has it; quick for times that lie near others asked for. */
extern DateADT sa_places_day(SaPlaces *places, int place, TimestampTz at);
/* The earliest of all first days. */
extern DateADT sa_places_first(const SaPlaces *places);
/* Times between which these days lie everywhere, and hardly more. */
extern void sa_places_range(const SaPlaces *places, DateADT first, DateADT last, TimestampTz *from,
							TimestampTz *until);

#endif
