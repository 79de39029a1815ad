// SPDX-License-Identifier: GPL-2.0
/* Passive open: RFC 9293 3.5, 3.10.7.2, 3.10.7.4 for SYN_RECEIVED. */
#include <fcntl.h>
#include <sched.h>

#include "wire.h"

WIRE(syn__gets_synack)
{
	flow_syn(f);
	rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .wnd = 65535,
	   .mss = mss_of(p, 1500));
	check_state(f, "SYN_RECV");
	check_timer(f, "synack");
	check_eq(f->irs, (uint32_t)conn_num(f, "iss"));
	check_eq(f->iss, (uint32_t)conn_num(f, "irs"));
	quiet(p, 900);
}

WIRE(syn__mss_option_follows_mtu)
{
	static const int mtus[] = { 576, 1280, 1492, 1500, 9000, 65535 };
	size_t i;

	for (i = 0; i < ARRAY_LEN(mtus); i++) {
		if (p->family == AF_INET6 && mtus[i] < 1280)
			continue;
		peer_mtu(p, mtus[i]);
		flow_init(f, p);
		flow_syn(f);
		rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1,
		   .mss = mss_of(p, mtus[i]));
		tx(f, .flags = RST);
		check_state(f, CLOSED);
	}
}

WIRE(syn__other_options_are_not_answered)
{
	static const uint8_t opt[] = {
		2, 4, 0x05, 0xb4,		/* MSS */
		34, 6, 1, 2, 3, 4,		/* Fast Open */
		30, 4, 0, 0x81,			/* Multipath TCP */
		19, 18, 0, 0, 0, 0, 0, 0, 0, 0,	/* MD5 */
		0, 0, 0, 0, 0, 0, 0, 0,
		254, 4, 0xf9, 0x89,		/* experiment */
	};

	tx(f, .flags = SYN, .ack = 0, .opt = opt, .optlen = sizeof(opt));
	rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = mss_of(p, 1500));
	tx(f);
	check_state(f, "ESTABLISHED");
	/* no scaling: the window is taken as it stands */
	check_eq(65535, conn_num(f, "snd_wnd"));
}

WIRE(syn__ecn_flags_are_not_answered)
{
	sysctl_set("ecn", "0");
	tx(f, .flags = SYN | 0xc0, .ack = 0);
	rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = ANY);
}

/* RFC 6528: nobody can tell one connection's ISS from another's. */
WIRE(iss__differs_between_connections)
{
	enum { N = 32 };
	uint32_t iss[N];
	int i, j, near = 0;

	for (i = 0; i < N; i++) {
		flow_init(f, p);
		flow_connect(f);
		iss[i] = f->irs;
	}
	for (i = 0; i < N; i++)
		for (j = 0; j < i; j++)
			near += (uint32_t)(iss[i] - iss[j] + 4096) <= 8192;
	/* One pair of the 496 in a thousand runs is so by chance; a clock makes all so. */
	check(near <= 1);
}

/* RFC 9293 3.4.1: between the same two ends it goes with a clock of 4 us. */
WIRE(iss__grows_with_the_clock)
{
	uint16_t port = f->sport;
	uint64_t first_ms;
	uint32_t first;

	flow_syn(f);
	flow_synack(f);
	first = f->irs;
	first_ms = now_ms();
	tx(f, .flags = RST);
	quiet(p, 5000);
	flow_init(f, p);
	f->sport = port;
	flow_syn(f);
	flow_synack(f);
	check_near(now_ms() - first_ms, (f->irs - first) * 4LL / 1000);
}

WIRE(syn__twice_gets_the_same_synack)
{
	uint32_t irs;

	flow_syn(f);
	flow_synack(f);
	irs = f->irs;
	quiet(p, 300);
	tx(f, .flags = SYN, .seq = 0, .ack = 0);
	rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = ANY);
	check_eq(irs, f->irs);
	check_eq(1, conn_count("SYN_RECV"));
	tx(f);
	check_state(f, "ESTABLISHED");
}

WIRE(synack__backoff_to_the_end)
{
	static const long after_ms[] = { 1000, 2000, 4000, 8000, 16000 };
	size_t i;

	flow_syn(f);
	rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = ANY);
	for (i = 0; i < ARRAY_LEN(after_ms); i++)
		rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .wnd = 65535,
		   .mss = mss_of(p, 1500), .after_ms = after_ms[i]);
	quiet(p, 32000 - 2 * JIFFY_MS);
	check_state(f, "SYN_RECV");
	quiet(p, 5 * JIFFY_MS);
	check_state(f, CLOSED);
	check_stat("SynRetrans", 5);
	check_stat("RetransSegs", 5);
	check_stat("SynTimeouts", 1);
	check_stat("AttemptFails", 1);
	check_stat("PassiveOpens", 0);
	tx(f);
	rx(f, .flags = RST, .seq = 1);
}

