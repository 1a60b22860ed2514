/*
 * test_address_guard.c: R34, each range with the addresses just inside and just outside of it.
 */
#include "unit.h"

#include "pure/address_guard.h"

static const char *const denied[] = {
	"0.0.0.0",
	"0.255.255.255",
	"10.0.0.0",
	"10.255.255.255",
	"100.64.0.0",
	"100.127.255.255",
	"127.0.0.0",
	"127.0.0.1",
	"127.255.255.255",
	"169.254.0.0",
	"169.254.169.254",
	"169.254.255.255",
	"172.16.0.0",
	"172.31.255.255",
	"192.0.0.0",
	"192.0.0.255",
	"192.0.2.0",
	"192.0.2.255",
	"192.88.99.0",
	"192.88.99.255",
	"192.168.0.0",
	"192.168.255.255",
	"198.18.0.0",
	"198.19.255.255",
	"198.51.100.0",
	"198.51.100.255",
	"203.0.113.0",
	"203.0.113.255",
	"224.0.0.0",
	"239.255.255.255",
	"240.0.0.0",
	"255.255.255.255",
	"::",
	"::1",
	"::127.0.0.1",
	"::ffff:127.0.0.1",
	"::ffff:8.8.8.8",
	"64:ff9b::7f00:1",
	"64:ff9b:1::1",
	"100::1",
	"1fff:ffff::1",
	"2001::1",
	"2001:0:ffff:ffff::1",
	"2001:db8::1",
	"2001:db8:ffff::1",
	"2002::1",
	"2002:7f00:1::1",
	"2002:ffff:ffff::1",
	"4000::1",
	"fc00::1",
	"fd00::1",
	"fdff:ffff::1",
	"fe80::1",
	"febf::1",
	"fec0::1",
	"ff00::1",
	"ff02::1",
	"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
};

static const char *const public_ones[] = {
	"1.0.0.0",
	"9.255.255.255",
	"11.0.0.0",
	"100.63.255.255",
	"100.128.0.0",
	"126.255.255.255",
	"128.0.0.0",
	"169.253.255.255",
	"169.255.0.0",
	"172.15.255.255",
	"172.32.0.0",
	"191.255.255.255",
	"192.0.1.0",
	"192.0.3.0",
	"192.88.98.255",
	"192.88.100.0",
	"192.167.255.255",
	"192.169.0.0",
	"198.17.255.255",
	"198.20.0.0",
	"198.51.99.255",
	"198.51.101.0",
	"203.0.112.255",
	"203.0.114.0",
	"223.255.255.255",
	"8.8.8.8",
	"2000::1",
	"2001:1::1",
	"2001:db7:ffff::1",
	"2001:db9::1",
	"2001:4860:4860::8888",
	"2003::1",
	"2606:4700::1",
	"3fff:ffff:ffff:ffff::1",
};

static const char *const no_network[] = {
	"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/",    "10.0.0.0/08",   "10.0.0.0/8x",
	"10.0.0/8",    "10/8",        "0x0a.0.0.0/8", "010.0.0.0/8",   "localhost",
	"::/129",      "::1/0128",    "fd00::/ 8",    "10.0.0.0 /8",   "::g/1",
	"[::1]/128",   "10.0.0.0,",   ",10.0.0.0",    "10.0.0.0,,::1", "10.0.0.0/8/8",
};

static SaAddress
read_address(const char *text)
{
	SaAddress address;

	CHECK_ROW(sa_address_read(text, strlen(text), &address), text);
	return address;
}

static void
check_allowed(const char *list_text, const char *address_text, bool expected)
{
	SaAddress address = read_address(address_text);
	SaNetworkList list;
	const char *bad = NULL;
	size_t bad_length = 0;

	CHECK_ROW(sa_network_list_read(list_text, &list, &bad, &bad_length), list_text);
	CHECK_ROW(sa_address_allowed(&address, &list) == expected, address_text);
}

