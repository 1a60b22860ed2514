/*
 * fuzz_decide.c: a life of one item, written in bytes.
 *
 * Seven bytes set the shop up, each further one changes stock or ends an
 * alert.  One shop judges always, the other only outside its quiet range; what
 * happens to their alerts must be the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pure/thresholds.h"
#include "situations.h"

#define SETUP 7

extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect(bool holds)
{
	if (!holds)
		abort();
}

static SaLimit
read_limit(uint8_t byte)
{
	SaLimit limit = {(byte & 1) != 0, (byte & 2) != 0, byte >> 2};

	return limit;
}

static void
set_up(const uint8_t *data, SaQuantity own[2], World *w)
{
	SaThresholdInput in = {{{0}}};

	memset(w, 0, sizeof(*w));
	in.rules.low = read_limit(data[0]);
	in.rules.critical = read_limit(data[1]);
	in.rules.maximum = read_limit(data[2]);
	in.critical_narrower = (data[3] & 1) != 0;
	in.has_base = (data[3] & 2) != 0;
	in.default_inclusive = (data[3] & 4) != 0;
	in.base = data[3] >> 3;
	in.low_percent = 20 * SA_QUANTITY_ONE;
	in.critical_percent = 5 * SA_QUANTITY_ONE;
	own[0] = data[4] >> 1;
	own[1] = data[5] >> 1;
	w->s.own = own;
	w->s.own_count = (data[4] & 1) + (data[5] & 1);
	in.has_own = w->s.own_count > 0;
	in.own = own[0];
	(void) sa_thresholds_resolve(&in, &w->s.limits);
	w->s.active = true;
	w->s.step = 1 + (data[6] & 7);
	w->s.recovery_percent = (data[6] >> 3) * 3 * SA_QUANTITY_ONE;
	w->s.available = 100;
}

static void
live(World *always, World *seldom, uint8_t byte)
{
	if (byte == 255)
	{
		resolve_by_hand(always);
		resolve_by_hand(seldom);
	}
	else if (byte == 254)
		always->s.recent = seldom->s.recent = false;
	else if (byte == 253)
	{
		always->s.held = seldom->s.held = false;
		(void) judge(always);
		(void) judge(seldom);
	}
	else if (byte == 252)
	{
		always->s.active = seldom->s.active = !seldom->s.active;
		expect(judge(always) == judge(seldom));
	}
	else
	{
		always->s.available = seldom->s.available = (SaQuantity) byte - 20;
		expect(judge(always) == judge_if_needed(seldom));
	}
	expect(always->last.class == seldom->last.class);
	expect(always->s.open == seldom->s.open && always->s.held == seldom->s.held);
	expect(is_quiet(seldom));
	expect(seldom->last.class <= SA_CLASS_OK || seldom->s.open || seldom->s.held);
	expect(!seldom->s.active || (seldom->s.available <= 0) == (seldom->last.class == SA_CLASS_OUT));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SaQuantity own[2];
	World always;
	World seldom;

	if (size < SETUP)
		return 0;
	set_up(data, own, &always);
	seldom = always;
	expect(judge(&always) == judge(&seldom));
	for (size_t i = SETUP; i < size; i++)
		live(&always, &seldom, data[i]);
	return 0;
}
