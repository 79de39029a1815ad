// SPDX-License-Identifier: GPL-2.0
/* net.ktcp.*: defaults, and what is refused. What each does: the other tests. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>

#define WIRE_DEFAULTS
#include "wire.h"

static void check_value(const char *name, const char *value)
{
	char seen[1800];

	sysctl_get(name, seen, sizeof(seen));
	if (strcmp(seen, value))
		fail("net.ktcp.%s is '%s', not '%s'", name, seen, value);
}

static int bound_socket(int family, uint16_t port)
{
	struct sockaddr_in6 a6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
	};
	struct sockaddr_in a4 = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int fd = socket(family, SOCK_STREAM, 0), err;

	err = family == AF_INET6 ? bind(fd, (void *)&a6, sizeof(a6)) :
				   bind(fd, (void *)&a4, sizeof(a4));
	if (err) {
		err = errno;
		close(fd);
		return -err;
	}
	return fd;
}

WIRE(default__of_each)
{
	static const char *const row[][2] = {
		{ "ports", "8080" },
		{ "max_syn_backlog", "1024" },
		{ "syncookies", "1" },
		{ "synack_retries", "5" },
		{ "syn_retries", "7" },
		{ "retries2", "15" },
		{ "time_wait_sec", "60" },
		{ "fin_wait2_sec", "60" },
		{ "orphan_sec", "120" },
		{ "rto_min_ms", "200" },
		{ "rto_max_ms", "120000" },
		{ "delack_ms", "40" },
		{ "quick_acks", "16" },
		{ "keepalive_sec", "7200" },
		{ "keepalive_interval_sec", "75" },
		{ "keepalive_probes", "9" },
		{ "rcvbuf", "65535" },
		{ "rcvbuf_max", "4194304" },
		{ "window_scaling", "1" },
		{ "timestamps", "1" },
		{ "sack", "1" },
		{ "ecn", "2" },
		{ "init_cwnd", "10" },
		{ "mtu_probe_sec", "300" },
		{ "user_timeout_option", "0" },
		{ "user_timeout_min_sec", "100" },
		{ "user_timeout_max_sec", "3600" },
		{ "rst_ratelimit", "100" },
		{ "challenge_ack_ratelimit", "10" },
		{ "max_connections", "262144" },
		{ "max_time_wait", "262144" },
		{ "http_idle_sec", "60" },
		{ "http_header_sec", "30" },
		{ "http_body_sec", "30" },
		{ "http_body_max", "1048576" },
		{ "http_write_sec", "60" },
		{ "http_requests_max", "0" },
		{ "maintenance", "0" },
		{ "drain", "0" },
		{ "docroot_files_max", "65536" },
		{ "docroot_mib_max", "1024" },
		{ "docroot_depth_max", "16" },
	};
	static const char *const bad[] = {
		"-1", "99999999999999999999", "4294967296", "x", "1x",
	};
	size_t i, j;

	for (i = 0; i < ARRAY_LEN(row); i++) {
		check_value(row[i][0], row[i][1]);
		for (j = 0; j < ARRAY_LEN(bad); j++) {
			if (sysctl_try(row[i][0], bad[j]) != EINVAL)
				fail("net.ktcp.%s takes '%s'", row[i][0],
				     bad[j]);
			check_value(row[i][0], row[i][1]);
		}
	}
}

/* What the kernel has said since the last time; once each 5 s is not limited. */
static void check_logged(const char *text)
{
	char line[1024] = "", all[4096] = "";
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	ssize_t n;
	int found = 0;

	check(fd >= 0);
	while ((n = read(fd, line, sizeof(line) - 1)) > 0) {
		line[n] = 0;
		found += !!strstr(line, text);
		if (strstr(line, ": refused"))
			snprintf(all, sizeof(all), "%s", line);
	}
	close(fd);
	if (found != 1)
		fail("%d lines '%s' in the log; the last one: %s", found, text,
		     all);
}

WIRE(rto__least_is_not_above_greatest)
{
	wire_only(p, AF_INET);	/* the log is one */
	quiet(p, 6000);
	sysctl_set("rto_max_ms", "1500");
	check_eq(EINVAL, sysctl_try("rto_min_ms", "1501"));
	check_value("rto_min_ms", "200");
	check_logged("rto_min_ms: refused; use 10 to 1500, as bounded by rto_max_ms\n");
	sysctl_set("rto_min_ms", "1500");
	check_eq(EINVAL, sysctl_try("rto_max_ms", "1499"));
	check_value("rto_max_ms", "1500");
	check_logged("rto_max_ms: refused; use 1500 to 120000, as bounded by rto_min_ms\n");
	/* each has its own range all the same */
	sysctl_set("rto_min_ms", "20");
	check_eq(EINVAL, sysctl_try("rto_max_ms", "999"));
	check_logged("rto_max_ms: refused; use 1000 to 120000, as bounded by rto_min_ms\n");
	sysctl_set("rto_max_ms", "1000");
}