WIRE(synack__retries_sysctl)
{
	sysctl_set("synack_retries", "1");
	flow_syn(f);
	rx(f, .flags = SYN | ACK, .seq = 0, .mss = ANY);
	rx(f, .flags = SYN | ACK, .seq = 0, .mss = ANY, .after_ms = 1000);
	quiet(p, 2000 - 2 * JIFFY_MS);
	check_state(f, "SYN_RECV");
	quiet(p, 5 * JIFFY_MS);
	check_state(f, CLOSED);
}

WIRE(synack__retransmission_is_answered)
{
	flow_syn(f);
	flow_synack(f);
	rx(f, .flags = SYN | ACK, .seq = 0, .mss = ANY, .after_ms = 1000);
	tx(f);
	check_state(f, "ESTABLISHED");
	/* Karn: which SYN-ACK was acknowledged is not known; RFC 6298 5.7 */
	check_eq(0, conn_num(f, "srtt_us"));
	check_eq(3000, conn_num(f, "rto_ms"));
	quiet(p, 5000);
}

/* A SYN-ACK has come twice, the second after 1 s; its ACK echoes @tsecr after 50 ms. */
static uint32_t answered_twice(struct flow *f)
{
	uint32_t first;

	f->offer |= TS;
	flow_syn(f);
	flow_synack(f);
	first = f->ts_recent;
	rx(f, .flags = SYN | ACK, .seq = 0, .mss = ANY, .after_ms = 1000);
	quiet(f->p, 50);
	return first;
}

/* RFC 6298 3: timestamps tell which of them was acknowledged. */
WIRE(synack__echo_of_the_retransmission)
{
	answered_twice(f);
	tx(f);
	check_near(50, conn_num(f, "srtt_us") / 1000);
	check_near(50 + 200, conn_num(f, "rto_ms"));
}

/* The first one arrived too, and its ACK was lost: this is that of the second. */
WIRE(synack__echo_of_the_first)
{
	uint32_t first = answered_twice(f);

	tx(f, .tsecr = first);
	check_eq(0, conn_num(f, "srtt_us"));
	check_eq(3000, conn_num(f, "rto_ms"));
}

/* A SYN that comes twice is answered twice, and none of it has a timeout. */
WIRE(synack__echo_of_the_answer_to_a_duplicate)
{
	uint32_t first;

	f->offer |= TS;
	flow_syn(f);
	flow_synack(f);
	quiet(p, 500);
	f->snd = 0;
	flow_syn(f);
	rx(f, .flags = SYN | ACK, .seq = 0, .mss = ANY);
	quiet(p, 50);
	tx(f);
	check_near(50, conn_num(f, "srtt_us") / 1000);
	tx(f, .flags = RST);

	flow_init(f, p);
	f->offer |= TS;
	flow_syn(f);
	flow_synack(f);
	first = f->ts_recent;
	quiet(p, 500);
	f->snd = 0;
	flow_syn(f);
	rx(f, .flags = SYN | ACK, .seq = 0, .mss = ANY);
	quiet(p, 50);
	tx(f, .tsecr = first);
	check_eq(0, conn_num(f, "srtt_us"));
	check_eq(1000, conn_num(f, "rto_ms"));
}

/* RFC 6928 2: one lost SYN-ACK may be the first timeout's fault, two are not. */
WIRE(synack__lost_once_and_twice)
{
	flow_syn(f);
	flow_synack(f);
	rx(f, .flags = SYN | ACK, .seq = 0, .mss = ANY, .after_ms = 1000);
	tx(f);
	check_eq(10 * f->mss, conn_num(f, "cwnd"));
	flow_init(f, p);
	flow_syn(f);
	flow_synack(f);
	rx(f, .flags = SYN | ACK, .seq = 0, .mss = ANY, .after_ms = 1000);
	rx(f, .flags = SYN | ACK, .seq = 0, .mss = ANY, .after_ms = 2000);
	tx(f);
	check_eq(f->mss, conn_num(f, "cwnd"));
}

