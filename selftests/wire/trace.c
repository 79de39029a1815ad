// SPDX-License-Identifier: GPL-2.0
/* The tracepoints: no segment and no change of state goes by unseen. */
#include "wire.h"

static void trace_on(void)
{
	tracing_set("trace", "\n");
	tracing_set("events/ktcp/enable", "1");
}

/* As many as went out, RSTs and challenge ACKs included. */
static void trace_off(void)
{
	tracing_set("events/ktcp/enable", "0");
	check_eq(stat_get("OutSegs"), traced(NULL, "ktcp_xmit:", ""));
}

WIRE(xmit__rst_for_nothing)
{
	trace_on();
	tx(f, .seq = 1, .ack = 77);
	rx(f, .flags = RST, .seq = 77);
	check_traced(1, f, "ktcp_xmit:", "state=1 flags=0x04");
	trace_off();
}

WIRE(xmit__request)
{
	trace_on();
	flow_syn(f);
	flow_synack(f);
	tx(f, .seq = 0);			/* before the window */
	rx(f);
	tx(f, .ack = 1000);			/* of what was never sent */
	rx(f, .flags = RST, .seq = 1000);
	sysctl_set("ports", "");
	rx(f, .flags = RST | ACK);
	check_traced(1, f, "ktcp_xmit:", "state=3 flags=0x12");
	check_traced(1, f, "ktcp_xmit:", "state=3 flags=0x10");
	check_traced(1, f, "ktcp_xmit:", "state=3 flags=0x04");
	check_traced(1, f, "ktcp_xmit:", "state=3 flags=0x14");
	check_traced(1, f, "ktcp_state:", "from=1 to=3");
	check_traced(1, f, "ktcp_state:", "from=3 to=0");
	check_traced(2, f, "ktcp_state:", "");
	trace_off();
}

WIRE(xmit__rst_of_a_connection)
{
	trace_on();
	flow_connect(f);
	sysctl_set("ports", "");
	rx(f, .flags = RST | ACK);
	check_traced(1, f, "ktcp_xmit:", "state=4 flags=0x14");
	trace_off();
}

WIRE(state__request_that_is_dropped)
{
	static const uint8_t flags[] = { RST, SYN };
	size_t i;

	for (i = 0; i < ARRAY_LEN(flags); i++) {
		flow_init(f, p);
		trace_on();
		flow_syn(f);
		flow_synack(f);
		tx(f, .flags = flags[i], .seq = 1);
		check_traced(1, f, "ktcp_state:", "from=3 to=0");
		check_traced(2, f, "ktcp_state:", "");
	}
	sysctl_set("synack_retries", "0");
	flow_init(f, p);
	flow_syn(f);
	flow_synack(f);
	quiet(p, 2000);
	check_traced(1, f, "ktcp_state:", "from=3 to=0");
	tracing_set("events/ktcp/enable", "0");
}

/* Each arrow once, the last of them when 2MSL are over. */
WIRE(state__from_the_first_to_the_last)
{
	trace_on();
	flow_reach(f, "TIME_WAIT");
	check_traced(0, f, "ktcp_state:", "to=0");
	quiet(p, 61000);
	check_traced(1, f, "ktcp_state:", "from=1 to=3");
	check_traced(1, f, "ktcp_state:", "from=3 to=4");
	check_traced(1, f, "ktcp_state:", "from=4 to=5");
	check_traced(1, f, "ktcp_state:", "from=5 to=6");
	check_traced(1, f, "ktcp_state:", "from=6 to=10");
	check_traced(1, f, "ktcp_state:", "from=10 to=0");
	check_traced(6, f, "ktcp_state:", "");
	tracing_set("events/ktcp/enable", "0");
}

/*
 * RFC 9293 3.8.3 (MUST-20): at R1, the third timeout in a row, the way to the peer is
 * looked for anew, and not before, nor again. The kernel's own tracepoint tells, also of
 * the way to others, which the kernel asks for when it likes (MLD).
 */
