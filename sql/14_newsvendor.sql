-- How much to have for a season, by the distribution of its demand.

CREATE FUNCTION stockalert.newsvendor_quantity(underage_cost double precision, overage_cost double precision, mean double precision, variance double precision, distribution text DEFAULT 'normal') RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_newsvendor_quantity';
COMMENT ON FUNCTION stockalert.newsvendor_quantity(double precision, double precision, double precision, double precision, text) IS
	'Units to have for a season that cannot be ordered for again: the quantile of demand at critical_ratio(underage_cost, overage_cost), whole units for poisson and negative_binomial; mean and variance of demand in the season, distribution normal, poisson (variance not used), negative_binomial or gamma (Arrow, Harris and Marschak 1951; Snyder and Shen 4.3). NULL for NULL. Error 22023: a cost not above 0, mean or variance negative, not finite or of no such distribution.';

CREATE FUNCTION stockalert.newsvendor_quantity_by_ratio(critical_ratio double precision, mean double precision, variance double precision, distribution text DEFAULT 'normal') RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_newsvendor_quantity_by_ratio';
COMMENT ON FUNCTION stockalert.newsvendor_quantity_by_ratio(double precision, double precision, double precision, text) IS
	'newsvendor_quantity() for a critical_ratio that is known, the share of seasons in which demand should be met in full. NULL for NULL. Error 22023: critical_ratio not above 0 and below 1, the others as there.';

CREATE FUNCTION stockalert.newsvendor_cost(quantity double precision, underage_cost double precision, overage_cost double precision, mean double precision, variance double precision, distribution text DEFAULT 'normal') RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_newsvendor_cost';
COMMENT ON FUNCTION stockalert.newsvendor_cost(double precision, double precision, double precision, double precision, double precision, text) IS
	'Expected cost of a season with any quantity Q: overage_cost E[max(Q - D, 0)] + underage_cost E[max(D - Q, 0)], demand D as in newsvendor_quantity() (Snyder and Shen 4.3). NULL for NULL. Error 22023: quantity not finite, the others as there.';

GRANT EXECUTE ON FUNCTION
	stockalert.newsvendor_quantity(double precision, double precision, double precision, double precision, text),
	stockalert.newsvendor_quantity_by_ratio(double precision, double precision, double precision, text),
	stockalert.newsvendor_cost(double precision, double precision, double precision, double precision, double precision, text)
	TO stockalert_viewer, stockalert_writer;
