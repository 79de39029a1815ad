/* SPDX-License-Identifier: GPL-2.0 */
/* Packets as the device sees them: build any, verify all. */
#ifndef PACKET_H
#define PACKET_H

#include <linux/virtio_net.h>

#include "peer.h"

#define PACKET_MAX	65600

/* As the kernel knows it: ten bytes before each packet (IFF_VNET_HDR). */
struct packet {
	struct virtio_net_hdr vnet;
	uint8_t ip[PACKET_MAX];
	size_t len;		/* of ip */
	size_t l4;		/* where the TCP header is */
} __attribute__((aligned(8)));

/* A packet that came in, taken apart. */
struct parsed {
	struct got seg;
	size_t payload;		/* more than seg.len may hold, if gso */
	uint16_t gso;		/* size of each segment, or 0 */
};

extern uint8_t packet_addr4[2][4];	/* ktcp's, the peer's */
extern uint8_t packet_addr6[2][16];

void packet_peer(const struct peer *p, uint16_t n);
size_t packet_options(uint8_t *opt, const struct flow *f, const struct seg *s);
void packet_build(struct packet *k, const struct flow *f, const struct seg *s);
size_t packet_fragment(const struct packet *whole, const struct peer *p,
		       const struct seg *s, size_t index, struct packet *part);
void packet_icmp(struct packet *k, const struct flow *f, uint32_t seq,
		 struct icmp e, uint32_t mtu, size_t cut);
void packet_icmp_mapped(struct packet *k);
bool packet_is_tcp(const struct packet *k);
const char *packet_parse(const struct packet *k, const struct peer *p,
			 struct parsed *out);

#endif /* PACKET_H */
