// SPDX-License-Identifier: GPL-2.0
/* Conditions, ranges, codings and bodies of requests (RFC 9110, RFC 9112). */
#include "http_feed.h"
#include "kselftest_harness.h"

#define H	"Host: a\r\n"
#define GET(f)	"GET / HTTP/1.1\r\n" H f "\r\n"
#define TAG	"\"" ETAG "\""
#define GZIP	"\"" ETAG_GZIP "\""
#define AT	"Sun, 06 Nov 1994 08:49:37 GMT"
#define BEFORE	"Sun, 06 Nov 1994 08:49:36 GMT"

/* Whole, and byte by byte: the same. */
static struct outcome one(struct __test_metadata *_metadata, const char *req)
{
	static struct outcome whole, cut;

	feed(req, strlen(req), cut_nowhere, NULL, &whole);
	feed(req, strlen(req), cut_everywhere, NULL, &cut);
	EXPECT_TRUE(same_outcome(&whole, &cut))
		TH_LOG("%s", req);
	return whole;
}

TEST(date)
{
	static const struct { const char *text; bool good; s64 seconds; } row[] = {
		{ AT, true, MTIME },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", true, MTIME },
		{ "Sun Nov  6 08:49:37 1994", true, MTIME },
		{ "Thu, 01 Jan 1970 00:00:00 GMT", true, 0 },
		{ "Wed, 31 Dec 1969 23:59:59 GMT", true, -1 },
		{ "Thu, 29 Feb 2024 12:00:00 GMT", true, 1709208000 },
		{ "Tue, 29 Feb 2000 00:00:00 GMT", true, 951782400 },
		{ "Fri, 31 Dec 9999 23:59:59 GMT", true, 253402300799LL },
		{ "Wednesday, 01-Jan-76 00:00:00 GMT", true, 3345062400LL },
		{ "Saturday, 01-Jan-77 00:00:00 GMT", true, 220924800 },
		{ "Thu, 29 Feb 2023 12:00:00 GMT" }, { "Thu, 29 Feb 1900 12:00:00 GMT" },
		{ "Sun, 06 Nov 1994 24:00:00 GMT" }, { "Sun, 06 Nov 1994 08:60:00 GMT" },
		{ "Sun, 06 Nov 1994 08:49:61 GMT" }, { "Sun, 00 Nov 1994 08:49:37 GMT" },
		{ "Sun, 31 Nov 1994 08:49:37 GMT" }, { "Sun, 6 Nov 1994 08:49:37 GMT" },
		{ "Sun, 06 Nov 1994 08:49:37 UTC" }, { AT " " }, { " " AT },
		{ "Son, 06 Nov 1994 08:49:37 GMT" }, { "Sun, 06 nov 1994 08:49:37 GMT" },
		{ "Sun, 01 Jan 0000 00:00:00 GMT" }, { "" }, { "0" },
	};
	s64 seconds;

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		size_t n = strlen(row[i].text);

		EXPECT_EQ(row[i].good, ktcp_http_date((const u8 *)row[i].text, n,
						      YEAR, &seconds))
			TH_LOG("%s", row[i].text);
		if (row[i].good)
			EXPECT_EQ(row[i].seconds, seconds)
				TH_LOG("%s", row[i].text);
		for (size_t cut = 0; row[i].good && cut < n; cut++) {
			u8 *copy = malloc(cut);

			memcpy(copy, row[i].text, cut);
			EXPECT_FALSE(ktcp_http_date(copy, cut, YEAR, &seconds));
			free(copy);
		}
	}
}

/* RFC 9110 5.6.7: more than fifty years in the future is in the past. */
TEST(date_of_two_digits)
{
	static const struct { u16 now; const char *date; s64 year; } row[] = {
		{ 2026, "Friday, 01-Jan-00 00:00:00 GMT", 2000 },
		{ 2026, "Friday, 01-Jan-26 00:00:00 GMT", 2026 },
		{ 2026, "Friday, 01-Jan-76 00:00:00 GMT", 2076 },
		{ 2026, "Friday, 01-Jan-77 00:00:00 GMT", 1977 },
		{ 2026, "Friday, 01-Jan-99 00:00:00 GMT", 1999 },
		{ 2075, "Friday, 01-Jan-99 00:00:00 GMT", 2099 },
		{ 2049, "Friday, 01-Jan-99 00:00:00 GMT", 2099 },
		{ 2048, "Friday, 01-Jan-99 00:00:00 GMT", 1999 },
	};
	s64 seconds, first;

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		char text[40];

		snprintf(text, sizeof(text), "Fri, 01 Jan %d 00:00:00 GMT", (int)row[i].year);
		EXPECT_TRUE(ktcp_http_date((const u8 *)text, strlen(text), 0, &first));
		EXPECT_TRUE(ktcp_http_date((const u8 *)row[i].date,
					   strlen(row[i].date), row[i].now, &seconds));
		EXPECT_EQ(first, seconds)
			TH_LOG("%s in %u", row[i].date, row[i].now);
	}
}

