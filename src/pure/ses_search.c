/*
 * ses_search.c: the values are read off the history as they come, without a copy.
 */
#include "pure/ses_search.h"

#include "pure/forecast_start.h"

/* Narrows [0.1, 0.3] to 1e-9. */
#define SEARCH_STEPS 40

typedef struct Reader
{
	const SaForecastModel *model;
	const double *history;
	SaSesOf of;
	int block;
	size_t place;
} Reader;

/* Units of the next day that counts; false at the end. */
static bool
read_day(Reader *in, double *units)
{
	while (in->place < in->model->days)
	{
		*units = sa_forecast_units(in->model->ask, in->history, in->place++);
		if (!isnan(*units))
			return true;
	}
	return false;
}

static bool
read_block(Reader *in, double *sum)
{
	double units;

	*sum = 0.0;
	for (int day = 0; day < in->block; day++)
	{
		if (!read_day(in, &units))
			return false;
		*sum += units;
	}
	return true;
}

/* Size of the next sale, or the days to it. */
static bool
read_sale(Reader *in, double *value)
{
	double waited = 0.0;
	double units;

	while (read_day(in, &units))
	{
		waited += 1.0;
		if (units <= 0.0)
			continue;
		*value = in->of == SA_SES_OF_SIZES ? units : waited;
		return true;
	}
	return false;
}

static bool
read_value(Reader *in, double *value)
{
	if (in->of == SA_SES_OF_DAYS)
		return read_day(in, value);
	return in->of == SA_SES_OF_BLOCKS ? read_block(in, value) : read_sale(in, value);
}

/* What does not fill a block is dropped where it is oldest. */
static void
skip_remainder(Reader *in)
{
	double units;

	if (in->of != SA_SES_OF_BLOCKS)
		return;
	for (int day = in->model->counted % in->block; day > 0; day--)
		(void) read_day(in, &units);
}

double
sa_ses_run(const SaForecastModel *model, const double *history, SaSesOf of, int block, double alpha,
		   double *squares)
{
	Reader in = {model, history, of, block, model->first};
	double level = 0.0;
	double value;

	*squares = 0.0;
	skip_remainder(&in);
	if (!read_value(&in, &level))
		return 0.0;
	while (read_value(&in, &value))
	{
		double error = value - level;

		*squares += error * error;
		level += alpha * error;
	}
	return level;
}

static double
squares_at(const SaForecastModel *model, const double *history, SaSesOf of, int block, double alpha)
{
	double squares;

	(void) sa_ses_run(model, history, of, block, alpha, &squares);
	return squares;
}

/* Golden section; an end of the range that is better than what was found inside wins. */
double
sa_ses_search(const SaForecastModel *model, const double *history, SaSesOf of, int block,
			  double low, double high)
{
	static const double golden = 0.61803398874989485;
	double from = low;
	double to = high;
	double left = to - golden * (to - from);
	double right = from + golden * (to - from);
	double at_left = squares_at(model, history, of, block, left);
	double at_right = squares_at(model, history, of, block, right);
	double best;
	double at_best;

	for (int i = 0; i < SEARCH_STEPS; i++)
	{
		if (at_left <= at_right)
		{
			to = right;
			right = left;
			at_right = at_left;
			left = to - golden * (to - from);
			at_left = squares_at(model, history, of, block, left);
		}
		else
		{
			from = left;
			left = right;
			at_left = at_right;
			right = from + golden * (to - from);
			at_right = squares_at(model, history, of, block, right);
		}
	}
	best = 0.5 * (from + to);
	at_best = squares_at(model, history, of, block, best);
	if (squares_at(model, history, of, block, high) < at_best)
	{
		best = high;
		at_best = squares_at(model, history, of, block, high);
	}
	return squares_at(model, history, of, block, low) <= at_best ? low : best;
}

double
sa_ses_mean_interval(const SaForecastModel *model, const double *history)
{
	Reader in = {model, history, SA_SES_OF_INTERVALS, 0, model->first};
	double sum = 0.0;
	double value;
	int sales = 0;

	while (read_value(&in, &value))
	{
		sum += value;
		sales++;
	}
	return sales == 0 ? 0.0 : sum / sales;
}
