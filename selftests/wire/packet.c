// SPDX-License-Identifier: GPL-2.0
/* Packets as the device sees them: build any, verify all. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "packet.h"

#define IP4_LEN		20
#define IP6_LEN		40
#define TCP_LEN		20
#define TCP_CSUM	16	/* where the checksum is */
#define FRAG6_LEN	8
#define HOP_LIMIT	64
#define ECN_MASK	3

#define NEXT_HOPOPTS	0
#define NEXT_ROUTING	43
#define NEXT_FRAGMENT	44
#define NEXT_AUTH	51
#define NEXT_DSTOPTS	60
#define NEXT_TCP	6

#define OPT_END		0
#define OPT_NOP		1
#define OPT_MSS		2
#define OPT_WSCALE	3
#define OPT_SACK_OK	4
#define OPT_SACK	5
#define OPT_TS		8
#define OPT_UTO		28

uint8_t packet_addr4[2][4] = { { 10, 0, 0, 1 }, { 10, 0, 0, 2 } };
uint8_t packet_addr6[2][16] = {
	{ 0x20, 0x01, 0x0d, 0xb8, [15] = 1 },
	{ 0x20, 0x01, 0x0d, 0xb8, [15] = 2 },
};

static bool many;	/* hosts, that differ in the last two bytes */

/**
 * packet_peer() - from here on the peer is another host
 * @p: it
 * @n: which of many; 10.1.0.0 and up, or 2001:db8::1:0
 *
 * What comes may still be for those that it was before.
 */
void packet_peer(const struct peer *p, uint16_t n)
{
	uint8_t *end = p->family == AF_INET ? packet_addr4[1] + 2 :
					      packet_addr6[1] + 14;

	if (!many && p->family == AF_INET &&
	    system("ip route add 10.1.0.0/16 dev tun0"))
		fail("no route to other hosts");
	many = true;
	end[-1] = 1;
	end[0] = n >> 8;
	end[1] = n;
}

/* Are these addresses, of @size bytes each, those of ktcp and of the peer? */
static bool is_between(const uint8_t *ip, const void *addr, size_t size)
{
	return !memcmp(ip, addr, 2 * size - (many ? 2 : 0));
}

static void put16(uint8_t *at, uint16_t v)
{
	at[0] = v >> 8;
	at[1] = v;
}

static void put32(uint8_t *at, uint32_t v)
{
	put16(at, v >> 16);
	put16(at + 2, v);
}

static uint16_t get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static uint32_t sum(uint32_t acc, const uint8_t *at, size_t len)
{
	for (; len > 1; at += 2, len -= 2) {
		acc += get16(at);
		acc = (acc & 0xffff) + (acc >> 16);
	}
	if (len)
		acc += at[0] << 8;
	return (acc & 0xffff) + (acc >> 16);
}

static uint16_t fold(uint32_t acc)
{
	acc = (acc & 0xffff) + (acc >> 16);
	return acc + (acc >> 16);
}

/* @addr: of both ends; the same both ways, they are only added up. */
static uint32_t pseudo(int family, const uint8_t *addr, size_t tcp_len)
{
	uint32_t acc = NEXT_TCP + (tcp_len >> 16) + (tcp_len & 0xffff);

	return sum(acc, addr, family == AF_INET ? 8 : 32);
}

/* The same of a segment that may have other addresses. */
static uint32_t pseudo_of(const struct seg *s, int family, size_t tcp_len)
{
	size_t len = family == AF_INET ? 4 : 16;
	uint32_t acc = NEXT_TCP + (tcp_len >> 16) + (tcp_len & 0xffff);
	const uint8_t *usual = family == AF_INET ? packet_addr4[0] :
						   packet_addr6[0];

	acc = sum(acc, s->to ?: usual, len);
	return sum(acc, s->from ?: usual + len, len);
}

static void ip4_finish(uint8_t *ip, size_t len)
{
	size_t ihl = (ip[0] & 15) * 4;

	put16(ip + 2, len);
	put16(ip + 10, 0);
	put16(ip + 10, ~fold(sum(0, ip, ihl)));
}

