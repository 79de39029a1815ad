// SPDX-License-Identifier: GPL-2.0
/*
 * A network namespace goes away with connections in it. Its device is read from
 * outside, because an open TUN device keeps the namespace that it was opened in:
 *
 *     namespace of the fixture             namespace that is deleted
 *     peer, file descriptor of tun0  ----  tun0, ktcp
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "packet.h"
#include "wire.h"

/* Hand tun0 over to the namespace @ns; @rtnl is a socket where it is now. */
static void move_device(int rtnl, unsigned int index, int ns)
{
	struct {
		struct nlmsghdr nlh;
		struct ifinfomsg ifi;
		struct rtattr attr;
		int fd;
	} req = {
		.nlh = {
			.nlmsg_len = sizeof(req),
			.nlmsg_type = RTM_SETLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.ifi.ifi_index = index,
		.attr = { .rta_len = RTA_LENGTH(4), .rta_type = IFLA_NET_NS_FD },
		.fd = ns,
	};
	struct {
		struct nlmsghdr nlh;
		struct nlmsgerr err;
		char rest[256];
	} ans;

	check(send(rtnl, &req, sizeof(req), 0) == sizeof(req));
	check(recv(rtnl, &ans, sizeof(ans), 0) > 0);
	check_eq(NLMSG_ERROR, ans.nlh.nlmsg_type);
	check_eq(0, ans.err.error);
}

static int this_netns(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY);

	check(fd >= 0);
	return fd;
}

/* Into a namespace with tun0 and ktcp in it; the old one, to come back to. */
static int enter(struct peer *p)
{
	int rtnl = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	unsigned int index = if_nametoindex("tun0");
	int outside = this_netns(), inside;

	check(rtnl >= 0);
	check(!unshare(CLONE_NEWNET));
	inside = this_netns();
	move_device(rtnl, index, inside);
	close(inside);
	close(rtnl);
	peer_configure(p);
	return outside;
}

/*
 * Nobody is left inside: the kernel deletes the namespace. The device goes with
 * it, and what is queued there for us: we run before whoever takes it away.
 */
static void leave(int outside)
{
	const struct sched_param first = { .sched_priority = 1 };

	check(!sched_setscheduler(0, SCHED_FIFO, &first));
	check(!setns(outside, CLONE_NEWNET));
	close(outside);
}

/* Not a segment more until the device has gone; nobody can send after that. */
static void expect_end(struct peer *p)
{
	static struct packet k;
	struct iovec iov[] = {
		{ &k.vnet, sizeof(k.vnet) },
		{ k.ip, sizeof(k.ip) },
	};
	ssize_t n;

	check(!fcntl(p->tun, F_SETFL, 0));	/* so that it waits */
	while ((n = readv(p->tun, iov, 2)) >= 0) {
		k.len = n - sizeof(k.vnet);
		if (packet_is_tcp(&k))
			fail("another segment");
	}
	/* who waits when it goes is told EFAULT, whoever comes later EBADFD */
	check_eq(-1, readv(p->tun, iov, 2));
	check_eq(EBADFD, errno);
	close(p->tun);
	p->tun = eventfd(0, EFD_NONBLOCK);	/* for quiet(): never readable */
	check(p->tun >= 0);
}

/* RFC 9293 3.10.5, and every other state that has a peer to tell */
WIRE(deletion__resets_every_connection)
{
	static const char *const states[] = {
		"SYN_RECV", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2",
		"CLOSE_WAIT", "CLOSING", "LAST_ACK",
	};
	int outside;
	size_t i;

	for (i = 0; i < ARRAY_LEN(states); i++) {
		if (i)
			peer_up(p, p->family, 0);
		outside = enter(p);
		flow_init(f, p);
		flow_reach(f, states[i]);
		leave(outside);
		rx(f, .flags = RST | ACK, .wnd = 0);
		expect_end(p);
	}
}

/* One connection beside it shows that the end has come, and is the only RST. */
WIRE(deletion__ends_time_wait_in_silence)
{
	static struct flow g;
	int outside = enter(p);

	flow_reach(f, "TIME_WAIT");
	flow_init(&g, p);
	flow_connect(&g);
	leave(outside);
	rx(&g, .flags = RST | ACK, .wnd = 0);
	expect_end(p);
}

/* No timer of a deleted namespace rings, and elsewhere nothing has happened. */
WIRE(deletion__leaves_other_namespaces_alone)
{
	struct response r;
	int status;
	pid_t pid;

	flow_connect(f);
	pid = fork();
	check(pid >= 0);
	if (!pid) {
		static struct peer other;
		static struct flow g;
		int outside;

		peer_up(&other, p->family, 0);
		outside = enter(&other);
		flow_init(&g, &other);
		flow_connect(&g);
		tx(&g, .flags = PSH | ACK, .data = GET);
		rx(&g, .flags = ACK, .len = g.mss);
		while (g.rcv == 1u + g.mss)
			check(flow_next(&g, &(struct got){}, 0));
		leave(outside);
		rx(&g, .flags = RST | ACK, .wnd = 0);
		expect_end(&other);
		_exit(0);
	}
	check(waitpid(pid, &status, 0) == pid);
	check_eq(0, status);
	quiet(p, 30000);
	request(f, GET, &r);
	check_page(f, 1, &r);
}

static bool is_near(uint32_t a, uint32_t b)
{
	return a - b + 20000 < 40000;
}

/* Whoever makes a namespace with our addresses in it learns none of our numbers. */
WIRE(numbers__are_others_in_another)
{
	static struct flow cookie, other;
	uint64_t began;

	f->offer = TS;
	flow_syn(f);
	flow_synack(f);
	began = now_us();
	sysctl_set("syncookies", "2");
	flow_init(&cookie, p);
	cookie.offer = TS;
	flow_syn(&cookie);
	flow_synack(&cookie);
	tx(&cookie);
	check_state(&cookie, "ESTABLISHED");

	peer_up(p, p->family, 0);
	sysctl_set("syncookies", "2");
	tx(&cookie, .seq = 1);
	rx(&cookie, .flags = RST, .seq = 1, .wnd = 0);
	check_stat("SyncookiesRecv", 0);
	sysctl_set("syncookies", "1");
	flow_init(&other, p);
	check_eq(f->sport, other.sport);
	other.offer = TS;
	flow_syn(&other);
	flow_synack(&other);
	check(!is_near(f->irs + (now_us() - began) / 4, other.irs));
	check(!is_near(f->ts_recent, other.ts_recent));
}

TEST_HARNESS_MAIN
