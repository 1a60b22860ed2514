/*
 * tsb.h: sparse demand as the probability of a sale and its size (Teunter,
 * Syntetos and Babai, EJOR 214 (2011) 606-615).
 */
#ifndef SA_PURE_TSB_H
#define SA_PURE_TSB_H

#define SA_TSB_ALPHA 0.1  /* of the size */
#define SA_TSB_BETA  0.05 /* of the probability */

typedef struct SaTsb
{
	double size;
	double probability;
} SaTsb;

extern double sa_tsb_forecast(const SaTsb *tsb);
/* A day: the probability moves always, the size on sales only. */
extern void sa_tsb_update(SaTsb *tsb, double demand, double alpha, double beta);

#endif