static size_t build_ip4(uint8_t *ip, const struct seg *s)
{
	size_t ihl = IP4_LEN + s->ipoptlen;

	memset(ip, 0, ihl);
	ip[0] = 4 << 4 | ihl / 4;
	ip[1] = s->ecn;
	put16(ip + 4, 0x1234);
	put16(ip + 6, s->fragment ? 0 : 0x4000);
	ip[8] = HOP_LIMIT;
	ip[9] = NEXT_TCP;
	memcpy(ip + 12, s->from ?: packet_addr4[1], 4);
	memcpy(ip + 16, s->to ?: packet_addr4[0], 4);
	if (s->ipoptlen)
		memcpy(ip + IP4_LEN, s->ipopt, s->ipoptlen);
	return ihl;
}

static size_t build_ip6(uint8_t *ip, const struct seg *s)
{
	/* Next Header is that of the first of them, bytes 2 to 7 are of each. */
	static const struct { uint8_t next, len, n, bytes[6]; } exts[] = {
		[EXT_HOPOPTS] = { NEXT_HOPOPTS, 8, 1, { 1, 4 } },	/* PadN */
		[EXT_DSTOPTS] = { NEXT_DSTOPTS, 8, 1, { 1, 4 } },
		[EXT_ATOMIC] = { NEXT_FRAGMENT, 8, 1, { 0 } },
		[EXT_DSTOPTS_SKIP] = { NEXT_DSTOPTS, 8, 1, { 0x1e, 4 } },
		[EXT_DSTOPTS_DISCARD] = { NEXT_DSTOPTS, 8, 1, { 0x5e, 4 } },
		[EXT_DSTOPTS_BAD] = { NEXT_DSTOPTS, 8, 1, { 0x1e, 5 } },
		[EXT_ROUTING] = { NEXT_ROUTING, 8, 1, { 253, 0 } },
		[EXT_ROUTING_LEFT] = { NEXT_ROUTING, 8, 1, { 253, 1 } },
		[EXT_ROUTING_SEGMENT] = { NEXT_ROUTING, 8, 1, { 4, 0 } },
		[EXT_HOPOPTS_TWICE] = { NEXT_HOPOPTS, 8, 2, { 1, 4 } },
		[EXT_AUTH] = { NEXT_AUTH, 16, 1, { 0 } },
		[EXT_MANY] = { NEXT_DSTOPTS, 8, 9, { 1, 4 } },
	};
	uint8_t *ext = ip + IP6_LEN;
	int i;

	memset(ip, 0, IP6_LEN);
	ip[0] = 6 << 4;
	ip[1] = s->ecn << 4;
	ip[6] = s->ext == EXT_NONE ? NEXT_TCP : exts[s->ext].next;
	ip[7] = HOP_LIMIT;
	memcpy(ip + 8, s->from ?: packet_addr6[1], 16);
	memcpy(ip + 24, s->to ?: packet_addr6[0], 16);
	if (s->ext == EXT_NONE)
		return IP6_LEN;
	memset(ext, 0, exts[s->ext].n * exts[s->ext].len);
	for (i = 0; i < exts[s->ext].n; i++, ext += exts[s->ext].len) {
		ext[0] = i + 1 == exts[s->ext].n ? NEXT_TCP : exts[s->ext].next;
		memcpy(ext + 2, exts[s->ext].bytes, sizeof(exts[0].bytes));
		if (s->ext == EXT_AUTH)		/* in words, less 2 */
			ext[1] = 2;
	}
	return ext - ip;
}

/**
 * packet_options() - the options of a segment, those that were agreed on too
 * @opt: room for 40 bytes, and then some
 * @f: whose segment
 * @s: what it says
 *
 * Return: how many bytes.
 */
