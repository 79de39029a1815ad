// SPDX-License-Identifier: GPL-2.0
/*
 * The device: one queue, NAPI, a ring a direction.
 *
 * A packet that the stack transmits waits in the ring until NAPI has its turn,
 * as a completion does: only then is it freed, and only then do the clients see
 * it. What they answer is received in the same turn.
 */
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/tick.h>
#include <linux/vmalloc.h>

#include "bench.h"
#include "compat.h"

#define TX_RING		4096	/* powers of two */
#define RX_RING		16384
#define DELACK_NS	(40 * NSEC_PER_MSEC)

static struct net_device *dev;
static struct napi_struct napi;
static struct hrtimer delack, alarm;
static bool delack_due;

static struct sk_buff *tx_ring[TX_RING];
static u32 tx_head, tx_tail;		/* written by xmit; by poll */
static struct frame *rx_ring;
static u32 rx_head, rx_tail;		/* by poll alone */

/* Time in the clients, up to the last flush, and when they were entered. */
static u64 client_total, client_since;

/**
 * bench_idle() - idle time of this CPU
 *
 * Return: cycles, without interrupts that came meanwhile. Interrupts off.
 */
u64 bench_idle(void)
{
	int cpu = smp_processor_id();
	u64 us = get_cpu_idle_time_us(cpu, NULL) +
		 get_cpu_iowait_time_us(cpu, NULL);

	return mul_u64_u32_div(us, tsc_khz, 1000);
}

/**
 * bench_client_flush() - account what the clients took so far
 *
 * Return: now, in cycles. Called by the clients.
 */
u64 bench_client_flush(void)
{
	u64 now = rdtsc();

	client_total += now - client_since;
	client_since = now;
	return now;
}

/**
 * bench_client_total() - what the clients took, up to the last flush
 *
 * Return: cycles.
 */
u64 bench_client_total(void)
{
	return client_total;
}

static unsigned long client_enter(void)
{
	unsigned long flags;

	local_irq_save(flags);
	client_since = rdtsc();
	return flags;
}

static void client_leave(unsigned long flags)
{
	bench_client_flush();
	local_irq_restore(flags);
}

/**
 * bench_frame() - an empty frame at the end of the way to the server
 *
 * Return: the frame, or NULL. Called by the clients.
 */
struct frame *bench_frame(void)
{
	if (rx_head - rx_tail == RX_RING)
		return NULL;
	return &rx_ring[rx_head++ & (RX_RING - 1)];
}

/**
 * bench_frames_free() - how many bench_frame() still has
 *
 * Return: their number.
 */
u32 bench_frames_free(void)
{
	return RX_RING - (rx_head - rx_tail);
}

/**
 * bench_quiet() - nothing is on its way in either direction
 *
 * Return: true if so.
 */
bool bench_quiet(void)
{
	/* with the release in xmit, here and in poll */
	return rx_head == rx_tail && smp_load_acquire(&tx_head) == tx_tail;
}

/**
 * bench_mac() - the device's address
 *
 * Return: six bytes.
 */
u8 *bench_mac(void)
{
	return (u8 *)dev->dev_addr;
}

/**
 * bench_kick() - have NAPI take its turn
 */
void bench_kick(void)
{
	local_bh_disable();
	napi_schedule(&napi);
	local_bh_enable();
}

static netdev_tx_t bench_xmit(struct sk_buff *skb, struct net_device *d)
{
	u32 head = tx_head;

	tx_ring[head & (TX_RING - 1)] = skb;
	/* the slot first: poll reads it when it sees the head */
	smp_store_release(&tx_head, head + 1);
	if (head + 1 - READ_ONCE(tx_tail) == TX_RING)
		netif_stop_queue(d);
	napi_schedule(&napi);
	return NETDEV_TX_OK;
}

/* one packet from the server: the clients look at it, then it is freed */
static void complete_tx(int budget)
{
	struct sk_buff *skb = tx_ring[tx_tail & (TX_RING - 1)];
	unsigned long flags;

	flags = client_enter();
	bench_client_receive(skb);
	client_leave(flags);
	napi_consume_skb(skb, budget);
	WRITE_ONCE(tx_tail, tx_tail + 1);
}

