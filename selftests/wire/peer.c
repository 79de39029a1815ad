// SPDX-License-Identifier: GPL-2.0
/* The network and the peer in it: send, expect, remember, explain. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "packet.h"

#define DEVICE		"tun0"
#define FIRST_PORT	40000
#define TRACE_MAX	400	/* lines */
#define QUEUE_MAX	128	/* segments, of a super-segment at most 64 KiB */

static char trace[TRACE_MAX][160];
static size_t trace_len;
static uint64_t start_us;
static uint64_t seen_us;	/* the time when it was last looked at */

/* What has come in and was not asked for yet; one packet backs all of it. */
static struct packet in;
static struct got queue[QUEUE_MAX];
static size_t queue_at, queue_len;

uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	seen_us = ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
	return seen_us;
}

uint64_t now_ms(void)
{
	return now_us() / 1000;
}

/* Add a line to the trace, with the time of what it says: it was looked at then. */
void note(const char *fmt, ...)
{
	char *line = trace[trace_len++ % TRACE_MAX];
	uint64_t us = seen_us - start_us;
	va_list ap;
	int n;

	n = sprintf(line, "%5u.%06u ", (unsigned int)(us / 1000000),
		    (unsigned int)(us % 1000000));
	va_start(ap, fmt);
	vsnprintf(line + n, sizeof(trace[0]) - n, fmt, ap);
	va_end(ap);
}

/* Say why, show what happened, end the test. */
void peer_fail(const char *file, int line, const char *fmt, ...)
{
	size_t i = trace_len > TRACE_MAX ? trace_len - TRACE_MAX : 0;
	va_list ap;

	printf("# %s:%d: ", file, line);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n# the segments (> to ktcp, < from ktcp, relative numbers):\n");
	if (i)
		printf("# ... %zu lines before\n", i);
	for (; i < trace_len; i++)
		printf("# %s\n", trace[i % TRACE_MAX]);
	stat_print();
	fflush(stdout);
	_exit(1);
}

static const char *flags_text(uint8_t flags)
{
	static const char names[] = "FSRPAUEC";
	static char text[2][9];
	static int which;
	char *at = text[which ^= 1];
	char *begin = at;
	int i;

	for (i = 0; i < 8; i++)
		if (flags & 1 << i)
			*at++ = names[i] == 'A' ? '.' : names[i];
	if (at == begin)
		*at++ = '-';
	*at = 0;
	return begin;
}

static const char *const ecn_text[] = { "", " ECT(1)", " ECT(0)", " CE" };

/*
 * The network
 */
static void interface_up(const struct peer *p, const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq ifr = {};

	strcpy(ifr.ifr_name, name);
	if (!strcmp(name, DEVICE)) {
		ifr.ifr_mtu = p->mtu;
		if (ioctl(fd, SIOCSIFMTU, &ifr))
			fail("MTU %d: %s", p->mtu, strerror(errno));
	}
	ifr.ifr_flags = IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		fail("%s up: %s", name, strerror(errno));
	close(fd);
}

static void address4(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in *sin;
	struct ifreq ifr = {};

	strcpy(ifr.ifr_name, DEVICE);
	sin = (struct sockaddr_in *)&ifr.ifr_addr;
	sin->sin_family = AF_INET;
	memcpy(&sin->sin_addr, packet_addr4[0], 4);
	if (ioctl(fd, SIOCSIFADDR, &ifr))
		fail("IPv4 address: %s", strerror(errno));
	sin->sin_addr.s_addr = htonl(0xffffff00);
	if (ioctl(fd, SIOCSIFNETMASK, &ifr))
		fail("IPv4 netmask: %s", strerror(errno));
	close(fd);
}

/* An IPv6 address is used from when a worker has added its route. */
static bool route6_ready(void)
{
	static const char want[] = "20010db8000000000000000000000001 80 ";
	FILE *file = fopen("/proc/net/ipv6_route", "r");
	bool ready = false;
	char line[256];

	while (file && !ready && fgets(line, sizeof(line), file))
		ready = !strncmp(line, want, strlen(want));
	if (file)
		fclose(file);
	return ready;
}

