// SPDX-License-Identifier: GPL-2.0
/* What is asked of the window, who may, and how names are written. */
#include <stdio.h>

#include "http/ask.h"
#include "http/cidr.h"
#include "http/text.h"

#include <kselftest_harness.h>

static bool addr(const char *text, struct in6_addr *a)
{
	return ktcp_addr_parse(text, strlen(text), a);
}

/* What inet_pton() makes of it; an IPv4 address mapped. */
static bool addr_libc(const char *text, struct in6_addr *a)
{
	char mapped[64];

	if (strchr(text, ':'))
		return inet_pton(AF_INET6, text, a) == 1;
	snprintf(mapped, sizeof(mapped), "::ffff:%s", text);
	return inet_pton(AF_INET6, mapped, a) == 1;
}

TEST(addr__as_the_library_reads_it)
{
	static const char *const row[] = {
		"0.0.0.0", "1.2.3.4", "255.255.255.255", "256.1.1.1", "1.2.3",
		"1.2.3.4.5", "1..2.3", "1.2.3.", ".1.2.3", "", ".", "a.b.c.d",
		"01.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.-4", "9999999999.1.1.1",
		"::", "::1", "1::", "1::8", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
		"1::3:4:5:6:7:8", "1::2:3:4:5:6:7:8", "1::2::3", ":::", ":",
		":1", "1:", "1:::2", "12345::", "0000:0000::", "g::", "fe80::1%1",
		"2001:DB8::A", "::ffff:1.2.3.4", "::1.2.3.4", "1:2:3:4:5:6:1.2.3.4",
		"1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "::1.2.3.4:5", "::ffff:1.2.3.256",
		"1.2.3.4::", "[::1]", "::1 ",
	};
	struct in6_addr mine, theirs;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		ASSERT_EQ(addr_libc(row[i], &theirs), addr(row[i], &mine))
			TH_LOG("row %zu", i);
		if (addr(row[i], &mine))
			ASSERT_EQ(0, memcmp(&mine, &theirs, sizeof(mine)))
				TH_LOG("row %zu", i);
	}
}

/* Every prefix of a text stands in memory of its own, for ASan to see. */
TEST(addr__reads_no_further)
{
	static const char text[] = "1:2:3:4:5:6:255.255.255.255";
	struct in6_addr a;
	size_t n;

	for (n = 1; n < sizeof(text); n++) {
		char *copy = malloc(n);

		memcpy(copy, text, n);
		ktcp_addr_parse(copy, n, &a);
		free(copy);
	}
}

TEST(addr__loopback)
{
	static const struct { const char *text; bool loopback; } row[] = {
		{ "127.0.0.1", true }, { "127.255.255.255", true },
		{ "::1", true }, { "::ffff:127.1.2.3", true },
		{ "126.255.255.255", false }, { "128.0.0.0", false },
		{ "::", false }, { "::2", false }, { "::127.0.0.1", false },
		{ "10.0.0.1", false }, { "fe80::1", false },
	};
	struct in6_addr a;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		ASSERT_TRUE(addr(row[i].text, &a));
		ASSERT_EQ(row[i].loopback, ktcp_addr_is_loopback(&a))
			TH_LOG("%s", row[i].text);
	}
}

