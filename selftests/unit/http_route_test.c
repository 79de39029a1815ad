// SPDX-License-Identifier: GPL-2.0
/* A rule of /proc/ktcp/routes: what is accepted, what it matches. */
#include <stdlib.h>
#include "http/route.h"
#include "kselftest_harness.h"

/* The line lies in memory of its own size, so that ASan sees a byte too far. */
struct parsed {
	char *line;
	const char *why;
	struct ktcp_route r;
};

static struct parsed parse(const char *text, size_t len)
{
	struct parsed p = { .line = malloc(len) };

	memcpy(p.line, text, len);
	p.why = ktcp_route_parse(p.line, len, &p.r);
	return p;
}

static bool text_is(struct ktcp_route_text t, const char *s)
{
	return t.n == strlen(s) && (!t.n || !memcmp(t.s, s, t.n));
}

TEST(rules)
{
	static const struct {
		const char *line;
		u8 kind, match;
		u16 status;
		const char *path, *to, *type, *text;
	} row[] = {
		{ "", KTCP_ROUTE_NONE },
		{ " \t", KTCP_ROUTE_NONE },
		{ "# /a health", KTCP_ROUTE_NONE },
		{ "/a health", KTCP_ROUTE_HEALTH, KTCP_ROUTE_EXACT, 0, "/a" },
		{ "\t/a*  health ", KTCP_ROUTE_HEALTH, KTCP_ROUTE_PREFIX, 0, "/a" },
		{ "* health", KTCP_ROUTE_HEALTH, KTCP_ROUTE_SUFFIX, 0, "" },
		{ "/ answer 200 text/plain", KTCP_ROUTE_ANSWER, KTCP_ROUTE_EXACT,
		  200, "/", "", "text/plain", "" },
		{ "/ answer 410 text/html;charset=utf-8 a  b\\n", KTCP_ROUTE_ANSWER,
		  KTCP_ROUTE_EXACT, 410, "/", "", "text/html;charset=utf-8",
		  "a  b\\n" },
		{ "/o redirect 301 /n", KTCP_ROUTE_REDIRECT, KTCP_ROUTE_EXACT,
		  301, "/o", "/n" },
		{ "/o/* redirect 308 https://x/*", KTCP_ROUTE_REDIRECT,
		  KTCP_ROUTE_PREFIX, 308, "/o/", "https://x/" },
		{ "*.css header Cache-Control: max-age=1", KTCP_ROUTE_HEADER,
		  KTCP_ROUTE_SUFFIX, 0, ".css", "", "",
		  "Cache-Control: max-age=1" },
		{ "* header A:b", KTCP_ROUTE_HEADER, KTCP_ROUTE_SUFFIX, 0, "", "",
		  "", "A:b" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		struct parsed p = parse(row[i].line, strlen(row[i].line));

		EXPECT_EQ(NULL, p.why)
			TH_LOG("'%s': %s", row[i].line, p.why);
		EXPECT_EQ(row[i].kind, p.r.kind);
		EXPECT_EQ(row[i].match, p.r.match);
		EXPECT_EQ(row[i].status, p.r.status);
		EXPECT_TRUE(text_is(p.r.path, row[i].path ?: ""));
		EXPECT_TRUE(text_is(p.r.to, row[i].to ?: ""));
		EXPECT_TRUE(text_is(p.r.type, row[i].type ?: ""));
		EXPECT_TRUE(text_is(p.r.text, row[i].text ?: ""));
		free(p.line);
	}
}

TEST(errors)
{
	static const char *const row[] = {
		"a health", "/a", "/a healthy", "/a health x", "/*a health",
		"*a* health", "/a** health",
		"/ answer", "/ answer 200", "/ answer 200 text", "/ answer 200 /x",
		"/ answer 200 a/", "/ answer 20 a/b", "/ answer 2000 a/b",
		"/ answer 204 a/b x", "/ answer 206 a/b x", "/ answer 304 a/b x",
		"/ answer 65736 a/b x", "/ answer 200 a/b \\t", "/ answer 200 a/b \\",
		"/ answer 200 a/b;\x80 x",
		"/ answer 200 text/html; charset=utf-8 x", "/ answer 200 a/b;",
		"/ redirect", "/ redirect 301", "/ redirect 200 /x",
		"/ redirect 304 /x", "/ redirect 301 x", "/ redirect 301 //\x7f",
		"/ redirect 301 /x y", "/ redirect 301 /x*", "*x redirect 301 /x*",
		"/* redirect 301 /*/x", "/ redirect 301 /x\"", "/ redirect 301 ftp://x",
		"/ redirect 301 *", "/* redirect 301 *",
		"/o* redirect 301 https://x*", "/o* redirect 301 http://x:80*",
		"/o* redirect 301 //x*", "/o* redirect 301 //*",
		"/o* redirect 301 https:///*", "/o* redirect 301 https://*",
		"/o/* redirect 301 /x#*",
		"* header", "* header A", "* header A:", "* header A: ",
		"* header : b", "* header A b: c", "* header \xc3: c",
		"* header content-length: 3", "* header Connection: close",
		"* header Transfer-encoding: chunked", "* header Date: x",
		"* header A: b\rB: c", "* header A: b\x01", "* header A: b\x7f",
	};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		struct parsed p = parse(row[i], strlen(row[i]));

		EXPECT_NE(NULL, p.why)
			TH_LOG("accepted: '%s'", row[i]);
		free(p.line);
	}
}

