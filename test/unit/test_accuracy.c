/*
 * test_accuracy.c: each measure by hand, pairs left out, scales of 0.
 */
#include "unit.h"

#include "pure/accuracy.h"

int
main(void)
{
	const double actual[] = {2, 0, NAN, 5};
	const double forecast[] = {1, 0, 7, 8};
	const double nothing[] = {NAN, NAN, 1, NAN};
	const double history[] = {0, 0, 3, 1, 4, NAN, 2};
	const double flat[] = {0, 2, 2, 2};
	const SaPairs pairs = {actual, forecast, 4};
	const SaPairs none = {actual, nothing, 4};
	const SaPairs empty = {actual, forecast, 0};
	double out;

	CHECK_CLOSE(sa_accuracy_mae(pairs), 4.0 / 3.0, 1e-15);
	CHECK_CLOSE(sa_accuracy_rmse(pairs), sqrt(10.0 / 3.0), 1e-15);
	CHECK_CLOSE(sa_accuracy_bias(pairs), 2.0 / 3.0, 1e-15);
	CHECK_CLOSE(sa_accuracy_smape(pairs), (1.0 / 3.0 + 3.0 / 13.0) / 3.0, 1e-15);
	CHECK(sa_accuracy_pinball(pairs, 0.9, &out) == SA_MATHS_FINE);
	CHECK_CLOSE(out, (0.9 + 0.3) / 3.0, 1e-15);
	CHECK_STR(sa_accuracy_pinball(pairs, 1.0, &out), "probability");
	CHECK_STR(sa_accuracy_pinball(pairs, NAN, &out), "probability");
	CHECK(isnan(sa_accuracy_mae(none)) && isnan(sa_accuracy_rmse(none)));
	CHECK(isnan(sa_accuracy_bias(empty)) && isnan(sa_accuracy_smape(empty)));
	CHECK(sa_accuracy_pinball(empty, 0.5, &out) == SA_MATHS_FINE && isnan(out));

	/* From the first sale: steps -2 and 3; both next to the gap are unknown. */
	CHECK(sa_accuracy_scale(history, 7, 1, true, false, &out) == SA_MATHS_FINE);
	CHECK_CLOSE(out, 2.5, 1e-15);
	(void) sa_accuracy_scale(history, 7, 1, true, true, &out);
	CHECK_CLOSE(out, 6.5, 1e-15);
	(void) sa_accuracy_scale(history, 7, 1, false, false, &out);
	CHECK_CLOSE(out, 2.0, 1e-15);
	(void) sa_accuracy_scale(history, 7, 2, true, false, &out);
	CHECK_CLOSE(out, 1.5, 1e-15);
	(void) sa_accuracy_scale(flat, 4, 1, true, true, &out);
	CHECK(isnan(out));
	(void) sa_accuracy_scale(flat, 4, 9, true, true, &out);
	CHECK(isnan(out));
	(void) sa_accuracy_scale(flat, 0, 1, true, true, &out);
	CHECK(isnan(out));
	CHECK_STR(sa_accuracy_scale(flat, 4, 0, true, true, &out), "season");
	return unit_end();
}
