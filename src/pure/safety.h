/*
 * safety.h: safety stock and reorder point.
 *
 * demand and demand_sd are per day, lead_time and lead_time_sd in days,
 * quantities in units.
 */
#ifndef SA_PURE_SAFETY_H
#define SA_PURE_SAFETY_H

#include "pure/maths.h"

/* sigma of demand over the lead time: sqrt(L sd^2 + d^2 sL^2). */
extern SaBadArgument sa_lead_time_sd(double demand, double demand_sd, double lead_time,
									 double lead_time_sd, double *out);
/*
 * The same from the one-step forecast error: sqrt(MSE F(L, alpha) + d^2 sL^2).
 * Snyder, Koehler & Ord, JORS 50 (1999) 1079-1082.
 */
extern SaBadArgument sa_lead_time_sd_from_error(double demand, double mse, double alpha,
												double lead_time, double lead_time_sd, double *out);
/* F(L, alpha) = L (1 + alpha (L-1) + alpha^2 (L-1)(2L-1)/6). */
extern SaBadArgument sa_variance_factor(double lead_time, double alpha, double *out);
/* z_p sigma. Chopra & Meindl, Supply Chain Management, ch. 12. */
extern SaBadArgument sa_safety_stock(double service_level, double sigma, double *out);
/*
 * For a fill rate with order quantity Q: k sigma with G(k) = (1 - beta) Q / sigma
 * (lost sales: (1 - beta)/beta). Silver, Pyke & Thomas.
 */
extern SaBadArgument sa_safety_stock_fill_rate(double fill_rate, double order_quantity,
											   double sigma, int lost_sales, double *out);
/* Units short per cycle: sigma G((reorder point - mean) / sigma). */
extern SaBadArgument sa_expected_shortage(double reorder_point, double mean, double sigma,
										  double *out);

#endif