size_t packet_options(uint8_t *opt, const struct flow *f, const struct seg *s)
{
	uint8_t use = s->flags & SYN ? f->offer : f->agreed;
	size_t n = s->optlen, at;

	if (n)
		memcpy(opt, s->opt, n);
	if (use & TS && !s->no_ts) {
		opt[n++] = OPT_NOP;
		opt[n++] = OPT_NOP;
		opt[n++] = OPT_TS;
		opt[n++] = 10;
		put32(opt + n, s->tsval ? s->tsval : ts_clock(f));
		put32(opt + n + 4, s->tsecr ? s->tsecr : f->ts_recent);
		n += 8;
	}
	if (s->sack[0].end == s->sack[0].start)
		return n;
	opt[n++] = OPT_NOP;
	opt[n++] = OPT_NOP;
	opt[n] = OPT_SACK;
	at = ++n;
	n++;
	for (int i = 0; i < SACK_MAX && s->sack[i].end != s->sack[i].start; i++) {
		put32(opt + n, f->irs + s->sack[i].start);
		put32(opt + n + 4, f->irs + s->sack[i].end);
		n += 8;
	}
	opt[at] = n - at + 1;
	return n;
}

/**
 * packet_build() - make the packet that a segment travels in
 * @k: filled in
 * @f: whose segment
 * @s: what it says
 */
void packet_build(struct packet *k, const struct flow *f, const struct seg *s)
{
	int family = f->p->family;
	size_t hdr = TCP_LEN + (s->optlen + 3) / 4 * 4, tcp_len, payload;
	uint8_t *th;

	payload = s->data && !s->len ? strlen(s->data) : s->len;
	memset(&k->vnet, 0, sizeof(k->vnet));
	k->l4 = family == AF_INET ? build_ip4(k->ip, s) : build_ip6(k->ip, s);
	th = k->ip + k->l4;
	tcp_len = hdr + payload;
	if (k->l4 + tcp_len + s->pad > sizeof(k->ip))
		fail("segment too long for a packet");

	memset(th, 0, hdr);
	put16(th, f->sport);
	put16(th + 2, f->dport);
	put32(th + 4, f->iss + s->seq);
	put32(th + 8, f->irs + s->ack);
	th[12] = (s->doff ? s->doff : hdr / 4) << 4 | s->reserved;
	th[13] = s->flags;
	put16(th + 14, s->wnd);
	put16(th + 18, s->urg);
	if (s->optlen)
		memcpy(th + TCP_LEN, s->opt, s->optlen);
	if (s->data)
		memcpy(th + hdr, s->data, payload);
	else
		memset(th + hdr, 0, payload);
	if (s->cut)
		tcp_len = s->cut;

	k->len = k->l4 + tcp_len;
	if (family == AF_INET)
		ip4_finish(k->ip, k->len);
	else
		put16(k->ip + 4, k->len - IP6_LEN);

	if (s->gso || s->csum == CSUM_PARTIAL) {
		k->vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		k->vnet.csum_start = k->l4;
		k->vnet.csum_offset = TCP_CSUM;
		put16(th + TCP_CSUM, fold(pseudo_of(s, family, tcp_len)));
	} else if (tcp_len >= TCP_CSUM + 2) {
		put16(th + TCP_CSUM,
		      ~fold(sum(pseudo_of(s, family, tcp_len), th, tcp_len)));
		if (s->csum == CSUM_BAD)
			th[TCP_CSUM] ^= 0x5a;
	}
	if (s->gso) {
		k->vnet.gso_type = family == AF_INET ?
			VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
		k->vnet.gso_size = s->gso;
		k->vnet.hdr_len = k->l4 + hdr;
	}
	if (s->linear)
		k->vnet.hdr_len = s->linear;
	memset(k->ip + k->len, 'p', s->pad);
	k->len += s->pad;
}

/**
 * packet_icmp_mapped() - what an error quotes is between IPv4-mapped addresses
 * @k: an ICMPv6 error, by packet_icmp()
 */
void packet_icmp_mapped(struct packet *k)
{
	uint8_t *icmp = k->ip + IP6_LEN, *quote = icmp + 8;
	size_t len = k->len - IP6_LEN;

	for (int i = 0; i < 2; i++) {
		uint8_t *addr = quote + 8 + 16 * i;

		memset(addr, 0, 10);
		memset(addr + 10, 0xff, 2);
		memcpy(addr + 12, packet_addr4[i], 4);
	}
	put16(icmp + 2, 0);
	put16(icmp + 2, ~fold(sum(pseudo(AF_INET6, packet_addr6[0], len) -
				  NEXT_TCP + 58, icmp, len)));
}

