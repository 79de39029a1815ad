// SPDX-License-Identifier: GPL-2.0
/*
 * plugin: a plugin of QEMU's that counts what two CPUs make each other wait for.
 *
 *	-plugin FILE,begin=ADDR,end=ADDR,symbols=FILE,out=FILE
 *
 * It has a cache for each CPU that holds all that the CPU touched in the kernel until
 * another one writes to the same 64 bytes. What a CPU does not find there although
 * it has been touched before, or writes to while another has it, is a transfer: on
 * a real machine a message to another core, some hundred cycles.
 *
 * What runs at the address `begin` begins it: the guest's /proc/kallsyms is read
 * from `symbols`. What runs at `end` writes to `out`, a line for each
 *
 *	LINE PC OTHER r|w in|out COUNT
 *
 * addresses in hex: the instruction at PC wanted a LINE that another CPU had, where
 * the instruction at OTHER had it last. `in` when the CPU was in the hook of ktcp,
 * whichever function it called, and not in an interrupt. `@ CPU COUNT` is how often
 * a CPU came into the hook, and `@ apart COUNT` how often one did so alone: to
 * contend as much as they can, a CPU that comes into the hook waits a while for the
 * other one to come there too.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Of QEMU's interface to plugins, which no package of Debian has as a header. */
#ifndef API
#define API	1	/* 2 from QEMU 8.2 on */
#endif
#define EXPORT	__attribute__((visibility("default")))
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { QEMU_PLUGIN_CB_NO_REGS };
enum { QEMU_PLUGIN_MEM_RW = 3 };
typedef uint64_t plugin_id;
typedef void (*exec_cb)(unsigned int cpu, void *data);
typedef void (*mem_cb)(unsigned int cpu, uint32_t info, uint64_t vaddr, void *data);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
	void (*cb)(plugin_id id, struct qemu_plugin_tb *tb));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, exec_cb cb,
	int flags, void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, mem_cb cb,
	int flags, int rw, void *data);
void qemu_plugin_reset(plugin_id id, void (*cb)(plugin_id id));
bool qemu_plugin_mem_is_store(uint32_t info);

EXPORT int qemu_plugin_version = API;

#define CPUS	2
#define WAIT_NS	150000000	/* less than a retransmission timeout */
#define KERNEL	(1ULL << 63)
#define TABLE_BITS	22
#define TABLE	(1 << TABLE_BITS)

struct line {
	uint64_t at;
	uint64_t pc[CPUS];	/* that touched it last, on each */
	uint8_t has;		/* who has it, a bit each */
};

struct transfer {
	uint64_t at, pc, other, count;
	uint8_t store, in;
};

struct range { uint64_t from, to; };

static struct line *lines;
static struct transfer *transfers;
static uint64_t nr_lines, nr_transfers, begin, end;
static const char *symbols, *out;
static plugin_id self;
static atomic_bool on;
static struct range hook4, hook6, caller4, caller6, irq_enter, irq_exit;

static struct {
	bool in_hook;
	int irqs, irqs_then;	/* interrupts that began, less those that ended */
	uint64_t entered, rounds;	/* how often; and in step with the other */
} cpus[CPUS];

/* All of the above after the beginning, when every CPU has a thread. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t came = PTHREAD_COND_INITIALIZER;
static uint64_t apart;
static bool absent[CPUS];	/* was waited for and did not come */

static void die(const char *what)
{
	fprintf(stderr, "sharing: %s\n", what);
	exit(1);
}

static uint64_t hash(uint64_t key)
{
	return (key * 0x9e3779b97f4a7c15ULL) >> (64 - TABLE_BITS);
}

static uint64_t after(uint64_t i) { return (i + 1) & (TABLE - 1); }

static struct line *line_at(uint64_t at)
{
	uint64_t i;

	for (i = hash(at); lines[i].at; i = after(i))
		if (lines[i].at == at)
			return &lines[i];
	if (++nr_lines > TABLE / 2)
		die("too many lines");
	lines[i].at = at;
	return &lines[i];
}

static void transfer(const struct line *l, uint64_t pc, unsigned int cpu, bool store)
{
	unsigned int other = __builtin_ctz(l->has & ~(1 << cpu));
	struct transfer *t, like = {
		.at = l->at, .pc = pc, .other = l->pc[other],
		.store = store, .in = cpus[cpu].in_hook && cpus[cpu].irqs == cpus[cpu].irqs_then,
	};
	uint64_t i;

	for (i = hash(like.at ^ pc << 8 ^ like.other << 16);; i = after(i)) {
		t = &transfers[i];
		if (!t->count)
			break;
		if (t->at == like.at && t->pc == pc && t->other == like.other &&
		    t->store == like.store && t->in == like.in)
			break;
	}
	if (!t->count) {
		if (++nr_transfers > TABLE / 2)
			die("too many transfers");
		*t = like;
	}
	t->count++;
}

static void touched(unsigned int cpu, uint32_t info, uint64_t at, void *data)
{
	bool store = qemu_plugin_mem_is_store(info);
	uint64_t pc = (uintptr_t)data;
	struct line *l;

	if (!on || at < KERNEL)
		return;
	pthread_mutex_lock(&lock);
	l = line_at(at & ~63ULL);
	if (l->has && (store ? l->has != 1 << cpu : !(l->has & 1 << cpu)))
		transfer(l, pc, cpu, store);
	l->has = store ? 1 << cpu : l->has | 1 << cpu;
	l->pc[cpu] = pc;
	pthread_mutex_unlock(&lock);
}

