// SPDX-License-Identifier: GPL-2.0
/* What an administrator reads and sets, read and set by the tests. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "packet.h"

#define COLUMNS_MAX	40
#define TRACING	"/sys/kernel/debug/tracing/"

/**
 * sysctl_try() - write a sysctl of ktcp
 * @name: below net.ktcp
 * @value: without the line feed
 *
 * Return: 0 or the errno.
 */
int sysctl_try(const char *name, const char *value)
{
	char path[80], line[1800];
	int fd, n, err = 0;

	snprintf(path, sizeof(path), "/proc/sys/net/ktcp/%s", name);
	n = snprintf(line, sizeof(line), "%s\n", value);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		fail("%s: %s; is ktcp loaded?", path, strerror(errno));
	if (write(fd, line, n) != n)
		err = errno;
	close(fd);
	return err;
}

void sysctl_set(const char *name, const char *value)
{
	int err = sysctl_try(name, value);

	if (err)
		fail("net.ktcp.%s = %s: %s", name, value, strerror(err));
}

void sysctl_get(const char *name, char *value, size_t size)
{
	char path[80];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/net/ktcp/%s", name);
	file = fopen(path, "r");
	if (!file)
		fail("%s: %s", path, strerror(errno));
	if (!fgets(value, size, file))
		*value = 0;
	value[strcspn(value, "\n")] = 0;
	fclose(file);
}

/**
 * stat_get() - a counter of this namespace
 * @name: as in /proc/ktcp/stats
 */
unsigned long stat_get(const char *name)
{
	FILE *file = fopen("/proc/ktcp/stats", "r");
	unsigned long value;
	char line[128];
	size_t len = strlen(name);

	if (!file)
		fail("/proc/ktcp/stats: %s", strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, name, len) || line[len] != ' ')
			continue;
		value = strtoul(line + len, NULL, 10);
		fclose(file);
		return value;
	}
	fail("no counter %s", name);
}

/* Show what was counted, as part of a failure. */
void stat_print(void)
{
	FILE *file = fopen("/proc/ktcp/stats", "r");
	char name[64];
	unsigned long value;

	printf("# counters:");
	while (file && fscanf(file, "%63s %lu", name, &value) == 2)
		if (value)
			printf(" %s %lu", name, value);
	printf("\n");
	if (file)
		fclose(file);
}

static int split(char *line, char *word[])
{
	char *save, *w = strtok_r(line, " \t\n", &save);
	int n = 0;

	for (; w && n < COLUMNS_MAX; w = strtok_r(NULL, " \t\n", &save))
		word[n++] = w;
	return n;
}

/* Calls @row for each line until it returns true; columns as the header says. */
static bool each_conn(bool (*row)(void *arg, char *name[], char *value[], int n),
		      void *arg)
{
	FILE *file = fopen("/proc/ktcp/connections", "r");
	char *name[COLUMNS_MAX], *value[COLUMNS_MAX];
	char head[1024], line[1024];
	bool found = false;
	int n;

	if (!file || !fgets(head, sizeof(head), file))
		fail("/proc/ktcp/connections: %s", strerror(errno));
	n = split(head, name);
	while (!found && fgets(line, sizeof(line), file)) {
		int m = split(line, value);

		if (m == n)
			found = row(arg, name, value, n);
		else if (m < 3 || strcmp(value[2], "LISTEN"))
			fail("%d columns, but %d in the header", m, n);
	}
	fclose(file);
	return found;
}

struct lookup {
	char local[64];
	char remote[64];
	const char *column;
	char *value;
	size_t size;
};

static bool lookup_row(void *arg, char *name[], char *value[], int n)
{
	struct lookup *l = arg;
	int i;

	if (strcmp(value[0], l->local) || strcmp(value[1], l->remote))
		return false;
	for (i = 0; i < n; i++) {
		if (strcmp(name[i], l->column))
			continue;
		snprintf(l->value, l->size, "%s", value[i]);
		return true;
	}
	fail("no column %s", l->column);
}

/* Of ktcp (0) or of the peer (1), as /proc/ktcp/connections has it. */
static void end_text(int family, int who, uint16_t port, char *text, size_t size)
{
	char addr[INET6_ADDRSTRLEN];

	if (family == AF_INET)
		inet_ntop(family, packet_addr4[who], addr, sizeof(addr));
	else
		inet_ntop(family, packet_addr6[who], addr, sizeof(addr));
	snprintf(text, size, family == AF_INET ? "%s:%u" : "[%s]:%u", addr, port);
}

/**
 * conn_get() - a column of a connection
 * @f: the connection
 * @column: its name
 * @value: filled in
 * @size: of @value
 *
 * Return: false if there is no such connection.
 */
bool conn_get(const struct flow *f, const char *column, char *value,
	      size_t size)
{
	struct lookup l = { .column = column, .value = value, .size = size };

	end_text(f->p->family, 0, f->dport, l.local, sizeof(l.local));
	end_text(f->p->family, 1, f->sport, l.remote, sizeof(l.remote));
	return each_conn(lookup_row, &l);
}

/* A column that is a number; there must be such a connection. */
long long conn_num(const struct flow *f, const char *column)
{
	char value[32], *end;
	long long n;

	if (!conn_get(f, column, value, sizeof(value)))
		fail("no connection in /proc/ktcp/connections, for %s", column);
	n = strtoll(value, &end, 10);
	if (*end)
		fail("%s is '%s', not a number", column, value);
	return n;
}

struct count {
	const char *state;
	int n;
};

static bool count_row(void *arg, char *name[] __attribute__((unused)),
		      char *value[], int n __attribute__((unused)))
{
	struct count *c = arg;

	c->n += !strcmp(value[2], c->state);
	return false;
}

/**
 * conn_count() - how many connections are in a state
 * @state: its name
 */
int conn_count(const char *state)
{
	struct count c = { .state = state };

	each_conn(count_row, &c);
	return c.n;
}

/* A command to ktcp_test; 0 or the errno. */
int command(const char *fmt, ...)
{
	int fd = open("/proc/ktcp_test", O_WRONLY), n, err = 0;
	char line[128];
	va_list ap;

	if (fd < 0)
		fail("/proc/ktcp_test: %s; is ktcp_test loaded?",
		     strerror(errno));
	now_us();	/* for note() */
	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (write(fd, line, n) != n)
		err = errno;
	close(fd);
	note("  %s: %s", line, err ? strerror(err) : "done");
	return err;
}

/**
 * tracing_set() - write a file of the kernel's tracing
 * @file: its name
 * @value: what is written
 */
void tracing_set(const char *file, const char *value)
{
	char path[80];
	int fd;

	snprintf(path, sizeof(path), TRACING "%s", file);
	fd = open(path, O_WRONLY | O_TRUNC);
	if (fd < 0 || write(fd, value, strlen(value)) != (ssize_t)strlen(value))
		fail("%s: not written", path);
	close(fd);
}

/**
 * traced() - how many events are in the trace?
 * @f: of this flow, or NULL for all
 * @event: its name and a colon
 * @text: what its line says
 */
int traced(const struct flow *f, const char *event, const char *text)
{
	FILE *file = fopen(TRACING "trace", "r");
	char line[512], who[32] = "";
	int n = 0;

	if (!file)
		fail("%strace: not readable", TRACING);
	if (f)
		snprintf(who, sizeof(who), " rport=%u ", f->sport);
	while (fgets(line, sizeof(line), file))
		n += line[0] != '#' && strstr(line, event) &&
		     strstr(line, who) && strstr(line, text);
	fclose(file);
	return n;
}