/**
 * packet_icmp() - an ICMP error for a segment of ktcp
 * @k: filled in
 * @f: whose segment
 * @seq: its sequence number, relative
 * @e: the error
 * @mtu: what the path takes, if it is about that
 * @cut: bytes that it quotes less than it should
 */
void packet_icmp(struct packet *k, const struct flow *f, uint32_t seq,
		 struct icmp e, uint32_t mtu, size_t cut)
{
	bool v4 = f->p->family == AF_INET;
	size_t hdr = v4 ? IP4_LEN : IP6_LEN, len = 8 + hdr + 8 - cut;
	uint8_t *icmp = k->ip + hdr, *quote = icmp + 8, *th = quote + hdr;
	const struct seg none = { .ext = EXT_NONE };
	uint32_t acc = 0;

	memset(k, 0, sizeof(k->vnet) + 128);
	if (v4) {
		/* what ktcp sent came from its address */
		build_ip4(quote, &none);
		memcpy(quote + 12, packet_addr4, sizeof(packet_addr4));
		ip4_finish(quote, 1500);
		build_ip4(k->ip, &none);
		k->ip[9] = 1;
	} else {
		build_ip6(quote, &none);
		memcpy(quote + 8, packet_addr6, sizeof(packet_addr6));
		put16(quote + 4, 1460);
		build_ip6(k->ip, &none);
		k->ip[6] = 58;
		put16(k->ip + 4, len);
		acc = pseudo(AF_INET6, packet_addr6[0], len) - NEXT_TCP + 58;
	}
	icmp[0] = e.type;
	icmp[1] = e.code;
	put32(icmp + 4, mtu);
	put16(th, f->dport);
	put16(th + 2, f->sport);
	put32(th + 4, f->irs + seq);
	put16(icmp + 2, ~fold(sum(acc, icmp, len)));
	k->l4 = hdr;
	k->len = hdr + len;
	if (v4)
		ip4_finish(k->ip, k->len);
}

/**
 * packet_fragment() - cut a packet into IP fragments
 * @whole: the packet
 * @p: the network
 * @s: how to cut; s->fragment bytes in each, a multiple of 8
 * @index: which fragment
 * @part: filled in
 *
 * Return: how many fragments there are.
 */
size_t packet_fragment(const struct packet *whole, const struct peer *p,
		       const struct seg *s, size_t index, struct packet *part)
{
	size_t total = whole->len - whole->l4, at = index * s->fragment;
	size_t left = total - at, n = s->fragment + s->fragment_overlap;
	uint16_t more = left > s->fragment;
	uint32_t id = s->fragment_id ? s->fragment_id : 0x12345678;
	size_t l4 = whole->l4;
	/* where the last header before the fragment's says what comes next */
	size_t next = l4 > IP6_LEN ? IP6_LEN : 6;

	if (!more || n > left)
		n = left;

	memset(&part->vnet, 0, sizeof(part->vnet));
	memcpy(part->ip, whole->ip, l4);
	if (p->family == AF_INET) {
		put16(part->ip + 6, at / 8 | more << 13);
		ip4_finish(part->ip, l4 + n);
	} else {
		part->ip[next] = NEXT_FRAGMENT;
		memset(part->ip + l4, 0, FRAG6_LEN);
		part->ip[l4] = NEXT_TCP;
		put16(part->ip + l4 + 2, at | more);
		put32(part->ip + l4 + 4, id);
		put16(part->ip + 4, l4 - IP6_LEN + FRAG6_LEN + n);
		l4 += FRAG6_LEN;
	}
	memcpy(part->ip + l4, whole->ip + whole->l4 + at, n);
	part->l4 = l4;
	part->len = l4 + n;
	return (total + s->fragment - 1) / s->fragment;
}

/**
 * packet_is_tcp() - or something that the kernel says by itself?
 * @k: the packet
 */
bool packet_is_tcp(const struct packet *k)
{
	if (k->len >= IP4_LEN && k->ip[0] >> 4 == 4)
		return k->ip[9] == NEXT_TCP;
	return k->len >= IP6_LEN && k->ip[0] >> 4 == 6 && k->ip[6] == NEXT_TCP;
}

