# CPU seconds of R's forecast::ses over the series of a CSV file, 28 days ahead: as it is called, and with all given.
suppressPackageStartupMessages(library(forecast))
series <- strsplit(readLines(commandArgs(TRUE)[1]), ",")
series <- lapply(series, function(s) ts(as.numeric(s), frequency = 7))
cpu <- function(f) { t <- proc.time(); for (s in series) f(s); sum((proc.time() - t)[1:2]) }
fitted <- cpu(function(s) ses(s, h = 28)$mean)
given <- cpu(function(s) ses(s, h = 28, initial = "simple", alpha = 0.05)$mean)
cat(length(series), fitted, given, "\n")
