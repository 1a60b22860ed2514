/*
 * shmem.h: what launcher, senders, syncers and backends share.
 *
 * One slot for each database that has the extension (or was just asked about),
 * beside it one for its syncer, and one for the launcher.  Everything is empty, and every function
 * does nothing, where the library is not preloaded.  Nothing here is a secret, and nothing here is
 * allocated by a worker: a worker that dies leaves a slot without a process.
 */
#ifndef SA_IPC_SHMEM_H
#define SA_IPC_SHMEM_H

#include "datatype/timestamp.h"
#include "port/atomics.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "storage/spin.h"

#include "ipc/rounds.h"
#include "pure/keyfile.h"

#define SA_SLOTS       64
#define SA_DETAIL_SIZE 256

typedef enum SaWorkerState
{
	SA_STATE_STOPPED,
	SA_STATE_WAITING, /* for a free worker process, a role, or the end of a back-off */
	SA_STATE_STARTING,
	SA_STATE_RUNNING,
	SA_STATE_OFF,      /* stockalert.delivery = off */
	SA_STATE_DISABLED, /* stockalert.worker_enabled = off */
	SA_STATE_PAUSED_CLONE,
	SA_STATE_NO_KEY,
	SA_STATE_BAD_KEY_FILE,
	SA_STATE_LEAVING /* makes room for DROP DATABASE and the like */
} SaWorkerState;

/* Why a sender or syncer ended; what the launcher does next. */
typedef enum SaExit
{
	SA_EXIT_DIED,         /* an error or a signal: again, with back-off */
	SA_EXIT_NO_EXTENSION, /* not before somebody pings */
	SA_EXIT_AGAIN,        /* at once: the extension was made anew */
	SA_EXIT_ASKED,        /* when the slot may be used again */
	SA_EXIT_NO_WORK       /* a syncer: not before the sender sees a connection */
} SaExit;

/* What a sender tells of the keys it has. */
typedef struct SaPublishedKeys
{
	int count;                                    /* 0: none */
	SaPublicKey active;                           /* where there are any */
	uint8_t ids[SA_KEY_RING_MAX][SA_KEY_ID_SIZE]; /* all, the active one first */
	char problem[SA_DETAIL_SIZE]; /* of the key file, as a clause; empty: it is in order */
} SaPublishedKeys;

typedef struct SaSlot
{
	slock_t mutex;     /* protects everything down to the atomics */
	Oid database;      /* InvalidOid: free */
	bool requested;    /* somebody asked the launcher to look */
	bool leave;        /* the worker shall go */
	bool wants_syncer; /* a sender's: its database has a connection to a point of sale */
	TimestampTz not_before;
	pid_t pid;
	PGPROC *proc; /* of the worker; stays a valid address after its death */
	SaWorkerState state;
	SaExit exit;
	TimestampTz since;
	char detail[SA_DETAIL_SIZE];
	SaPublishedKeys keys;

	pg_atomic_uint32 wake; /* set at commit, cleared by the worker before it looks */
	pg_atomic_uint64 routed;
	pg_atomic_uint64 untold;
	pg_atomic_uint64 sent;
	pg_atomic_uint64 failed;
} SaSlot;

typedef struct SaShmem
{
	SaSlot launcher; /* database is InvalidOid */
	SaSlot slots[SA_SLOTS];
	SaSlot syncers[SA_SLOTS]; /* beside the slot of the same number; database is InvalidOid until
							   * one was started */
	SaRound rounds[SA_ROUNDS];
} SaShmem;

/* NULL: not preloaded. */
extern SaShmem *sa_shmem;

/* From _PG_init while the server preloads libraries. */
extern void sa_ipc_init(void);

/* Protects the rounds; where there is shared memory. */
extern LWLock *sa_rounds_lock(void);

/* The slot of a database; NULL: none, or none free. */
extern SaSlot *sa_slot_find(Oid database);
extern SaSlot *sa_slot_find_or_make(Oid database);
extern void sa_slot_free(SaSlot *slot);
/* The slot of the syncer beside a sender's. */
extern SaSlot *sa_slot_syncer(SaSlot *slot);
/* Says whether the database of a sender's slot needs a syncer; the launcher looks if it is news. */
extern void sa_slot_want_syncer(SaSlot *slot, bool wanted);

/* The calling worker takes the slot until it exits; false: somebody else has it. */
extern bool sa_slot_attach(SaSlot *slot);
extern void sa_slot_set_state(SaSlot *slot, SaWorkerState state, const char *detail);
extern void sa_slot_set_exit(SaSlot *slot, SaExit exit);
/* Sets the latch of the worker in the slot, if any. */
extern void sa_slot_wake(SaSlot *slot);

/* The keys of a sender, whose active one backends of its database seal to. */
extern void sa_slot_publish_keys(SaSlot *slot, const SaPublishedKeys *keys);
/* False: no sender of this database told of its keys. */
extern bool sa_ipc_keys(SaPublishedKeys *keys);
/* False: no sender of this database has one. */
extern bool sa_ipc_active_key(SaPublicKey *key);

/*
 * Asks sender and syncer of a database to go and keeps them away for a while; true
 * when they are gone within the given time.  sa_ipc_come_back() lets them return at once.
 */
extern bool sa_ipc_ask_leave(Oid database, int wait_ms);
extern void sa_ipc_come_back(Oid database);

#endif
