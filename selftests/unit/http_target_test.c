// SPDX-License-Identifier: GPL-2.0
/* The name that a path stands for (RFC 3986 2.4, 5.2.4). */
#include <stdlib.h>
#include "http/target.h"
#include "kselftest_harness.h"

/* In memory of its own size, so that ASan sees a byte too far. */
static int path(const char *in, size_t len, char *out)
{
	u8 *copy = malloc(len), *room = malloc(len);
	int n;

	memcpy(copy, in, len);
	n = ktcp_http_path(copy, len, room);
	if (n >= 0) {
		memcpy(out, room, n);
		out[n] = 0;
	}
	if (n >= 0 && ktcp_http_path_plain(copy, len) &&
	    ((size_t)n != len || memcmp(room, in, len)))
		n = -2;
	free(copy);
	free(room);
	return n;
}

TEST(names)
{
	static const char *const row[][2] = {
		{ "/", "/" },
		{ "/a", "/a" },
		{ "/a/b.c", "/a/b.c" },
		{ "//", "//" },
		{ "/a//b/", "/a//b/" },
		{ "/%41%2e%2E", "/A.." },
		{ "/a%20b", "/a b" },
		{ "/%e4%bd%a0", "/\xe4\xbd\xa0" },
		{ "/%25%34%31", "/%41" },
		{ "/a%2fb", "/a/b" },
		{ "/.", "/" },
		{ "/./", "/" },
		{ "/a/.", "/a/" },
		{ "/a/./b", "/a/b" },
		{ "/a/..", "/" },
		{ "/a/../", "/" },
		{ "/a/../b", "/b" },
		{ "/a/b/../../c", "/c" },
		{ "/a/%2e%2E/b", "/b" },
		{ "/a%2f..%2fb", "/b" },
		{ "/a//../b", "/a/b" },
		{ "//..", "/" },
		{ "/...", "/..." },
		{ "/.a/..b/c.", "/.a/..b/c." },
		{ "/a/b/c/./../../g", "/a/g" },	/* RFC 3986 5.2.4 */
	};
	char out[64];

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		EXPECT_LE(0, path(row[i][0], strlen(row[i][0]), out));
		EXPECT_STREQ(row[i][1], out);
	}
}

TEST(errors)
{
	static const char *const row[] = {
		"/%", "/%4", "/%4g", "/%g4", "/%%41", "/a%", "/%00", "/%1f",
		"/%7f", "/a%0d%0ab", "/%09",
		"/..", "/../", "/../a", "/./..", "/a/../..", "/a/../../a",
		"/%2e%2e/a", "/..%2fa", "/.%2E",
		/* the slash that the parser saw is another byte by now */
		"A", "Ab/../c", "Ab/../../c", "b/..", "%2", "..",
	};
	char out[64];

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		EXPECT_EQ(-1, path(row[i], strlen(row[i]), out))
			TH_LOG("'%s' is '%s'", row[i], out);
	}
}

/* Whatever comes, no name has a dot segment, and none is longer than its path. */
TEST(every_short_path)
{
	static const char bytes[] = "/.a%2eF";
	char in[8] = "/", out[16];
	size_t n = sizeof(bytes) - 1, len, i;

	for (len = 1; len < 8; len++) {
		size_t count = 1, k;

		for (i = 1; i < len; i++)
			count *= n;
		for (k = 0; k < count; k++) {
			size_t left = k;
			int got;

			for (i = 1; i < len; i++, left /= n)
				in[i] = bytes[left % n];
			got = path(in, len, out);
			ASSERT_NE(-2, got);
			if (got < 0)
				continue;
			ASSERT_EQ('/', out[0]);
			ASSERT_GE((int)len, got);
			strcpy(out + got, "/");
			ASSERT_EQ(NULL, strstr(out, "/./"));
			ASSERT_EQ(NULL, strstr(out, "/../"));
		}
	}
}

TEST_HARNESS_MAIN