WIRE(ack__establishes)
{
	flow_connect(f);
	check_state(f, "ESTABLISHED");
	check_eq((uint32_t)(f->irs + 1), (uint32_t)conn_num(f, "snd_una"));
	check_eq((uint32_t)(f->irs + 1), (uint32_t)conn_num(f, "snd_nxt"));
	check_eq((uint32_t)(f->iss + 1), (uint32_t)conn_num(f, "rcv_nxt"));
	check_eq(65535, conn_num(f, "snd_wnd"));
	check_eq(65535, conn_num(f, "rcv_wnd"));
	check_eq(f->mss, conn_num(f, "mss"));
	check_eq(10 * f->mss, conn_num(f, "cwnd"));
	check_eq(0, conn_num(f, "bytes_in"));
	check_eq(0, conn_num(f, "bytes_out"));
	check_eq(0, conn_num(f, "retrans"));
	check_stat("PassiveOpens", 1);
	check_stat("AttemptFails", 0);
	quiet(p, 1000);
}

/* RFC 9293 3.10.7.4, fifth: <SEQ=SEG.ACK><CTL=RST>, and the request stays. */
WIRE(ack__of_wrong_number_gets_rst)
{
	static const uint32_t wrong[] = { 0, 2, 0x80000000, -1000 };
	size_t i;

	flow_syn(f);
	flow_synack(f);
	for (i = 0; i < ARRAY_LEN(wrong); i++) {
		tx(f, .ack = wrong[i]);
		rx(f, .flags = RST, .seq = wrong[i], .wnd = 0);
		check_state(f, "SYN_RECV");
	}
	check_stat("OutRsts", ARRAY_LEN(wrong));
	tx(f);
	check_state(f, "ESTABLISHED");
}

/* RFC 9293 3.10.7.4, first */
WIRE(ack__outside_window_gets_ack)
{
	static const uint32_t outside[] = { 0, -1000, 1 + 65535, 1 << 20 };
	size_t i;

	flow_syn(f);
	flow_synack(f);
	for (i = 0; i < ARRAY_LEN(outside); i++) {
		tx(f, .seq = outside[i]);
		rx(f, .seq = 1, .ack = 1);
		check_state(f, "SYN_RECV");
	}
	tx(f);
	check_state(f, "ESTABLISHED");
}

WIRE(ack__with_data_establishes_and_is_answered)
{
	struct response r;

	flow_syn(f);
	flow_synack(f);
	request(f, GET, &r);
	check_page(f, 1, &r);
}

WIRE(ack__with_fin_establishes_and_closes)
{
	flow_syn(f);
	flow_synack(f);
	tx(f, .flags = FIN | ACK);
	rx(f, .flags = FIN | ACK, .seq = 1, .ack = 2);
	check_state(f, "LAST_ACK");
	tx(f);
	check_state(f, CLOSED);
}

WIRE(no_ack__in_syn_recv_is_dropped)
{
	flow_syn(f);
	flow_synack(f);
	tx(f, .flags = PSH, .seq = 1, .data = GET);
	tx(f, .flags = FIN, .seq = 1);
	tx(f, .flags = 0, .seq = 1);
	quiet(p, 100);
	check_state(f, "SYN_RECV");
}

WIRE(rst__in_syn_recv_ends_it)
{
	flow_syn(f);
	flow_synack(f);
	tx(f, .flags = RST);
	check_state(f, CLOSED);
	check_stat("AttemptFails", 1);
	quiet(p, 60000);
	/* no SYN-ACK is left behind, and the port is free for the next one */
	flow_init(f, p);
	flow_connect(f);
	check_state(f, "ESTABLISHED");
}

/* RFC 5961 3.2 */
WIRE(rst__in_syn_recv_inside_window_is_challenged)
{
	flow_syn(f);
	flow_synack(f);
	tx(f, .flags = RST, .seq = 2);
	rx(f, .seq = 1, .ack = 1);
	tx(f, .flags = RST, .seq = 65535);
	rx(f, .seq = 1, .ack = 1);
	check_state(f, "SYN_RECV");
	check_stat("ChallengeAcks", 2);
}

WIRE(rst__in_syn_recv_outside_window_is_ignored)
{
	flow_syn(f);
	flow_synack(f);
	tx(f, .flags = RST, .seq = 0);
	tx(f, .flags = RST, .seq = 1 + 65535);
	tx(f, .flags = RST | ACK, .seq = 1 << 30);
	quiet(p, 100);
	check_state(f, "SYN_RECV");
}