TEST(conditions)
{
	static const struct { const char *req; int plain, gzip; } row[] = {
		{ GET(""), 0, 0 },
		{ GET("If-Match: *\r\n"), 0, 0 },
		{ GET("If-Match: " TAG "\r\n"), 0, 412 },
		{ GET("If-Match: " GZIP "\r\n"), 412, 0 },
		{ GET("If-Match: " TAG ", " GZIP "\r\n"), 0, 0 },
		{ GET("If-Match: W/" TAG "\r\n"), 412, 412 },
		{ GET("If-Match: \"x\"\r\n"), 412, 412 },
		{ GET("If-Match: \"x\"\r\nIf-Match: " TAG "\r\n"), 0, 412 },
		{ GET("If-None-Match: *\r\n"), 304, 304 },
		{ GET("If-None-Match: " TAG "\r\n"), 304, 0 },
		{ GET("If-None-Match: W/" GZIP "\r\n"), 0, 304 },
		{ "HEAD / HTTP/1.1\r\n" H "If-None-Match: *\r\n\r\n", 304, 304 },
		{ "PUT / HTTP/1.1\r\n" H "If-None-Match: *\r\n\r\n", 412, 412 },
		{ GET("If-Modified-Since: " AT "\r\n"), 304, 304 },
		{ GET("If-Modified-Since: " BEFORE "\r\n"), 0, 0 },
		{ GET("If-Modified-Since: yesterday\r\n"), 0, 0 },
		{ "PUT / HTTP/1.1\r\n" H "If-Modified-Since: " AT "\r\n\r\n", 0, 0 },
		{ GET("If-Unmodified-Since: " AT "\r\n"), 0, 0 },
		{ GET("If-Unmodified-Since: " BEFORE "\r\n"), 412, 412 },
		{ GET("If-Unmodified-Since: 0\r\n"), 0, 0 },
		/* their order, RFC 9110 13.2.2 */
		{ GET("If-Match: " TAG "\r\nIf-Unmodified-Since: " BEFORE "\r\n"), 0, 412 },
		{ GET("If-Unmodified-Since: " AT "\r\nIf-Match: \"x\"\r\n"), 412, 412 },
		{ GET("If-None-Match: \"x\"\r\nIf-Modified-Since: " AT "\r\n"), 0, 0 },
		{ GET("If-None-Match: *\r\nIf-Modified-Since: " BEFORE "\r\n"), 304, 304 },
		/* RFC 9110 13.1.3, 13.1.4: two of them are none, in any order */
		{ GET("If-Modified-Since: " AT "\r\nIf-Modified-Since: " AT "\r\n"), 0, 0 },
		{ GET("If-Modified-Since: x\r\nIf-Modified-Since: " AT "\r\n"), 0, 0 },
		{ GET("If-Unmodified-Since: " BEFORE "\r\nIf-Unmodified-Since: " BEFORE "\r\n"), 0, 0 },
		{ GET("If-Unmodified-Since: x\r\nIf-Unmodified-Since: " BEFORE "\r\n"), 0, 0 },
		{ GET("If-Match: \"x\"\r\nIf-None-Match: *\r\n"), 412, 412 },
		{ GET("If-Match: *\r\nIf-None-Match: *\r\n"), 304, 304 },
		{ GET("If-Unmodified-Since: " BEFORE "\r\nIf-None-Match: *\r\n"), 412, 412 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		struct outcome o = one(_metadata, row[i].req);

		EXPECT_EQ(KTCP_HTTP_DONE, o.verdict);
		EXPECT_EQ(row[i].plain, o.evaluate[0])
			TH_LOG("%s", row[i].req);
		EXPECT_EQ(row[i].gzip, o.evaluate[1])
			TH_LOG("%s", row[i].req);
	}
}

TEST(if_range)
{
	static const struct { const char *req; bool plain, gzip; } row[] = {
		{ GET("Range: bytes=0-1\r\n"), true, true },
		{ GET("Range: bytes=0-1\r\nIf-Range: " TAG "\r\n"), true, false },
		{ GET("If-Range: " GZIP "\r\nRange: bytes=0-1\r\n"), false, true },
		{ GET("If-Range: W/" TAG "\r\n"), false, false },
		{ GET("If-Range: " AT "\r\n"), false, false },
		{ GET("If-Range: *\r\n"), false, false },
		{ GET("If-Range: " TAG "\r\nIf-Range: " TAG "\r\n"), false, false },
		{ GET("If-Range: " AT "\r\nIf-Range: " TAG "\r\n"), false, false },
		{ "HEAD / HTTP/1.1\r\n" H "Range: bytes=0-1\r\n\r\n", false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		struct outcome o = one(_metadata, row[i].req);

		EXPECT_EQ(row[i].plain, o.wanted[0])
			TH_LOG("%s", row[i].req);
		EXPECT_EQ(row[i].gzip, o.wanted[1])
			TH_LOG("%s", row[i].req);
	}
}

/* As "first-last,..." of so many bytes, or "" */
static void resolve(const char *value, u64 len, char *text)
{
	struct ktcp_http_ranges r;
	size_t n = strlen(value);
	u8 *copy = malloc(n);

	memcpy(copy, value, n);
	ktcp_http_ranges_parse(copy, n, &r);
	free(copy);
	*text = '\0';
	if (!r.n)
		strcpy(text, "none");
	else if (!ktcp_http_ranges_resolve(&r, len))
		strcpy(text, "416");
	else
		for (int i = 0; i < r.n; i++)
			text += sprintf(text, "%s%llu-%llu", i ? "," : "",
					(unsigned long long)r.r[i].first,
					(unsigned long long)r.r[i].last);
}

TEST(ranges)
{
	static const struct { const char *value; u64 len; const char *want; } row[] = {
		{ "bytes=0-0", 10, "0-0" }, { "bytes=0-9", 10, "0-9" },
		{ "bytes=0-10", 10, "0-9" }, { "bytes=9-", 10, "9-9" },
		{ "bytes=10-", 10, "416" }, { "bytes=10-11", 10, "416" },
		{ "bytes=-1", 10, "9-9" }, { "bytes=-10", 10, "0-9" },
		{ "bytes=-11", 10, "0-9" }, { "bytes=-0", 10, "416" },
		{ "bytes=0-", 0, "416" }, { "bytes=-1", 0, "416" },
		{ "Bytes=1-2", 10, "1-2" }, { "bytes= 1-2 ,\t4-5", 10, "1-2,4-5" },
		{ "bytes=4-5,1-2", 10, "4-5,1-2" }, { "bytes=1-2,3-4", 10, "1-4" },
		{ "bytes=3-4,1-2", 10, "1-4" }, { "bytes=0-9,2-3", 10, "0-9" },
		{ "bytes=0-1,8-9,1-8", 10, "0-9" }, { "bytes=0-1,4-5,-1", 10, "0-1,4-5,9-9" },
		{ "bytes=20-30,1-2", 10, "1-2" }, { "bytes=,1-2,,", 10, "1-2" },
		{ "bytes=0-99999999999999999999999", 10, "0-9" },
		{ "bytes=99999999999999999999999-", 10, "416" },
		{ "bytes=-99999999999999999999999", 10, "0-9" },
		{ "bytes=0-18446744073709551616", 10, "0-9" },
		{ "bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14", 20,
		  "0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14" },
		{ "bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16", 20, "none" },
		{ "bytes=2-1", 10, "none" }, { "bytes=-", 10, "none" },
		{ "bytes=a-b", 10, "none" }, { "bytes=1", 10, "none" },
		{ "bytes=1-2-3", 10, "none" }, { "bytes=+1-2", 10, "none" },
		{ "bytes", 10, "none" }, { "bytes=", 10, "none" }, { "", 10, "none" },
		{ "lines=1-2", 10, "none" }, { "bytes =1-2", 10, "none" },
		{ "bytes=0-1,x", 10, "none" }, { "bytes=1 -2", 10, "none" },
	};
	char text[400];

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		resolve(row[i].value, row[i].len, text);
		EXPECT_STREQ(row[i].want, text)
			TH_LOG("%s", row[i].value);
	}
}

TEST(codings)
{
	static const struct { const char *value; int all; } row[] = {
		{ NULL, KTCP_HTTP_IDENTITY }, { "", KTCP_HTTP_IDENTITY },
		{ "gzip", KTCP_HTTP_GZIP }, { "GZip", KTCP_HTTP_GZIP },
		{ "x-gzip", KTCP_HTTP_GZIP }, { "deflate", KTCP_HTTP_IDENTITY },
		{ "gzip, deflate, br, zstd", KTCP_HTTP_ZSTD },
		{ "gzip, br", KTCP_HTTP_BR }, { "br;q=0.5, gzip", KTCP_HTTP_GZIP },
		{ "br;q=0.501, gzip;q=0.5", KTCP_HTTP_BR },
		{ "br ; q=0, gzip", KTCP_HTTP_GZIP }, { "gzip;q=0", KTCP_HTTP_IDENTITY },
		{ "gzip;q=0.000", KTCP_HTTP_IDENTITY }, { "*", KTCP_HTTP_ZSTD },
		{ "*;q=0", KTCP_HTTP_IDENTITY }, { "zstd;q=0, *", KTCP_HTTP_BR },
		{ "gzip;q=0.5, *;q=0", KTCP_HTTP_GZIP },
		{ "identity;q=0, gzip;q=0.1", KTCP_HTTP_GZIP },
		{ "identity, gzip;q=0.5", KTCP_HTTP_IDENTITY },
		{ "gzip;q=0.5, identity;q=0.1", KTCP_HTTP_GZIP },
		{ "gzip;q=2", KTCP_HTTP_IDENTITY }, { "gzip;q=1.001", KTCP_HTTP_IDENTITY },
		{ "gzip;q=0.1234", KTCP_HTTP_IDENTITY }, { "gzip;q=", KTCP_HTTP_IDENTITY },
		{ "gzip;x=1", KTCP_HTTP_IDENTITY }, { "gzip;Q=1", KTCP_HTTP_GZIP },
	};
	char req[200];

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		struct outcome o;

		sprintf(req, "GET / HTTP/1.1\r\n" H "%s%s%s\r\n",
			row[i].value ? "Accept-Encoding: " : "",
			row[i].value ?: "", row[i].value ? "\r\n" : "");
		o = one(_metadata, req);
		EXPECT_EQ(row[i].all, o.coding)
			TH_LOG("%s", req);
	}
}