/* one frame to the server, received as drivers do: short ones are copied */
static void receive(const struct frame *f, struct page *payload)
{
	struct sk_buff *skb = napi_alloc_skb(&napi, sizeof(f->data));

	if (!skb) {
		pr_warn_ratelimited(KBUILD_MODNAME ": no memory for a packet\n");
		return;
	}
	skb_put_data(skb, f->data, f->len);
	if (f->frag_len) {
		get_page(payload);
		skb_add_rx_frag(skb, 0, payload, f->frag, f->frag_len, 2048);
	}
	skb_record_rx_queue(skb, 0);
	skb_set_hash(skb, f->hash, PKT_HASH_TYPE_L4);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->protocol = eth_type_trans(skb, dev);
	napi_gro_receive(&napi, skb);
}

static int bench_poll(struct napi_struct *n, int budget)
{
	unsigned long flags;
	int work = 0;
	bool again;

	while (smp_load_acquire(&tx_head) != tx_tail && work < budget &&
	       rx_head - rx_tail < RX_RING / 2) {
		complete_tx(budget);
		work++;
	}
	if (unlikely(netif_queue_stopped(dev)))
		netif_wake_queue(dev);

	flags = client_enter();
	if (unlikely(delack_due)) {
		delack_due = false;
		bench_client_timeout();
	}
	again = bench_client_poll();
	client_leave(flags);

	for (work = 0; work < budget && rx_head != rx_tail; work++) {
		receive(&rx_ring[rx_tail & (RX_RING - 1)], bench_payload);
		rx_tail++;
	}
	if (work == budget || rx_head != rx_tail)
		return budget;
	if (again)
		napi_schedule(n);	/* which we are in: take another turn */
	else if (unlikely(bench_client_owes()) && bench_quiet() &&
		 !hrtimer_is_queued(&delack))
		hrtimer_start(&delack, DELACK_NS, HRTIMER_MODE_REL_SOFT);
	napi_complete_done(n, work);
	return work;
}

static enum hrtimer_restart delack_timeout(struct hrtimer *t)
{
	delack_due = true;
	napi_schedule(&napi);
	return HRTIMER_NORESTART;
}

static int bench_open(struct net_device *d)
{
	napi_enable(&napi);
	netif_start_queue(d);
	return 0;
}

static int bench_stop(struct net_device *d)
{
	netif_stop_queue(d);
	napi_disable(&napi);
	hrtimer_cancel(&delack);
	hrtimer_cancel(&alarm);
	while (tx_tail != tx_head)
		kfree_skb(tx_ring[tx_tail++ & (TX_RING - 1)]);
	return 0;
}

/**
 * bench_alarm() - have NAPI take its turn later, as if a packet came then
 * @ns: of CLOCK_MONOTONIC
 */
void bench_alarm(u64 ns)
{
	hrtimer_start(&alarm, ns_to_ktime(ns), HRTIMER_MODE_ABS_HARD);
}

static enum hrtimer_restart alarm_timeout(struct hrtimer *t)
{
	napi_schedule(&napi);
	return HRTIMER_NORESTART;
}

static const struct net_device_ops ops = {
	.ndo_open = bench_open,
	.ndo_stop = bench_stop,
	.ndo_start_xmit = bench_xmit,
	.ndo_validate_addr = eth_validate_addr,
};

/**
 * bench_device_init() - make the device
 *
 * Return: 0 or a negative errno. Process context.
 */
int bench_device_init(void)
{
	int err;

	rx_ring = vmalloc(array_size(RX_RING, sizeof(*rx_ring)));
	if (!rx_ring)
		return -ENOMEM;
	hrtimer_setup(&delack, delack_timeout, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	hrtimer_setup(&alarm, alarm_timeout, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_HARD);
	dev = alloc_etherdev(0);
	err = -ENOMEM;
	if (!dev)
		goto no_dev;
	strscpy(dev->name, "bench%d", IFNAMSIZ);
	dev->netdev_ops = &ops;
	dev->hw_features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_RXCSUM |
			   NETIF_F_RXHASH | NETIF_F_TSO | NETIF_F_TSO6 |
			   NETIF_F_TSO_ECN | NETIF_F_TSO_MANGLEID;
	dev->features = dev->hw_features | NETIF_F_HIGHDMA;
	eth_hw_addr_set(dev, (const u8 []){ 2, 0, 0, 0, 0, 1 });
	netif_napi_add(dev, &napi, bench_poll);
	err = register_netdev(dev);
	if (err)
		goto no_register;
	return 0;

no_register:
	netif_napi_del(&napi);
	free_netdev(dev);
no_dev:
	vfree(rx_ring);
	return err;
}

/**
 * bench_device_exit() - and take it away
 */
void bench_device_exit(void)
{
	unregister_netdev(dev);
	netif_napi_del(&napi);
	free_netdev(dev);
	vfree(rx_ring);
}
