/*
 * people.h: the own thresholds of the subscribers who cover a place.
 *
 * Private to rules/.  All subscribers are read once for a statement, the
 * disabled too: what is low for them is recorded and not told;
 * memory is the context current at sa_people_read().
 */
#ifndef SA_RULES_PEOPLE_H
#define SA_RULES_PEOPLE_H

#include "rules/scopes.h"

typedef struct SaPeople SaPeople;

extern SaPeople *sa_people_read(void);
/*
 * category is a text datum or NULL; so is owner, whose item it is: of the people
 * of an app only that one counts.
 */
extern void sa_people_own(const SaPeople *people, int64 location_id, const void *category,
						  const void *owner, SaOwn *own);

#endif