TEST(expect)
{
	EXPECT_TRUE(one(_metadata, GET("Expect: 100-continue\r\n")).expect);
	EXPECT_TRUE(one(_metadata, GET("expect: 100-Continue\r\n")).expect);
	EXPECT_FALSE(one(_metadata, GET("")).expect);
	EXPECT_EQ(417, one(_metadata, GET("Expect: 200\r\n")).verdict);
	EXPECT_EQ(417, one(_metadata, GET("Expect:\r\n")).verdict);
	EXPECT_FALSE(one(_metadata,
			 "GET / HTTP/1.0\r\nExpect: x\r\n\r\n").expect);
}

#define LEN(n)	"POST / HTTP/1.1\r\n" H "Content-Length: " n "\r\n\r\n"
#define CHUNKS	"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"

TEST(bodies)
{
	/* @rest: bytes behind the body */
	static const struct { const char *req; int verdict; int rest; } row[] = {
		{ LEN("2") "hi", KTCP_HTTP_DONE, 0 },
		{ LEN("2") "hiGET", KTCP_HTTP_DONE, 3 },
		{ LEN("2") "h", KTCP_HTTP_MORE }, { LEN("2"), KTCP_HTTP_MORE },
		{ LEN("1000"), KTCP_HTTP_MORE }, { LEN("1001"), 413 },
		{ LEN("4294967296"), 413 }, { LEN("18446744073709551609"), 413 },
		{ CHUNKS "0\r\n\r\n", KTCP_HTTP_DONE, 0 },
		{ CHUNKS "0\r\n\r\n0\r\n", KTCP_HTTP_DONE, 3 },
		{ CHUNKS "2\r\nhi\r\n0\r\n\r\n", KTCP_HTTP_DONE, 0 },
		{ CHUNKS "a\r\n0123456789\r\nA\r\n0123456789\r\n00\r\n\r\n", KTCP_HTTP_DONE, 0 },
		{ CHUNKS "2;a=b;c=\"d;e\"\r\nhi\r\n0;x\r\n\r\n", KTCP_HTTP_DONE, 0 },
		{ CHUNKS "2 \t\r\nhi\r\n0\r\n\r\n", KTCP_HTTP_DONE, 0 },
		{ CHUNKS "2 \t; a\r\nhi\r\n0\r\n\r\n", KTCP_HTTP_DONE, 0 },
		{ CHUNKS "2 hi there\r\nhi\r\n0\r\n\r\n", 400, 0 },
		{ CHUNKS "2 0\r\nhi\r\n0\r\n\r\n", 400, 0 },
		{ CHUNKS "0\r\nA: b\r\nC:\r\n\r\n", KTCP_HTTP_DONE, 0 },
		{ CHUNKS "3e8\r\n", KTCP_HTTP_MORE }, { CHUNKS "3e9\r\n", 413 },
		{ CHUNKS "3e7\r\n", KTCP_HTTP_MORE },
		{ CHUNKS "ffffffffffffffff", 413 }, { CHUNKS "10000000000000001\r\n", 413 },
		{ CHUNKS "000000000000000000002\r\nhi\r\n0\r\n\r\n", KTCP_HTTP_DONE, 0 },
		{ CHUNKS "\r\n", 400 }, { CHUNKS "g\r\n", 400 }, { CHUNKS "-1\r\n", 400 },
		{ CHUNKS "0x2\r\nhi\r\n", 400 }, { CHUNKS ";a\r\n", 400 },
		{ CHUNKS " 2\r\nhi\r\n", 400 },
		{ CHUNKS "2\nhi\r\n", 400 }, { CHUNKS "2\rhi\r\n", 400 },
		{ CHUNKS "2\r\r\nhi\r\n", 400 }, { CHUNKS "2;a\nhi\r\n", 400 },
		{ CHUNKS "2;\x01\r\n", 400 },
		{ CHUNKS "2\r\nhi0\r\n", 400 }, { CHUNKS "2\r\nhi\n0\r\n", 400 },
		{ CHUNKS "2\r\nhi\r0\r\n", 400 },
		{ CHUNKS "0\r\n\n", 400 }, { CHUNKS "0\r\n\rx", 400 },
		{ CHUNKS "0\r\n A: b\r\n\r\n", 400 }, { CHUNKS "0\r\nA : b\r\n\r\n", 400 },
		{ CHUNKS "0\r\n: b\r\n\r\n", 400 }, { CHUNKS "0\r\nA\r\n\r\n", 400 },
		{ CHUNKS "0\r\nA: b\n\r\n", 400 }, { CHUNKS "0\r\nA: b\rC: d\r\n\r\n", 400 },
		{ CHUNKS "0\r\nA: \x01\r\n\r\n", 400 },
		{ CHUNKS "0\r\nA: b\r\n", KTCP_HTTP_MORE }, { CHUNKS "0\r\n\r", KTCP_HTTP_MORE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		struct outcome o = one(_metadata, row[i].req);

		EXPECT_EQ(KTCP_HTTP_DONE, o.verdict);
		EXPECT_TRUE(o.body);
		EXPECT_EQ(row[i].verdict, o.body_verdict)
			TH_LOG("%s", row[i].req);
		if (row[i].verdict == KTCP_HTTP_DONE)
			EXPECT_EQ(strlen(row[i].req) - row[i].rest, o.body_end)
				TH_LOG("%s", row[i].req);
	}
}

/* The sum of all chunks is bounded, and each line, and all trailers. */
TEST(chunk_limits)
{
	static char req[40000];
	char *at;
	struct outcome o;

	at = stpcpy(req, CHUNKS);
	for (int i = 0; i < 1000; i++)
		at = stpcpy(at, "1\r\nx\r\n");
	strcpy(at, "0\r\n\r\n");
	o = one(_metadata, req);
	EXPECT_EQ(KTCP_HTTP_DONE, o.body_verdict);
	strcpy(at, "1\r\nx\r\n0\r\n\r\n");
	EXPECT_EQ(413, one(_metadata, req).body_verdict);

	for (int n = 255; n <= 257; n++) {
		at = stpcpy(req, CHUNKS "1;");
		memset(at, 'x', n - 3);
		strcpy(at + n - 3, "\r\nx\r\n0\r\n\r\n");
		EXPECT_EQ(n <= KTCP_HTTP_CHUNK_LINE_MAX ? KTCP_HTTP_DONE : 400,
			  one(_metadata, req).body_verdict)
			TH_LOG("%d", n);
	}

	at = stpcpy(req, CHUNKS "0\r\n");
	for (int i = 0; i < KTCP_HTTP_FIELDS_MAX; i++)
		at = stpcpy(at, "A: b\r\n");
	strcpy(at, "\r\n");
	EXPECT_EQ(KTCP_HTTP_DONE, one(_metadata, req).body_verdict);
	strcpy(at, "A: b\r\n\r\n");
	EXPECT_EQ(431, one(_metadata, req).body_verdict);

	at = stpcpy(req, CHUNKS "0\r\nA: ");
	memset(at, 'x', 20000);
	strcpy(at + 20000, "\r\n\r\n");
	EXPECT_EQ(431, one(_metadata, req).body_verdict);
}

TEST_HARNESS_MAIN
