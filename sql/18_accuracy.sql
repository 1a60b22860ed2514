-- How far forecasts were off.

CREATE FUNCTION stockalert.mae(actual double precision[], forecast double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_mae';
COMMENT ON FUNCTION stockalert.mae(double precision[], double precision[]) IS
	'Mean absolute error, in units: mean |actual - forecast|. A pair with a NULL element is left out. NULL for NULL and without a pair. Error 22023: arrays of different length, NaN.';

CREATE FUNCTION stockalert.rmse(actual double precision[], forecast double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rmse';
COMMENT ON FUNCTION stockalert.rmse(double precision[], double precision[]) IS
	'Root mean squared error, in units. NULL elements, NULL and errors as in mae().';

CREATE FUNCTION stockalert.bias(actual double precision[], forecast double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_bias';
COMMENT ON FUNCTION stockalert.bias(double precision[], double precision[]) IS
	'Mean of forecast - actual, in units a day: above 0 where too much was forecast. NULL elements, NULL and errors as in mae().';

CREATE FUNCTION stockalert.smape(actual double precision[], forecast double precision[]) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_smape';
COMMENT ON FUNCTION stockalert.smape(double precision[], double precision[]) IS
	'Mean of |actual - forecast| / (|actual| + |forecast|), 0 to 1; two zeros are no error. NULL elements, NULL and errors as in mae().';

CREATE FUNCTION stockalert.pinball(actual double precision[], forecast double precision[], probability double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_pinball';
COMMENT ON FUNCTION stockalert.pinball(double precision[], double precision[], double precision) IS
	'Mean pinball loss, in units, of a forecast of this quantile: probability e where e = actual - forecast is above 0, else (probability - 1) e. NULL elements, NULL and errors as in mae(); error 22023: probability outside (0, 1).';

CREATE FUNCTION stockalert.mase(actual double precision[], forecast double precision[], history double precision[], season integer DEFAULT 1, from_first_sale boolean DEFAULT true) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_mase';
COMMENT ON FUNCTION stockalert.mase(double precision[], double precision[], double precision[], integer, boolean) IS
	'Mean absolute error over that of repeating the day season days ago in the history: mae / mean |y(t) - y(t - season)| (Hyndman and Koehler 2006), days before the first sale left out unless from_first_sale is false. NULL for NULL, without a pair and where the history does not vary. Errors as in mae().';

CREATE FUNCTION stockalert.rmsse(actual double precision[], forecast double precision[], history double precision[], season integer DEFAULT 1, from_first_sale boolean DEFAULT true) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_rmsse';
COMMENT ON FUNCTION stockalert.rmsse(double precision[], double precision[], double precision[], integer, boolean) IS
	'Root of the mean squared error over that of repeating the day season days ago in the history (M5 Competitors Guide), days before the first sale left out unless from_first_sale is false. Of many items weighted by their sales it is WRMSSE: sum(weight * rmsse) / sum(weight). NULL for NULL, without a pair and where the history does not vary. Errors as in mae().';

CREATE FUNCTION stockalert.scaled_pinball(actual double precision[], forecast double precision[], probability double precision, history double precision[], season integer DEFAULT 1, from_first_sale boolean DEFAULT true) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockalert_scaled_pinball';
COMMENT ON FUNCTION stockalert.scaled_pinball(double precision[], double precision[], double precision, double precision[], integer, boolean) IS
	'pinball() over the mean |y(t) - y(t - season)| of the history (M5 Competitors Guide), days before the first sale left out unless from_first_sale is false. NULL for NULL, without a pair and where the history does not vary. Errors as in pinball().';

GRANT EXECUTE ON FUNCTION
	stockalert.mae(double precision[], double precision[]),
	stockalert.rmse(double precision[], double precision[]),
	stockalert.bias(double precision[], double precision[]),
	stockalert.smape(double precision[], double precision[]),
	stockalert.pinball(double precision[], double precision[], double precision),
	stockalert.mase(double precision[], double precision[], double precision[], integer, boolean),
	stockalert.rmsse(double precision[], double precision[], double precision[], integer, boolean),
	stockalert.scaled_pinball(double precision[], double precision[], double precision, double precision[], integer, boolean)
	TO stockalert_viewer, stockalert_writer;