TEST(cidr__parse)
{
	static const struct {
		const char *text;
		enum ktcp_cidr_error err;
		int len;
		const char *meant;
	} row[] = {
		{ "192.0.2.0/24", KTCP_CIDR_OK, 120, "192.0.2.0" },
		{ "192.0.2.1", KTCP_CIDR_OK, 128, "192.0.2.1" },
		{ "192.0.2.1/32", KTCP_CIDR_OK, 128, "192.0.2.1" },
		{ "0.0.0.0/0", KTCP_CIDR_OK, 96, "0.0.0.0" },
		{ "::/0", KTCP_CIDR_OK, 0, "::" },
		{ "2001:db8::/32", KTCP_CIDR_OK, 32, "2001:db8::" },
		{ "2001:db8::1", KTCP_CIDR_OK, 128, "2001:db8::1" },
		{ "2001:db8:8000::/33", KTCP_CIDR_OK, 33, "2001:db8:8000::" },
		{ "::ffff:192.0.2.0/120", KTCP_CIDR_OK, 120, "192.0.2.0" },
		{ "192.0.2.1/24", KTCP_CIDR_HOST_BITS, 120, "192.0.2.0" },
		{ "192.0.2.128/24", KTCP_CIDR_HOST_BITS, 120, "192.0.2.0" },
		{ "192.0.2.64/25", KTCP_CIDR_HOST_BITS, 121, "192.0.2.0" },
		{ "1.0.0.0/0", KTCP_CIDR_HOST_BITS, 96, "0.0.0.0" },
		{ "2001:db8:8000::/32", KTCP_CIDR_HOST_BITS, 32, "2001:db8::" },
		{ "::1/127", KTCP_CIDR_HOST_BITS, 127, "::" },
		{ "192.0.2.0/33", KTCP_CIDR_BAD_LENGTH, 0, NULL },
		{ "::/129", KTCP_CIDR_BAD_LENGTH, 0, NULL },
		{ "192.0.2.0/", KTCP_CIDR_BAD_LENGTH, 0, NULL },
		{ "192.0.2.0/024", KTCP_CIDR_BAD_LENGTH, 0, NULL },
		{ "192.0.2.0/-1", KTCP_CIDR_BAD_LENGTH, 0, NULL },
		{ "192.0.2.0/24/24", KTCP_CIDR_BAD_LENGTH, 0, NULL },
		{ "192.0.2.0/255.255.255.0", KTCP_CIDR_BAD_LENGTH, 0, NULL },
		{ "192.0.2/24", KTCP_CIDR_NO_ADDRESS, 0, NULL },
		{ "example.org", KTCP_CIDR_NO_ADDRESS, 0, NULL },
		{ "/24", KTCP_CIDR_NO_ADDRESS, 0, NULL },
		{ "", KTCP_CIDR_NO_ADDRESS, 0, NULL },
		{ "fe80::%eth0/64", KTCP_CIDR_NO_ADDRESS, 0, NULL },
	};
	struct ktcp_cidr c;
	struct in6_addr a;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		ASSERT_EQ(row[i].err, ktcp_cidr_parse(row[i].text,
						      strlen(row[i].text), &c))
			TH_LOG("'%s'", row[i].text);
		if (!row[i].meant)
			continue;
		ASSERT_EQ(row[i].len, c.len) TH_LOG("'%s'", row[i].text);
		ASSERT_TRUE(addr_libc(row[i].meant, &a));
		ASSERT_EQ(0, memcmp(&a, &c.addr, sizeof(a)))
			TH_LOG("'%s'", row[i].text);
	}
}

TEST(cidr__match)
{
	static const struct { const char *net, *in, *out; } row[] = {
		{ "192.0.2.0/24", "192.0.2.0", "192.0.3.0" },
		{ "192.0.2.0/24", "192.0.2.255", "192.0.1.255" },
		{ "192.0.2.128/25", "192.0.2.128", "192.0.2.127" },
		{ "192.0.2.1", "192.0.2.1", "192.0.2.0" },
		{ "192.0.2.1", "::ffff:192.0.2.1", "::192.0.2.1" },
		{ "::ffff:10.0.0.0/104", "10.255.0.1", "11.0.0.0" },
		{ "0.0.0.0/0", "203.0.113.9", "2001:db8::1" },
		{ "::/0", "2001:db8::1", "203.0.113.9" },
		{ "::/64", "::1", "::ffff:0.0.0.1" },
		{ "2001:db8::/32", "2001:db8:ffff::", "2001:db9::" },
		{ "2001:db8:8000::/33", "2001:db8:8000::", "2001:db8::" },
		{ "2001:db8::1", "2001:db8::1", "2001:db8::" },
	};
	struct ktcp_cidr c;
	struct in6_addr a;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		ASSERT_EQ(KTCP_CIDR_OK, ktcp_cidr_parse(row[i].net,
							strlen(row[i].net), &c));
		ASSERT_TRUE(addr(row[i].in, &a));
		EXPECT_TRUE(ktcp_cidr_match(&c, &a))
			TH_LOG("%s has not %s", row[i].net, row[i].in);
		ASSERT_TRUE(addr(row[i].out, &a));
		EXPECT_FALSE(ktcp_cidr_match(&c, &a))
			TH_LOG("%s has %s", row[i].net, row[i].out);
	}
}