WIRE(route__asked_for_at_r1)
{
	bool v4 = p->family == AF_INET;
	const char *enable = v4 ? "events/fib/enable" : "events/fib6/enable";
	const char *event = v4 ? "fib_table_lookup:" : "fib6_table_lookup:";
	const char *to_peer = v4 ? "-> 10.0.0.2/" : "-> 2001:db8::2/";
	int i, asked = 0;

	sysctl_set("mtu_probing", "0");
	flow_connect(f);
	tx(f, .flags = PSH | ACK, .data = GET);
	tracing_set("trace", "\n");
	tracing_set(enable, "1");
	rx(f, .seq = 1, .len = f->mss);
	drain(f);
	for (i = 1; i <= 6; i++) {
		rx(f, .flags = ACK | PSH_OR_NOT, .seq = 1, .len = f->mss,
		   .after_ms = conn_num(f, "expires_ms"));
		if (i == 3)
			asked = traced(NULL, event, to_peer);
		check_traced(i < 3 ? 0 : asked, NULL, event, to_peer);
	}
	tracing_set(enable, "0");
	check(asked > 0);
}

/* --- why --- */

WIRE(drop__reasons)
{
	trace_on();
	flow_connect(f);
	tx(f, .seq = 70000, .data = "beyond");
	rx(f);
	tx(f, .ack = 5000);			/* of what was never sent */
	rx(f);
	check_traced(1, f, "ktcp_drop:", "reason=InUnacceptable ");
	check_traced(1, f, "ktcp_drop:", " len=6");
	check_traced(1, f, "ktcp_drop:", "reason=InBadAcks ");
	check_traced(2, f, "ktcp_drop:", " state=4 ");
	check_traced(2, NULL, "ktcp_drop:", "");
	trace_off();
}

WIRE(drop__of_no_connection)
{
	trace_on();
	tx(f, .seq = 1, .ack = 77);
	rx(f, .flags = RST, .seq = 77);
	check_traced(1, f, "ktcp_drop:", "reason=InNoConns ");
	check_traced(1, NULL, "ktcp_drop:", "");
	trace_off();
}

WIRE(drop__backlog)
{
	sysctl_set("syncookies", "0");
	sysctl_set("max_syn_backlog", "1");
	trace_on();
	flow_syn(f);
	flow_synack(f);
	f->sport++;
	flow_syn(f);
	quiet(p, 500);
	check_traced(1, f, "ktcp_drop:", "reason=BacklogOverflows ");
	check_traced(1, NULL, "ktcp_drop:", "");
	check_stat("BacklogOverflows", 1);
}

WIRE(retransmit__timeout)
{
	struct got g;

	trace_on();
	flow_connect(f);
	ask(f, 1);
	while (!stat_get("RtoTimeouts"))
		flow_next(f, &g, 100);
	check_traced((int)stat_get("RtoTimeouts"), f, "ktcp_retransmit:",
		     "reason=timeout ");
	check(traced(f, "ktcp_cwnd:", "phase=loss ") >= 1);
	check_traced(1, f, "ktcp_cwnd:", " from=0 ");
	tracing_set("events/ktcp/enable", "0");
}

WIRE(retransmit__synack)
{
	struct got g;

	flow_syn(f);
	flow_synack(f);
	trace_on();
	check(flow_next(f, &g, 1500));
	check_eq(SYN | ACK, g.flags);
	check_traced(1, f, "ktcp_retransmit:", "reason=syn ");
	check_traced(1, NULL, "ktcp_retransmit:", "");
	tracing_set("events/ktcp/enable", "0");
}

WIRE(cookie__sent_and_valid)
{
	struct got g;

	sysctl_set("syncookies", "2");
	trace_on();
	flow_connect(f);
	check_traced(1, f, "ktcp_cookie:", "what=sent ");
	check_traced(1, f, "ktcp_cookie:", "what=valid ");
	f->sport++;
	tx(f, .seq = 1, .ack = 99);
	check(flow_next(f, &g, 0));
	check_eq(RST, g.flags);
	check_traced(1, f, "ktcp_cookie:", "what=invalid ");
	check_traced(3, NULL, "ktcp_cookie:", "");
	tracing_set("events/ktcp/enable", "0");
}

WIRE(request__access_log)
{
	struct response r;
	char text[40];

	trace_on();
	flow_connect(f);
	request(f, GET, &r);
	snprintf(text, sizeof(text), "status=200 bytes=%lu ", (unsigned long)r.length);
	check_traced(1, f, "ktcp_request:", text);
	request(f, "HEAD /none HTTP/1.1\r\nHost: a\r\n\r\n", &r);
	check_traced(1, f, "ktcp_request:", "method=HEAD status=404 bytes=0 ");
	check_traced(2, f, "ktcp_request:", "");
	tracing_set("events/ktcp/enable", "0");
}

TEST_HARNESS_MAIN
