"""CPU seconds of statsmodels' smoothing over the series of a CSV file, 28 days ahead: fitted, and with all given."""
import sys
import time
import warnings

import numpy
from statsmodels.tsa.holtwinters import SimpleExpSmoothing

warnings.simplefilter("ignore")
with open(sys.argv[1], encoding="utf-8") as f:
    series = [numpy.array([float(v) for v in line.split(",")]) for line in f]


def cpu(forecast):
    start = time.process_time()
    for s in series:
        forecast(s)
    return time.process_time() - start


fitted = cpu(lambda s: SimpleExpSmoothing(s, initialization_method="estimated").fit().forecast(28))
given = cpu(lambda s: SimpleExpSmoothing(s, initialization_method="known", initial_level=s[:28].mean()).fit(
    smoothing_level=0.05, optimized=False).forecast(28))
print(len(series), fitted, given)
