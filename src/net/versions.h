/*
 * versions.h: which libraries a process has, for the log.
 */
#ifndef SA_NET_VERSIONS_H
#define SA_NET_VERSIONS_H

#include <stddef.h>

/* Such as "libcurl 7.88.1 (OpenSSL/3.0.15), libsodium 1.0.18". */
extern void sa_net_versions(char *out, size_t size);

#endif
