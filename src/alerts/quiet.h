/*
 * quiet.h: whether stock stays where nothing can matter to anybody.
 *
 * The test that nearly every update of stock and nearly every pair of a check
 * ends with: everything beyond it is the business of alerts/apply.c.
 */
#ifndef SA_ALERTS_QUIET_H
#define SA_ALERTS_QUIET_H

/*
 * Of on_hand, reserved, quiet_below and quiet_above, in this order, as numerics:
 * whether on_hand - reserved lies strictly between the edges.  A NULL edge is no
 * edge; stock that is NULL, or no quantity, is never quiet.
 */
extern bool sa_quiet(const NullableDatum level[4]);

#endif
