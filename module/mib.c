// SPDX-License-Identifier: GPL-2.0
/* Counters: their names, and their sum over all CPUs. */
#include "conn.h"
#include "http/http.h"
#include "mib.h"
#include "trace.h"

const char *const ktcp_mib_names[KTCP_MIB_MAX] = {
#define X(name) #name,
	KTCP_MIB_LIST(X)
#undef X
};

const u32 ktcp_http_bounds_us[KTCP_HTTP_BOUNDS] = {
	10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000,
	100000, 200000, 500000, 1000000,
};

/**
 * ktcp_mib_sum() - a counter
 * @mib: the counters of a namespace
 * @item: enum ktcp_mib_item
 *
 * Process context.
 */
u64 ktcp_mib_sum(struct ktcp_mib __percpu *mib, unsigned int item)
{
	unsigned long sum = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(mib, cpu)->item[item]);
	return sum;
}

/**
 * ktcp_mib_moved() - how often did a connection go this way?
 * @mib: the counters of a namespace
 * @from: the state before
 * @to: and after
 *
 * Process context.
 */
u64 ktcp_mib_moved(struct ktcp_mib __percpu *mib, enum ktcp_state from,
		   enum ktcp_state to)
{
	unsigned long sum = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(mib, cpu)->moved[from][to]);
	return sum;
}

/**
 * ktcp_mib_in_state() - how many connections are in a state?
 * @mib: the counters of a namespace
 * @state: SYN_SENT to TIME_WAIT
 *
 * They come and go while we add. Process context.
 */
u64 ktcp_mib_in_state(struct ktcp_mib __percpu *mib, enum ktcp_state state)
{
	unsigned long sum = 0;
	enum ktcp_state other;

	for (other = KTCP_CLOSED; other < KTCP_STATES; other++)
		sum += ktcp_mib_moved(mib, other, state) -
		       ktcp_mib_moved(mib, state, other);
	return max((long)sum, 0L);
}

/**
 * ktcp_mib_latency() - how long answers took, on all CPUs together
 * @mib: the counters of a namespace
 * @sum: filled in
 *
 * Process context.
 */
void ktcp_mib_latency(struct ktcp_mib __percpu *mib,
		      struct ktcp_http_histogram *sum)
{
	unsigned int cpu, i;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct ktcp_http_histogram *h =
			&per_cpu_ptr(mib, cpu)->latency;

		for (i = 0; i <= KTCP_HTTP_BOUNDS; i++)
			sum->count[i] += READ_ONCE(h->count[i]);
		sum->sum_ns += READ_ONCE(h->sum_ns);
	}
}

/**
 * ktcp_http_latency() - an answer was owed
 * @c: the connection, locked
 * @ns: since the last byte of the request came
 */
void ktcp_http_latency(const struct ktcp_conn *c, u64 ns)
{
	struct ktcp_mib __percpu *mib = c->e.kn->mib;
	unsigned int i;

	for (i = 0; i < KTCP_HTTP_BOUNDS; i++)
		if (ns <= ktcp_http_bounds_us[i] * (u64)NSEC_PER_USEC)
			break;
	this_cpu_inc(mib->latency.count[i]);
	this_cpu_add(mib->latency.sum_ns, ns);
}

/**
 * ktcp_http_sent() - the responder owes so much more
 * @c: the connection, locked
 * @bytes: header and body
 */
void ktcp_http_sent(const struct ktcp_conn *c, u64 bytes)
{
	KTCP_ADD(c->e.kn, HttpBytes, bytes);
}

/**
 * ktcp_http_count() - the responder has answered
 * @c: the connection, locked
 * @status: 200 to 599
 */
void ktcp_http_count(const struct ktcp_conn *c, int status)
{
	struct ktcp_net *kn = c->e.kn;

	KTCP_INC(kn, HttpRequests);
	switch (status / 100) {
	case 2:
		KTCP_INC(kn, HttpStatus2xx);
		break;
	case 3:
		KTCP_INC(kn, HttpStatus3xx);
		break;
	case 4:
		KTCP_INC(kn, HttpStatus4xx);
		break;
	default:
		KTCP_INC(kn, HttpStatus5xx);
		break;
	}
}

/** ktcp_http_traced() - does anybody listen to ktcp_http_trace()? */
bool ktcp_http_traced(void)
{
	return trace_ktcp_request_enabled();
}

/**
 * ktcp_http_trace() - the access log: an answer is owed
 * @c: the connection, locked
 * @method: of the request
 * @status: of the answer
 * @bytes: in its body
 * @ns: since the last byte of the request came
 */
void ktcp_http_trace(const struct ktcp_conn *c, const char *method, int status,
		     u64 bytes, u64 ns)
{
	trace_ktcp_request(&c->e.key, method, status, bytes, ns);
}
