/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A TCP peer written for tests. It has no state machine: a test says which
 * segment goes out, and which must come in, when, and with what in every field.
 *
 *    test process, in a network namespace of its own
 *   +------------------------------------------------+
 *   |  peer 10.0.0.2, 2001:db8::2                    |
 *   |    | write, read        raw packets, vnet_hdr  |
 *   |  tun0                                          |
 *   |    |                                           |
 *   |  ktcp 10.0.0.1:8080, [2001:db8::1]:8080        |
 *   +------------------------------------------------+
 *
 * Sequence numbers in the tests are relative: 0 is the SYN, 1 the first byte.
 *
 * Whatever comes in is verified from the IP version to the last option before a
 * test sees it, and super-segments are cut into the segments that they mean. An
 * expectation that is not met prints what it was, then every segment so far
 * with its time, and ends the test.
 *
 * Written for user-mode Linux in virtual time: time passes only while the test
 * waits, so a timer is asserted to the jiffy and an hour's wait costs nothing.
 */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FIN	0x01
#define SYN	0x02
#define RST	0x04
#define PSH	0x08
#define ACK	0x10
#define URG	0x20
#define ECE	0x40
#define CWR	0x80
#define PSH_OR_NOT	0x100	/* in struct want: PSH does not matter */

/* The ECN field of the IP header (RFC 3168 5); 0: not ECN-capable. */
#define ECT1	1
#define ECT0	2
#define CE	3

#define PORT	8080		/* ktcp's */

/*
 * HZ is 100 in user-mode Linux. A timer may seem to end a jiffy early, because
 * the last segment came between two ticks, and does end up to two late: a time
 * is rounded up to whole jiffies, and the wheel turns with the next tick.
 */
#define JIFFY_MS	10
#define LATE_MS		(2 * JIFFY_MS)

#define ANY	-1		/* for a field of struct want */

#define STREAM_MAX	(1 << 20)
#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))

/**
 * struct peer - the network
 * @family: AF_INET or AF_INET6
 * @offload: the device takes checksums and super-segments
 * @tun: file descriptor of tun0
 * @timer: a timerfd, to wait with
 * @mtu: of tun0
 * @dscp: Differentiated Services code point of all that comes in
 * @df: whether IPv4 says Don't Fragment in it
 * @ttl: TTL, or hop limit, likewise; 0: the host's default
 * @offer: what a new flow's SYN offers
 * @supers: super-segments that came in
 * @next_port: the peer's port for the next flow
 * @mark_us: when the last segment was sent, or came in as expected
 */
struct peer {
	int family;
	bool offload;
	int tun;
	int timer;
	int mtu;
	uint8_t dscp;
	enum { DF_SET, DF_CLEAR, DF_EITHER } df;
	uint8_t ttl;
	uint8_t offer;
	unsigned int supers;
	uint16_t next_port;
	uint64_t mark_us;
};

/* Options that a SYN can offer; what the SYN-ACK takes up is agreed on. */
#define WSCALE		0x1	/* RFC 7323 2 */
#define TS		0x2	/* RFC 7323 3 */
#define SACK		0x4	/* RFC 2018 */

#define SACK_MAX	4

/* A SACK block, relative. */
struct block {
	uint32_t start;
	uint32_t end;
};

/**
 * struct flow - a connection as the peer sees it
 * @p: the network
 * @sport: the peer's port
 * @dport: ktcp's; 0: that of the first segment that comes
 * @iss: the peer's ISS, absolute
 * @irs: ktcp's ISS, absolute; taken from its SYN-ACK
 * @snd: next sequence number to send; moves with what is sent there
 * @rcv: next sequence number to receive; moves with what comes there
 * @wnd: window to advertise
 * @mss: MSS that our SYN announces; 0 for none
 * @offer: WSCALE, TS, SACK: what our SYN offers
 * @agreed: what the SYN-ACK took up; timestamps then come and go by themselves
 * @ecn: our SYN asks for ECN, and ktcp may do it; else it must not
 * @lossy: what comes behind a hole is not taken, and comes again
 * @wscale: our shift
 * @their_wscale: ktcp's
 * @ts_base: our timestamp clock is this, and a tick a millisecond
 * @ts_recent: the last TSval that came; what we echo
 * @send_mss: largest payload and options that ktcp may send
 * @edge: right edge of ktcp's window; it may never move left
 * @have: bytes in @stream
 * @stream: what ktcp has sent, by relative sequence number; repeats are compared
 */
