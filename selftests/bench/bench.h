/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ktcp_bench: a network device with the clients of a server on its other side.
 *
 *	server <- stack <- GRO <- device.c <- client.c (all of the clients)
 *	server -> stack -> qdisc -> device.c -> client.c
 *
 * The device is lossless and has what a network card has: TSO, checksums, GRO,
 * NAPI, transmit completions. What the clients do is timed apart and no part of
 * what a job costs.
 */
#ifndef KTCP_BENCH_H
#define KTCP_BENCH_H

#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/netdevice.h>
#include <linux/types.h>
#include <asm/msr.h>

#define MSS4		1460
#define MSS6		1440
#define TS_LEN		12	/* of the timestamps option, padded */
#define WSCALE		7
#define REQUEST_MAX	256
#define DEPTH_MAX	64
#define PAYLOAD_SIZE	16384	/* of requests, and of uploads */
#define PEERS_PER_ADDR	50000
#define PORT_BASE	10000
#define PVPANIC_PORT	0x505	/* QEMU's pvpanic device */
#define PVPANIC_PANIC	1

/* What a client does with a peer's connection, and what a job counts. */
enum op {
	OP_OPEN,	/* connections opened */
	OP_REQUESTS,	/* responses on open connections */
	OP_CONNECTIONS,	/* connections, each with a request and closed */
	OP_SYN,		/* SYN-ACKs */
	OP_ACK,		/* ACKs that complete what OP_SYN began */
	OP_FIN,		/* FINs answered: the server's side is in TIME_WAIT */
	OP_STRAY,	/* resets of segments to no connection */
	OP_ECHO,	/* ICMP echo replies */
	OP_UPLOAD,	/* bytes acknowledged */
	OP_ABORT,	/* resets sent */
	OP_IDLE,	/* milliseconds */
};

enum peer_state {
	PEER_CLOSED,
	PEER_SYN_SENT,
	PEER_SYN_ACKED,		/* and its ACK is held back */
	PEER_OPEN,
	PEER_HALF,		/* the server's FIN is acknowledged, ours held back */
	PEER_FIN_SENT,
};

enum phase { IN_STATUS, IN_NAME, IN_REST, IN_LENGTH, IN_END, IN_BODY };

/*
 * struct peer - the client's end of a connection
 * @snd_nxt: SND.NXT
 * @rcv_nxt: RCV.NXT
 * @ts_recent: TS.Recent
 * @left: body bytes of the response still to come
 * @snd_una: SND.UNA, of an upload
 * @acked: RCV.NXT of the last segment sent
 * @snd_wnd: SND.WND, of an upload
 * @state: enum peer_state
 * @phase: enum phase, in a response
 * @pos: how much of a fixed text has matched
 * @pending: responses still to come
 *
 * Small: there are a million.
 */
struct peer {
	u32 snd_nxt;
	u32 rcv_nxt;
	u32 ts_recent;
	union {
		u32 left;
		u32 snd_una;
	};
	union {
		u32 acked;
		u32 snd_wnd;
	};
	u8 state;
	u8 phase;
	u8 pos;
	u8 pending;
};

/*
 * struct frame - on its way to the server
 * @len: bytes in @data
 * @frag_len: bytes of @frag that follow
 * @hash: what a card computes of addresses and ports
 * @frag: offset in the payload of the job
 * @data: headers, and a payload that is short
 */
struct frame {
	u16 len;
	u16 frag_len;
	u32 hash;
	u16 frag;
	u8 data[246];
};

/*
 * struct job - what is to be done, and what came of it
 * @op: what is counted
 * @family: 4 or 6
 * @first: the first peer
 * @conns: how many peers, from there
 * @window: how many are in work at a time
 * @warm: units before counting begins
 * @count: units counted
 * @depth: requests a batch
 * @body: bytes of each response's body
 * @size: bytes of an echo's packet, IP header included
 * @ack: an ACK for each so many segments; 0: for each packet
 * @rwnd: receive window, bytes
 * @close: requests ask the server to close
 * @hold: of OP_CONNECTIONS, stop before our FIN; of OP_SYN, expect an ACK later
 * @trace: stop the emulator when counting begins, and when it ends
 * @interval: ns from a request to the next on average; 0: when one is answered
 * @port: the server's
 * @path: of requests
 * @request_len: bytes of a request
 *
 * @issued: units begun
 * @done: units ended; @done0: when counting began; @done1: when it ended
 * @limit: units in all: what is begun when counting ends is still finished
 * @next: the next peer
 * @begun: counting has begun; @ended: and ended
 * @t0: clock when counting began; @t1: ended
 * @client0: the clients' share then; @client1: later
 * @idle0: idle time then; @idle1: later
 * @bytes: payload from the server while counting
 * @packets: from the server while counting, as its stack sees them
 * @segs: the same on a wire
 * @frames: to the server while counting
 * @pure_acks: from the server while counting
 * @delacks: ACKs that were sent because the server waited for them
 * @error: what was wrong, first
 * @complete: all is done
 * @due: when the next request is, of an @interval
 * @random: state of its pseudo-random numbers
 * @sent: when each peer's request was due
 * @latency: of each response counted, ns
 */
struct job {
	enum op op;
	int family;
	u32 first;
	u32 conns;
	u32 window;
	u64 warm;
	u64 count;
	u32 depth;
	u32 body;
	u32 size;
	u32 ack;
	u32 rwnd;
	bool close;
	bool hold;
	bool trace;
	u32 interval;
	__be16 port;
	char path[64];
	u32 request_len;

	u64 issued;
	u64 done, done0, done1;
	u64 limit;
	u32 next;
	bool begun, ended;
	u64 t0, t1;
	u64 client0, client1;
	u64 idle0, idle1;
	u64 bytes;
	u64 packets;
	u64 segs;
	u64 frames;
	u64 pure_acks;
	u64 delacks;
	char error[128];
	struct completion complete;
	u64 due;
	u32 random;
	u64 *sent;
	u32 *latency;
};

/* device.c */
struct frame *bench_frame(void);
u32 bench_frames_free(void);
bool bench_quiet(void);
void bench_kick(void);
void bench_alarm(u64 ns);
u64 bench_idle(void);
u64 bench_client_flush(void);
u64 bench_client_total(void);
u8 *bench_mac(void);
int bench_device_init(void);
void bench_device_exit(void);

/* client.c */
extern struct peer *bench_peers;
extern u32 bench_nr_peers;
extern struct page *bench_payload;	/* requests, or what is uploaded */
void bench_client_receive(struct sk_buff *skb);
bool bench_client_poll(void);
void bench_client_timeout(void);
bool bench_client_owes(void);
int bench_client_run(struct job *j, unsigned int seconds);
int bench_client_resize(u32 n);
int bench_client_init(void);
void bench_client_exit(void);
void bench_fail(struct job *j, const char *fmt, ...) __printf(2, 3);
void bench_mark_begin(struct job *j);
void bench_mark_end(struct job *j);

/* response.c */
int bench_response(struct job *j, struct peer *p, const u8 *s, u32 len);

/* khttp.c */
int bench_khttp(int port);
int bench_sink(int port);
int bench_listen(int port);
void bench_khttp_stop(void);

#endif