static void address6(void)
{
	struct in6_ifreq req = {
		.ifr6_prefixlen = 64,
		.ifr6_ifindex = if_nametoindex(DEVICE),
	};
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	memcpy(&req.ifr6_addr, packet_addr6[0], 16);
	if (ioctl(fd, SIOCSIFADDR, &req))
		fail("IPv6 address: %s", strerror(errno));
	close(fd);
	while (!route6_ready())
		usleep(1000);
}

/*
 * No address but ours: one that the kernel adds when it likes makes every way be
 * looked up anew, and says so in segments of its own.
 */
static void no_link_local(void)
{
	int fd = open("/proc/sys/net/ipv6/conf/default/addr_gen_mode", O_WRONLY);

	if (fd < 0 || write(fd, "1", 1) != 1)
		fail("addr_gen_mode: %s", strerror(errno));
	close(fd);
}

/**
 * peer_up() - a namespace of our own, a device in it, and ktcp on its port
 * @p: filled in
 * @family: AF_INET or AF_INET6
 * @how: PEER_*
 */
void peer_up(struct peer *p, int family, int how)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR };
	unsigned int features = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;

	memset(p, 0, sizeof(*p));
	p->family = family;
	p->offload = how & PEER_OFFLOAD;
	p->offer = how & PEER_OPTIONS ? WSCALE | TS : 0;
	p->mtu = 1500;
	p->next_port = FIRST_PORT;
	start_us = now_us();
	p->mark_us = start_us;

	if (unshare(CLONE_NEWNET))
		fail("no new network namespace: %s", strerror(errno));
	no_link_local();
	p->tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	if (p->tun < 0)
		fail("/dev/net/tun: %s", strerror(errno));
	if (how & PEER_GRO)
		ifr.ifr_flags |= IFF_NAPI;
	p->timer = timerfd_create(CLOCK_MONOTONIC, 0);
	if (p->timer < 0)
		fail("timerfd: %s", strerror(errno));
	strcpy(ifr.ifr_name, DEVICE);
	if (ioctl(p->tun, TUNSETIFF, &ifr))
		fail("TUNSETIFF: %s", strerror(errno));
	if (p->offload && ioctl(p->tun, TUNSETOFFLOAD, features))
		fail("TUNSETOFFLOAD: %s", strerror(errno));
	peer_configure(p);
}

/**
 * peer_configure() - addresses, and ktcp on its port, in this namespace
 * @p: the network; its device is here
 */
void peer_configure(struct peer *p)
{
	interface_up(p, "lo");
	interface_up(p, DEVICE);
	if (p->family == AF_INET)
		address4();
	else
		address6();
	sysctl_set("ports", "8080");
}

/**
 * peer_mtu() - the device takes longer packets, or only shorter ones
 * @p: the network
 * @mtu: from now on
 */
void peer_mtu(struct peer *p, int mtu)
{
	p->mtu = mtu;
	interface_up(p, DEVICE);
}

/**
 * mss_of() - what a segment carries, without options, where so much passes
 * @p: the network
 * @mtu: bytes of a packet
 */
uint16_t mss_of(const struct peer *p, int mtu)
{
	return mtu - (p->family == AF_INET ? 40 : 60);
}

/*
 * What goes out
 */
static void put_packet(struct peer *p, const struct packet *k)
{
	struct iovec iov[] = {
		{ (void *)&k->vnet, sizeof(k->vnet) },
		{ (void *)k->ip, k->len },
	};

	if (writev(p->tun, iov, 2) != (ssize_t)(sizeof(k->vnet) + k->len))
		fail("the device does not take the packet: %s",
		     strerror(errno));
}

/**
 * flow_tx() - send a segment; see tx()
 * @f: the connection
 * @s: the segment
 */
