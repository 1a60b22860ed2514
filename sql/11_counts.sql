-- Distributions of demand over a lead time: whole units (Poisson, negative
-- binomial) and gamma.  The quantile at a service level is the reorder point.

CREATE FUNCTION stockalert.poisson_cdf(x double precision, mean double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_poisson_cdf';
COMMENT ON FUNCTION stockalert.poisson_cdf(double precision, double precision) IS
	'Probability that Poisson demand is at most x units: Q(floor(x) + 1, mean), the regularised upper incomplete gamma function. NULL for NULL. Error 22023: x not finite, mean negative or not finite.';

CREATE FUNCTION stockalert.poisson_quantile(probability double precision, mean double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_poisson_quantile';
COMMENT ON FUNCTION stockalert.poisson_quantile(double precision, double precision) IS
	'Smallest whole number of units that Poisson demand exceeds with at most 1 - probability: the reorder point for a cycle service level, mean being demand over the lead time. NULL for NULL. Error 22023: probability not between 0 and 1, mean negative or not finite.';

CREATE FUNCTION stockalert.poisson_loss(x double precision, mean double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_poisson_loss';
COMMENT ON FUNCTION stockalert.poisson_loss(double precision, double precision) IS
	'Units short on average with x in stock and Poisson demand D: E[max(D - x, 0)] = (mean - x) P(D > x) + mean P(D = x) for whole x (Snyder and Shen, appendix C). NULL for NULL. Error 22023: x not finite, mean negative or not finite.';

CREATE FUNCTION stockalert.negative_binomial_cdf(x double precision, mean double precision, variance double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_negative_binomial_cdf';
COMMENT ON FUNCTION stockalert.negative_binomial_cdf(double precision, double precision, double precision) IS
	'Probability that negative-binomial demand is at most x units: I_q(r, floor(x) + 1) with r = mean^2/(variance - mean), q = mean/variance (Silver, Pyke and Thomas); Poisson where variance <= mean. NULL for NULL. Error 22023: x not finite, mean or variance negative or not finite.';

CREATE FUNCTION stockalert.negative_binomial_quantile(probability double precision, mean double precision, variance double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_negative_binomial_quantile';
COMMENT ON FUNCTION stockalert.negative_binomial_quantile(double precision, double precision, double precision) IS
	'Smallest whole number of units that negative-binomial demand exceeds with at most 1 - probability: the reorder point for a cycle service level, mean and variance being of demand over the lead time; Poisson where variance <= mean. NULL for NULL. Error 22023: probability not between 0 and 1, mean or variance negative or not finite.';

CREATE FUNCTION stockalert.negative_binomial_loss(x double precision, mean double precision, variance double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_negative_binomial_loss';
COMMENT ON FUNCTION stockalert.negative_binomial_loss(double precision, double precision, double precision) IS
	'Units short on average with x in stock and negative-binomial demand D: E[max(D - x, 0)] = (mean - x) P(D > x) + (x + r)(variance/mean - 1) P(D = x) for whole x (Snyder and Shen, appendix C); Poisson where variance <= mean. NULL for NULL. Error 22023: x not finite, mean or variance negative or not finite.';

CREATE FUNCTION stockalert.gamma_cdf(x double precision, mean double precision, variance double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_gamma_cdf';
COMMENT ON FUNCTION stockalert.gamma_cdf(double precision, double precision, double precision) IS
	'Probability that gamma demand is at most x units: P(shape, x/scale), shape mean^2/variance, scale variance/mean; demand is exactly the mean where variance is 0. NULL for NULL. Error 22023: x not finite, mean or variance negative or not finite.';

CREATE FUNCTION stockalert.gamma_quantile(probability double precision, mean double precision, variance double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_gamma_quantile';
COMMENT ON FUNCTION stockalert.gamma_quantile(double precision, double precision, double precision) IS
	'Units that gamma demand exceeds with exactly 1 - probability, not rounded: the reorder point for a cycle service level, mean and variance being of demand over the lead time. NULL for NULL. Error 22023: probability not between 0 and 1, mean or variance negative or not finite.';

GRANT EXECUTE ON FUNCTION
	stockalert.poisson_cdf(double precision, double precision),
	stockalert.poisson_quantile(double precision, double precision),
	stockalert.poisson_loss(double precision, double precision),
	stockalert.negative_binomial_cdf(double precision, double precision, double precision),
	stockalert.negative_binomial_quantile(double precision, double precision, double precision),
	stockalert.negative_binomial_loss(double precision, double precision, double precision),
	stockalert.gamma_cdf(double precision, double precision, double precision),
	stockalert.gamma_quantile(double precision, double precision, double precision)
	TO stockalert_viewer, stockalert_writer;
