/*
 * address_guard.h: which network addresses a delivery may connect to.
 *
 * The guard looks at the address actually connected to, so that a name which
 * resolves to the inside of the network (by mistake or by design) leads
 * nowhere.  Public addresses pass; others only where a list of networks names
 * them.
 */
#ifndef SA_PURE_ADDRESS_GUARD_H
#define SA_PURE_ADDRESS_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SA_NETWORKS_MOST 64

typedef struct SaAddress
{
	bool ipv6;
	uint8_t bytes[16]; /* network order; the first 4 for IPv4 */
} SaAddress;

typedef struct SaNetwork
{
	SaAddress address;
	int bits;
} SaNetwork;

typedef struct SaNetworkList
{
	int count;
	SaNetwork networks[SA_NETWORKS_MOST];
} SaNetworkList;

/* "192.0.2.1" or "2001:db8::1". */
extern bool sa_address_read(const char *text, size_t length, SaAddress *out);
/*
 * A comma-separated list of "10.0.0.0/8", "fd00::/8" or addresses, which mean
 * themselves; NULL and "" are empty.  False where an entry is no network or
 * there are too many: *bad then points to it, *bad_length long, and the list is
 * empty.
 */
extern bool sa_network_list_read(const char *text, SaNetworkList *list, const char **bad,
								 size_t *bad_length);
extern bool sa_network_lists_equal(const SaNetworkList *a, const SaNetworkList *b);
extern bool sa_address_public(const SaAddress *address);
extern bool sa_address_allowed(const SaAddress *address, const SaNetworkList *list);

#endif
