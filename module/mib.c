// SPDX-License-Identifier: GPL-2.0
/* Counters: their names, and their sum over all CPUs. */
#include "conn.h"
#include "http/http.h"
#include "mib.h"

static const char *const mib_names[KTCP_MIB_MAX] = {
#define X(name) #name,
	KTCP_MIB_LIST(X)
#undef X
};

/**
 * ktcp_mib_show() - one counter a line
 * @m: where to
 * @mib: the counters of a namespace
 *
 * Process context.
 */
void ktcp_mib_show(struct seq_file *m, struct ktcp_mib __percpu *mib)
{
	unsigned int i, cpu;

	for (i = 0; i < KTCP_MIB_MAX; i++) {
		unsigned long sum = 0;

		for_each_possible_cpu(cpu)
			sum += READ_ONCE(per_cpu_ptr(mib, cpu)->item[i]);
		seq_printf(m, "%s %lu\n", mib_names[i], sum);
	}
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
