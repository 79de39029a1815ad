// SPDX-License-Identifier: GPL-2.0
/* net.ktcp.*: defaults, and what is refused. What each does: the other tests. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>

#define WIRE_DEFAULTS
#include "wire.h"

static void check_value(const char *name, const char *value)
{
	char seen[1800];

	sysctl_get(name, seen, sizeof(seen));
	if (strcmp(seen, value))
		fail("net.ktcp.%s is '%s', not '%s'", name, seen, value);
}

static int bind_at(int family, const char *addr, uint16_t port, bool reuse)
{
	struct sockaddr_in6 a6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
	};
	struct sockaddr_in a4 = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int fd = socket(family, SOCK_STREAM, 0), one = reuse, err;

	if (addr)
		check(inet_pton(family, addr,
				family == AF_INET6 ? (void *)&a6.sin6_addr :
						     (void *)&a4.sin_addr) == 1);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	err = family == AF_INET6 ? bind(fd, (void *)&a6, sizeof(a6)) :
				   bind(fd, (void *)&a4, sizeof(a4));
	if (err) {
		err = errno;
		close(fd);
		return -err;
	}
	return fd;
}

static int bound_socket(int family, uint16_t port)
{
	return bind_at(family, NULL, port, false);
}

/* The number may be set, or is out of range, and the default comes back. */
static void check_range(const char *name, long long number, int def, bool taken)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", number);
	if (sysctl_try(name, text) != (taken ? 0 : EINVAL))
		fail("net.ktcp.%s: %s is %s", name, text,
		     taken ? "refused" : "taken");
	snprintf(text, sizeof(text), "%lld", taken ? number : def);
	check_value(name, text);
	snprintf(text, sizeof(text), "%d", def);
	check_eq(0, sysctl_try(name, text));
}