void flow_tx(struct flow *f, const struct seg *s)
{
	static struct packet whole, part;
	uint8_t opt[80];
	struct seg full = *s;
	size_t len = s->data && !s->len ? strlen(s->data) : s->len;
	size_t i, last;

	f->p->mark_us = now_us();
	note("> %u %s seq %u ack %u win %u len %zu%s", f->sport,
	     flags_text(s->flags), s->seq, s->ack, s->wnd, len,
	     ecn_text[s->ecn]);
	full.opt = opt;
	full.optlen = packet_options(opt, f, s);
	packet_build(&whole, f, &full);
	if (s->fragment) {
		last = packet_fragment(&whole, f->p, s, 0, &part) - 1;
		if (s->fragment_first)
			last = 0;
		for (i = 0; i <= last; i++) {
			packet_fragment(&whole, f->p, s,
					s->fragment_backwards ? last - i : i,
					&part);
			put_packet(f->p, &part);
		}
	} else {
		put_packet(f->p, &whole);
	}
	if (s->seq == f->snd)
		f->snd += len + !!(s->flags & SYN) + !!(s->flags & FIN);
}

/**
 * flow_guess() - send a segment of somebody who is not the peer: one of very many
 * @f: the connection; it does not move
 * @s: the segment
 *
 * Not in the trace, and no fragments.
 */
void flow_guess(struct flow *f, const struct seg *s)
{
	static struct packet k;
	struct seg full = *s;
	uint8_t opt[80];

	full.opt = opt;
	full.optlen = packet_options(opt, f, s);
	packet_build(&k, f, &full);
	put_packet(f->p, &k);
}

/*
 * What comes in
 */

/* A super-segment becomes the segments that it means. */
static void enqueue(const struct parsed *k)
{
	size_t at = 0;

	queue_at = 0;
	queue_len = 0;
	do {
		struct got *g = &queue[queue_len++];
		size_t left = k->payload - at;

		*g = k->seg;
		g->seq += at;
		g->data += at;
		g->len = k->gso && left > k->gso ? k->gso : left;
		at += g->len;
		if (at < k->payload)
			g->flags &= ~(FIN | PSH);
	} while (at < k->payload && queue_len < QUEUE_MAX);
}

/*
 * Wait for a packet; false if none came in time. poll() may sleep longer than
 * it is told to, by a thousandth; a timerfd does not.
 */
static bool wait_readable(struct peer *p, uint64_t until_us)
{
	struct pollfd fds[] = {
		{ .fd = p->tun, .events = POLLIN },
		{ .fd = p->timer, .events = POLLIN },
	};
	struct itimerspec at = {
		.it_value.tv_sec = until_us / 1000000,
		.it_value.tv_nsec = until_us % 1000000 * 1000 + 1,
	};

	if (until_us <= now_us())
		return false;
	if (timerfd_settime(p->timer, TFD_TIMER_ABSTIME, &at, NULL))
		fail("timerfd: %s", strerror(errno));
	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			fail("poll: %s", strerror(errno));
	return fds[0].revents;
}

/*
 * Take a TCP segment; false if none came in time. Most are there already: what is
 * sent is answered before writev() returns.
 */
static bool receive(struct peer *p, uint64_t until_us, struct got *g)
{
	while (queue_at == queue_len) {
		struct iovec iov[] = {
			{ &in.vnet, sizeof(in.vnet) },
			{ in.ip, sizeof(in.ip) },
		};
		struct parsed k = {};
		const char *err;
		ssize_t n;

		while ((n = readv(p->tun, iov, 2)) < 0 && errno == EAGAIN)
			if (!wait_readable(p, until_us))
				return false;
		if (n < (ssize_t)sizeof(in.vnet))
			fail("read from the device: %s", strerror(errno));
		in.len = n - sizeof(in.vnet);
		if (!packet_is_tcp(&in))
			continue;
		err = packet_parse(&in, p, &k);
		if (err)
			fail("bad packet from ktcp: %s", err);
		k.seg.us = now_us();
		p->supers += !!k.gso;
		enqueue(&k);
	}
	*g = queue[queue_at++];
	return true;
}

static void note_got(const struct flow *f, const struct got *g)
{
	note("< %u %s seq %u ack %u win %u len %u%s%s", g->dport,
	     flags_text(g->flags), g->seq - (f ? f->irs : 0),
	     g->flags & ACK ? g->ack - (f ? f->iss : 0) : 0, g->wnd, g->len,
	     g->mss ? " mss" : "", ecn_text[g->ecn]);
}

