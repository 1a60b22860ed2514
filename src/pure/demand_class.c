/*
 * demand_class.c: intervals, variation, classes.
 */
#include "pure/demand_class.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A number at its cut stays on the low side, whatever the rounding of a root or quotient. */
static bool
at_most(double number, double cut)
{
	return number <= cut * (1.0 + 1e-13);
}

SaBadArgument
sa_adi(const double *units, size_t days, double *out)
{
	size_t sales = 0;
	size_t last = 0;

	for (size_t i = 0; i < days; i++)
	{
		SA_REQUIRE(isfinite(units[i]), "history");
		if (units[i] > 0.0)
		{
			sales++;
			last = i + 1;
		}
	}
	*out = sales < 2 ? NAN : (double) last / (double) sales;
	return SA_MATHS_FINE;
}

/*
 * Mean and sum of squared distances from it, of all numbers or of those above
 * 0.  Summed plainly: returns that cancel sales leave a mean of 0, not of nearly 0.
 */
static SaBadArgument
take_moments(const double *numbers, size_t count, bool above_zero, const char *name, double *mean,
			 double *squares, size_t *taken)
{
	double sum = 0.0;

	*squares = 0.0;
	*taken = 0;
	for (size_t i = 0; i < count; i++)
	{
		SA_REQUIRE(isfinite(numbers[i]), name);
		if (above_zero && numbers[i] <= 0.0)
			continue;
		(*taken)++;
		sum += numbers[i];
	}
	*mean = sum / (double) (*taken > 0 ? *taken : 1);
	for (size_t i = 0; i < count; i++)
	{
		double away = numbers[i] - *mean;

		if (!above_zero || numbers[i] > 0.0)
			*squares += away * away;
	}
	return SA_MATHS_FINE;
}

SaBadArgument
sa_cv2(const double *units, size_t days, double *out)
{
	double mean;
	double squares;
	size_t sales;
	SaBadArgument bad = take_moments(units, days, true, "history", &mean, &squares, &sales);

	if (bad)
		return bad;
	*out = sales < 2 ? NAN : squares / (double) (sales - 1) / mean / mean;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_demand_class(const double *units, size_t days, double adi_cut, double cv2_cut, int *out)
{
	double adi = NAN;
	double cv2 = NAN;
	SaBadArgument bad = sa_adi(units, days, &adi);

	SA_REQUIRE(adi_cut >= 0.0 && isfinite(adi_cut), "adi_cut");
	SA_REQUIRE(cv2_cut >= 0.0 && isfinite(cv2_cut), "cv2_cut");
	if (bad == SA_MATHS_FINE)
		bad = sa_cv2(units, days, &cv2);
	if (bad)
		return bad;
	if (isnan(adi))
		*out = SA_NO_CLASS;
	else if (at_most(adi, adi_cut))
		*out = at_most(cv2, cv2_cut) ? SA_SMOOTH : SA_ERRATIC;
	else
		*out = at_most(cv2, cv2_cut) ? SA_INTERMITTENT : SA_LUMPY;
	return SA_MATHS_FINE;
}

const char *
sa_demand_class_name(int demand_class)
{
	static const char *const names[] = {
		[SA_SMOOTH] = "smooth",
		[SA_ERRATIC] = "erratic",
		[SA_INTERMITTENT] = "intermittent",
		[SA_LUMPY] = "lumpy",
	};

	return demand_class == SA_NO_CLASS ? NULL : names[demand_class];
}

SaBadArgument
sa_variation(const double *totals, size_t count, double *out)
{
	double mean;
	double squares;
	size_t taken;
	SaBadArgument bad = take_moments(totals, count, false, "weekly", &mean, &squares, &taken);

	if (bad)
		return bad;
	*out = taken < 2 || !(mean > 0.0) ? NAN : sqrt(squares / (double) (taken - 1)) / mean;
	return SA_MATHS_FINE;
}

SaBadArgument
sa_xyz_class(const double *totals, size_t count, double x_cut, double y_cut, char *out)
{
	double variation;
	SaBadArgument bad = sa_variation(totals, count, &variation);

	SA_REQUIRE(x_cut >= 0.0 && isfinite(x_cut), "x_cut");
	SA_REQUIRE(y_cut >= x_cut && isfinite(y_cut), "y_cut");
	if (bad)
		return bad;
	if (isnan(variation))
		*out = 0;
	else if (at_most(variation, x_cut))
		*out = 'X';
	else
		*out = at_most(variation, y_cut) ? 'Y' : 'Z';
	return SA_MATHS_FINE;
}

SaBadArgument
sa_abc_class(double share_before, double a_cut, double b_cut, char *out)
{
	SA_REQUIRE(isfinite(share_before), "cumulative_share_before");
	SA_REQUIRE(a_cut >= 0.0 && isfinite(a_cut), "a_cut");
	SA_REQUIRE(b_cut >= a_cut && isfinite(b_cut), "b_cut");
	*out = 'C';
	if (share_before < b_cut)
		*out = share_before < a_cut ? 'A' : 'B';
	return SA_MATHS_FINE;
}

static int
compare_items(const void *a, const void *b)
{
	const SaAbcItem *x = (const SaAbcItem *) a;
	const SaAbcItem *y = (const SaAbcItem *) b;
	int order;

	if (x->value != y->value)
		return x->value > y->value ? -1 : 1;
	if (x->key == NULL || y->key == NULL)
		order = (x->key == NULL) - (y->key == NULL);
	else
		order = strcmp(x->key, y->key);
	return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

/* Neumaier's sum: money added up over many items keeps its pennies. */
static void
add(double *sum, double *lost, double value)
{
	double next = *sum + value;

	*lost += fabs(*sum) >= fabs(value) ? (*sum - next) + value : (value - next) + *sum;
	*sum = next;
}

SaBadArgument
sa_abc_classes(SaAbcItem *items, size_t count, double a_cut, double b_cut)
{
	double sum = 0.0;
	double lost = 0.0;
	double total;
	char unused;
	SaBadArgument bad = sa_abc_class(0.0, a_cut, b_cut, &unused);

	if (bad)
		return bad;
	for (size_t i = 0; i < count; i++)
		SA_REQUIRE(isfinite(items[i].value), "values");
	if (count > 1)
		qsort(items, count, sizeof(SaAbcItem), compare_items);
	for (size_t i = 0; i < count; i++)
		add(&sum, &lost, items[i].value);
	total = sum + lost;
	SA_REQUIRE(isfinite(total), "values");
	sum = 0.0;
	lost = 0.0;
	for (size_t i = 0; i < count; i++)
	{
		SaAbcItem *item = &items[i];

		item->before = total > 0.0 ? (sum + lost) / total : NAN;
		add(&sum, &lost, item->value);
		item->share = total > 0.0 ? item->value / total : NAN;
		item->cumulated = total > 0.0 ? (sum + lost) / total : NAN;
		item->class = 0;
		if (total > 0.0)
			bad = sa_abc_class(item->before, a_cut, b_cut, &item->class);
	}
	return bad == SA_MATHS_FINE ? bad : "values";
}