static void
check_equal(const char *one, const char *other, bool expected)
{
	SaNetworkList a;
	SaNetworkList b;
	const char *bad = NULL;
	size_t bad_length = 0;

	CHECK_ROW(sa_network_list_read(one, &a, &bad, &bad_length), one);
	CHECK_ROW(sa_network_list_read(other, &b, &bad, &bad_length), other);
	CHECK_ROW(sa_network_lists_equal(&a, &b) == expected, other);
}

static void
test_lists(void)
{
	char many[SA_NETWORKS_MOST * 16] = "";
	SaNetworkList list;
	const char *bad = NULL;
	size_t bad_length = 0;

	check_equal("", " ", true);
	check_equal("10.0.0.0/8,::1", " 10.0.0.0/8 , ::1/128", true);
	check_equal("10.0.0.0/8", "10.0.0.0/9", false);
	check_equal("10.0.0.0/8", "11.0.0.0/8", false);
	check_equal("10.0.0.0/8", "10.0.0.0/8,::1", false);
	check_equal("0.0.0.0/0", "::/0", false);
	check_allowed(NULL, "127.0.0.1", false);
	check_allowed(" ", "127.0.0.1", false);
	check_allowed("127.0.0.1/32", "127.0.0.1", true);
	check_allowed("127.0.0.1", "127.0.0.1", true);
	check_allowed("127.0.0.1/32", "127.0.0.2", false);
	check_allowed("127.0.0.1/32", "::ffff:127.0.0.1", false);
	check_allowed("127.0.0.1/32", "::1", false);
	check_allowed("127.0.0.1/32", "8.8.8.8", true);
	check_allowed("10.1.0.0/16, fd00::/8", "10.1.255.1", true);
	check_allowed("10.1.0.0/16, fd00::/8", "10.2.0.1", false);
	check_allowed("10.1.0.0/16, fd00::/8", "fdab::1", true);
	check_allowed("10.1.2.3/12", "10.15.0.1", true);
	check_allowed("10.1.2.3/12", "10.16.0.1", false);
	check_allowed("0.0.0.0/0", "10.0.0.1", true);
	check_allowed("0.0.0.0/0", "::1", false);
	check_allowed("::/0", "::1", true);
	check_allowed("::/0", "10.0.0.1", false);
	check_allowed("192.168.1.128/25", "192.168.1.127", false);
	check_allowed("192.168.1.128/25", "192.168.1.128", true);
	for (size_t i = 0; i < sizeof(no_network) / sizeof(no_network[0]); i++)
	{
		CHECK_ROW(!sa_network_list_read(no_network[i], &list, &bad, &bad_length), no_network[i]);
		CHECK_ROW(list.count == 0, no_network[i]);
		CHECK_ROW(bad >= no_network[i] && bad + bad_length <= no_network[i] + strlen(no_network[i]),
				  no_network[i]);
	}
	for (int i = 0; i < SA_NETWORKS_MOST; i++)
		strcat(many, i == 0 ? "10.0.0.0/8" : ",10.0.0.0/8");
	CHECK(sa_network_list_read(many, &list, &bad, &bad_length));
	CHECK_INT(list.count, SA_NETWORKS_MOST);
	strcat(many, ",10.0.0.0/8");
	CHECK(!sa_network_list_read(many, &list, &bad, &bad_length));
}

int
main(void)
{
	SaAddress address;

	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
	{
		address = read_address(denied[i]);
		CHECK_ROW(!sa_address_public(&address), denied[i]);
	}
	for (size_t i = 0; i < sizeof(public_ones) / sizeof(public_ones[0]); i++)
	{
		address = read_address(public_ones[i]);
		CHECK_ROW(sa_address_public(&address), public_ones[i]);
	}
	CHECK(!sa_address_read("", 0, &address));
	CHECK(!sa_address_read("1.2.3.4\0", 8, &address));
	test_lists();
	return unit_end();
}