struct flow {
	struct peer *p;
	uint16_t sport;
	uint16_t dport;
	uint32_t iss;
	uint32_t irs;
	uint32_t snd;
	uint32_t rcv;
	uint16_t wnd;
	uint16_t mss;
	uint16_t send_mss;
	uint8_t offer;
	uint8_t agreed;
	bool ecn;
	bool lossy;
	uint8_t wscale;
	uint8_t their_wscale;
	uint32_t ts_base;
	uint32_t ts_recent;
	uint32_t edge;
	uint32_t have;
	uint8_t stream[STREAM_MAX];
};

/* What peer_up() gives the device. */
#define PEER_OFFLOAD	0x1	/* it does checksums and cuts super-segments */
#define PEER_OPTIONS	0x4	/* our SYNs offer WSCALE and TS */
#define PEER_GRO	0x2	/* it delivers through GRO, checksums verified */

/* The checksum of a segment that the device delivers. */
enum csum {
	CSUM_GOOD,
	CSUM_PARTIAL,		/* the segment never left this machine */
	CSUM_BAD,
};

enum ext {
	EXT_NONE,
	EXT_HOPOPTS,		/* IPv6 hop-by-hop options */
	EXT_DSTOPTS,		/* IPv6 destination options */
	EXT_ATOMIC,		/* IPv6 fragment header of a whole packet (RFC 6946) */
	EXT_DSTOPTS_SKIP,	/* an unknown option that may be skipped (RFC 8200 4.2) */
	EXT_DSTOPTS_DISCARD,	/* and one that may not */
	EXT_DSTOPTS_BAD,	/* one that is longer than its header */
	EXT_ROUTING,		/* a routing header whose way is at its end */
	EXT_ROUTING_LEFT,	/* and one that goes on */
	EXT_ROUTING_SEGMENT,	/* one whose end has rules of its own (RFC 8754) */
	EXT_HOPOPTS_TWICE,	/* hop-by-hop options that are not first */
	EXT_AUTH,		/* an authentication header (RFC 4302) */
	EXT_MANY,		/* destination options, nine times */
};

/**
 * struct seg - a segment to send
 * @flags: FIN to CWR, or any byte
 * @ecn: the ECN field
 * @seq: relative
 * @ack: relative; in the header even without the ACK flag
 * @wnd: window
 * @urg: urgent pointer
 * @data: payload
 * @len: bytes of payload; strlen(@data) if 0
 * @opt: TCP options; those that were agreed on come after them
 * @tsval: TSval, 0: what the clock says
 * @tsecr: TSecr, 0: the last TSval that came
 * @no_ts: leave the timestamp out
 * @sack: SACK blocks, relative, up to the first that is empty
 * @optlen: bytes of options; padded with zeroes to a multiple of 4
 * @csum: checksum
 * @gso: a super-segment of segments of so many bytes
 * @linear: if not 0, only so many bytes lie in the skb's head and the rest in
 *	page fragments; takes a packet of more than a page
 * @doff: Data Offset if not 0, right or wrong
 * @reserved: the four reserved bits
 * @cut: if not 0, only so many bytes of the TCP segment
 * @pad: bytes after the end of the packet, as Ethernet adds them
 * @from: if not NULL, the source address, in network byte order
 * @to: and the destination
 * @ipopt: IPv4 options
 * @ipoptlen: how many bytes of them, a multiple of 4
 * @ext: IPv6 extension header
 * @fragment: if not 0, in IP fragments of so many bytes
 * @fragment_backwards: the last one first
 * @fragment_overlap: each but the last goes so many bytes into the next
 * @fragment_id: their identification, if not 0
 * @fragment_first: the first one only
 */