/* RFC 9293 3.10.7.4, fourth: after a passive OPEN, back to LISTEN. */
WIRE(syn__other_number_in_syn_recv_returns_to_listen)
{
	flow_syn(f);
	flow_synack(f);
	tx(f, .flags = SYN, .seq = 100, .ack = 0);
	quiet(p, 100);
	check_state(f, CLOSED);
	f->iss += 100;
	f->snd = f->rcv = 0;
	f->irs = 0;
	f->edge = 0;
	flow_connect(f);
	check_state(f, "ESTABLISHED");
}

WIRE(syn__outside_window_in_syn_recv_gets_ack)
{
	flow_syn(f);
	flow_synack(f);
	tx(f, .flags = SYN, .seq = -100000, .ack = 0);
	rx(f, .seq = 1, .ack = 1);
	check_state(f, "SYN_RECV");
}

WIRE(syn_ack__in_syn_recv_returns_to_listen)
{
	flow_syn(f);
	flow_synack(f);
	tx(f, .flags = SYN | ACK, .seq = 1);
	quiet(p, 100);
	check_state(f, CLOSED);
}

/* What comes with a SYN is not kept: the ACK says so, and it comes again. */
WIRE(syn__with_data)
{
	struct response r;

	tx(f, .flags = SYN, .ack = 0, .data = GET);
	f->snd = 1;
	rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = ANY);
	request(f, GET, &r);
	check_page(f, 1, &r);
}

WIRE(syn__with_fin)
{
	tx(f, .flags = SYN | FIN, .ack = 0);
	f->snd = 1;
	rx(f, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = ANY);
	tx(f);
	check_state(f, "ESTABLISHED");
}

WIRE(syn__with_rst_is_ignored)
{
	tx(f, .flags = SYN | RST, .ack = 0);
	quiet(p, 2000);
	check_state(f, CLOSED);
}

/* RFC 9293 3.7.1, MUST-15; RFC 8200 for IPv6 */
WIRE(mss__default_without_option)
{
	f->mss = 0;
	flow_connect(f);
	check_eq(p->family == AF_INET ? 536 : 1220, conn_num(f, "mss"));
}

WIRE(mss__smaller_of_peer_and_path)
{
	static const uint16_t peers[] = { 100, 536, 1400, 9000, 65535 };
	size_t i;

	for (i = 0; i < ARRAY_LEN(peers); i++) {
		flow_init(f, p);
		f->mss = peers[i];
		flow_connect(f);
		check_eq(peers[i] < mss_of(p, 1500) ? peers[i] : mss_of(p, 1500),
			 conn_num(f, "mss"));
	}
}

WIRE(mss__absurd_is_not_believed)
{
	f->mss = 1;
	flow_connect(f);
	check_eq(48, conn_num(f, "mss"));
}

WIRE(backlog__limit)
{
	static struct flow g[4];
	int i;

	sysctl_set("syncookies", "0");
	sysctl_set("max_syn_backlog", "3");
	for (i = 0; i < 4; i++) {
		flow_init(&g[i], p);
		flow_syn(&g[i]);
		if (i < 3)
			flow_synack(&g[i]);
	}
	quiet(p, 100);
	check_eq(3, conn_count("SYN_RECV"));
	check_stat("BacklogOverflows", 1);

	/* those inside are not harmed; each that leaves makes room for one */
	tx(&g[0]);
	check_state(&g[0], "ESTABLISHED");
	tx(&g[1], .flags = RST);
	check_state(&g[1], CLOSED);
	for (i = 0; i < 2; i++) {
		flow_init(f, p);
		flow_syn(f);
		flow_synack(f);
	}
	flow_init(f, p);
	flow_syn(f);
	quiet(p, 100);
	check_eq(3, conn_count("SYN_RECV"));
	check_stat("BacklogOverflows", 2);
}

WIRE(connections__limit)
{
	static struct flow g;

	sysctl_set("max_connections", "2");
	flow_connect(f);
	flow_init(&g, p);
	flow_connect(&g);
	flow_init(&g, p);
	flow_syn(&g);
	quiet(p, 100);
	check_stat("ConnLimitDrops", 1);
	tx(f, .flags = RST);
	flow_init(&g, p);
	flow_connect(&g);
	check_eq(2, conn_count("ESTABLISHED"));
}

WIRE(rcvbuf__sysctl_is_the_window)
{
	sysctl_set("rcvbuf", "20000");
	flow_syn(f);
	rx(f, .flags = SYN | ACK, .seq = 0, .wnd = 20000, .mss = ANY);
	tx(f);
	check_eq(20000, conn_num(f, "rcv_wnd"));
}

