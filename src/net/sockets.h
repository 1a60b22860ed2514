/*
 * sockets.h: the sockets libcurl has open, so that they can be cut.
 *
 * libcurl says QUIT to an idle mail server before it closes, and waits for the
 * answer; a server that hangs would hold the worker for minutes.  A socket
 * that is shut down first cannot be waited for.
 */
#ifndef SA_NET_SOCKETS_H
#define SA_NET_SOCKETS_H

extern int sa_sockets_open(int family, int type, int protocol);
extern int sa_sockets_close(int descriptor);
extern void sa_sockets_shut_down(void);

#endif
