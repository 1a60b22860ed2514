/*
 * croston.h: sparse demand as the size of a sale over the interval between
 * sales (Croston 1972), and its corrections for bias.
 *
 * Never decays while nothing sells: tsb.h does.  Not the default anywhere.
 */
#ifndef SA_PURE_CROSTON_H
#define SA_PURE_CROSTON_H

typedef struct SaCroston
{
	double size;
	double interval;
	double waiting;    /* days since the last sale */
	double correction; /* what the ratio is multiplied with */
} SaCroston;

/* correction: 1; Syntetos and Boylan (2005), 1 - alpha/2; Shale, Boylan and Johnston (2006),
 * 1 - alpha/(2 - alpha); alpha is that of the interval. */
extern double sa_croston_sba(double alpha);
extern double sa_croston_sbj(double alpha);
/* 0 while nothing was ever sold (interval 0). */
extern double sa_croston_forecast(const SaCroston *croston);
/* A day: waits, or learns from a sale. */
extern void sa_croston_update(SaCroston *croston, double demand, double alpha, double beta);

#endif
