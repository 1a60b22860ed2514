/*
 * errors.h: the SQLSTATEs StockAlert raises by name.
 *
 * Standard codes serve wherever one fits (22023 for a bad argument, 42704 for
 * an unknown name, 42501 for a missing right); this header only gives the
 * project's own names to those that are used in several folders.
 */
#ifndef SA_ERRORS_H
#define SA_ERRORS_H

#include "utils/errcodes.h"

/* An argument or setting that cannot be used. */
#define SA_ERR_BAD_ARGUMENT ERRCODE_INVALID_PARAMETER_VALUE
/* A trigger function called in a way it is not made for (as contrib/tcn does). */
#define SA_ERR_TRIGGER_PROTOCOL ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED
/* Something that only a preloaded library has (worker, shared memory). */
#define SA_ERR_NOT_PRELOADED ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE

/* What is no error but shall be found in the log: class 00, successful completion. */
#define SA_LOG_NOTE MAKE_SQLSTATE('0', '0', 'S', 'A', '0')

#endif