TEST(cidr_list__table)
{
	static const struct {
		const char *text;
		enum ktcp_cidr_error err;
		unsigned int n;
		const char *bad;
	} row[] = {
		{ "", KTCP_CIDR_OK, 0, NULL },
		{ " \n", KTCP_CIDR_OK, 0, NULL },
		{ "10.0.0.0/8", KTCP_CIDR_OK, 1, NULL },
		{ " 10.0.0.0/8 , ::/0\n", KTCP_CIDR_OK, 2, NULL },
		{ "10.0.0.0/8,", KTCP_CIDR_NO_ADDRESS, 1, "" },
		{ ",10.0.0.0/8", KTCP_CIDR_NO_ADDRESS, 0, "" },
		{ "10.0.0.0/8,,::", KTCP_CIDR_NO_ADDRESS, 1, "" },
		{ "10.0.0.0/8, x y ,::", KTCP_CIDR_NO_ADDRESS, 1, "x y" },
		{ "::1,10.0.0.1/8,::", KTCP_CIDR_HOST_BITS, 1, "10.0.0.1/8" },
	};
	struct ktcp_cidr list[KTCP_CIDR_MAX];
	struct ktcp_cidr_bad bad;
	unsigned int n;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		ASSERT_EQ(row[i].err, ktcp_cidr_list(row[i].text, list, &n, &bad))
			TH_LOG("'%s'", row[i].text);
		ASSERT_EQ(row[i].n, n) TH_LOG("'%s'", row[i].text);
		if (!row[i].bad)
			continue;
		ASSERT_EQ(strlen(row[i].bad), bad.len);
		ASSERT_EQ(0, memcmp(row[i].bad, bad.entry, bad.len));
	}
}

TEST(cidr_list__at_most_64)
{
	struct ktcp_cidr list[KTCP_CIDR_MAX];
	struct ktcp_cidr_bad bad;
	char text[65 * 16] = "";
	unsigned int n;
	int i;

	for (i = 0; i < 64; i++)
		sprintf(text + strlen(text), "%s10.0.0.%d", i ? "," : "", i);
	ASSERT_EQ(KTCP_CIDR_OK, ktcp_cidr_list(text, list, &n, &bad));
	ASSERT_EQ(64, n);
	strcat(text, ",10.0.0.64");
	ASSERT_EQ(KTCP_CIDR_TOO_MANY, ktcp_cidr_list(text, list, &n, &bad));
	ASSERT_EQ(0, strcmp("10.0.0.64", bad.entry));
}

/* @target: below status_path, with the query; in memory of its own, for ASan. */
static bool find(const char *target, struct ktcp_window_ask *ask)
{
	const char *query = strchr(target, '?');
	size_t n = query ? query - target : strlen(target);
	size_t m = query ? strlen(query + 1) : 0;
	u8 *rest = malloc(n + !n), *q = malloc(m + !m);
	bool found;

	memcpy(rest, target, n);
	memcpy(q, query + 1, m);
	found = ktcp_window_find(rest, n, q, m, ask);
	free(rest);
	free(q);
	return found;
}

TEST(find__documents)
{
	static const struct { const char *target; int doc; } row[] = {
		{ "", KTCP_WINDOW_PAGE },
		{ "?x", KTCP_WINDOW_PAGE },
		{ "connections.json", KTCP_WINDOW_CONNECTIONS },
		{ "stats.json", KTCP_WINDOW_STATS },
		{ "stats.json?limit=nonsense", KTCP_WINDOW_STATS },
		{ "history.json", KTCP_WINDOW_HISTORY },
		{ "metrics", KTCP_WINDOW_METRICS },
		{ "metric", -1 }, { "metricss", -1 }, { "stats.json/", -1 },
		{ "/", -1 }, { "STATS.JSON", -1 }, { "stats", -1 },
	};
	struct ktcp_window_ask ask;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		ASSERT_EQ(row[i].doc >= 0, find(row[i].target, &ask))
			TH_LOG("'%s'", row[i].target);
		if (row[i].doc >= 0)
			ASSERT_EQ(row[i].doc, ask.doc);
	}
}

TEST(find__defaults)
{
	struct ktcp_window_ask ask;

	ASSERT_TRUE(find("connections.json?state=&limit=&q=&x=%zz&&=&limit",
			 &ask));
	EXPECT_EQ(500, ask.limit);
	EXPECT_EQ((1 << KTCP_STATES) - 1, ask.states);
	EXPECT_EQ(0, strcmp("", ask.q));
	ASSERT_TRUE(find("history.json?conn=&since=", &ask));
	EXPECT_FALSE(ask.one);
	EXPECT_EQ(0, ask.since);
}