WIRE(default__and_range_of_each)
{
	static const struct {
		const char *name;
		int def, min, max;
	} row[] = {
		{ "max_syn_backlog", 1024, 1, 1048576 },
		{ "syncookies", 1, 0, 2 },
		{ "synack_retries", 5, 0, 15 },
		{ "syn_retries", 7, 0, 15 },
		{ "retries2", 15, 1, 100 },
		{ "user_timeout_option", 0, 0, 1 },
		{ "user_timeout_min_sec", 100, 1, 86400 },
		{ "user_timeout_max_sec", 3600, 1, 86400 },
		{ "time_wait_sec", 60, 1, 600 },
		{ "fin_wait2_sec", 60, 1, 600 },
		{ "orphan_sec", 120, 1, 3600 },
		{ "rto_min_ms", 200, 10, 120000 },
		{ "rto_max_ms", 120000, 1000, 120000 },
		{ "delack_ms", 40, 1, 499 },
		{ "quick_acks", 16, 0, 255 },
		{ "keepalive_sec", 7200, 1, 604800 },
		{ "keepalive_interval_sec", 75, 1, 32767 },
		{ "keepalive_probes", 9, 1, 127 },
		{ "rcvbuf", 65535, 2048, 65535 },
		{ "rcvbuf_max", 4194304, 2048, 1073741824 },
		{ "window_scaling", 1, 0, 1 },
		{ "timestamps", 1, 0, 1 },
		{ "sack", 1, 0, 1 },
		{ "ecn", 2, 0, 2 },
		{ "init_cwnd", 10, 1, 1000 },
		{ "mtu_probing", 1, 0, 1 },
		{ "base_mss", 1024, 512, 65535 },
		{ "mtu_probe_sec", 300, 1, 86400 },
		{ "rst_ratelimit", 100, 0, 1000000 },
		{ "challenge_ack_ratelimit", 10, 0, 255 },
		{ "max_connections", 262144, 1, 16777216 },
		{ "max_time_wait", 262144, 0, 16777216 },
		{ "mem_mib_max", 0, 0, 16777216 },
		{ "port_min", 61000, 1, 65535 },
		{ "port_max", 65535, 1, 65535 },
		{ "http_idle_sec", 60, 1, 3600 },
		{ "http_header_sec", 30, 1, 3600 },
		{ "http_body_sec", 30, 1, 3600 },
		{ "http_body_max", 1048576, 0, 1073741824 },
		{ "http_write_sec", 60, 1, 3600 },
		{ "http_min_rate", 64, 0, 1000000 },
		{ "http_requests_max", 0, 0, 1000000000 },
		{ "maintenance", 0, 0, 31536000 },
		{ "drain", 0, 0, 1 },
		{ "docroot_files_max", 65536, 1, 1048576 },
		{ "docroot_mib_max", 1024, 1, 1048576 },
		{ "docroot_depth_max", 16, 0, 64 },
	};
	static const char *const texts[] = {
		"congestion_control", "docroot", "status_path", "status_allow", "ports",
	};
	static const char *const bad[] = {
		"99999999999999999999", "4294967296", "x", "1x",
	};
	DIR *dir = opendir("/proc/sys/net/ktcp");
	size_t i, j, files = 0;
	char text[24];

	check(dir);
	while (readdir(dir))
		files++;
	closedir(dir);
	check_eq(2 + ARRAY_LEN(row) + ARRAY_LEN(texts), files);
	check_value("ports", "8080");
	for (i = 0; i < ARRAY_LEN(row); i++) {
		snprintf(text, sizeof(text), "%d", row[i].def);
		check_value(row[i].name, text);
		for (j = 0; j < ARRAY_LEN(bad); j++) {
			if (sysctl_try(row[i].name, bad[j]) != EINVAL)
				fail("net.ktcp.%s takes '%s'", row[i].name,
				     bad[j]);
			check_value(row[i].name, text);
		}
		check_range(row[i].name, row[i].min - 1LL, row[i].def, false);
		check_range(row[i].name, row[i].min, row[i].def, true);
		check_range(row[i].name, row[i].max, row[i].def, true);
		check_range(row[i].name, row[i].max + 1LL, row[i].def, false);
	}
}

static int kernel_log = -1;

/* What the kernel says from now on. */
static void log_from_now(void)
{
	if (kernel_log < 0)
		kernel_log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	check(kernel_log >= 0);
	check(lseek(kernel_log, 0, SEEK_END) == 0);
}

/* It has said this, once, and nothing else of ktcp. */
static void check_logged(const char *text)
{
	char line[1024], all[4096] = "";
	int found = 0, others = 0;
	ssize_t n;

	while ((n = read(kernel_log, line, sizeof(line) - 1)) > 0) {
		line[n] = 0;
		if (strstr(line, text))
			found++;
		else if (strstr(line, "ktcp: "))
			others++;
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s",
			 line);
	}
	if (found != 1 || others)
		fail("not one line '%s' in the log, but: %s", text, all);
}

