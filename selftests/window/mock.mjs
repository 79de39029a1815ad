// SPDX-License-Identifier: GPL-2.0
// A server that says what ktcp's window says, about connections that are played:
// for page.mjs, and for those who work on the page:
//
//	node selftests/window/mock.mjs [PORT]
import http from 'node:http';
import fs from 'node:fs';

const PAGE = new URL('../../module/http/window.html', import.meta.url);
const WINDOW_C = new URL('../../module/http/window.c', import.meta.url);
const STATES = ['LISTEN', 'SYN_SENT', 'SYN_RECV', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'CLOSE_WAIT', 'CLOSING', 'LAST_ACK', 'TIME_WAIT'];
const COUNTERS = ['PassiveOpens', 'InSegs', 'OutSegs', 'RetransSegs', 'SyncookiesSent', 'SyncookiesRecv', 'HttpRequests', 'CurrConns', 'CurrTimeWaits'];
const BOUNDS = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000, 1000000];
const ISS = 1000000000, IRS = 4294967000;	// the peer's numbers wrap

/** Fields that ktcp sends with every document, from the source. */
export function fields()
{
	const text = fs.readFileSync(WINDOW_C, 'utf8').match(/ktcp_window_fields\[\] =([^;]|;[^\n])*/)[0];
	const lines = [...text.matchAll(/"([^"]*)"/g)].map(m => m[1]).join('').split('\\r\\n');
	return Object.fromEntries(lines.filter(Boolean).map(line => line.split(/: (.*)/).slice(0, 2)));
}

/** What one connection does, step by step: [microseconds later, event]. */
const segment = (kind, flags, seq, ack, len, wnd, state) =>
	({ kind, flags, seq: ((kind === 'in' ? IRS : ISS) + seq) % 2 ** 32,
	   ack: flags.includes('ACK') ? ((kind === 'in' ? ISS : IRS) + ack) % 2 ** 32 : 0, len, wnd, state });
const change = (from, to) => ({ kind: 'state', from, to });
export const STORY = {
	syn: [
		[0, segment('in', 'SYN', 0, 0, 0, 64240, 'LISTEN')],
		[0, change('LISTEN', 'SYN_RECV')],
		[20, segment('out', 'SYN ACK', 0, 1, 0, 65535, 'SYN_RECV')]],
	ack: [
		[10000, segment('in', 'ACK', 1, 1, 0, 64256, 'SYN_RECV')],
		[0, change('SYN_RECV', 'ESTABLISHED')]],
	request: [
		[1000, segment('in', 'PSH ACK', 1, 1, 400, 64256, 'ESTABLISHED')],
		[50, segment('out', 'ACK', 1, 401, 1448, 65136, 'ESTABLISHED')],
		[10, segment('out', 'PSH ACK', 1449, 401, 1000, 65136, 'ESTABLISHED')],
		[10000, segment('in', 'ACK', 401, 1449, 0, 64256, 'ESTABLISHED')]],
	again: [
		[200000, segment('out', 'PSH ACK', 1449, 401, 1000, 65136, 'ESTABLISHED')],
		[10000, segment('in', 'ACK', 401, 2449, 0, 64256, 'ESTABLISHED')]],
	fin: [
		[500000, change('ESTABLISHED', 'FIN_WAIT_1')],
		[5, segment('out', 'FIN ACK', 2449, 401, 0, 65536, 'FIN_WAIT_1')]],
	finack: [
		[10000, segment('in', 'ACK', 401, 2450, 0, 64256, 'FIN_WAIT_1')],
		[0, change('FIN_WAIT_1', 'FIN_WAIT_2')]],
	peerfin: [
		[15000, segment('in', 'FIN ACK', 401, 2450, 0, 64256, 'FIN_WAIT_2')],
		[0, change('FIN_WAIT_2', 'TIME_WAIT')],
		[10, segment('out', 'ACK', 2450, 402, 0, 65536, 'TIME_WAIT')]],
	gone: [[60000000, change('TIME_WAIT', 'CLOSED')]]
};

export class Mock {
	constructor()
	{
		this.began = Date.now() - 100000;
		this.events = [];
		this.transitions = {};
		this.counters = Object.fromEntries(COUNTERS.map(name => [name, 0]));
		this.latency = new Array(17).fill(0);
		this.rows = [this.row('*:8080', '*:*', 'LISTEN')];
		this.broken = false;
		this.asked = [];
		this.clock = 0;
		for (let i = 0; i < 12; i++)
			this.rows.push(this.row('10.0.2.15:8080', `198.51.100.${i + 7}:${40000 + 7 * i % 13}`, i % 4 ? 'ESTABLISHED' : 'TIME_WAIT',
				{ cwnd: 14480 * (1 + i % 5), srtt_us: i ? 300 * i * i : 0, bytes_out: 12345 * i, age_ms: 200000 + 1000 * i, cc: 'cubic' }));
		this.rows.push(this.row('[2001:db8::1]:8080', '[2001:db8:1234:5678:9abc:def0:1234:5678]:50000', 'CLOSE_WAIT', { retrans: 3, age_ms: 300000, cc: 'newreno' }));
	}