/* Keep what was sent; what is sent again must be the same. */
static void remember(struct flow *f, const struct got *g, uint32_t seq)
{
	uint32_t known = 0;

	if (seq > f->have && f->lossy)
		return;
	if (seq + g->len > STREAM_MAX || seq > f->have)
		fail("data at %u, with %u received before", seq, f->have);
	if (seq < f->have) {
		known = f->have - seq < g->len ? f->have - seq : g->len;
		if (memcmp(f->stream + seq, g->data, known))
			fail("retransmission at %u with other bytes", seq);
	}
	memcpy(f->stream + seq + known, g->data + known, g->len - known);
	if (seq + g->len > f->have)
		f->have = seq + g->len;
}

/* A SYN-ACK takes up what our SYN has offered, or some of it. */
static void agree(struct flow *f, const struct got *g)
{
	if (g->flags & ACK && g->opts & ~f->offer)
		fail("an option that our SYN did not offer");
	f->agreed = g->opts & f->offer;
	f->their_wscale = f->agreed & WSCALE ? g->wscale : 0;
}

/* What holds for every segment of a connection. */
static void check_invariants(struct flow *f, const struct got *g)
{
	uint8_t shift = g->flags & SYN ? 0 : f->their_wscale;
	uint32_t edge = g->ack - f->iss + ((uint32_t)g->wnd << shift);
	uint8_t options = g->flags & SYN ? 0 : g->optlen;

	if ((g->ecn || g->flags & (ECE | CWR)) && !f->ecn)
		fail("ECN, which nobody asked for");
	if (g->ecn && (g->ecn != ECT0 || !g->len || g->flags & (SYN | RST)))
		fail("ECN field is %u", g->ecn);
	if (g->flags & RST && g->flags & (ECE | CWR))
		fail("RST with ECE or CWR");
	if (g->flags & RST)
		return;
	if (g->len + options > f->send_mss)
		fail("%u bytes of payload and %u of options, more than the MSS of %u",
		     g->len, options, f->send_mss);
	if (!(g->flags & (ACK | SYN)))
		fail("neither ACK nor RST nor SYN");
	/* A window that is scaled is rounded: less than a unit is no retreat. */
	if (g->flags & ACK &&
	    (int32_t)(edge + (1 << shift) - 1 - f->edge) < 0)
		fail("right edge of the window moved left, from %u to %u",
		     f->edge, edge);
	if (g->flags & ACK && (int32_t)(edge - f->edge) > 0)
		f->edge = edge;
	if (!(g->flags & SYN) && (g->opts & TS) != (f->agreed & TS))
		fail("timestamp %s", g->opts & TS ? "not agreed on" : "missing");
	if (g->opts & TS) {
		if (f->ts_recent && (int32_t)(g->tsval - f->ts_recent) < 0)
			fail("TSval goes back, from %u to %u", f->ts_recent,
			     g->tsval);
		f->ts_recent = g->tsval;
	}
	if (g->blocks && !(f->agreed & SACK))
		fail("SACK not agreed on");
}

/* See flow_next(). */
static bool next_until(struct flow *f, struct got *g, uint64_t until_us)
{
	if (!receive(f->p, until_us, g))
		return false;
	if (!f->dport)
		f->dport = g->sport;
	if (g->dport != f->sport || g->sport != f->dport) {
		note_got(NULL, g);
		fail("segment from port %u to %u, not of this connection",
		     g->sport, g->dport);
	}
	if ((g->flags & (SYN | RST)) == SYN && !f->irs)
		f->irs = g->seq;
	if (g->flags & SYN)
		agree(f, g);
	note_got(f, g);
	check_invariants(f, g);
	g->seq -= f->irs;
	if (g->flags & ACK)
		g->ack -= f->iss;
	for (int i = 0; i < g->blocks; i++) {
		g->sack[i].start -= f->iss;
		g->sack[i].end -= f->iss;
	}
	if (g->len)
		remember(f, g, g->seq);
	if (g->seq == f->rcv && !(g->flags & RST))
		f->rcv += g->len + !!(g->flags & SYN) + !!(g->flags & FIN);
	return true;
}

