/*
 * normal.c: cdf by erfc, quantile by AS 241 (Wichura, Applied Statistics 37,
 * 1988), loss without cancellation in the upper tail.
 */
#include "pure/normal.h"

#include <math.h>

#define INV_SQRT_2PI 0.39894228040143267794
#define SQRT_HALF    0.70710678118654752440

double
sa_normal_cdf(double z)
{
	return 0.5 * erfc(-z * SQRT_HALF);
}

double
sa_normal_upper(double z)
{
	return 0.5 * erfc(z * SQRT_HALF);
}

double
sa_normal_density(double z)
{
	return INV_SQRT_2PI * exp(-0.5 * z * z);
}

static double
ratio(const double *a, const double *b, double r)
{
	double top = a[7];
	double bottom = b[7];

	for (int i = 6; i >= 0; i--)
	{
		top = top * r + a[i];
		bottom = bottom * r + b[i];
	}
	return top / bottom;
}

SaBadArgument
sa_normal_quantile(double p, double *out)
{
	static const double a[8] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
								1.9715909503065514427e+3, 1.3731693765509461125e+4,
								4.5921953931549871457e+4, 6.7265770927008700853e+4,
								3.3430575583588128105e+4, 2.5090809287301226727e+3};
	static const double b[8] = {1.0,
								4.2313330701600911252e+1,
								6.8718700749205790830e+2,
								5.3941960214247511077e+3,
								2.1213794301586595867e+4,
								3.9307895800092710610e+4,
								2.8729085735721942674e+4,
								5.2264952788528545610e+3};
	static const double c[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
								5.76949722146069140550e0,  3.64784832476320460504e0,
								1.27045825245236838258e0,  2.41780725177450611770e-1,
								2.27238449892691845833e-2, 7.74545014278341407640e-4};
	static const double d[8] = {1.0,
								2.05319162663775882187e0,
								1.67638483018380384940e0,
								6.89767334985100004550e-1,
								1.48103976427480074590e-1,
								1.51986665636164571966e-2,
								5.47593808499534494600e-4,
								1.05075007164441684324e-9};
	static const double e[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
								1.78482653991729133580e0,  2.96560571828504891230e-1,
								2.65321895265761230930e-2, 1.24266094738807843860e-3,
								2.71155556874348757815e-5, 2.01033439929228813265e-7};
	static const double f[8] = {1.0,
								5.99832206555887937690e-1,
								1.36929880922735805310e-1,
								1.48753612908506148525e-2,
								7.86869131145613259100e-4,
								1.84631831751005468180e-5,
								1.42151175831644588870e-7,
								2.04426310338993978564e-15};
	double q = p - 0.5;
	double r;
	double z;

	SA_REQUIRE(p > 0.0 && p < 1.0, "probability");
	if (fabs(q) <= 0.425)
	{
		r = 0.180625 - q * q;
		*out = q * ratio(a, b, r);
		return SA_MATHS_FINE;
	}
	r = sqrt(-log(q < 0.0 ? p : 1.0 - p));
	z = r <= 5.0 ? ratio(c, d, r - 1.6) : ratio(e, f, r - 5.0);
	*out = q < 0.0 ? -z : z;
	return SA_MATHS_FINE;
}

/*
 * 1 - k M(k) for Mills' ratio M, from its continued fraction
 * M = 1/(k + 1/(k + 2/(k + ...))): with t = 1/(k + 2/(k + 3/...)),
 * M = 1/(k + t) and 1 - k M = t/(k + t), so nothing cancels.  For k > 3.
 */
static double
upper_tail_loss(double k)
{
	double t = 0.0;

	/* Measured: a few more terms than change a digit. */
	for (int n = 10 + (int) (600.0 / (k * k)); n >= 2; n--)
		t = n / (k + t);
	t = 1.0 / (k + t);
	return sa_normal_density(k) * t / (k + t);
}

double
sa_normal_loss(double k)
{
	if (isinf(k))
		return k > 0 ? 0.0 : HUGE_VAL;
	if (k > 3.0)
		return upper_tail_loss(k);
	return sa_normal_density(k) - k * sa_normal_upper(k);
}

/* Newton's step towards loss(k) = target: straight on the left, in logarithms in the thin tail. */
static double
newton_step(double k, double loss, double target)
{
	double slope = sa_normal_upper(k);

	if (target > INV_SQRT_2PI)
		return k + (loss - target) / slope;
	return k + log(loss / target) * (loss / slope);
}

SaBadArgument
sa_normal_loss_inverse(double target, double *out)
{
	/* loss(k) > -k, and loss(40) is less than any double. */
	double low = -target;
	double high = 40.0;
	double k = -target;

	SA_REQUIRE(target > 0.0 && !isinf(target), "loss");
	if (target <= INV_SQRT_2PI)
		k = sqrt(-2.0 * log(target / INV_SQRT_2PI)) * 0.9;
	/* The loss falls strictly: the bracket holds the answer wherever a step leads. */
	for (int i = 0; i < 200; i++)
	{
		double loss = sa_normal_loss(k);
		double next;

		if (loss > target)
			low = k;
		else
			high = k;
		next = loss > 0.0 ? newton_step(k, loss, target) : k;
		/* The digits double with each step: this was the last but one that could tell. */
		if (fabs(next - k) <= 1e-9 * fmax(1.0, fabs(k)))
		{
			k = next;
			break;
		}
		if (!(next >= low && next <= high) || next == k)
			next = low + (high - low) / 2.0;
		k = next;
	}
	*out = k;
	return SA_MATHS_FINE;
}
