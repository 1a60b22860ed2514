/*
 * sender.h: the worker of one database, as the launcher starts it.
 */
#ifndef SA_WORKER_SENDER_H
#define SA_WORKER_SENDER_H

/* In bgw_extra; bgw_main_arg is the number of the slot. */
typedef struct SaSenderArguments
{
	Oid database;
	Oid role;
} SaSenderArguments;

#endif