/**
 * flow_next() - the next segment that comes in
 * @f: the connection; a segment of another one fails the test
 * @g: filled in, sequence numbers relative
 * @wait_ms: how long to wait for it
 *
 * Return: false if none came.
 */
bool flow_next(struct flow *f, struct got *g, long wait_ms)
{
	return next_until(f, g, now_us() + wait_ms * 1000ULL);
}

/**
 * flow_rx() - a segment must come in; see rx()
 * @file: of the test
 * @line: of the test
 * @f: the connection
 * @w: the segment
 */
void flow_rx(const char *file, int line, struct flow *f, const struct want *w)
{
	uint64_t from = f->p->mark_us;
	struct got g;
	long long ms;

	if (!next_until(f, &g, from + (w->after_ms + LATE_MS) * 1000))
		peer_fail(file, line, "no %s seq %u ack %u len %ld after %ld ms",
			  flags_text(w->flags), w->seq, w->ack, w->len,
			  w->after_ms);
	ms = (long long)(g.us - from) / 1000;
#define same(what, expected, seen, fmt)				\
	if ((expected) != (seen))					\
		peer_fail(file, line, what " is " fmt ", not " fmt, seen, expected)
	if (w->flags & PSH_OR_NOT)
		g.flags &= ~PSH;
	if (g.flags != (w->flags & 0xff))
		peer_fail(file, line, "flags are %s, not %s",
			  flags_text(g.flags), flags_text(w->flags));
	same("sequence number", w->seq, g.seq, "%u");
	same("ECN field", w->ecn, g.ecn, "%u");
	if (g.flags & ACK)
		same("acknowledgment number", w->ack, g.ack, "%u");
	same("length", w->len, (long)g.len, "%ld");
	if (w->wnd != ANY)
		same("window", w->wnd, (long)g.wnd, "%ld");
	same("urgent pointer", w->urg, g.urg, "%u");
	same("user timeout option", w->uto, g.uto, "%u");
	if (w->mss != ANY)
		same("MSS option", w->mss, (long)g.mss, "%ld");
	if (w->tsecr)
		same("TSecr", w->tsecr, g.tsecr, "%u");
	for (int i = 0; i < SACK_MAX; i++) {
		same("start of SACK block", w->sack[i].start, g.sack[i].start, "%u");
		same("end of SACK block", w->sack[i].end, g.sack[i].end, "%u");
	}
#undef same
	if (ms < w->after_ms - JIFFY_MS || ms > w->after_ms + LATE_MS)
		peer_fail(file, line, "came after %lld ms, not %ld", ms,
			  w->after_ms);
	f->p->mark_us = g.us;
}

/**
 * peer_quiet() - nothing may come in; see quiet()
 * @file: of the test
 * @line: of the test
 * @p: the network
 * @ms: for so long
 */
void peer_quiet(const char *file, int line, struct peer *p, long ms)
{
	struct got g;

	if (!receive(p, now_us() + ms * 1000ULL, &g))
		return;
	note_got(NULL, &g);
	peer_fail(file, line, "a segment that nobody asked for: port %u %s seq %u ack %u len %u (absolute)",
		  g.dport, flags_text(g.flags), g.seq, g.ack, g.len);
}

/*
 * The peer
 */

/**
 * payload() - what a full segment of ktcp carries, options of its SYN-ACK known
 * @f: the connection; may be still to be opened, if ktcp takes all we offer
 */
uint16_t payload(const struct flow *f)
{
	return f->send_mss - (f->offer & TS ? 12 : 0);
}

/**
 * ts_clock() - our timestamp clock, a tick a millisecond
 * @f: the connection
 */
uint32_t ts_clock(const struct flow *f)
{
	return f->ts_base + now_ms();
}

/**
 * flow_init() - a new connection, nothing sent yet
 * @f: the connection
 * @p: the network
 */
void flow_init(struct flow *f, struct peer *p)
{
	memset(f, 0, sizeof(*f));
	f->p = p;
	f->sport = p->next_port++;
	if (!p->next_port)
		p->next_port = FIRST_PORT;
	f->dport = PORT;
	f->iss = 1000000;
	f->offer = p->offer;
	f->wnd = 65535;
	f->mss = mss_of(p, p->mtu);
	f->send_mss = f->mss;
	f->have = 1;
	f->ts_base = 5000000;
}

