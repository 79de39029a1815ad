/* SPDX-License-Identifier: GPL-2.0 */
/* The fixture of every wire test: a peer, a flow, a namespace of their own. */
#ifndef WIRE_H
#define WIRE_H

#define TH_LOG_STREAM	stdout

#include <fnmatch.h>
#include <stdio.h>
#include <sys/socket.h>
#include <kselftest_harness.h>

#include "peer.h"

/* The harness's alarm() runs in virtual time too; the runner watches the real. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	10000000

FIXTURE(wire) {
	struct peer p;
	struct flow f;
};

FIXTURE_VARIANT(wire) {
	int family;
	int how;
};

FIXTURE_VARIANT_ADD(wire, ipv4) { .family = AF_INET, };
FIXTURE_VARIANT_ADD(wire, ipv6) { .family = AF_INET6, };
#ifdef WIRE_OFFLOAD
FIXTURE_VARIANT_ADD(wire, ipv4_offload) {
	.family = AF_INET,
	.how = PEER_OFFLOAD,
};
FIXTURE_VARIANT_ADD(wire, ipv6_offload) {
	.family = AF_INET6,
	.how = PEER_OFFLOAD,
};
#endif
#ifdef WIRE_OPTIONS
FIXTURE_VARIANT_ADD(wire, ipv4_options) {
	.family = AF_INET,
	.how = PEER_OPTIONS,
};
FIXTURE_VARIANT_ADD(wire, ipv6_options) {
	.family = AF_INET6,
	.how = PEER_OPTIONS,
};
#endif
#ifdef WIRE_GRO
FIXTURE_VARIANT_ADD(wire, ipv4_gro) { .family = AF_INET, .how = PEER_GRO, };
FIXTURE_VARIANT_ADD(wire, ipv6_gro) { .family = AF_INET6, .how = PEER_GRO, };
#endif

/* What the harness takes for skipped. */
static inline void wire_skip(void)
{
	_exit(255);
}

/* For a test that means nothing in the variants of the other family. */
static inline void wire_only(const struct peer *p, int family)
{
	if (p->family != family)
		wire_skip();
}

/* WIRE_TEST='syn__*' runs only the tests whose names match. */
FIXTURE_SETUP(wire)
{
	const char *only = getenv("WIRE_TEST");

	if (only && fnmatch(only, _metadata->name, 0))
		wire_skip();
	peer_up(&self->p, variant->family, variant->how);
#ifndef WIRE_DEFAULTS
	/* An ACK is delayed, but in the tests of those that are not. */
	sysctl_set("quick_acks", "0");
	/* The responder waits as long as TCP does, but in the tests of that. */
	sysctl_set("http_min_rate", "0");
#endif
	flow_init(&self->f, &self->p);
}

/* No test ends with a segment that it did not expect. */
FIXTURE_TEARDOWN(wire)
{
	quiet(&self->p, 0);
}

/* WIRE(name) { ... }: a test, with its peer p and its first flow f. */
#define WIRE(name)							\
	static void name(struct peer *p, struct flow *f);		\
	TEST_F(wire, name) { name(&self->p, &self->f); }		\
	static void name(struct peer *p __attribute__((unused)),	\
			 struct flow *f __attribute__((unused)))

/* What the tests measure is worth reading when they pass, too. */
#define figure(fmt, ...)						\
	do {								\
		printf("# " fmt "\n", __VA_ARGS__);			\
		fflush(stdout);						\
	} while (0)

#endif /* WIRE_H */
