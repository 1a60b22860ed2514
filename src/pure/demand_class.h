/*
 * demand_class.h: what kind of demand a history shows, and what share of the
 * whole it has.
 *
 * Days on which more came back than was sold count as 0.  NaN in *out, and SA_NO_CLASS, stand
 * for a history too short to tell.
 */
#ifndef SA_PURE_DEMAND_CLASS_H
#define SA_PURE_DEMAND_CLASS_H

#include <stddef.h>

#include "pure/maths.h"

#define SA_NO_CLASS (-1)

typedef enum SaDemandClass
{
	SA_SMOOTH,
	SA_ERRATIC,
	SA_INTERMITTENT,
	SA_LUMPY
} SaDemandClass;

/*
 * Mean interval between sales, the first counted from the start of the
 * history: day of the last sale / sales.  NaN below two sales.
 */
extern SaBadArgument sa_adi(const double *units, size_t days, double *out);
/* Squared coefficient of variation (n - 1) of what was sold on days with a sale; NaN below two. */
extern SaBadArgument sa_cv2(const double *units, size_t days, double *out);
/* Syntetos, Boylan & Croston, JORS 56 (2005); a number at its cut belongs to the low side. */
extern SaBadArgument sa_demand_class(const double *units, size_t days, double adi_cut,
									 double cv2_cut, int *out);
extern const char *sa_demand_class_name(int demand_class);
/*
 * Sample deviation over mean of any totals, signed; NaN below two of them and
 * where the mean is not above 0.
 */
extern SaBadArgument sa_variation(const double *totals, size_t count, double *out);
/* 'X' up to x_cut, 'Y' up to y_cut, then 'Z'; 0 for NaN. */
extern SaBadArgument sa_xyz_class(const double *totals, size_t count, double x_cut, double y_cut,
								  char *out);
/*
 * 'A' while the share of the items before this one is below a_cut, 'B' while
 * below b_cut, then 'C': the item that crosses belongs to the higher class.
 */
extern SaBadArgument sa_abc_class(double share_before, double a_cut, double b_cut, char *out);

typedef struct SaAbcItem
{
	const char *key; /* NUL-terminated; NULL comes last */
	double value;
	size_t place; /* the caller's */
	double share; /* of the total, NaN where that is not above 0 */
	double before;
	double cumulated;
	char class; /* 0 where the total is not above 0 */
} SaAbcItem;

/* Sorts by value, the largest first, then by the bytes of the key, and fills in the rest. */
extern SaBadArgument sa_abc_classes(SaAbcItem *items, size_t count, double a_cut, double b_cut);

#endif