TEST(find__parameters_of_connections)
{
	struct ktcp_window_ask ask;

	ASSERT_TRUE(find("connections.json?state=ESTABLISHED,TIME_WAIT&limit=7&q=a%20b+c%2B",
			 &ask));
	EXPECT_EQ(1 << KTCP_ESTABLISHED | 1 << KTCP_TIME_WAIT, ask.states);
	EXPECT_EQ(7, ask.limit);
	EXPECT_EQ(0, strcmp("a b c+", ask.q));
	ASSERT_TRUE(find("connections.json?limit=0", &ask));
	EXPECT_EQ(0, ask.limit);
	ASSERT_TRUE(find("connections.json?limit=2001", &ask));
	EXPECT_EQ(2000, ask.limit);
	ASSERT_TRUE(find("connections.json?limit=65537", &ask));
	EXPECT_EQ(2000, ask.limit);
	ASSERT_TRUE(find("connections.json?limit=1&limit=2", &ask));
	EXPECT_EQ(2, ask.limit);
	ASSERT_TRUE(find("connections.json?state=LISTEN%2CLAST_ACK", &ask));
	EXPECT_EQ(1 << KTCP_LISTEN | 1 << KTCP_LAST_ACK, ask.states);
	ASSERT_TRUE(find("connections.json?q=0123456789012345678901234567890",
			 &ask));
	EXPECT_EQ(31, strlen(ask.q));
}

TEST(find__since)
{
	struct ktcp_window_ask ask;

	ASSERT_TRUE(find("history.json?since=18446744073709551615", &ask));
	EXPECT_EQ(UINT64_MAX, ask.since);
	ASSERT_TRUE(find("history.json?since=0012", &ask));
	EXPECT_EQ(12, ask.since);
}

static bool same_addr(const struct in6_addr *a, const char *text)
{
	struct in6_addr b;

	return addr_libc(text, &b) && !memcmp(a, &b, sizeof(b));
}

TEST(find__conn)
{
	struct ktcp_window_ask ask;

	ASSERT_TRUE(find("history.json?since=3&conn=198.51.100.1:8080-198.51.100.2:40000",
			 &ask));
	EXPECT_TRUE(ask.one);
	EXPECT_EQ(3, ask.since);
	EXPECT_TRUE(same_addr(&ask.key.laddr, "198.51.100.1"));
	EXPECT_TRUE(same_addr(&ask.key.raddr, "198.51.100.2"));
	EXPECT_EQ(8080, ntohs(ask.key.lport));
	EXPECT_EQ(40000, ntohs(ask.key.rport));
	ASSERT_TRUE(find("history.json?conn=%5B2001%3Adb8%3A%3A1%5D%3A80-[2001:db8::2]:65535",
			 &ask));
	EXPECT_TRUE(same_addr(&ask.key.laddr, "2001:db8::1"));
	EXPECT_TRUE(same_addr(&ask.key.raddr, "2001:db8::2"));
	EXPECT_EQ(80, ntohs(ask.key.lport));
	EXPECT_EQ(65535, ntohs(ask.key.rport));
	ASSERT_TRUE(find("history.json?conn=[2001:db8:1111:2222:3333:4444:5555:6666]:65535-[2001:db8:1111:2222:3333:4444:5555:7777]:65535",
			 &ask));
}

TEST(find__bad_parameters)
{
	static const char *const row[] = {
		"connections.json?state=established",
		"connections.json?state=ESTABLISHED,",
		"connections.json?state=,LISTEN",
		"connections.json?state=CLOSED",
		"connections.json?state=LIST",
		"connections.json?limit=x", "connections.json?limit=-1",
		"connections.json?limit=1x", "connections.json?limit=%",
		"connections.json?limit=%3", "connections.json?limit=%3g",
		"connections.json?q=%00", "connections.json?q=a%00b",
		"connections.json?q=01234567890123456789012345678901",
		"history.json?since=18446744073709551616",
		"history.json?since=99999999999999999999",
		"history.json?since=1.5",
		"history.json?conn=1.2.3.4:80", "history.json?conn=-",
		"history.json?conn=1.2.3.4:80-", "history.json?conn=-1.2.3.4:80",
		"history.json?conn=1.2.3.4-1.2.3.4:80",
		"history.json?conn=1.2.3.4:0-1.2.3.4:80",
		"history.json?conn=1.2.3.4:65536-1.2.3.4:80",
		"history.json?conn=1.2.3.4:000080-1.2.3.4:80",
		"history.json?conn=1.2.3.4:80-1.2.3.4:80-",
		"history.json?conn=1.2.3.4:80-[2001:db8::1]:80",
		"history.json?conn=::1:80-::1:80",
		"history.json?conn=[1.2.3.4]:80-[1.2.3.4]:80",
		"history.json?conn=[::1:80-[::1]:80",
		"history.json?conn=[]:80-[]:80",
		"history.json?conn=*:80-*:*",
	};
	struct ktcp_window_ask ask;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++)
		EXPECT_FALSE(find(row[i], &ask)) TH_LOG("row %zu", i);
}