static void tx_icmp(struct flow *f, uint32_t seq, struct icmp e, uint32_t mtu,
		    size_t cut)
{
	static struct packet k;

	f->p->mark_us = now_us();
	note("> ICMP: seq %u, type %u, code %u, mtu %u, %zu bytes cut", seq,
	     e.type, e.code, mtu, cut);
	packet_icmp(&k, f, seq, e, mtu, cut);
	put_packet(f->p, &k);
}

/**
 * flow_icmp() - somebody on the path reports an error about a segment of ktcp
 * @f: the connection
 * @seq: of the segment, relative
 * @e: the error
 */
void flow_icmp(struct flow *f, uint32_t seq, struct icmp e)
{
	tx_icmp(f, seq, e, 0, 0);
}

/**
 * flow_icmp_cut() - the same, and it quotes less than it should
 * @f: the connection
 * @seq: of the segment, relative
 * @e: the error
 * @cut: bytes that are missing at the end
 */
void flow_icmp_cut(struct flow *f, uint32_t seq, struct icmp e, size_t cut)
{
	tx_icmp(f, seq, e, 0, cut);
}

/**
 * flow_icmp6() - somebody reports by ICMPv6 about a connection over IPv4
 * @f: the connection
 * @seq: of the segment, relative
 * @e: the error
 * @mapped: of its own, mapped, addresses; else of the two that there are over IPv6
 */
void flow_icmp6(struct flow *f, uint32_t seq, struct icmp e, bool mapped)
{
	struct peer v6 = *f->p;
	struct flow other = *f;
	static struct packet k;

	v6.family = AF_INET6;
	other.p = &v6;
	note("> ICMPv6: seq %u, type %u, code %u%s", seq, e.type, e.code,
	     mapped ? ", mapped addresses" : "");
	packet_icmp(&k, &other, seq, e, 0, 0);
	if (mapped)
		packet_icmp_mapped(&k);
	put_packet(f->p, &k);
}

/**
 * flow_too_big() - a router on the path has dropped a segment of ktcp
 * @f: the connection
 * @seq: of the segment, relative
 * @mtu: what the router's next link takes
 */
void flow_too_big(struct flow *f, uint32_t seq, uint32_t mtu)
{
	tx_icmp(f, seq, f->p->family == AF_INET ? (struct icmp){ 3, 4 } :
						  (struct icmp){ 2, 0 }, mtu, 0);
}

/**
 * flow_syn_options() - the options of our SYN or SYN-ACK, but for timestamps
 * @f: the connection
 * @opt: room for 12 bytes
 *
 * Return: how many bytes.
 */
size_t flow_syn_options(const struct flow *f, uint8_t *opt)
{
	size_t n = 0;

	if (f->mss) {
		memcpy(opt, (uint8_t[]){ 2, 4, f->mss >> 8, f->mss }, 4);
		n = 4;
	}
	if (f->offer & WSCALE) {
		memcpy(opt + n, (uint8_t[]){ 1, 3, 3, f->wscale }, 4);
		n += 4;
	}
	if (f->offer & SACK) {
		memcpy(opt + n, (uint8_t[]){ 1, 1, 4, 2 }, 4);
		n += 4;
	}
	return n;
}

/**
 * flow_syn() - the first segment of the handshake
 * @f: the connection
 */
void flow_syn(struct flow *f)
{
	uint8_t opt[16];
	size_t n = flow_syn_options(f, opt);

	tx(f, .flags = SYN | (f->ecn ? ECE | CWR : 0), .ack = 0, .opt = opt,
	   .optlen = n);
}

/**
 * flow_synack() - the second one must come, at once
 * @f: the connection
 */
void flow_synack(struct flow *f)
{
	rx(f, .flags = SYN | ACK | (f->ecn ? ECE : 0), .mss = ANY);
}

/**
 * flow_connect() - all three of them
 * @f: the connection
 */
void flow_connect(struct flow *f)
{
	flow_syn(f);
	flow_synack(f);
	tx(f);
}
