/*
 * square_errors.h: what Square means by an HTTP status and an error code.
 *
 * Square documents no table of both; this one follows its documentation, its
 * own client libraries and convention (the status decides where the code is
 * not known).
 */
#ifndef SA_PURE_SQUARE_ERRORS_H
#define SA_PURE_SQUARE_ERRORS_H

#include "pure/pos_fault.h"

/* code may be empty: the body was no JSON, or held no error. */
extern SaPosFault sa_square_fault(int status, const char *code);

/* One sentence: what a person does about it. */
extern const char *sa_square_remedy(SaPosFault fault, const char *code);

#endif
