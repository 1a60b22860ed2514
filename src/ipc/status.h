/*
 * status.h: the states of the workers in words.
 */
#ifndef SA_IPC_STATUS_H
#define SA_IPC_STATUS_H

#include "ipc/shmem.h"

/* The line that makes the workers run; shown wherever they do not. */
#define SA_PRELOAD_LINE "shared_preload_libraries = '...,stockalert'"

extern const char *sa_status_state_name(SaWorkerState state);

#endif