WIRE(rto__least_is_not_above_greatest)
{
	wire_only(p, AF_INET);	/* the log is one */
	quiet(p, 6000);		/* once each 5 s is not limited */
	sysctl_set("rto_max_ms", "1500");
	log_from_now();
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

/* Who looks at the log on a terminal sees what was written, and nothing else happens. */
WIRE(log__shows_what_was_written)
{
	static const struct {
		const char *name;
		const char *value;
		const char *log;
	} bad[] = {
		{ "ports", "8\033[2J0", "ports=8\\x5ce[2J0: not a number;" },
		{ "ports", "80:\033[2J", "ports=80:\\x5ce[2J: no such congestion control;" },
		{ "ports", "80 \033[2J", "ports: '\\x5ce[2J' after the last port;" },
		{ "ports", "[\r]:80", "ports=[\\x5cr]:80: not an address;" },
		{ "congestion_control", "\033[2J", "congestion_control=\\x5ce[2J: unknown;" },
		{ "status_path", "/\033[2J/", "status_path: '/\\x5ce[2J/' refused;" },
		{ "status_allow", "\r1.2.3.4", "status_allow: '\\x5cr1.2.3.4' " },
	};
	size_t i;

	wire_only(p, AF_INET);	/* the log is one */
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		log_from_now();
		check_eq(EINVAL, sysctl_try(bad[i].name, bad[i].value));
		check_logged(bad[i].log);
	}
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

/* A second write to the same file is ignored, as by all of the kernel's, and changes nothing. */
WIRE(text__second_write)
{
	static const char *const row[][3] = {
		{ "ports", "8080,8081", "8080,8081" },
		{ "status_allow", "10.0.0.1,::2", "10.0.0.1/32,::2/128" },
		{ "status_path", "/x/", "/x/" },
		{ "max_time_wait", "77", "77" },
	};
	char path[64];
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_LEN(row); i++) {
		snprintf(path, sizeof(path), "/proc/sys/net/ktcp/%s", row[i][0]);
		fd = open(path, O_WRONLY);
		check(fd >= 0);
		check_eq(strlen(row[i][1]), write(fd, row[i][1], strlen(row[i][1])));
		if (!i)
			flow_connect(f);
		check_eq(1, write(fd, "\n", 1));
		check_eq(0, write(fd, "\n", 0));
		close(fd);
		check_value(row[i][0], row[i][2]);
	}
	check_state(f, "ESTABLISHED");
	quiet(p, 100);
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

/* /proc/ktcp/listeners has a line of a port that ends with these. */
static void check_listener(unsigned int port, const char *cc, const char *addr)
{
	char line[256], begin[16], end[64], all[2048] = "";
	FILE *file = fopen("/proc/ktcp/listeners", "r");
	bool found = false;

	check(!!file);
	snprintf(begin, sizeof(begin), "%u ", port);
	snprintf(end, sizeof(end), " %s %s\n", cc, addr);
	while (fgets(line, sizeof(line), file)) {
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s",
			 line);
		found |= !strncmp(line, begin, strlen(begin)) &&
			 strlen(line) > strlen(end) &&
			 !strcmp(line + strlen(line) - strlen(end), end);
	}
	fclose(file);
	if (!found)
		fail("no listener '%s...%s' in\n%s", begin, end, all);
}

