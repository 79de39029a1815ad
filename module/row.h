/* SPDX-License-Identifier: GPL-2.0 */
/* What is shown of a request, a connection, a TIME_WAIT or a listener. */
#ifndef KTCP_ROW_H
#define KTCP_ROW_H

#include <linux/inet.h>

#include "ktcp.h"

/*
 * The columns, in their order: the only place that names them. Both
 * /proc/ktcp/connections and the window show all of them;
 * Documentation/proc.md explains each.
 */
#define KTCP_COLUMNS(TEXT, NUMBER)					\
	TEXT(local) TEXT(remote) TEXT(state) TEXT(timer)		\
	NUMBER(expires_ms) NUMBER(iss) NUMBER(irs)			\
	NUMBER(snd_una) NUMBER(snd_nxt) NUMBER(snd_wnd)			\
	NUMBER(rcv_nxt) NUMBER(rcv_wnd) NUMBER(mss)			\
	NUMBER(cwnd) NUMBER(ssthresh) NUMBER(srtt_us) NUMBER(rto_ms)	\
	NUMBER(unacked) NUMBER(unsent)					\
	NUMBER(bytes_in) NUMBER(bytes_out) NUMBER(retrans)		\
	NUMBER(age_ms) TEXT(cc) TEXT(options)

/* "[" and "]:65535" around an address */
#define KTCP_ENDPOINT_MAX	(INET6_ADDRSTRLEN + 8)

/* "ts,sack,ecn,wscale:14:14" */
#define KTCP_OPTIONS_MAX	32

/**
 * struct ktcp_row - what is shown of an object; what it does not have is 0
 * @local: and the others: the columns, see KTCP_COLUMNS
 * @local_text: where @local may be
 * @remote_text: and @remote
 * @options_text: and @options
 */
struct ktcp_row {
#define TEXT(name)	const char *name;
#define NUMBER(name)	u64 name;
	KTCP_COLUMNS(TEXT, NUMBER)
#undef TEXT
#undef NUMBER
	char local_text[KTCP_ENDPOINT_MAX];
	char remote_text[KTCP_ENDPOINT_MAX];
	char options_text[KTCP_OPTIONS_MAX];
};

/**
 * struct ktcp_column - one of them
 * @name: as in the header line
 * @offset: where it is in struct ktcp_row
 * @is_text: a string, else a u64
 */
struct ktcp_column {
	const char *name;
	u16 offset;
	bool is_text;
};

extern const struct ktcp_column ktcp_columns[];
extern const unsigned int ktcp_nr_columns;

static inline const char *ktcp_row_text(const struct ktcp_row *row,
					const struct ktcp_column *column)
{
	return *(const char *const *)((const u8 *)row + column->offset);
}

static inline u64 ktcp_row_number(const struct ktcp_row *row,
				  const struct ktcp_column *column)
{
	return *(const u64 *)((const u8 *)row + column->offset);
}

u32 ktcp_row_stamp(void);
bool ktcp_row_entry(struct ktcp_row *row, struct ktcp_entry *e, u32 stamp);
void ktcp_row_hide(struct ktcp_row *row);
void ktcp_row_listener(struct ktcp_row *row, const struct ktcp_listener *l);
int ktcp_endpoint(char *text, const struct in6_addr *addr, __be16 port);
int ktcp_port_text(char *text, const struct in6_addr *addr, __be16 port);

#endif /* KTCP_ROW_H */