TEST(line__length)
{
	char line[KTCP_ROUTE_LINE_MAX + 1];
	struct parsed p;

	memset(line, 'x', sizeof(line));
	memcpy(line, "/ answer 200 a/b ", 17);
	p = parse(line, KTCP_ROUTE_LINE_MAX);
	EXPECT_EQ(NULL, p.why);
	EXPECT_EQ(KTCP_ROUTE_LINE_MAX - 17, p.r.text.n);
	free(p.line);
	p = parse(line, KTCP_ROUTE_LINE_MAX + 1);
	EXPECT_NE(NULL, p.why);
	free(p.line);
	p = parse("/ health\0", 9);
	EXPECT_NE(NULL, p.why);
	free(p.line);
}

TEST(line__every_cut)
{
	static const char *const row[] = {
		"/a* redirect 308 https://x/y*", "/ answer 200 text/plain;a=b c\\n\\\\d",
		"*.css header Cache-Control: max-age=1", "/x health",
	};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++)
		for (size_t n = 0; n <= strlen(row[i]); n++)
			free(parse(row[i], n).line);
}

TEST(matches)
{
	static const struct {
		const char *line, *path;
		bool yes;
	} row[] = {
		{ "/a health", "/a", true }, { "/a health", "/ab", false },
		{ "/a health", "/", false }, { "/ health", "/", true },
		{ "/a* health", "/a", true }, { "/a* health", "/a/b", true },
		{ "/a/* health", "/a", false }, { "/* health", "/", true },
		{ "*.css health", "/x.css", true }, { "*.css health", "/x.cs", false },
		{ "*.css health", "/x.css.gz", false }, { "*.css health", "s", false },
		{ "* health", "/", true }, { "* health", "/x/y", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		struct parsed p = parse(row[i].line, strlen(row[i].line));

		EXPECT_EQ(row[i].yes, ktcp_route_matches(&p.r,
							 (const u8 *)row[i].path,
							 strlen(row[i].path)))
			TH_LOG("%s %s", row[i].line, row[i].path);
		free(p.line);
	}
}

TEST(unescape)
{
	static const char *const row[][2] = {
		{ "", "" }, { "a", "a\n" }, { "a\\n", "a\n" },
		{ "a\\nb", "a\nb\n" }, { "\\\\n", "\\n\n" }, { "\\n", "\n" },
	};
	char out[16];

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		struct ktcp_route_text t = { row[i][0], strlen(row[i][0]) };
		size_t n = ktcp_route_unescape(t, out);

		EXPECT_LE(n, t.n + 1u);
		out[n] = 0;
		EXPECT_STREQ(row[i][1], out);
	}
}

static void make_location(const char *line, const char *path, const char *query,
			  char *out)
{
	struct parsed p = parse(line, strlen(line));
	char *room = malloc(KTCP_ROUTE_LOCATION_MAX);
	size_t n;

	n = ktcp_route_location(&p.r, (const u8 *)path, strlen(path),
				(const u8 *)query, query ? strlen(query) : 0,
				room);
	memcpy(out, room, n);
	out[n] = 0;
	free(room);
	free(p.line);
}

TEST(location)
{
	static const char *const row[][4] = {
		{ "/o redirect 301 /n", "/o", NULL, "/n" },
		{ "/o redirect 301 /n", "/o", "q", "/n" },
		{ "/o/* redirect 301 /n/*", "/o/a/b", NULL, "/n/a/b" },
		{ "/o/* redirect 301 /n/*", "/o/", "a=1&b", "/n/?a=1&b" },
		{ "/o/* redirect 301 /n/*", "/o/", "", "/n/?" },
		{ "/o* redirect 301 https://x/y*", "/o/a", NULL, "https://x/y/a" },
		{ "/o* redirect 301 //x/*", "/oa", NULL, "//x/a" },
		{ "/o* redirect 301 /find?q=*", "/oa", NULL, "/find?q=a" },
		{ "/o* redirect 301 /find?q=*", "/oa", "b=2", "/find?q=a&b=2" },
		{ "/* redirect 301 https://x/*", "/a b%\xc3", NULL,
		  "https://x/a%20b%25%C3" },
		{ "/o/* redirect 301 /*", "/o//evil.example", NULL,
		  "/evil.example" },
		{ "/* redirect 301 /*", "//evil.example", NULL, "/evil.example" },
	};
	char out[KTCP_ROUTE_LOCATION_MAX + 1];

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		make_location(row[i][0], row[i][1], row[i][2], out);
		EXPECT_STREQ(row[i][3], out);
	}
}

TEST(location__length)
{
	char path[2100], out[KTCP_ROUTE_LOCATION_MAX + 1];

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	for (int n = 2040; n < 2099; n++) {
		path[n] = 0;
		make_location("/* redirect 301 /*", path, NULL, out);
		EXPECT_EQ(n <= KTCP_ROUTE_LOCATION_MAX ? n : 0, (int)strlen(out));
		path[n - 1] = ' ';
		make_location("/* redirect 301 /*", path, NULL, out);
		EXPECT_EQ(n + 2 <= KTCP_ROUTE_LOCATION_MAX ? n + 2 : 0,
			  (int)strlen(out));
		path[n - 1] = 'a';
		path[n] = 'a';
	}
	path[2000] = 0;
	make_location("/* redirect 301 /*", path, path + 1953, out);
	EXPECT_EQ(2048, strlen(out));
	make_location("/* redirect 301 /*", path, path + 1952, out);
	EXPECT_EQ(0, strlen(out));
}

TEST_HARNESS_MAIN
