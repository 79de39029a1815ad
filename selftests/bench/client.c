// SPDX-License-Identifier: GPL-2.0
/*
 * The clients: all of them, on the far side of the device.
 *
 * They see the wire and nothing else, lose nothing, and believe nothing: a
 * segment out of order, a retransmission, a reset or a wrong response ends the
 * job with an error. Everything here runs in the device's poll, interrupts off.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/vmalloc.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <asm/io.h>

#include "bench.h"
#include "compat.h"

#define SERVER4		(0x0a3f0001 + NET)	/* 10.63.0.1 */
#define CLIENT4		(0x0a400001 + NET)	/* 10.64.0.1, and on */
#define SERVER6		(0xfd630000 + NET)	/* fd63::1 */
#define CLIENT6		(0xfd640000 + NET)	/* fd64::1, and on */
#define NET		((u32)net << 17)	/* two networks up for each */
#define FIN		1
#define SYN		2
#define RST		4
#define PSH		8
#define ACK		16
#define FLAGS_AT	13			/* in a TCP header */
#define ECHO_ID		0x6b74
#define SPARE		(2 * DEPTH_MAX)		/* frames that are kept free */

static u8 net;
module_param(net, byte, 0444);
MODULE_PARM_DESC(net, "0 (10.63/16 and 10.64/16, default), 1 (10.65 and 10.66) and so on");

struct peer *bench_peers;
u32 bench_nr_peers;
struct page *bench_payload;

static struct job *job;
static u8 wscale;	/* of the last server that said it */

/* Peers of OP_REQUESTS without a request, first in, first out. */
static u32 *ready;
static u32 ready_mask, ready_head, ready_tail;

/* Peers that have acknowledged less than they received. */
static u32 owes;

static const u8 mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 2 };

/**
 * bench_fail() - a job has gone wrong; the first reason is kept
 * @j: the job
 * @fmt: why
 */
void bench_fail(struct job *j, const char *fmt, ...)
{
	va_list args;

	if (*j->error)
		return;
	va_start(args, fmt);
	vsnprintf(j->error, sizeof(j->error), fmt, args);
	va_end(args);
}

/* Whoever runs the emulator looks, and lets it go on (scripts/bench). */
static void stop_emulator(const struct job *j)
{
	if (j->trace)
		outb(PVPANIC_PANIC, PVPANIC_PORT);
}

/**
 * bench_mark_begin() - counting begins
 * @j: the job
 */
void bench_mark_begin(struct job *j)
{
	stop_emulator(j);
	j->begun = true;
	j->t0 = bench_client_flush();
	j->client0 = bench_client_total();
	j->idle0 = bench_idle();
	j->done0 = j->done;
}

/**
 * bench_mark_end() - counting ends
 * @j: the job
 */
void bench_mark_end(struct job *j)
{
	j->ended = true;
	j->t1 = bench_client_flush();
	j->client1 = bench_client_total();
	j->idle1 = bench_idle();
	j->done1 = j->done;
	stop_emulator(j);
}

static bool counting(const struct job *j)
{
	return j->begun && !j->ended;
}

static void units_done(struct job *j, u32 n)
{
	j->done += n;
	if (!j->begun && j->done >= j->warm)
		bench_mark_begin(j);
	if (!j->ended && j->done >= j->warm + j->count)
		bench_mark_end(j);
}

static u32 mss(const struct job *j)
{
	return (j->family == 4 ? MSS4 : MSS6) - TS_LEN;
}

/* --- to the server --- */

static u8 *put_ethernet(const struct job *j, struct frame *f)
{
	struct ethhdr *eth = (void *)f->data;

	memcpy(eth->h_dest, bench_mac(), ETH_ALEN);
	memcpy(eth->h_source, mac, ETH_ALEN);
	eth->h_proto = htons(j->family == 4 ? ETH_P_IP : ETH_P_IPV6);
	return f->data + ETH_HLEN;
}

