/*
 * keyfile_open.c: opens a key file and checks what was opened.
 */
#include "pure/keyfile_open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

/*
 * The server's own rule for TLS keys: its user's file closed to everybody
 * else, or root's file that a group may read.
 */
static SaKeyfileStatus
check_attributes(int fd, uid_t user, int *os_error)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
	{
		*os_error = errno;
		return SA_KEYFILE_UNREADABLE;
	}
	if (!S_ISREG(st.st_mode))
		return SA_KEYFILE_NOT_REGULAR;
	if (st.st_uid != user && st.st_uid != 0)
		return SA_KEYFILE_BAD_OWNER;
	if (st.st_uid == user && (st.st_mode & (S_IRWXG | S_IRWXO)) == 0)
		return SA_KEYFILE_OK;
	if (st.st_uid == 0 && (st.st_mode & (S_IWGRP | S_IXGRP | S_IRWXO)) == 0)
		return SA_KEYFILE_OK;
	return SA_KEYFILE_BAD_MODE;
}

/* Compares resolved paths: a symlink from outside into the data directory counts as inside. */
static SaKeyfileStatus
check_place(const char *path, const char *data_directory, int *os_error)
{
	char *file = realpath(path, NULL);
	char *directory = realpath(data_directory, NULL);
	SaKeyfileStatus status = SA_KEYFILE_OK;

	if (file == NULL || directory == NULL)
	{
		*os_error = errno;
		status = SA_KEYFILE_UNREADABLE;
	}
	else
	{
		size_t length = strlen(directory);

		if (strncmp(file, directory, length) == 0 && (file[length] == '/' || length == 1))
			status = SA_KEYFILE_IN_DATA_DIRECTORY;
	}
	free(file);
	free(directory);
	return status;
}

/* Reads one byte more than a key file may have, so that the parser sees it is too large. */
static SaKeyfileStatus
read_text(int fd, char *text, size_t *size, int *os_error)
{
	*size = 0;
	while (*size < SA_KEYFILE_MAX + 1)
	{
		ssize_t got = read(fd, text + *size, SA_KEYFILE_MAX + 1 - *size);

		if (got == 0)
			break;
		if (got < 0)
		{
			if (errno == EINTR)
				continue;
			*os_error = errno;
			return SA_KEYFILE_UNREADABLE;
		}
		*size += (size_t) got;
	}
	return SA_KEYFILE_OK;
}

static SaKeyfileStatus
read_keys(int fd, SaKeyRing *ring, SaKeyfileProblem *problem)
{
	char *text = sodium_malloc(SA_KEYFILE_MAX + 1);
	size_t size;
	SaKeyfileStatus status;

	if (text == NULL)
		return SA_KEYFILE_NO_MEMORY;
	status = read_text(fd, text, &size, &problem->os_error);
	if (status == SA_KEYFILE_OK)
		status = sa_keyfile_parse(text, size, ring, &problem->line);
	sodium_free(text); /* wipes */
	return status;
}

/*
 * Opens without waiting (a FIFO would hang a worker) and checks the open file,
 * not the name (which may mean another file a moment later).  Symlinks are
 * followed: secrets are mounted through them.
 */
SaKeyfileStatus
sa_keyfile_read(const char *path, const char *data_directory, uid_t user, SaKeyRing *ring,
				SaKeyfileProblem *problem)
{
	int fd;

	memset(problem, 0, sizeof(*problem));
	sodium_memzero(ring, sizeof(*ring));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
	{
		problem->os_error = errno;
		problem->status = (errno == ENOENT) ? SA_KEYFILE_MISSING : SA_KEYFILE_UNREADABLE;
		return problem->status;
	}
	problem->status = check_attributes(fd, user, &problem->os_error);
	if (problem->status == SA_KEYFILE_OK && data_directory != NULL)
		problem->status = check_place(path, data_directory, &problem->os_error);
	if (problem->status == SA_KEYFILE_OK)
		problem->status = read_keys(fd, ring, problem);
	(void) close(fd);
	return problem->status;
}

void
sa_keyfile_describe(const SaKeyfileProblem *problem, char *out, size_t room)
{
	const char *what = sa_keyfile_explain(problem->status);

	if (problem->line > 0)
		(void) snprintf(out, room, "%s (line %d)", what, problem->line);
	else if (problem->os_error != 0 && problem->status != SA_KEYFILE_MISSING)
		(void) snprintf(out, room, "%s (%s)", what, strerror(problem->os_error));
	else
		(void) snprintf(out, room, "%s", what);
}
