/*
 * sync.h: reading points of sale, for the syncer.
 *
 * One machine a connection, one request in flight each.  Where a machine wants
 * the database the caller gives it a transaction of its own; requests are
 * begun and answered outside of any.
 */
#ifndef SA_POS_SYNC_H
#define SA_POS_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct SaSync SaSync;

/* Once a process, after sa_vault_start(); false with a reason where libcurl is unfit. */
extern bool sa_sync_start(const char **why);
/* Settings were read anew. */
extern void sa_sync_reload(void);

/* In a transaction with SPI: looks what is due. */
extern void sa_sync_look(void);
/* Once that has committed: begins what is due and not under way. */
extern void sa_sync_take_up(void);
/* How many connections there were then. */
extern int sa_sync_connections(void);

/* A machine that wants the database now; NULL: none. */
extern SaSync *sa_sync_wants_database(int64_t now);
/* What it does, for people: "stockalert: sync counts page 12". */
extern const char *sa_sync_activity(const SaSync *sync);
/* In a transaction with SPI; then whether it committed, or with which SQLSTATE and message not. */
extern void sa_sync_in_database(SaSync *sync);
extern void sa_sync_committed(SaSync *sync, int64_t now);
extern void sa_sync_aborted(SaSync *sync, int code, const char *error, int64_t now);

/* Takes answers, and begins requests that may begin now; neither waits. */
extern void sa_sync_drive(void);
extern void sa_sync_ask_all(int64_t now);
extern int sa_sync_fd(void);
/* Milliseconds until something wants to be done; at most most. */
extern int64_t sa_sync_wait(int64_t now, int64_t most);
/* Whether a round ended since the last call: more may be due. */
extern bool sa_sync_has_news(void);
extern bool sa_sync_is_idle(void);
/* What runs, in a few words; NULL: nothing. */
extern const char *sa_sync_running(void);

/* Gives rounds up where they are; the next one begins anew.  A token that must be stored stays. */
extern void sa_sync_abandon(void);
/* Whether a token is being renewed or waits to be stored: worth a moment before the end. */
extern bool sa_sync_holds_token(void);
extern void sa_sync_stop(void);

#endif