static u8 *put_ip4(u8 *at, u32 idx, u8 protocol, u32 len)
{
	struct iphdr *ip = (void *)at;

	memset(ip, 0, sizeof(*ip));
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(sizeof(*ip) + len);
	ip->frag_off = htons(IP_DF);
	ip->ttl = 64;
	ip->protocol = protocol;
	ip->saddr = htonl(CLIENT4 + idx / PEERS_PER_ADDR);
	ip->daddr = htonl(SERVER4);
	ip->check = ip_fast_csum(ip, ip->ihl);
	return at + sizeof(*ip);
}

static u8 *put_ip6(u8 *at, u32 idx, u8 protocol, u32 len)
{
	struct ipv6hdr *ip = (void *)at;

	memset(ip, 0, sizeof(*ip));
	ip->version = 6;
	ip->payload_len = htons(len);
	ip->nexthdr = protocol;
	ip->hop_limit = 64;
	ip->saddr.s6_addr32[0] = htonl(CLIENT6);
	ip->saddr.s6_addr32[3] = htonl(1 + idx / PEERS_PER_ADDR);
	ip->daddr.s6_addr32[0] = htonl(SERVER6);
	ip->daddr.s6_addr32[3] = htonl(1);
	return at + sizeof(*ip);
}

static u8 *put_ip(const struct job *j, struct frame *f, u32 idx, u8 protocol,
		  u32 len)
{
	u8 *at = put_ethernet(j, f);

	return j->family == 4 ? put_ip4(at, idx, protocol, len) :
				put_ip6(at, idx, protocol, len);
}

static u32 timestamp(void)
{
	return (rdtsc() >> 20) + 1;
}

static u8 *put_timestamps(const struct peer *p, u8 *at)
{
	*at++ = 8;
	*at++ = 10;
	put_unaligned_be32(timestamp(), at);
	put_unaligned_be32(p->ts_recent, at + 4);
	return at + 8;
}

static u8 *put_syn_options(const struct job *j, const struct peer *p, u8 *at)
{
	*at++ = 2;
	*at++ = 4;
	put_unaligned_be16(j->family == 4 ? MSS4 : MSS6, at);
	at += 2;
	*at++ = 4;	/* SACK permitted */
	*at++ = 2;
	at = put_timestamps(p, at);
	*at++ = 1;
	*at++ = 3;
	*at++ = 3;
	*at++ = WSCALE;
	return at;
}

/* A segment with @len bytes at @off of the payload, acknowledging up to @ack. */
static void segment_ack(struct job *j, u32 idx, u8 flags, u32 off, u32 len,
			u32 ack)
{
	struct peer *p = &bench_peers[idx];
	u32 options = flags & SYN ? TS_LEN + 8 : TS_LEN;
	u32 tcp_len = sizeof(struct tcphdr) + options;
	struct frame *f = bench_frame();
	struct tcphdr *th;
	u8 *at;

	if (!f) {
		bench_fail(j, "no room for a frame");
		return;
	}
	at = put_ip(j, f, idx, IPPROTO_TCP, tcp_len + len);
	th = (void *)at;
	memset(th, 0, sizeof(*th));
	th->source = htons(PORT_BASE + idx % PEERS_PER_ADDR);
	th->dest = j->port;
	th->seq = htonl(p->snd_nxt);
	th->ack_seq = flags & ACK ? htonl(ack) : 0;
	th->doff = tcp_len / 4;
	at[FLAGS_AT] = flags;
	th->window = htons(min(j->rwnd >> (flags & SYN ? 0 : WSCALE), 65535U));
	at += sizeof(*th);
	if (flags & SYN) {
		at = put_syn_options(j, p, at);
	} else {
		*at++ = 1;
		*at++ = 1;
		at = put_timestamps(p, at);
	}
	f->frag_len = 0;
	if (at + len <= f->data + sizeof(f->data)) {
		memcpy(at, page_address(bench_payload) + off, len);
		at += len;
	} else {
		f->frag = off;
		f->frag_len = len;
	}
	f->len = at - f->data;
	f->hash = (idx + 1) * 0x9e3779b1;
	p->snd_nxt += len + !!(flags & SYN) + !!(flags & FIN);
	if (counting(j))
		j->frames++;
}