/* Nothing is half-applied: the port that is right is not taken either. */
WIRE(ports__bad_list_changes_nothing)
{
	static const char *const bad[] = {
		"0", "65536", "80,0", "80,65536", "80,80", "80 ,x", "80,,90",
		"80,", ",80", "80;90", "80 90", "99999999999", "0x50", "-80",
		"80:", "80:vegas", "80:,81", ":newreno", "80:newreno:cubic",
		"80: newreno", "80:newreno cubic", "80:newrenonewrenonewreno",
		"80:newreno,80:cubic", "80:NewReno",
	};
	struct response r;
	size_t i;
	int fd;

	flow_connect(f);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		if (sysctl_try("ports", bad[i]) != EINVAL)
			fail("ports takes '%s'", bad[i]);
		check_value("ports", "8080");
		check_eq(1, conn_count("LISTEN"));
	}
	fd = bound_socket(AF_INET, 80);
	check(fd >= 0);
	request(f, GET, &r);
	check_page(f, 1, &r);
}

WIRE(ports__bound_by_a_program)
{
	int fd = bound_socket(p->family, 9090);

	check(fd >= 0);
	check_eq(EADDRINUSE, sysctl_try("ports", "8080,9090"));
	check_value("ports", "8080");
	check_eq(1, conn_count("LISTEN"));
	close(fd);
	sysctl_set("ports", "8080,9090");
	check_eq(2, conn_count("LISTEN"));
}

/* The port is ours: no program gets it, until it is given back. */
WIRE(ports__are_kept_from_programs)
{
	int fd;

	check_eq(-EADDRINUSE, bound_socket(p->family, PORT));
	sysctl_set("ports", "");
	check_value("ports", "");
	fd = bound_socket(p->family, PORT);
	check(fd >= 0);
	close(fd);
}

WIRE(ports__again_keeps_connections)
{
	struct response r;

	flow_connect(f);
	sysctl_set("ports", "8080");
	sysctl_set("ports", "81,8080,82");
	sysctl_set("ports", "8080");
	quiet(p, 100);
	request(f, GET, &r);
	check_page(f, 1, &r);
}

/* The line of a port in /proc/ktcp/listeners ends with it. */
static void check_listener_cc(unsigned int port, const char *cc)
{
	char line[256], begin[16], end[32];
	FILE *file = fopen("/proc/ktcp/listeners", "r");
	bool found = false;

	check(!!file);
	snprintf(begin, sizeof(begin), "%u ", port);
	snprintf(end, sizeof(end), " %s\n", cc);
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, begin, strlen(begin)))
			continue;
		found = true;
		if (strcmp(line + strlen(line) - strlen(end), end))
			fail("listener is '%s', not with%s", line, end);
	}
	fclose(file);
	check(found);
}

static void check_conn_cc(struct flow *f, const char *cc)
{
	char value[32];

	check(conn_get(f, "cc", value, sizeof(value)));
	if (strcmp(value, cc))
		fail("cc is %s, not %s", value, cc);
}

WIRE(ports__congestion_control_of_each)
{
	static struct flow other, later;

	sysctl_set("ports", "8080:newreno,8081");
	check_value("ports", "8080:newreno,8081");
	check_listener_cc(8080, "newreno");
	check_listener_cc(8081, "cubic");
	flow_connect(f);
	check_conn_cc(f, "newreno");
	flow_init(&other, p);
	other.dport = 8081;
	flow_connect(&other);
	check_conn_cc(&other, "cubic");

	/* new connections only, and the namespace's where nothing is said */
	sysctl_set("congestion_control", "newreno");
	sysctl_set("ports", "8080,8081:cubic");
	check_value("ports", "8080,8081:cubic");
	check_listener_cc(8080, "newreno");
	check_listener_cc(8081, "cubic");
	sysctl_set("congestion_control", "cubic");
	check_listener_cc(8080, "cubic");
	check_conn_cc(f, "newreno");
	flow_init(&later, p);
	flow_connect(&later);
	check_conn_cc(&later, "cubic");

	/* nothing is half-applied */
	check_eq(EINVAL, sysctl_try("ports", "8080:newreno,8081:vegas"));
	check_listener_cc(8080, "cubic");
}

/* A SYN cookie's connection has it too. */
WIRE(ports__congestion_control_by_cookie)
{
	sysctl_set("syncookies", "2");
	sysctl_set("ports", "8080:newreno");
	flow_connect(f);
	check_conn_cc(f, "newreno");
}

WIRE(ports__at_most_64)
{
	char list[1600] = "8080";
	size_t n = 4;
	int i;

	for (i = 1; i < 64; i++)
		n += sprintf(list + n, ",%d", 10000 + i);
	sysctl_set("ports", list);
	check_value("ports", list);
	check_eq(64, conn_count("LISTEN"));
	sprintf(list + n, ",10064");
	check_eq(EINVAL, sysctl_try("ports", list));
	check_eq(64, conn_count("LISTEN"));
	/* as long as a list can be */
	for (n = 0, i = 0; i < 64; i++)
		n += sprintf(list + n, "%s%d:newreno", i ? "," : "", 20000 + i);
	sysctl_set("ports", list);
	check_value("ports", list);
	check_eq(64, conn_count("LISTEN"));
}

WIRE(congestion_control__by_name)
{
	char value[64];

	sysctl_get("congestion_control", value, sizeof(value));
	check(!strcmp(value, "cubic"));
	sysctl_set("congestion_control", "newreno");
	sysctl_get("congestion_control", value, sizeof(value));
	check(!strcmp(value, "newreno"));
	check_eq(EINVAL, sysctl_try("congestion_control", "vegas"));
	check_eq(EINVAL, sysctl_try("congestion_control", ""));
	sysctl_get("congestion_control", value, sizeof(value));
	check(!strcmp(value, "newreno"));
}

TEST_HARNESS_MAIN