struct seg {
	uint8_t flags;
	uint8_t ecn;
	uint32_t seq;
	uint32_t ack;
	uint16_t wnd;
	uint16_t urg;
	const void *data;
	size_t len;
	const void *opt;
	size_t optlen;
	uint32_t tsval;
	uint32_t tsecr;
	bool no_ts;
	struct block sack[SACK_MAX];
	enum csum csum;
	uint16_t gso;
	uint16_t linear;
	uint8_t doff;
	uint8_t reserved;
	uint16_t cut;
	uint16_t pad;
	const void *from;
	const void *to;
	const void *ipopt;
	uint8_t ipoptlen;
	enum ext ext;
	uint16_t fragment;
	bool fragment_backwards;
	uint16_t fragment_overlap;
	uint32_t fragment_id;
	bool fragment_first;
};

/**
 * struct want - a segment to come in
 * @flags: exactly these; PSH_OR_NOT
 * @ecn: the ECN field
 * @seq: relative
 * @ack: relative; absolute 0 is asserted when @flags lacks ACK
 * @len: bytes of payload
 * @wnd: window, or ANY
 * @mss: the MSS option, 0 for none, or ANY
 * @tsecr: TSecr, if not 0
 * @urg: urgent pointer
 * @uto: the user timeout option, 0 for none
 * @sack: exactly these SACK blocks, up to the first that is empty
 * @after_ms: this long after the last segment in or out, to the jiffy
 */
struct want {
	uint16_t flags;
	uint8_t ecn;
	uint32_t seq;
	uint32_t ack;
	long len;
	long wnd;
	long mss;
	uint16_t urg;
	uint16_t uto;
	uint32_t tsecr;
	struct block sack[SACK_MAX];
	long after_ms;
};

/**
 * struct icmp - an ICMP error
 * @type: ICMPv4 or ICMPv6, as the family is
 * @code: likewise
 */
struct icmp {
	uint8_t type;
	uint8_t code;
};

/* A segment that has come in, verified. */
struct got {
	uint64_t us;
	uint16_t sport;
	uint16_t dport;
	uint32_t seq;
	uint32_t ack;
	uint8_t flags;
	uint8_t ecn;
	uint16_t wnd;
	uint16_t urg;
	uint16_t mss;
	uint16_t len;
	uint8_t opts;		/* WSCALE, TS, SACK (SACK-permitted) */
	uint8_t optlen;
	uint8_t wscale;
	uint8_t blocks;
	uint16_t uto;
	uint32_t tsval;
	uint32_t tsecr;
	struct block sack[SACK_MAX];
	const uint8_t *data;
};

/*
 * tx(f, .flags = ACK, ...): send a segment; what is not said is what a peer
 * would say that has received and sent all so far.
 */
#define tx(f, ...)							\
	flow_tx(f, &(struct seg){					\
		.flags = ACK, .seq = (f)->snd, .ack = (f)->rcv,		\
		.wnd = (f)->wnd, __VA_ARGS__ })

/* rx(f, .flags = ACK, ...): this must come, and nothing before it. */
#define rx(f, ...)							\
	flow_rx(__FILE__, __LINE__, f, &(struct want){			\
		.flags = ACK, .seq = (f)->rcv, .ack = (f)->snd,		\
		.wnd = ANY, __VA_ARGS__ })

/* quiet(p, ms): nothing comes for so long. */
#define quiet(p, ms)	peer_quiet(__FILE__, __LINE__, p, ms)

/* fail(fmt, ...): say why, show the segments, end the test. */
#define fail(...)	peer_fail(__FILE__, __LINE__, __VA_ARGS__)