static void segment(struct job *j, u32 idx, u8 flags, u32 off, u32 len)
{
	struct peer *p = &bench_peers[idx];

	if (j->op != OP_UPLOAD && p->acked != p->rcv_nxt) {
		p->acked = p->rcv_nxt;
		owes--;
	}
	segment_ack(j, idx, flags, off, len, p->rcv_nxt);
}

static void send_syn(struct job *j, u32 idx)
{
	struct peer *p = &bench_peers[idx];

	if (p->state != PEER_CLOSED) {
		bench_fail(j, "peer %u is in state %u", idx, p->state);
		return;
	}
	/* above all that TIME_WAIT may know of these addresses and ports */
	p->snd_nxt += 100000;
	p->ts_recent = 0;
	p->pending = 0;
	p->phase = IN_STATUS;
	p->pos = 0;
	p->state = PEER_SYN_SENT;
	segment(j, idx, SYN, 0, 0);
}

/* a batch of requests, in as few segments as it takes */
static void send_requests(struct job *j, u32 idx)
{
	struct peer *p = &bench_peers[idx];
	u32 len = j->request_len * j->depth, off = 0, n;

	p->pending = j->depth;
	for (; off < len; off += n) {
		n = min(len - off, mss(j));
		segment(j, idx, off + n == len ? PSH | ACK : ACK, off, n);
	}
}

static void send_echo(struct job *j, u32 idx)
{
	bool v4 = j->family == 4;
	u32 len = j->size - (v4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr));
	struct frame *f = bench_frame();
	struct icmphdr *h;
	__wsum sum;

	if (!f) {
		bench_fail(j, "no room for a frame");
		return;
	}
	h = (void *)put_ip(j, f, idx, v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6, len);
	memset(h, 'k', len);
	h->type = v4 ? ICMP_ECHO : ICMPV6_ECHO_REQUEST;
	h->code = 0;
	h->checksum = 0;
	h->un.echo.id = htons(ECHO_ID);
	h->un.echo.sequence = htons(j->issued);
	sum = csum_partial(h, len, 0);
	if (v4) {
		h->checksum = csum_fold(sum);
	} else {
		const struct ipv6hdr *ip = (void *)(f->data + ETH_HLEN);

		h->checksum = csum_ipv6_magic(&ip->saddr, &ip->daddr, len,
					      IPPROTO_ICMPV6, sum);
	}
	f->len = (u8 *)h + len - f->data;
	f->frag_len = 0;
	f->hash = (idx + 1) * 0x9e3779b1;
	if (counting(j))
		j->frames++;
}

/* --- from the server --- */

static void advance(struct peer *p, u32 len)
{
	if (p->acked == p->rcv_nxt)
		owes++;
	p->rcv_nxt += len;
}

static void acknowledge(struct job *j, u32 idx)
{
	struct peer *p = &bench_peers[idx];

	if (p->acked != p->rcv_nxt)
		segment(j, idx, ACK, 0, 0);
}

/* the options that matter; what is no option ends the search */
static void read_options(struct job *j, struct peer *p, const struct tcphdr *th)
{
	const u8 *o = (const u8 *)(th + 1), *end = (const u8 *)th + th->doff * 4;

	while (o < end && *o) {
		if (*o == 1) {
			o++;
			continue;
		}
		if (o + 2 > end || o[1] < 2 || o + o[1] > end)
			return;
		if (*o == 3 && o[1] == 3 && th->syn)
			wscale = o[2];
		if (*o == 8 && o[1] == 10)
			p->ts_recent = get_unaligned_be32(o + 2);
		o += o[1];
	}
}

/* the payload of @skb from @off is more of the peer's responses */
static int read_payload(struct job *j, struct peer *p, struct sk_buff *skb,
			u32 off)
{
	struct skb_seq_state st;
	const u8 *data;
	u32 used = 0, n;
	int ended = 0, r;

	skb_prepare_seq_read(skb, off, skb->len, &st);
	while ((n = skb_seq_read(used, &data, &st))) {
		r = bench_response(j, p, data, n);
		if (r < 0) {
			bench_fail(j, "wrong response, body byte %u, phase %u: %.40s",
				   j->body - p->left, p->phase, data);
			skb_abort_seq_read(&st);
			return -1;
		}
		ended += r;
		used += n;
	}
	return ended;
}