	row(local, remote, state, more)
	{
		const row = { id: `${local}-${remote}`, local, remote, state, timer: 'none' };
		for (const name of ['expires_ms', 'iss', 'irs', 'snd_una', 'snd_nxt', 'snd_wnd', 'rcv_nxt', 'rcv_wnd', 'mss', 'cwnd', 'ssthresh', 'srtt_us', 'rto_ms', 'unacked', 'unsent', 'bytes_in', 'bytes_out', 'retrans', 'age_ms'])
			row[name] = 0;
		return Object.assign(row, { cc: '-', options: '-' }, more);
	}

	/** Play a part of the story, of this connection. */
	play(part, remote = '198.51.100.2:51000', local = '10.0.2.15:8080')
	{
		const conn = `${local}-${remote}`;
		// the last of them happens now; time never goes back
		const length = STORY[part].reduce((sum, [later]) => sum + later, 0);
		let t = Math.max(this.clock, this.us() - length);
		for (const [later, event] of STORY[part]) {
			t += later;
			this.events.push({ n: this.events.length + 1, t_us: t, conn, ...event });
			this.happen(conn, local, remote, event);
		}
		this.clock = t;
		if (part === 'request') {
			this.counters.HttpRequests++;
			this.latency[3]++;
		} else if (part === 'again') {
			this.counters.RetransSegs++;
		}
	}

	happen(conn, local, remote, event)
	{
		let row = this.rows.find(r => r.id === conn);
		if (event.kind !== 'state') {
			this.counters[event.kind === 'in' ? 'InSegs' : 'OutSegs']++;
			return;
		}
		const edge = `${event.from}>${event.to}`;
		this.transitions[edge] = (this.transitions[edge] || 0) + 1;
		if (!row)
			this.rows.push(row = this.row(local, remote, '', { iss: ISS, irs: IRS, cwnd: 14480, cc: 'cubic', options: 'ts,sack,wscale:7:5', age_ms: 5 }));
		row.state = event.to;
		if (event.to === 'TIME_WAIT')
			row.iss = row.irs = 0;
		if (event.to === 'CLOSED')
			this.rows.splice(this.rows.indexOf(row), 1);
	}

	us() { return (Date.now() - this.began) * 1000; }

	document(name, query)
	{
		const now = this.us(), count = state => this.rows.filter(r => r.state === state).length;
		if (name === 'stats.json') {
			this.counters.CurrTimeWaits = count('TIME_WAIT');
			this.counters.CurrConns = this.rows.length - count('TIME_WAIT') - count('LISTEN');
			return { version: 1, now_ms: Math.floor(now / 1000), wall_ms: Date.now(), watching: true, counters: this.counters,
				states: Object.fromEntries(STATES.map(s => [s, count(s)])),
				transitions: Object.entries(this.transitions).map(([edge, n]) => ({ from: edge.split('>')[0], to: edge.split('>')[1], n })),
				memory: 310000 + 700 * this.rows.length, latency_us: { le: BOUNDS, count: this.latency, sum_us: 100 } };
		}
		if (name === 'connections.json') {
			const states = (query.get('state') || STATES.join()).split(','), q = query.get('q') || '';
			if (q.length > 31 || states.some(s => !STATES.includes(s)))
				return null;
			const rows = this.rows.filter(r => states.includes(r.state) && (!q || Object.values(r).some(v => typeof v === 'string' && v.includes(q))));
			return { version: 1, now_ms: Math.floor(now / 1000), rows, total: rows.length, truncated: false };
		}
		if (name === 'history.json') {
			const events = this.events.slice(Math.max(0, Number(query.get('since')) - 1)).slice(0, 1000);
			return { version: 1, now_us: now, watching: true, events, next: events.length ? events[events.length - 1].n + 1 : this.events.length + 1, lost: 0 };
		}
		return null;
	}

	answer(request, response)
	{
		const url = new URL(request.url, 'http://mock'), name = url.pathname.replace('/moved/', '');
		this.asked.push(request.url);
		if (this.broken)
			return request.socket.destroy();
		let body, type = 'application/json';
		if (url.pathname === '/moved/') {
			body = fs.readFileSync(PAGE);
			type = 'text/html; charset=utf-8';
		} else {
			body = this.document(name, url.searchParams);
			body = body && JSON.stringify(body);
		}
		response.writeHead(body ? 200 : 404, { ...fields(), 'Content-Type': type });
		response.end(body || 'nothing here');
	}

	/** Returns the address of the page. */
	listen(port = 0)
	{
		this.server = http.createServer((q, r) => this.answer(q, r));
		return new Promise(done => this.server.listen(port, '127.0.0.1', () => done(`http://127.0.0.1:${this.server.address().port}/moved/`)));
	}

	close()
	{
		this.server.close();
		this.server.closeAllConnections();
	}
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
	const mock = new Mock();
	console.log(await mock.listen(Number(process.argv[2]) || 8090));
	for (let port = 51000; ; port++) {
		for (const part of Object.keys(STORY)) {
			mock.play(part, `198.51.100.2:${port}`);
			await new Promise(done => setTimeout(done, 1500));
		}
	}
}