static const char *parse_ip4(const struct packet *k, const struct peer *p,
			     size_t *l4)
{
	const uint8_t *ip = k->ip;

	if (p->family != AF_INET)
		return "IPv4, not IPv6";
	if (ip[0] != 0x45)
		return "IPv4: version or header length";
	if (ip[1] >> 2 != p->dscp)
		return "IPv4: DSCP";
	if (get16(ip + 2) != k->len)
		return "IPv4: total length is not that of the packet";
	if (get16(ip + 6) & ~0x4000 ||
	    (p->df != DF_EITHER && !get16(ip + 6) != (p->df == DF_CLEAR)))
		return p->df == DF_CLEAR ? "IPv4: DF" : "IPv4: not DF alone";
	if (ip[8] != (p->ttl ?: HOP_LIMIT))
		return "IPv4: TTL";
	if (fold(sum(0, ip, IP4_LEN)) != 0xffff)
		return "IPv4: header checksum";
	if (!is_between(ip + 12, packet_addr4, 4))
		return "IPv4: addresses";
	*l4 = IP4_LEN;
	return NULL;
}

static const char *parse_ip6(const struct packet *k, const struct peer *p,
			     size_t *l4)
{
	const uint8_t *ip = k->ip;

	if (p->family != AF_INET6)
		return "IPv6, not IPv4";
	/* the flow label is the host's business, where the host speaks */
	if (ip[0] >> 4 != 6)
		return "IPv6: version";
	if (((ip[0] & 15) << 2 | ip[1] >> 6) != p->dscp)
		return "IPv6: DSCP";
	if (get16(ip + 4) != k->len - IP6_LEN)
		return "IPv6: payload length is not that of the packet";
	if (ip[7] != (p->ttl ?: HOP_LIMIT))
		return "IPv6: hop limit";
	if (!is_between(ip + 8, packet_addr6, 16))
		return "IPv6: addresses";
	*l4 = IP6_LEN;
	return NULL;
}

static const char *parse_sack(const uint8_t *opt, struct got *g)
{
	if (g->blocks)
		return "SACK twice";
	g->blocks = (opt[1] - 2) / 8;
	if ((opt[1] - 2) % 8 || !g->blocks || g->blocks > SACK_MAX)
		return "SACK of impossible length";
	for (int i = 0; i < g->blocks; i++) {
		g->sack[i].start = get32(opt + 2 + 8 * i);
		g->sack[i].end = get32(opt + 6 + 8 * i);
	}
	return NULL;
}

static const char *parse_option(const uint8_t *opt, struct got *g)
{
	uint8_t has = 0;

	switch (opt[0] << 8 | opt[1]) {
	case OPT_MSS << 8 | 4:
		if (g->mss)
			return "MSS twice";
		g->mss = get16(opt + 2);
		return g->mss ? NULL : "MSS of 0";
	case OPT_WSCALE << 8 | 3:
		has = WSCALE;
		g->wscale = opt[2];
		break;
	case OPT_SACK_OK << 8 | 2:
		has = SACK;
		break;
	case OPT_UTO << 8 | 4:
		if (g->uto)
			return "user timeout twice";
		g->uto = get16(opt + 2);
		return g->uto ? NULL : "user timeout of 0";
	case OPT_TS << 8 | 10:
		has = TS;
		g->tsval = get32(opt + 2);
		g->tsecr = get32(opt + 6);
		break;
	default:
		if (opt[0] == OPT_SACK)
			return parse_sack(opt, g);
		return "an unknown option";
	}
	if (g->opts & has)
		return "an option twice";
	g->opts |= has;
	return NULL;
}

static const char *parse_options(const uint8_t *opt, size_t left,
				 struct got *g)
{
	const char *err;

