/*
 * host.h: names and numbers of hosts, and lists of them.
 *
 * A host is lower-case ASCII: a name of letters, digits and hyphens, a dotted
 * quad, or an IPv6 address in brackets.  Forms that a resolver would take for
 * an address in disguise (2130706433, 0x7f.1, 127.1) are refused, and so is a
 * dot at the end.
 */
#ifndef SA_PURE_HOST_H
#define SA_PURE_HOST_H

#include <stdbool.h>
#include <stddef.h>

#define SA_HOST_LONGEST 253

/* A host name in the form of RFC 1123, any case; not a number in disguise. */
extern bool sa_host_name_valid(const char *text, size_t length);
/* A name, a dotted quad or [IPv6]; writes it lower-cased with NUL. */
extern bool sa_host_read(const char *text, size_t length, char out[SA_HOST_LONGEST + 1]);
/* Decimal without leading zeros, 1 to 65535; 0 where it is none. */
extern int sa_port_read(const char *text, size_t length);
/*
 * Whether host:port is in a comma-separated list of host or host:port.  An
 * entry without port stands for default_port.  An entry that is no host
 * matches nothing.  list may be NULL.
 */
extern bool sa_host_list_has(const char *list, const char *host, int port, int default_port);

#endif
