/*
 * fast_receiver.c: an HTTP receiver on the loopback that costs as little as it can, for
 * bench_delivery.
 *
 *   fast_receiver FILE      prints "port N" and answers each POST with 200 until it is told to end
 *
 * One process, epoll, keep-alive.  FILE gets a line "microseconds webhook-id" for each request,
 * with the time at which its last byte was there; it is complete whenever nothing came for 20 ms.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS 1024
#define ROOM    65536

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

typedef struct
{
	int used;
	char data[ROOM + 1];
} Client;

static Client *clients[CLIENTS];
static FILE *record;

/* What stands behind a header's name, or NULL. */
static const char *
header(const char *head, const char *name)
{
	size_t length = strlen(name);
	const char *line = head;

	while ((line = strstr(line, "\r\n")) != NULL && strncmp(line, "\r\n\r\n", 4) != 0)
	{
		line += 2;
		if (strncasecmp(line, name, length) == 0)
			return line + length + strspn(line + length, " ");
	}
	return NULL;
}

/* Bytes of the first whole request of a client, 0 while it is not there. */
static int
take_request(Client *client)
{
	const char *end = strstr(client->data, "\r\n\r\n");
	const char *length;
	const char *id;
	struct timespec now;
	long whole;

	if (end == NULL)
		return 0;
	length = header(client->data, "Content-Length:");
	whole = end + 4 - client->data + (length == NULL ? 0 : atol(length));
	if (whole > ROOM)
		exit(3);
	if (whole > client->used)
		return 0;
	id = header(client->data, "webhook-id:");
	clock_gettime(CLOCK_REALTIME, &now);
	fprintf(record, "%lld %.*s\n", (long long) now.tv_sec * 1000000 + now.tv_nsec / 1000,
			id == NULL ? 1 : (int) strcspn(id, "\r"), id == NULL ? "-" : id);
	return (int) whole;
}

static void
serve(int fd)
{
	Client *client = clients[fd];
	ssize_t got = read(fd, client->data + client->used, ROOM - client->used);
	int whole;

	if (got <= 0)
	{
		close(fd);
		client->used = 0;
		return;
	}
	client->used += (int) got;
	client->data[client->used] = '\0';
	while ((whole = take_request(client)) > 0)
	{
		client->used -= whole;
		memmove(client->data, client->data + whole, client->used + 1);
		if (write(fd, answer, sizeof(answer) - 1) != sizeof(answer) - 1)
			exit(4);
	}
}

static int
listen_somewhere(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *) &address, length) != 0 || listen(fd, 512) != 0 ||
		getsockname(fd, (struct sockaddr *) &address, &length) != 0)
		exit(2);
	printf("port %d\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

static void
welcome(int loop, int listener)
{
	int fd = accept(listener, NULL, NULL);
	int on = 1;
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (fd < 0 || fd >= CLIENTS)
		exit(5);
	(void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (clients[fd] == NULL && (clients[fd] = calloc(1, sizeof(Client))) == NULL)
		exit(6);
	(void) epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
}

int
main(int argc, char **argv)
{
	struct epoll_event events[64];
	int loop = epoll_create1(0);
	int listener;

	if (argc != 2 || (record = fopen(argv[1], "w")) == NULL)
		return 1;
	listener = listen_somewhere();
	events[0] = (struct epoll_event){.events = EPOLLIN, .data.fd = listener};
	(void) epoll_ctl(loop, EPOLL_CTL_ADD, listener, &events[0]);
	for (;;)
	{
		int count = epoll_wait(loop, events, 64, 20);

		if (count <= 0)
			fflush(record);
		for (int i = 0; i < count; i++)
		{
			if (events[i].data.fd == listener)
				welcome(loop, listener);
			else
				serve(events[i].data.fd);
		}
	}
}
