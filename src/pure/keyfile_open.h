/*
 * keyfile_open.h: reads a key file from disk, for the worker and the tools.
 *
 * The same checks for both, on the opened file, so that stockalert-keygen
 * --check says what the worker will say.  Plain POSIX.  The file's bytes pass
 * only through locked memory that is wiped before return.
 */
#ifndef SA_KEYFILE_OPEN_H
#define SA_KEYFILE_OPEN_H

#include <sys/types.h>

#include "pure/keyfile.h"

#define SA_KEYFILE_REASON_MAX 512

typedef struct SaKeyfileProblem
{
	SaKeyfileStatus status;
	int line;     /* of the text; 0: the file as a whole */
	int os_error; /* errno of a call that failed; 0: none did */
} SaKeyfileProblem;

/*
 * Reads the file into the ring (in the caller's locked memory), which is empty
 * unless the result is SA_KEYFILE_OK.  data_directory NULL: not compared.
 */
extern SaKeyfileStatus sa_keyfile_read(const char *path, const char *data_directory, uid_t user,
									   SaKeyRing *ring, SaKeyfileProblem *problem);

/* Writes one clause to follow the file's name: what is wrong, in which line, what to do. */
extern void sa_keyfile_describe(const SaKeyfileProblem *problem, char *out, size_t room);

#endif
