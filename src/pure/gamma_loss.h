/*
 * gamma_loss.h: units short, E[max(D - x, 0)], where demand is gamma, by its
 * mean and variance as in gamma_demand.h.
 */
#ifndef SA_PURE_GAMMA_LOSS_H
#define SA_PURE_GAMMA_LOSS_H

#include "pure/maths.h"

extern SaBadArgument sa_gamma_loss(double x, double mean, double variance, double *loss);

#endif
