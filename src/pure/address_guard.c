/*
 * address_guard.c: the tables of special-purpose addresses.
 *
 * IPv4: what is listed is not public.  IPv6: only 2000::/3 is, less what is
 * listed; that leaves out loopback, mapped IPv4, unique local, link-local,
 * multicast and NAT64 without naming them.
 */
#include "pure/address_guard.h"

#include <arpa/inet.h>
#include <string.h>

typedef struct SaRange
{
	uint8_t prefix[6];
	int bits;
} SaRange;

static const SaRange not_public_4[] = {
	{{0}, 8},             /* this network */
	{{10}, 8},            /* private */
	{{100, 64}, 10},      /* carrier-grade NAT */
	{{127}, 8},           /* loopback */
	{{169, 254}, 16},     /* link-local: cloud metadata */
	{{172, 16}, 12},      /* private */
	{{192, 0, 0}, 24},    /* protocol assignments */
	{{192, 0, 2}, 24},    /* documentation */
	{{192, 88, 99}, 24},  /* 6to4 relays */
	{{192, 168}, 16},     /* private */
	{{198, 18}, 15},      /* benchmarks */
	{{198, 51, 100}, 24}, /* documentation */
	{{203, 0, 113}, 24},  /* documentation */
	{{224}, 4},           /* multicast */
	{{240}, 4},           /* reserved, broadcast */
};

static const SaRange global_6 = {{0x20}, 3};

static const SaRange not_public_6[] = {
	{{0x20, 0x01, 0, 0}, 32},       /* Teredo: carries an IPv4 address */
	{{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
	{{0x20, 0x02}, 16},             /* 6to4: carries an IPv4 address */
};

static bool
has_prefix(const uint8_t *bytes, const uint8_t *prefix, int bits)
{
	int whole = bits / 8;
	int rest = bits % 8;
	uint8_t mask = (uint8_t) (0xff << (8 - rest));

	if (memcmp(bytes, prefix, (size_t) whole) != 0)
		return false;
	return rest == 0 || (bytes[whole] & mask) == (prefix[whole] & mask);
}

static bool
in_ranges(const uint8_t *bytes, const SaRange *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
	{
		if (has_prefix(bytes, ranges[i].prefix, ranges[i].bits))
			return true;
	}
	return false;
}

bool
sa_address_public(const SaAddress *address)
{
	if (!address->ipv6)
		return !in_ranges(address->bytes, not_public_4,
						  sizeof(not_public_4) / sizeof(not_public_4[0]));
	return has_prefix(address->bytes, global_6.prefix, global_6.bits) &&
		   !in_ranges(address->bytes, not_public_6, sizeof(not_public_6) / sizeof(not_public_6[0]));
}

bool
sa_address_allowed(const SaAddress *address, const SaNetworkList *list)
{
	if (sa_address_public(address))
		return true;
	for (int i = 0; i < list->count; i++)
	{
		const SaNetwork *network = &list->networks[i];

		if (network->address.ipv6 == address->ipv6 &&
			has_prefix(address->bytes, network->address.bytes, network->bits))
			return true;
	}
	return false;
}

bool
sa_address_read(const char *text, size_t length, SaAddress *out)
{
	char copy[64];

	memset(out, 0, sizeof(*out));
	if (length == 0 || length >= sizeof(copy) || memchr(text, '\0', length) != NULL)
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	out->ipv6 = strchr(copy, ':') != NULL;
	return inet_pton(out->ipv6 ? AF_INET6 : AF_INET, copy, out->bytes) == 1;
}

/* Digits only and no leading zero, so that /010 is not taken for anything. */
static bool
read_bits(const char *text, size_t length, int most, int *bits)
{
	if (length == 0 || length > 3 || (length > 1 && text[0] == '0'))
		return false;
	*bits = 0;
	for (size_t i = 0; i < length; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return false;
		*bits = *bits * 10 + (text[i] - '0');
	}
	return *bits <= most;
}

static bool
read_network(const char *text, size_t length, SaNetwork *out)
{
	const char *slash = length == 0 ? NULL : memchr(text, '/', length);
	size_t address_length = slash == NULL ? length : (size_t) (slash - text);
	int most;

	if (!sa_address_read(text, address_length, &out->address))
		return false;
	most = out->address.ipv6 ? 128 : 32;
	out->bits = most;
	return slash == NULL || read_bits(slash + 1, length - address_length - 1, most, &out->bits);
}

bool
sa_network_list_read(const char *text, SaNetworkList *list, const char **bad, size_t *bad_length)
{
	const char *start = text;

	memset(list, 0, sizeof(*list));
	if (text == NULL || text[strspn(text, " \t\r\n")] == '\0')
		return true;
	for (;;)
	{
		size_t length = strcspn(start, ",");
		const char *end = start + length;

		while (start < end && strchr(" \t\r\n", *start) != NULL)
			start++;
		length = (size_t) (end - start);
		while (length > 0 && strchr(" \t\r\n", start[length - 1]) != NULL)
			length--;
		if (list->count == SA_NETWORKS_MOST ||
			!read_network(start, length, &list->networks[list->count]))
		{
			*bad = start;
			*bad_length = length;
			memset(list, 0, sizeof(*list));
			return false;
		}
		list->count++;
		if (*end == '\0')
			return true;
		start = end + 1;
	}
}

bool
sa_network_lists_equal(const SaNetworkList *a, const SaNetworkList *b)
{
	if (a->count != b->count)
		return false;
	for (int i = 0; i < a->count; i++)
	{
		const SaNetwork *one = &a->networks[i];
		const SaNetwork *other = &b->networks[i];

		if (one->bits != other->bits || one->address.ipv6 != other->address.ipv6 ||
			memcmp(one->address.bytes, other->address.bytes, sizeof(one->address.bytes)) != 0)
			return false;
	}
	return true;
}