static void push_ready(u32 idx)
{
	ready[ready_head++ & ready_mask] = idx;
}

/* ACKs for what has come, as a receiver sends them */
static void send_acks(struct job *j, u32 idx)
{
	struct peer *p = &bench_peers[idx];
	u32 step = j->ack * mss(j);

	while (step && p->rcv_nxt - p->acked > step) {
		p->acked += step;
		segment_ack(j, idx, ACK, 0, 0, p->acked);
	}
	if (p->rcv_nxt - p->acked >= 2 * mss(j))
		acknowledge(j, idx);
}

/* the server has closed */
static void receive_fin(struct job *j, u32 idx)
{
	struct peer *p = &bench_peers[idx];

	advance(p, 1);
	if (p->state != PEER_OPEN || p->pending || !j->close) {
		bench_fail(j, "FIN in state %u, %u pending", p->state, p->pending);
		return;
	}
	if (j->hold) {
		acknowledge(j, idx);
		p->state = PEER_HALF;
		units_done(j, 1);
		return;
	}
	p->state = PEER_FIN_SENT;
	segment(j, idx, FIN | ACK, 0, 0);
}

static void receive_syn_ack(struct job *j, u32 idx, const struct tcphdr *th)
{
	struct peer *p = &bench_peers[idx];

	if (p->state == PEER_SYN_ACKED)
		return;		/* sent again, as it should be */
	if (p->state != PEER_SYN_SENT || !th->ack ||
	    ntohl(th->ack_seq) != p->snd_nxt) {
		bench_fail(j, "SYN in state %u", p->state);
		return;
	}
	p->rcv_nxt = ntohl(th->seq) + 1;
	p->acked = p->rcv_nxt;
	if (j->op == OP_SYN) {
		p->state = j->hold ? PEER_SYN_ACKED : PEER_CLOSED;
		units_done(j, 1);
		return;
	}
	p->state = PEER_OPEN;
	segment(j, idx, ACK, 0, 0);
	if (j->op == OP_CONNECTIONS)
		send_requests(j, idx);
	else
		units_done(j, 1);
}

static void receive_ack_of_upload(struct job *j, struct peer *p,
				  const struct tcphdr *th)
{
	u32 ack = ntohl(th->ack_seq);

	p->snd_wnd = ntohs(th->window) << wscale;
	if ((s32)(ack - p->snd_una) <= 0)
		return;
	if (counting(j) || !j->ended)
		units_done(j, ack - p->snd_una);
	else
		j->done += ack - p->snd_una;
	p->snd_una = ack;
}

static void note_latency(struct job *j, u32 idx)
{
	u64 n = j->done - j->done0;

	if (j->begun && n && n <= j->count)
		j->latency[n - 1] = min_t(u64, ktime_get_ns() - j->sent[idx],
					  U32_MAX);
}

static void receive_data(struct job *j, u32 idx, struct sk_buff *skb, u32 off,
			 const struct tcphdr *th, u32 len)
{
	struct peer *p = &bench_peers[idx];
	int ended = 0;

	if (len) {
		advance(p, len);
		ended = read_payload(j, p, skb, off);
		if (ended < 0)
			return;
	}
	if (th->fin) {
		receive_fin(j, idx);
		return;
	}
	if (j->op == OP_REQUESTS && ended) {
		units_done(j, ended);
		if (j->interval)
			note_latency(j, idx);
		if (!p->pending) {
			push_ready(idx);
			if (j->interval)
				return;
			/* the next request is the ACK, if it comes at once */
			if (j->window < j->conns || j->issued >= j->limit)
				acknowledge(j, idx);
			return;
		}
	}
	send_acks(j, idx);
}