#define check(cond)							\
	do {								\
		if (!(cond))						\
			fail("not true: %s", #cond);			\
	} while (0)

#define check_eq(expected, seen)					\
	do {								\
		long long e_ = (expected), s_ = (seen);			\
									\
		if (e_ != s_)						\
			fail("%s is %lld, not %lld (%s)", #seen, s_,	\
			     e_, #expected);				\
	} while (0)

/* check_near(expected, seen): both milliseconds */
#define check_near(expected, seen)					\
	do {								\
		long long e_ = (expected), s_ = (seen);			\
									\
		if (s_ < e_ - JIFFY_MS || s_ > e_ + LATE_MS)		\
			fail("%s is %lld ms, not %lld ms", #seen, s_, e_); \
	} while (0)

void peer_fail(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), noreturn));
void peer_up(struct peer *p, int family, int how);
void peer_configure(struct peer *p);
void peer_mtu(struct peer *p, int mtu);
uint16_t mss_of(const struct peer *p, int mtu);
void peer_quiet(const char *file, int line, struct peer *p, long ms);
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
uint64_t now_us(void);
uint64_t now_ms(void);

uint16_t payload(const struct flow *f);
uint32_t ts_clock(const struct flow *f);
void flow_init(struct flow *f, struct peer *p);
void flow_tx(struct flow *f, const struct seg *s);
void flow_guess(struct flow *f, const struct seg *s);
void flow_rx(const char *file, int line, struct flow *f, const struct want *w);
bool flow_next(struct flow *f, struct got *g, long wait_ms);

void flow_icmp(struct flow *f, uint32_t seq, struct icmp e);
void flow_icmp_cut(struct flow *f, uint32_t seq, struct icmp e, size_t cut);
void flow_icmp6(struct flow *f, uint32_t seq, struct icmp e, bool mapped);
void flow_too_big(struct flow *f, uint32_t seq, uint32_t mtu);
size_t flow_syn_options(const struct flow *f, uint8_t *opt);
void flow_syn(struct flow *f);
void flow_synack(struct flow *f);
void flow_connect(struct flow *f);

/* /proc and /proc/sys, of the test's own namespace */
void sysctl_set(const char *name, const char *value);
int sysctl_try(const char *name, const char *value);
void sysctl_get(const char *name, char *value, size_t size);
unsigned long stat_get(const char *name);
void stat_print(void);
bool conn_get(const struct flow *f, const char *column, char *value,
	      size_t size);
long long conn_num(const struct flow *f, const char *column);
int conn_count(const char *state);
int command(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void tracing_set(const char *file, const char *value);
int traced(const struct flow *f, const char *event, const char *text);

#define check_traced(n, f, event, text)					\
	do {								\
		int n_ = traced(f, event, text);			\
									\
		if (n_ != (n))						\
			fail("%d times %s '%s', not %d", n_, event,	\
			     text, n);					\
	} while (0)

#define check_stat(name, value)						\
	do {								\
		unsigned long s_ = stat_get(name);			\
		unsigned long e_ = (value);				\
									\
		if (e_ != s_)						\
			fail("counter %s is %lu, not %lu", name, s_, e_); \
	} while (0)

#define CLOSED	"CLOSED"	/* no line in /proc/ktcp/connections */

#define check_state(f, name)						\
	do {								\
		char s_[32];						\
									\
		if (!conn_get(f, "state", s_, sizeof(s_)))		\
			strcpy(s_, CLOSED);				\
		if (strcmp(s_, name))					\
			fail("state is %s, not %s", s_, name);		\
	} while (0)

#define check_timer(f, name)						\
	do {								\
		char s_[32] = "";					\
									\
		conn_get(f, "timer", s_, sizeof(s_));			\
		if (strcmp(s_, name))					\
			fail("timer is '%s', not '%s'", s_, name);	\
	} while (0)

/* HTTP */
#define GET		"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define GET_CLOSE	"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

#define GET_X		"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"

#define GET_LEN		((uint32_t)sizeof(GET) - 1)

/* How often take() acknowledges. */
enum ack_policy { ACK_EACH, ACK_SECOND, ACK_END, ACK_NEVER };

/**
 * struct response - an HTTP response at the front of a stream
 * @status: status code
 * @head: bytes up to and with the empty line
 * @length: Content-Length
 * @close: says Connection: close
 * @keep_alive: says Connection: keep-alive
 * @text: where it begins
 */
struct response {
	int status;
	uint32_t head;
	uint32_t length;
	bool close;
	bool keep_alive;
	const char *text;
};

void ask(struct flow *f, int n);
void drain(struct flow *f);
void take(struct flow *f, uint32_t bytes, enum ack_policy policy);
void response_at(struct flow *f, uint32_t seq, struct response *r);
void request(struct flow *f, const char *text, struct response *r);
uint32_t page_len(struct peer *p);
uint8_t published_byte(long at);
void publish(long bytes);
void flow_reach(struct flow *f, const char *state);
void check_page(struct flow *f, uint32_t seq, const struct response *r);
bool field(const struct response *r, const char *name, char *value,
	   size_t size);

#endif /* PEER_H */
