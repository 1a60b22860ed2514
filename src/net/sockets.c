/*
 * sockets.c: a plain array of descriptors.
 */
#include "net/sockets.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int *descriptors = NULL;
static int count = 0;
static int room = 0;

int
sa_sockets_open(int family, int type, int protocol)
{
	int descriptor;

	if (count == room)
	{
		int *grown = realloc(descriptors, sizeof(int) * (size_t) (room + 64));

		if (grown == NULL)
			return -1;
		descriptors = grown;
		room += 64;
	}
	descriptor = socket(family, type | SOCK_CLOEXEC, protocol);
	if (descriptor >= 0)
		descriptors[count++] = descriptor;
	return descriptor;
}

int
sa_sockets_close(int descriptor)
{
	for (int i = 0; i < count; i++)
	{
		if (descriptors[i] == descriptor)
		{
			descriptors[i] = descriptors[--count];
			break;
		}
	}
	return close(descriptor);
}

void
sa_sockets_shut_down(void)
{
	for (int i = 0; i < count; i++)
		(void) shutdown(descriptors[i], SHUT_RDWR);
}
