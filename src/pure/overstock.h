/*
 * overstock.h: too much stock, and stock that nobody buys.
 */
#ifndef SA_PURE_OVERSTOCK_H
#define SA_PURE_OVERSTOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "pure/maths.h"

/* max(0, on hand + on order - max(order up to, velocity x target days)). */
extern SaBadArgument sa_overstock(double on_hand, double on_order, double order_up_to,
								  double velocity, double target_days, double *out);
/*
 * Days of supply less the target, negative below it; infinite where nothing
 * sells and something is there.
 */
extern SaBadArgument sa_excess_days(double on_hand, double velocity, double target_days,
									double *out);
/*
 * Years of supply worth keeping, the rest being worth more sold off:
 * (P - P_s + C/Q)/(P F) + Q/(2 D).  Tersine & Toelle 1984; it is where the gain
 * of selling off has its maximum.
 */
extern SaBadArgument sa_economic_stock_years(double unit_value, double salvage_value,
											 double holding_rate, double order_cost,
											 double order_quantity, double demand, double *out);
/* On hand, listed for so many days, and not sold for as many; days since, of a sale or listing. */
extern SaBadArgument sa_is_dead_stock(double on_hand, double days_unsold, double days_listed,
									  double days, bool *out);
/* On hand, and at the velocity of before so long a time without a sale is that unlikely. */
extern SaBadArgument sa_is_dead_by_velocity(double on_hand, double velocity, double days_unsold,
											double threshold, bool *out);

#endif
