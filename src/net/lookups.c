/*
 * lookups.c: bounds the look-ups of names that hang.
 *
 * Each is a thread of its own, which libcurl leaves behind when the transfer
 * has timed out and which lives for as long as the system's resolver waits for
 * a silent name server: minutes, where somebody set it so.  Our own threads,
 * those of mails, are few and counted with them.
 */
#include "net/lookups.h"

#include <sys/stat.h>

#define THREADS_MOST 32

int
sa_lookups_begin(void *resolver, void *reserved, void *context)
{
	struct stat tasks;

	/* The folder has two links of its own and one for each thread.  Without it nothing is known. */
	if (stat("/proc/self/task", &tasks) != 0)
		return 0;
	return tasks.st_nlink > THREADS_MOST + 2;
}