static void receive_tcp(struct job *j, struct sk_buff *skb, u32 off, u32 idx)
{
	const struct tcphdr *th = (void *)(skb->data + off);
	struct peer *p = &bench_peers[idx];
	u32 len = skb->len - off - th->doff * 4;

	if (counting(j)) {
		j->bytes += len;
		if (!len && !th->syn && !th->fin && !th->rst)
			j->pure_acks++;
	}
	if (th->rst) {
		if (j->op == OP_STRAY && ntohl(th->seq) == p->rcv_nxt)
			units_done(j, 1);
		else
			bench_fail(j, "reset in state %u of peer %u", p->state, idx);
		return;
	}
	read_options(j, p, th);
	if (th->syn) {
		receive_syn_ack(j, idx, th);
		return;
	}
	if (ntohl(th->seq) != p->rcv_nxt) {
		bench_fail(j, "peer %u: seq %d from RCV.NXT, %u bytes, state %u",
			   idx, (s32)(ntohl(th->seq) - p->rcv_nxt), len, p->state);
		return;
	}
	if ((s32)(ntohl(th->ack_seq) - p->snd_nxt) > 0) {
		bench_fail(j, "peer %u: ACK of what was not sent", idx);
		return;
	}
	if (j->op == OP_UPLOAD)
		receive_ack_of_upload(j, p, th);
	if (p->state == PEER_FIN_SENT && ntohl(th->ack_seq) == p->snd_nxt) {
		p->state = PEER_CLOSED;
		units_done(j, 1);
	} else if (len || th->fin) {
		receive_data(j, idx, skb, off + th->doff * 4, th, len);
	}
}

static void receive_icmp(struct job *j, const struct icmphdr *h, u8 reply)
{
	if (j->op != OP_ECHO || h->type != reply ||
	    h->un.echo.id != htons(ECHO_ID))
		return;
	units_done(j, 1);
}

/**
 * bench_client_receive() - a packet from the server
 * @skb: it, from its Ethernet header on; stays the caller's
 */
void bench_client_receive(struct sk_buff *skb)
{
	const struct ethhdr *eth = (void *)skb->data;
	const struct iphdr *ip = (void *)(eth + 1);
	const struct ipv6hdr *ip6 = (void *)(eth + 1);
	struct job *j = job;
	u32 addr, off, idx;
	u8 protocol;

	if (!j || *j->error || j->op == OP_ABORT)
		return;
	if (eth->h_proto == htons(ETH_P_IP)) {
		addr = ntohl(ip->daddr) - CLIENT4;
		protocol = ip->protocol;
		off = ETH_HLEN + ip->ihl * 4;
	} else if (eth->h_proto == htons(ETH_P_IPV6)) {
		if (ip6->daddr.s6_addr32[0] != htonl(CLIENT6))
			return;
		addr = ntohl(ip6->daddr.s6_addr32[3]) - 1;
		protocol = ip6->nexthdr;
		off = ETH_HLEN + sizeof(*ip6);
	} else {
		return;
	}
	if (counting(j)) {
		j->packets++;
		j->segs += max_t(u32, skb_shinfo(skb)->gso_segs, 1);
	}
	if (protocol == IPPROTO_ICMP) {
		receive_icmp(j, (void *)(skb->data + off), ICMP_ECHOREPLY);
	} else if (protocol == IPPROTO_ICMPV6) {
		receive_icmp(j, (void *)(skb->data + off), ICMPV6_ECHO_REPLY);
	} else if (protocol == IPPROTO_TCP) {
		const struct tcphdr *th = (void *)(skb->data + off);

		idx = addr * PEERS_PER_ADDR + ntohs(th->dest) - PORT_BASE;
		if (addr > bench_nr_peers / PEERS_PER_ADDR || idx >= bench_nr_peers)
			bench_fail(j, "a packet to peer %u", idx);
		else if (th->source == j->port)
			receive_tcp(j, skb, off, idx);
	}
}

/* --- what to begin next --- */

/* 64 quantiles of the exponential distribution, times 256 */
static const u16 exponential[] = {
	2, 6, 10, 14, 19, 23, 27, 32, 36, 41, 46, 51,
	56, 61, 66, 71, 76, 82, 87, 93, 99, 105, 111, 117,
	124, 130, 137, 144, 151, 158, 166, 173, 181, 190, 198, 207,
	216, 226, 236, 246, 256, 268, 279, 291, 304, 318, 332, 347,
	363, 380, 398, 418, 439, 463, 488, 517, 549, 585, 628, 680,
	744, 830, 961, 1242
};