TEST(find__value_of_any_length)
{
	static char target[1000] = "history.json?conn=";
	struct ktcp_window_ask ask;
	size_t n = strlen(target), i;

	for (i = 0; i < 900; i++) {
		target[n + i] = '1';
		target[n + i + 1] = 0;
		EXPECT_FALSE(find(target, &ask));
	}
}

TEST(path__table)
{
	static const struct { const char *path; bool ok; } row[] = {
		{ "", true }, { "/", true }, { "/ktcp/", true },
		{ "/a/b.c/d_e-f~/", true }, { "/.../", true }, { "/.a/", true },
		{ "/..a/", true },
		{ "/0123456789012345678901234567890123456789012345678901234567890/",
		  true },
		{ "/01234567890123456789012345678901234567890123456789012345678901/",
		  false },
		{ "ktcp/", false }, { "/ktcp", false }, { "//", false },
		{ "/a//", false }, { "/./", false }, { "/../", false },
		{ "/a/../", false }, { "/a/./", false }, { "/a b/", false },
		{ "/%41/", false }, { "/a?/", false }, { "/a#/", false },
		{ "/\xff/", false }, { "/a\n/", false }, { "/:/", false },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++)
		EXPECT_EQ(row[i].ok, ktcp_window_path_ok(row[i].path))
			TH_LOG("row %zu", i);
}

TEST(json__escape)
{
	static const struct { const char *in, *out; } row[] = {
		{ "", "" }, { "plain 1:[]{}'/", "plain 1:[]{}'/" },
		{ "\"\\", "\\\"\\\\" },
		{ "\n\t\x01\x1f\x7f", "\\u000a\\u0009\\u0001\\u001f\\u007f" },
		{ "\xc3\xbf", "\\u00c3\\u00bf" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		size_t n = strlen(row[i].in);
		char *out = malloc(KTCP_JSON_ESCAPED * n + 1);

		ktcp_json_escape(out, row[i].in, n);
		EXPECT_EQ(0, strcmp(row[i].out, out)) TH_LOG("'%s'", out);
		free(out);
	}
}

/* The names themselves are those of mib.h. */
TEST(metric__names)
{
	static const struct { const char *in, *out; } row[] = {
		{ "InSegs", "in_segs" }, { "ActiveOpens", "active_opens" },
		{ "HttpStatus2xx", "http_status2xx" },
		{ "InDSacks", "in_dsacks" }, { "Undos", "undos" },
	};
	char out[KTCP_METRIC_NAME_MAX], longest[KTCP_METRIC_NAME_MAX + 1];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		ASSERT_TRUE(ktcp_metric_name(out, row[i].in));
		EXPECT_EQ(0, strcmp(row[i].out, out)) TH_LOG("'%s'", out);
	}
	memset(longest, 'A', sizeof(longest));
	longest[sizeof(longest) - 1] = 0;
	EXPECT_FALSE(ktcp_metric_name(out, longest));
}

TEST(seconds__table)
{
	static const struct { u32 us; const char *out; } row[] = {
		{ 0, "0" }, { 1, "0.000001" }, { 10, "0.00001" },
		{ 20000, "0.02" }, { 500000, "0.5" }, { 1000000, "1" },
		{ 1000001, "1.000001" }, { 10000000, "10" },
		{ UINT32_MAX, "4294.967295" },
	};
	char out[KTCP_SECONDS_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		ktcp_seconds(out, row[i].us);
		EXPECT_EQ(0, strcmp(row[i].out, out)) TH_LOG("'%s'", out);
	}
}

TEST_HARNESS_MAIN
