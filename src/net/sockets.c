/*
 * sockets.c: a plain array of descriptors.
 */
#include "net/sockets.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* mails open sockets in their threads */
static int *descriptors = NULL;
static int count = 0;
static int room = 0;

static bool
make_room(void)
{
	int *grown;

	if (count < room)
		return true;
	grown = realloc(descriptors, sizeof(int) * (size_t) (room + 64));
	if (grown == NULL)
		return false;
	descriptors = grown;
	room += 64;
	return true;
}

int
sa_sockets_open(int family, int type, int protocol)
{
	int descriptor = -1;

	(void) pthread_mutex_lock(&lock);
	if (make_room())
		descriptor = socket(family, type | SOCK_CLOEXEC, protocol);
	if (descriptor >= 0)
		descriptors[count++] = descriptor;
	(void) pthread_mutex_unlock(&lock);
	return descriptor;
}

/* Closed under the lock: its number must not be another file's when shut_down() reads it. */
int
sa_sockets_close(int descriptor)
{
	int result;

	(void) pthread_mutex_lock(&lock);
	for (int i = 0; i < count; i++)
	{
		if (descriptors[i] == descriptor)
		{
			descriptors[i] = descriptors[--count];
			break;
		}
	}
	result = close(descriptor);
	(void) pthread_mutex_unlock(&lock);
	return result;
}

void
sa_sockets_shut_down(void)
{
	(void) pthread_mutex_lock(&lock);
	for (int i = 0; i < count; i++)
		(void) shutdown(descriptors[i], SHUT_RDWR);
	(void) pthread_mutex_unlock(&lock);
}