/* the next request of an open loop comes when it comes: a Poisson process */
static void next_due(struct job *j)
{
	j->random = j->random * 1664525 + 1013904223;
	j->due += (u64)j->interval * exponential[j->random >> 26] / 256;
}

static bool room(void)
{
	return bench_frames_free() > SPARE;
}

/* begin one more unit, or batch */
static void issue(struct job *j)
{
	u32 idx = j->next, n = 1;

	if (j->op == OP_REQUESTS) {
		idx = ready[ready_tail++ & ready_mask];
		n = j->depth;
	} else if (j->op == OP_ECHO) {
		idx = j->issued % j->conns;
	} else if (++j->next == bench_nr_peers) {
		j->next = 0;	/* the oldest are long gone */
	}
	switch (j->op) {
	case OP_OPEN:
	case OP_CONNECTIONS:
	case OP_SYN:
		send_syn(j, idx);
		break;
	case OP_REQUESTS:
		send_requests(j, idx);
		break;
	case OP_ACK:
		if (bench_peers[idx].state != PEER_SYN_ACKED)
			bench_fail(j, "peer %u has no SYN-ACK", idx);
		bench_peers[idx].state = PEER_OPEN;
		segment(j, idx, ACK, 0, 0);
		break;
	case OP_FIN:
		if (bench_peers[idx].state != PEER_HALF)
			bench_fail(j, "peer %u has not been closed", idx);
		bench_peers[idx].state = PEER_FIN_SENT;
		segment(j, idx, FIN | ACK, 0, 0);
		break;
	case OP_STRAY:
		bench_peers[idx].rcv_nxt = 1000 + idx;
		bench_peers[idx].acked = 1000 + idx;
		segment(j, idx, ACK, 0, 0);
		break;
	case OP_ABORT:
		segment(j, idx, RST | ACK, 0, 0);
		bench_peers[idx].state = PEER_CLOSED;
		break;
	case OP_ECHO:
		send_echo(j, idx);
		break;
	default:
		break;
	}
	j->issued += n;
}

static bool is_ready(void)
{
	return ready_tail != ready_head;
}

/* requests at their times, if a connection is free */
static void issue_due(struct job *j)
{
	u64 now = ktime_get_ns();

	if (!j->due)
		j->due = now;
	while (j->due <= now && j->issued < j->limit && is_ready() && room()) {
		j->sent[ready[ready_tail & ready_mask]] = j->due;
		issue(j);
		next_due(j);
	}
	if (j->issued < j->limit)
		bench_alarm(j->due);
}

static void upload(struct job *j)
{
	struct peer *p;
	u32 i, n;

	for (i = j->first; i < j->first + j->conns; i++) {
		p = &bench_peers[i];
		while (room() && j->issued < j->limit) {
			n = min_t(u64, mss(j), j->limit - j->issued);
			if (p->snd_nxt + n - p->snd_una > p->snd_wnd)
				break;
			segment(j, i, ACK, 0, n);
			j->issued += n;
		}
	}
}

/* The server answers nothing to these: they count when it has seen them. */
static bool burst(enum op op)
{
	return op == OP_ACK || op == OP_ABORT;
}

/**
 * bench_client_poll() - a turn of the device, after all that the server has sent
 *
 * Return: true if another turn is wanted even if the server sends nothing.
 */
bool bench_client_poll(void)
{
	struct job *j = job;
	u32 end;

	if (!j)
		return false;
	if (!j->begun && !j->warm)
		bench_mark_begin(j);
	if (*j->error)
		goto finished;
	if (j->op == OP_UPLOAD) {
		upload(j);
	} else if (j->interval) {
		issue_due(j);
	} else if (burst(j->op)) {
		if (!bench_quiet())
			return true;
		units_done(j, j->issued - j->done);
		end = j->issued + j->window;
		while (j->issued < min_t(u64, j->limit, end) && room())
			issue(j);
	} else {
		while (j->issued < j->limit && room() &&
		       j->issued - j->done < (u64)j->window * j->depth &&
		       (j->op != OP_REQUESTS || is_ready()))
			issue(j);
	}
	if (*j->error)
		goto finished;
	if (j->done < j->limit)
		return burst(j->op);
	bench_client_timeout();		/* what is not acknowledged yet */
	if (!bench_quiet())
		return true;
finished:
	job = NULL;
	complete(&j->complete);
	return false;
}