WIRE(init_cwnd__sysctl)
{
	sysctl_set("init_cwnd", "3");
	flow_connect(f);
	check_eq(3 * f->mss, conn_num(f, "cwnd"));
}

/* Numbers wrap at 2^32 in the middle of the handshake. */
WIRE(sequence__wraps_in_handshake)
{
	static const uint32_t iss[] = { 0xffffffff, 0xfffffffe, 0x7fffffff, 0 };
	struct response r;
	size_t i;

	for (i = 0; i < ARRAY_LEN(iss); i++) {
		flow_init(f, p);
		f->iss = iss[i];
		flow_connect(f);
		check_state(f, "ESTABLISHED");
		request(f, GET, &r);
		check_page(f, 1, &r);
	}
}

WIRE(ports__several)
{
	static struct flow g;

	sysctl_set("ports", "80,8080");
	flow_connect(f);
	flow_init(&g, p);
	g.sport = f->sport;	/* told apart by our port alone */
	g.dport = 80;
	flow_connect(&g);
	check_state(f, "ESTABLISHED");
	check_state(&g, "ESTABLISHED");
	check_eq(2, conn_count("LISTEN"));
}

static void failslab_set(const char *file, int value)
{
	char path[80], text[12];
	int fd;

	snprintf(path, sizeof(path), "%s%s",
		 *file == '/' ? "" : "/sys/kernel/debug/failslab/", file);
	sprintf(text, "%d", value);
	fd = open(path, O_WRONLY);
	check(fd >= 0 && write(fd, text, strlen(text)) > 0);
	close(fd);
}

/*
 * Of the allocations on our behalf that may not wait, the first one fails that
 * is larger than what others before it have left of @bytes; no more after it.
 */
static void fail_one_beyond(int bytes)
{
	failslab_set("verbose", 0);
	failslab_set("task-filter", 1);
	failslab_set("space", bytes);
	failslab_set("times", 1);
	failslab_set("probability", 100);
	failslab_set("/proc/self/make-it-fail", 1);
}

/* It has failed. */
static void check_failed(void)
{
	FILE *file = fopen("/sys/kernel/debug/failslab/times", "r");
	int left;

	failslab_set("/proc/self/make-it-fail", 0);
	failslab_set("probability", 0);
	check(file && fscanf(file, "%d", &left) == 1);
	fclose(file);
	check_eq(0, left);
}

static int listener_drops(void)
{
	FILE *file = fopen("/proc/ktcp/listeners", "r");
	int drops = -1;

	check(file && fscanf(file, "%*[^\n] %*d %*s %*d %*d %*d %d",
			     &drops) == 1);
	fclose(file);
	return drops;
}

#define TABLE_SIZE	64	/* of a new rhashtable, in buckets */

/* More than a request and what the checkers keep of it, less than a table. */
#define NOT_FOR_A_TABLE	1500

/*
 * No memory for a request, or none for the table when it is full. It would grow
 * in a worker before that: as a real-time task we leave none the CPU.
 */
WIRE(syn__without_memory_is_dropped_and_counted)
{
	const struct sched_param fifo = { .sched_priority = 1 };
	const struct sched_param other = {};
	int i;

	flow_syn(f);		/* now there is a route */
	flow_synack(f);
	flow_init(f, p);
	fail_one_beyond(0);
	flow_syn(f);
	check_failed();
	quiet(p, 0);
	check_state(f, CLOSED);
	check_stat("OutOfMemory", 1);
	check_eq(1, listener_drops());

	check(!sched_setscheduler(0, SCHED_FIFO, &fifo));
	for (i = 1; i <= TABLE_SIZE; i++) {
		flow_init(f, p);
		flow_syn(f);
		flow_synack(f);
	}
	flow_init(f, p);
	fail_one_beyond(NOT_FOR_A_TABLE);
	flow_syn(f);
	check_failed();
	quiet(p, 0);
	check_state(f, CLOSED);
	check_eq(TABLE_SIZE + 1, conn_count("SYN_RECV"));
	check_stat("OutOfMemory", 2);
	check_eq(2, listener_drops());

	/* the peer tries again, and the table can grow */
	f->snd = 0;
	flow_connect(f);
	check_state(f, "ESTABLISHED");
	check(!sched_setscheduler(0, SCHED_OTHER, &other));
}

TEST_HARNESS_MAIN
