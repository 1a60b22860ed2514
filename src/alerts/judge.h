/*
 * judge.h: what stock means now, for one pair after another.
 *
 * Reads everything a decision depends on (the level, item, location, rules,
 * own thresholds, demand, the newest alert) as of the active snapshot and asks
 * pure/decide.  Trigger, check, rule changes and explanations all come here.
 * Memory: the context that was current at sa_judge_open().
 */
#ifndef SA_ALERTS_JUDGE_H
#define SA_ALERTS_JUDGE_H

#include "executor/tuptable.h"
#include "storage/itemptr.h"

#include "pure/decide.h"
#include "pure/rule_choice.h"
#include "rules/scopes.h"

typedef struct SaJudge SaJudge;

/* What was found out about one pair; data points into what was read, until the next. */
typedef struct SaJudged
{
	int64 location_id;
	int64 item_id;
	ItemPointerData place; /* of the level's row version */
	bool busy;             /* somebody is writing it; found out where the judge was asked to */
	Datum on_hand;
	Datum reserved;
	Datum par_level;
	bool has_par;
	Datum class_before; /* text */
	bool judged_before;
	SaCover cover;
	SaBasis basis;
	SaRuleChoice choice;
	SaSituation situation;
	SaDecision decision;
	SaOrigin origin;
	int64 rule_id; /* 0: none */
	int64 alert_id;
	bool has_quiet_above; /* as stored */
	SaQuantity quiet_above;
	bool moves; /* the alert, the class or the quiet range is not as stored */
} SaJudged;

/* A level that is not stored yet: nothing is reserved of it, and it has no par. */
typedef struct SaNewLevel
{
	int64 location_id;
	int64 item_id;
	SaQuantity on_hand;
	bool active;
} SaNewLevel;

/* As expected: nearly all levels. */
#define SA_JUDGE_ALL (-1)

/*
 * expected: about how many pairs will be judged; many are worth reading ahead
 * for.  find_writers: to tell too which levels somebody is writing.
 */
extern SaJudge *sa_judge_open(int64 expected, bool find_writers);
/* Where the pairs are of so many items. */
extern SaJudge *sa_judge_open_items(int64 expected, int64 items);
extern void sa_judge_close(SaJudge *judge);
/* One pair, whose level was last seen at that place (NULL: not known); false where there is none.
 */
extern bool sa_judge_pair(SaJudge *judge, int64 location_id, int64 item_id,
						  const ItemPointerData *place, SaJudged *out);
/* The level of the pair just judged, as it is stored. */
extern TupleTableSlot *sa_judge_row(const SaJudge *judge);
/* One that is not there yet; of what is stored nothing is told. */
extern bool sa_judge_new(SaJudge *judge, const SaNewLevel *level, SaJudged *out);
/* All pairs, of one location where it is not 0, in no order: start, then next until false. */
extern void sa_judge_start(SaJudge *judge, int64 location_id);
extern bool sa_judge_next(SaJudge *judge, SaJudged *out);
/* "inactive" too. */
extern const char *sa_judged_class(const SaJudged *judged);

#endif