/* into the hook both together, if the other one comes */
static void enter(unsigned int cpu)
{
	unsigned int other = !cpu;
	struct timespec until;

	cpus[cpu].in_hook = true;
	cpus[cpu].irqs_then = cpus[cpu].irqs;
	cpus[cpu].entered++;
	cpus[cpu].rounds++;
	absent[cpu] = false;
	pthread_cond_broadcast(&came);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += WAIT_NS;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (on && !absent[other] && cpus[other].rounds < cpus[cpu].rounds)
		if (pthread_cond_timedwait(&came, &lock, &until))
			absent[other] = true;
	if (absent[other]) {
		apart++;
		cpus[other].rounds = cpus[cpu].rounds;
	}
}

static bool within(const struct range *r, uint64_t pc)
{
	return pc >= r->from && pc < r->to;
}

static void ran(unsigned int cpu, void *data)
{
	uint64_t pc = (uintptr_t)data;

	if (!on)
		return;
	pthread_mutex_lock(&lock);
	if (pc == hook4.from || pc == hook6.from) {
		enter(cpu);
	} else if (within(&caller4, pc) || within(&caller6, pc)) {
		cpus[cpu].in_hook = false;
	} else if (pc == irq_enter.from) {
		cpus[cpu].irqs++;
	} else if (pc == irq_exit.from) {
		cpus[cpu].irqs--;
	}
	pthread_mutex_unlock(&lock);
}

/* name: with what is around it in /proc/kallsyms */
static void take(struct range *r, const char *name, const char *text)
{
	const char *at = strstr(text, name);
	uint64_t other;

	if (!at)
		die(name);
	while (at > text && at[-1] != '\n')
		at--;
	r->from = strtoull(at, NULL, 16);
	r->to = UINT64_MAX;
	for (at = text; *at; at = strchr(at, '\n') + 1) {
		other = strtoull(at, NULL, 16);
		if (other > r->from && other < r->to)
			r->to = other;
	}
}

static void read_symbols(void)
{
	static char text[32 << 20];
	FILE *f = fopen(symbols, "r");
	size_t n;

	if (!f)
		die(symbols);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	if (n < 2 || n == sizeof(text) - 1 || text[n - 1] != '\n')
		die(symbols);
	take(&hook4, " divert4\t[ktcp]\n", text);
	take(&hook6, " divert6\t[ktcp]\n", text);
	take(&caller4, " ip_local_deliver\n", text);
	take(&caller6, " ip6_input\n", text);
	take(&irq_enter, " irqentry_enter\n", text);
	take(&irq_exit, " irqentry_exit\n", text);
}

static void watch(plugin_id id);

static void begins(unsigned int cpu, void *data)
{
	read_symbols();
	on = true;
	qemu_plugin_reset(self, watch);
}

static void ends(unsigned int cpu, void *data)
{
	FILE *f = fopen(out, "w");
	const struct transfer *t;

	pthread_mutex_lock(&lock);
	on = false;
	pthread_cond_broadcast(&came);
	if (!f)
		die(out);
	for (cpu = 0; cpu < CPUS; cpu++)
		if (cpus[cpu].entered)
			fprintf(f, "@ %u %llu\n", cpu,
				(unsigned long long)cpus[cpu].entered);
	fprintf(f, "@ apart %llu\n", (unsigned long long)apart);
	for (t = transfers; t < transfers + TABLE; t++)
		if (t->count)
			fprintf(f, "%llx %llx %llx %c %s %llu\n",
				(unsigned long long)t->at, (unsigned long long)t->pc,
				(unsigned long long)t->other, t->store ? 'w' : 'r',
				t->in ? "in" : "out", (unsigned long long)t->count);
	if (fclose(f))
		die(out);
	/* What is instrumented stays so: it may be running on the other CPU. */
	pthread_mutex_unlock(&lock);
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	size_t i, n = qemu_plugin_tb_n_insns(tb);
	struct qemu_plugin_insn *insn;
	uint64_t pc;

	for (i = 0; i < n; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		pc = qemu_plugin_insn_vaddr(insn);
		if (pc == begin)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, begins,
				QEMU_PLUGIN_CB_NO_REGS, NULL);
		if (pc == end)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, ends,
				QEMU_PLUGIN_CB_NO_REGS, NULL);
		if (!on || pc < KERNEL)
			continue;
		if (!i)	/* functions begin, and calls return, where blocks do */
			qemu_plugin_register_vcpu_insn_exec_cb(insn, ran,
				QEMU_PLUGIN_CB_NO_REGS, (void *)(uintptr_t)pc);
		qemu_plugin_register_vcpu_mem_cb(insn, touched,
			QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
			(void *)(uintptr_t)pc);
	}
}

/* until it begins only that is watched for; what is translated then is so again */
static void watch(plugin_id id)
{
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
}

EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "begin=", 6))
			begin = strtoull(argv[i] + 6, NULL, 0);
		else if (!strncmp(argv[i], "end=", 4))
			end = strtoull(argv[i] + 4, NULL, 0);
		else if (!strncmp(argv[i], "symbols=", 8))
			symbols = strdup(argv[i] + 8);
		else if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
	}
	lines = calloc(TABLE, sizeof(*lines));
	transfers = calloc(TABLE, sizeof(*transfers));
	if (!begin || !end || !symbols || !out || !lines || !transfers)
		return -1;
	self = id;
	watch(id);
	return 0;
}