static void check_listener_cc(unsigned int port, const char *cc)
{
	check_listener(port, cc, "*");
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

/*
 * Ports of one address, RFC 9293 3.9.1.1 (MUST-43). The peer talks to one of ours,
 * another one is beside it.
 */
static const char *ours(const struct peer *p)
{
	return p->family == AF_INET ? "10.0.0.1" : "2001:db8::1";
}

static const char *another(const struct peer *p)
{
	return p->family == AF_INET ? "10.0.0.3" : "2001:db8::3";
}

static void add_another(const struct peer *p)
{
	check(!system(p->family == AF_INET ?
		      "ip addr add 10.0.0.3/24 dev tun0" :
		      "ip addr add 2001:db8::3/64 dev tun0 nodad"));
}

/* "ADDRESS:PORT" as an administrator writes it. */
static const char *at(const struct peer *p, const char *addr, const char *port)
{
	static char text[2][80];
	static int n;

	n = !n;
	snprintf(text[n], sizeof(text[n]),
		 p->family == AF_INET ? "%s:%s" : "[%s]:%s", addr, port);
	return text[n];
}

/* The host's own TCP answers. */
static void check_not_ours(struct peer *p)
{
	unsigned long segs = stat_get("InSegs");
	struct flow f;

	flow_init(&f, p);
	flow_syn(&f);
	rx(&f, .flags = RST | ACK, .seq = 0, .ack = 1, .wnd = 0);
	check_stat("InSegs", segs);
}

WIRE(ports__at_our_address)
{
	const char *text = at(p, ours(p), "8080");
	static struct flow before;
	struct response r;

	add_another(p);
	flow_init(&before, p);
	flow_connect(&before);
	sysctl_set("ports", text);
	check_value("ports", text);
	check_listener(8080, "cubic", ours(p));
	check_eq(1, conn_count("LISTEN"));
	/* what was there before stays, and there is more */
	request(&before, GET, &r);
	check_page(&before, 1, &r);
	flow_connect(f);
	request(f, GET, &r);
	check_page(f, 1, &r);

	sysctl_set("ports", "8080");
	check_value("ports", "8080");
	check_listener(8080, "cubic", "*");
	request(f, GET, &r);
	check_page(f, 1 + page_len(p), &r);
}

WIRE(ports__at_another_address)
{
	const char *text = at(p, another(p), "8080:newreno");
	struct response r;
	char both[200];

	add_another(p);
	flow_connect(f);
	sysctl_set("ports", text);
	check_value("ports", text);
	check_listener(8080, "newreno", another(p));
	rx(f, .flags = RST | ACK, .wnd = 0);
	check_state(f, CLOSED);
	check_not_ours(p);

	/* both, and neither has the other's */
	text = at(p, another(p), "8080");
	sysctl_set("ports", text);
	check_not_ours(p);
	snprintf(both, sizeof(both), "%s,%s:newreno,81", text,
		 at(p, ours(p), "8080"));
	sysctl_set("ports", both);
	check_value("ports", both);
	flow_init(f, p);
	check_listener(8080, "cubic", another(p));
	check_eq(3, conn_count("LISTEN"));
	flow_connect(f);
	check_conn_cc(f, "newreno");
	request(f, GET, &r);
	check_page(f, 1, &r);
	/* one of them goes, and what it had */
	sysctl_set("ports", text);
	rx(f, .flags = RST | ACK, .wnd = 0);
	check_not_ours(p);
}

/* What is gone is gone: a SYN that ends no TIME_WAIT, a handshake, a cookie. */
WIRE(ports__at_another_address_ends_requests)
{
	add_another(p);
	flow_syn(f);
	flow_synack(f);
	sysctl_set("ports", at(p, another(p), "8080"));
	rx(f, .flags = RST | ACK, .wnd = 0);
	check_state(f, CLOSED);
	sysctl_set("ports", "8080");
	flow_init(f, p);
	flow_reach(f, "TIME_WAIT");
	sysctl_set("ports", at(p, ours(p), "8080"));
	check_state(f, "TIME_WAIT");
	sysctl_set("ports", at(p, another(p), "8080"));
	check_state(f, CLOSED);
	quiet(p, 100);
}

/* Programs get what is left, and we nothing of theirs; before, and after. */
WIRE(ports__at_addresses_beside_programs)
{
	int fd, all;

	add_another(p);
	sysctl_set("ports", "");
	fd = bind_at(p->family, another(p), 8080, true);
	check(fd >= 0);
	check(!listen(fd, 1));
	check_eq(EADDRINUSE, sysctl_try("ports", "8080"));
	check_eq(EADDRINUSE, sysctl_try("ports", at(p, another(p), "8080")));
	check_value("ports", "");
	sysctl_set("ports", at(p, ours(p), "8080"));
	/* not even from one address to all */
	check_eq(EADDRINUSE, sysctl_try("ports", "8080"));
	check_value("ports", at(p, ours(p), "8080"));
	flow_connect(f);
	check_state(f, "ESTABLISHED");
	close(fd);
	sysctl_set("ports", "8080");
	check_eq(-EADDRINUSE, bind_at(p->family, another(p), 8080, true));
	sysctl_set("ports", at(p, ours(p), "8080"));
	check_state(f, "ESTABLISHED");
	check_eq(-EADDRINUSE, bind_at(p->family, ours(p), 8080, true));
	all = bind_at(p->family, NULL, 8080, true);
	check_eq(-EADDRINUSE, all);
	fd = bind_at(p->family, another(p), 8080, true);
	check(fd >= 0);
	close(fd);
}

/* Each is refused with one line that says what is wrong, and nothing changes. */
WIRE(ports__bad_addresses)
{
	static const struct {
		const char *list;
		int err;
		const char *log;
	} bad[] = {
#define WRITE_AS "; write as in 192.0.2.1:80 or [2001:db8::1]:80\n"
#define ONE_HOST ": not the address of one host; a port alone is on all addresses" WRITE_AS
		{ "10.0.0:80", EINVAL, "ports=10.0.0:80: not an address" WRITE_AS },
		{ "10.0.0.256:80", EINVAL, "ports=10.0.0.256:80: not an address" WRITE_AS },
		{ "[2001:db8::g]:80", EINVAL, "ports=[2001:db8::g]:80: not an address" WRITE_AS },
		{ "[2001:db8::1", EINVAL, "ports=[2001:db8::1: no port after the address" WRITE_AS },
		{ "81,[::1]", EINVAL, "ports=[::1]: no port after the address" WRITE_AS },
		{ "10.0.0.1", EINVAL, "ports=10.0.0.1: no port after the address" WRITE_AS },
		{ "10.0.0.1:", EINVAL, "ports=: not a number; write ports from 1 to 65535, separated by commas\n" },
		{ "10.0.0.1:0", EINVAL, "ports=0: not a port; use 1 to 65535\n" },
		{ "0.0.0.0:80", EINVAL, "ports=0.0.0.0:80" ONE_HOST },
		{ "[::]:80", EINVAL, "ports=[::]:80" ONE_HOST },
		{ "224.0.0.1:80", EINVAL, "ports=224.0.0.1:80" ONE_HOST },
		{ "[ff02::1]:80", EINVAL, "ports=[ff02::1]:80" ONE_HOST },
		{ "[fe80::1]:80", EINVAL, "ports=[fe80::1]:80" ONE_HOST },
		{ "255.255.255.255:80", EINVAL, "ports=255.255.255.255:80" ONE_HOST },
		{ "10.0.0.1:80,80", EINVAL, "ports=80: port 80 is given with and without an address; name it alone, or with addresses\n" },
		{ "80,10.0.0.1:80", EINVAL, "ports=10.0.0.1:80: port 80 is given with and without an address; name it alone, or with addresses\n" },
		{ "10.0.0.1:80,[::ffff:10.0.0.1]:80", EINVAL, "ports=10.0.0.1:80: given twice; name each port once\n" },
		{ "127.0.0.1:80:vegas", EINVAL, "ports=80:vegas: no such congestion control" },
		{ "81,192.0.2.77:80", EADDRNOTAVAIL, "ports=192.0.2.77:80: not an address of this host; add it (ip addr), or allow it (net.ipv4.ip_nonlocal_bind, net.ipv6.ip_nonlocal_bind)\n" },
		{ "81,[2001:db8::77]:80", EADDRNOTAVAIL, "ports=[2001:db8::77]:80: not an address of this host; add it (ip addr), or allow it (net.ipv4.ip_nonlocal_bind, net.ipv6.ip_nonlocal_bind)\n" },
#undef ONE_HOST
#undef WRITE_AS
	};
	size_t i;

	wire_only(p, AF_INET);	/* the log is one */
	flow_connect(f);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		log_from_now();
		check_eq(bad[i].err, sysctl_try("ports", bad[i].list));
		check_logged(bad[i].log);
		check_value("ports", "8080");
		check_eq(1, conn_count("LISTEN"));
	}
	check_state(f, "ESTABLISHED");
	check(!system("echo 1 >/proc/sys/net/ipv4/ip_nonlocal_bind"));
	sysctl_set("ports", "8080,192.0.2.77:80");
	check_value("ports", "8080,192.0.2.77:80");
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