	g->optlen = left;
	while (left) {
		if (opt[0] == OPT_END)
			break;
		if (opt[0] == OPT_NOP) {
			opt++;
			left--;
			continue;
		}
		if (left < 2 || opt[1] < 2 || opt[1] > left)
			return "option of impossible length";
		err = parse_option(opt, g);
		if (err)
			return err;
		left -= opt[1];
		opt += opt[1];
	}
	for (; left; left--)
		if (*opt++)
			return "padding after the options is not 0";
	if ((g->mss || g->opts & (WSCALE | SACK)) && !(g->flags & SYN))
		return "an option of a SYN without SYN";
	if (g->blocks && g->flags & SYN)
		return "SACK blocks with SYN";
	return NULL;
}

static const char *check_csum(const struct packet *k, const struct peer *p,
			      size_t l4)
{
	const uint8_t *th = k->ip + l4;
	size_t len = k->len - l4;
	uint16_t sum_ip = fold(pseudo(p->family,
				      k->ip + (l4 == IP4_LEN ? 12 : 8), len));

	if (!(k->vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)) {
		if (fold(sum(sum_ip, th, len)) != 0xffff)
			return "TCP checksum";
		return NULL;
	}
	if (!p->offload)
		return "checksum left to a device that cannot do it";
	if (k->vnet.csum_start != l4 || k->vnet.csum_offset != TCP_CSUM)
		return "checksum left to the device at the wrong place";
	if (get16(th + TCP_CSUM) != sum_ip)
		return "pseudo-header sum for the device";
	return NULL;
}

static const char *check_gso(const struct packet *k, const struct peer *p,
			     size_t hdr, struct parsed *out)
{
	int type = p->family == AF_INET ? VIRTIO_NET_HDR_GSO_TCPV4 :
					  VIRTIO_NET_HDR_GSO_TCPV6;

	out->gso = 0;
	if (k->vnet.gso_type == VIRTIO_NET_HDR_GSO_NONE) {
		if (k->len > (size_t)p->mtu)
			return "longer than the MTU";
		return NULL;
	}
	if (!p->offload)
		return "super-segment for a device that cannot cut";
	if (k->vnet.gso_type != type)
		return "GSO type";
	if (!(k->vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		return "super-segment with its checksum done";
	if (!k->vnet.gso_size || hdr + k->vnet.gso_size > (size_t)p->mtu)
		return "GSO size";
	if (out->seg.flags & CWR)
		return "super-segment with CWR";
	if (out->payload <= k->vnet.gso_size)
		return "super-segment of one segment";
	if (k->vnet.hdr_len < hdr)
		return "GSO header length";
	out->gso = k->vnet.gso_size;
	return NULL;
}

/**
 * packet_parse() - verify a packet from the first bit to the last
 * @k: the packet
 * @p: the network
 * @out: what it says
 *
 * Return: NULL, or what is wrong with it.
 */
const char *packet_parse(const struct packet *k, const struct peer *p,
			 struct parsed *out)
{
	struct got *g = &out->seg;
	const char *err;
	const uint8_t *th;
	size_t l4, doff;

	err = k->ip[0] >> 4 == 4 ? parse_ip4(k, p, &l4) : parse_ip6(k, p, &l4);
	if (err)
		return err;
	th = k->ip + l4;
	if (k->len < l4 + TCP_LEN)
		return "shorter than a TCP header";
	doff = (th[12] >> 4) * 4;
	if (doff < TCP_LEN || l4 + doff > k->len)
		return "Data Offset";
	if (th[12] & 15)
		return "reserved bits";
	if (get16(th + 18) && !(th[13] & URG))
		return "urgent pointer";
	*g = (struct got){
		.sport = get16(th),
		.dport = get16(th + 2),
		.seq = get32(th + 4),
		.ack = get32(th + 8),
		.flags = th[13],
		.ecn = (k->ip[0] >> 4 == 4 ? k->ip[1] : k->ip[1] >> 4) & ECN_MASK,
		.wnd = get16(th + 14),
		.urg = get16(th + 18),
		.data = th + doff,
	};
	if (!(g->flags & ACK) && g->ack)
		return "acknowledgment number without ACK";
	out->payload = k->len - l4 - doff;
	err = parse_options(th + TCP_LEN, doff - TCP_LEN, g);
	if (!err)
		err = check_csum(k, p, l4);
	if (!err)
		err = check_gso(k, p, l4 + doff, out);
	return err;
}
