/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses and networks as people write them (RFC 4291 2.2, RFC 4632). Pure. */
#ifndef KTCP_HTTP_CIDR_H
#define KTCP_HTTP_CIDR_H

#include "../key.h"

#define KTCP_CIDR_MAX	64	/* entries of a list */

/**
 * struct ktcp_cidr - a network
 * @addr: its address, IPv4 as ::ffff:a.b.c.d, no bit set beyond @len
 * @len: bits that count, of 128; of IPv4 those in front count too
 */
struct ktcp_cidr {
	struct in6_addr addr;
	u8 len;
};

enum ktcp_cidr_error {
	KTCP_CIDR_OK,
	KTCP_CIDR_NO_ADDRESS,	/* not ADDRESS or ADDRESS/LENGTH */
	KTCP_CIDR_BAD_LENGTH,	/* more bits than the address has, or no number */
	KTCP_CIDR_HOST_BITS,	/* bits are set beyond the length */
	KTCP_CIDR_TOO_MANY,	/* entries */
};

/**
 * struct ktcp_cidr_bad - which entry of a list is wrong
 * @entry: where it begins in the list
 * @len: how long it is
 * @meant: of KTCP_CIDR_HOST_BITS: the network without these bits
 */
struct ktcp_cidr_bad {
	const char *entry;
	size_t len;
	struct ktcp_cidr meant;
};

bool ktcp_addr_is_v4(const struct in6_addr *addr);
bool ktcp_addr_is_loopback(const struct in6_addr *addr);
bool ktcp_addr_parse(const char *s, size_t n, struct in6_addr *addr);
enum ktcp_cidr_error ktcp_cidr_parse(const char *s, size_t n,
				     struct ktcp_cidr *cidr);
enum ktcp_cidr_error ktcp_cidr_list(const char *text, struct ktcp_cidr *list,
				    unsigned int *n,
				    struct ktcp_cidr_bad *bad);
bool ktcp_cidr_match(const struct ktcp_cidr *cidr, const struct in6_addr *addr);

#endif /* KTCP_HTTP_CIDR_H */