/**
 * bench_client_timeout() - ACKs that have been held back for a while
 */
void bench_client_timeout(void)
{
	struct job *j = job;
	u32 i;

	if (!j || !owes || j->op == OP_UPLOAD)
		return;
	for (i = 0; i < bench_nr_peers && room(); i++) {
		if (bench_peers[i].state == PEER_CLOSED ||
		    bench_peers[i].acked == bench_peers[i].rcv_nxt)
			continue;
		acknowledge(j, i);
		j->delacks++;
	}
}

/**
 * bench_client_owes() - there are such ACKs
 *
 * Return: true if so.
 */
bool bench_client_owes(void)
{
	/* in an open loop the next request of each connection comes before */
	return job && owes && !job->interval;
}

/* --- from control.c, process context --- */

static int prepare(struct job *j)
{
	u32 i;

	for (i = j->first; i < j->first + j->conns; i++) {
		struct peer *p = &bench_peers[i];

		if (j->op != OP_REQUESTS && j->op != OP_UPLOAD)
			break;
		if (p->state != PEER_OPEN) {
			bench_fail(j, "peer %u is not open", i);
			return -ENOTCONN;
		}
		if (j->op == OP_REQUESTS) {
			push_ready(i);
		} else {
			p->snd_una = p->snd_nxt;
			p->snd_wnd = 2 * mss(j);
		}
	}
	return 0;
}

static void put_back(struct job *j)
{
	u32 i;

	if (j->op == OP_UPLOAD)
		for (i = j->first; i < j->first + j->conns; i++)
			bench_peers[i].acked = bench_peers[i].rcv_nxt;
	ready_head = 0;
	ready_tail = 0;
}

/**
 * bench_client_run() - do a job, and wait until it is done
 * @j: the job; its error says what was wrong
 * @seconds: how long at most
 *
 * Return: 0 or a negative errno. Process context.
 */
int bench_client_run(struct job *j, unsigned int seconds)
{
	long err;

	j->next = j->first;
	init_completion(&j->complete);
	err = prepare(j);
	if (!err) {
		WRITE_ONCE(job, j);
		bench_kick();
		err = wait_for_completion_killable_timeout(&j->complete,
							   seconds * HZ);
		if (err <= 0) {
			bench_fail(j, "no end after %u s: %llu begun, %llu done",
				   seconds, j->issued, j->done);
			WRITE_ONCE(job, NULL);
			synchronize_net();
		}
	}
	put_back(j);
	return !*j->error ? 0 : err < 0 ? err : -EIO;
}

/**
 * bench_client_resize() - other peers, all of them closed
 * @n: how many
 *
 * Return: 0 or -ENOMEM. Process context, no job is running.
 */
int bench_client_resize(u32 n)
{
	vfree(bench_peers);
	vfree(ready);
	bench_nr_peers = 0;
	owes = 0;
	bench_peers = vzalloc(array_size(n, sizeof(*bench_peers)));
	ready = vmalloc(array_size(roundup_pow_of_two(n), sizeof(*ready)));
	if (!bench_peers || !ready)
		return -ENOMEM;
	ready_mask = roundup_pow_of_two(n) - 1;
	bench_nr_peers = n;
	return 0;
}

/**
 * bench_client_init() - the first peers
 *
 * Return: 0 or -ENOMEM. Process context.
 */
int bench_client_init(void)
{
	bench_payload = alloc_pages(GFP_KERNEL | __GFP_COMP,
				    get_order(PAYLOAD_SIZE));
	return bench_payload ? bench_client_resize(PEERS_PER_ADDR) : -ENOMEM;
}

/**
 * bench_client_exit() - and no more
 */
void bench_client_exit(void)
{
	vfree(bench_peers);
	vfree(ready);
	__free_pages(bench_payload, get_order(PAYLOAD_SIZE));
}
