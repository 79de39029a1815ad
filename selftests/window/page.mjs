// SPDX-License-Identifier: GPL-2.0
// The page of the window in a browser.
//
//	node page.mjs [--browser PROGRAM] [--shots FOLDER] [--url URL]
//
// Without --url against mock.mjs, which plays a connection; with it against a
// module, which must let us look in (status_allow) and have its responder there:
// then the connections are real ones, and exact numbers are not asserted.
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { Browser, sleep } from './browser.mjs';
import { Mock } from './mock.mjs';

const option = (name, value) => process.argv.includes('--' + name) ? process.argv[process.argv.indexOf('--' + name) + 1] : value;
const shots = option('shots', ''), real = option('url', '');
let points = 0, bad = 0;

async function test(name, work)
{
	points++;
	try {
		await work();
		console.log(`ok ${points} ${name}`);
	} catch (e) {
		bad++;
		console.log(String(e.stack).replace(/^/gm, '# '));
		console.log(`not ok ${points} ${name}`);
	}
}

function same(got, want, what = '')
{
	const a = JSON.stringify(got), b = JSON.stringify(want);
	if (a !== b)
		throw new Error(`${what}\n  is      ${a}\n  must be ${b}`);
}

function is(value, what)
{
	if (!value)
		throw new Error(what);
}

const mock = real ? null : new Mock();
const url = real || await mock.listen();
const b = await Browser.start(option('browser', 'chromium'));
const shot = name => shots && b.screenshot(path.join(shots, name + '.png'));
const fetched = name => b.eval(async name => (await fetch(name)).json(), name);
const ME = '10.0.2.15:8080-198.51.100.2:51000';

// --- what is looked at in the page ---

const counts = () => b.eval(() => Object.fromEntries([...document.querySelectorAll('.box[role]')].map(g => [g.dataset.state, g.querySelector('.count').textContent])));
const ladder = () => b.eval(() => [...document.querySelectorAll('#ladder li')].map(li => {
	if (li.classList.contains('state'))
		return li.querySelector('.pill').textContent;
	return [li.classList.contains('out') ? '->' : '<-', li.querySelector('.flags').textContent, li.querySelector('.flags').nextSibling.textContent.trim(),
		li.querySelector('.numbers').textContent, li.querySelector('.mark')?.textContent].filter(Boolean).join(' ');
}));
const bars = kind => b.eval(kind => [...document.querySelectorAll(`#seq-${kind} line.bar`)].map(l => `${l.dataset.seq}-${l.dataset.end}${l.classList.contains('again') ? ' again' : ''}`), kind);
const line = (kind, name) => b.eval((kind, name) => document.querySelector(`#seq-${kind} path.${name}[data-points]`)?.dataset.points, kind, name);
const tableIds = () => b.eval(() => [...document.querySelectorAll('#rows tr')].map(tr => tr.dataset.id));
const lit = edge => b.until(edge => document.querySelector(`[data-edge="${edge}"]`)?.classList.contains('lit'), edge);
const setFilter = async (id, value) => {
	await b.eval((id, value) => {
		const node = document.getElementById(id);
		node.value = value;
		node.dispatchEvent(new Event('input', { bubbles: true }));
		node.dispatchEvent(new Event('change', { bubbles: true }));
	}, id, value);
};
const choose = id => b.eval(id => document.querySelector(`#rows tr[data-id="${id}"] button`).click(), id);

/** Texts whose contrast with what is behind them is less than WCAG's 4.5. */
function faint()
{
	const rgb = text => (text.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
	const light = ([r, g, b]) => {
		const f = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
		return .2126 * f(r) + .7152 * f(g) + .0722 * f(b);
	};
	const behind = node => {
		const rect = node.closest?.('.box')?.querySelector('rect');
		if (rect)
			return rgb(getComputedStyle(rect).fill);
		for (let n = node; n; n = n.parentElement) {
			const c = rgb(getComputedStyle(n).backgroundColor);
			if (c.length < 4 || c[3] > 0)
				return c;
		}
		return [255, 255, 255];
	};
	const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	let seen = 0;
	while (walk.nextNode()) {
		const node = walk.currentNode.parentElement;
		if (!walk.currentNode.data.trim() || !node.getClientRects().length || node.closest('script, style, title'))
			continue;
		const style = getComputedStyle(node), ink = rgb(node.closest('svg') ? style.fill : style.color);
		const [x, y] = [light(ink), light(behind(node))].sort((p, q) => q - p);
		seen++;
		if ((x + .05) / (y + .05) < 4.5)
			found.push(`${walk.currentNode.data.trim().slice(0, 30)} ${((x + .05) / (y + .05)).toFixed(2)}`);
	}
	return { seen, found };
}

// --- the same everywhere ---

await b.size(1280, 900);
await b.media({ 'prefers-color-scheme': 'light' });
await test('the page opens and lives', async () => {
	await b.open(url);
	await b.until('document.getElementById("health").className === "live"');
	await b.until('document.querySelectorAll("#rows tr").length');
});

await test('the number of connections stands on each state', async () => {
	if (mock) {
		const states = (await fetched('stats.json')).states;
		await b.until('document.querySelector(".box[data-state=LISTEN] .count").textContent !== "–"');
		same(Object.entries(await counts()).sort(), Object.entries(states).map(([s, n]) => [s, String(n)]).sort());
	} else {
		is(Number((await counts()).ESTABLISHED) >= 1, 'our own connection is not there');
	}
});

await test('every state and every arrow of figure 5', async () => {
	same((await b.eval('[...document.querySelectorAll(".box")].map(g => g.dataset.state)')).sort(),
		['CLOSED', 'CLOSED', 'CLOSE_WAIT', 'CLOSING', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'LAST_ACK', 'LISTEN', 'SYN_RECV', 'SYN_SENT', 'TIME_WAIT']);
	same(await b.eval('document.querySelectorAll(".edge").length'), 21);
});

await test('no words of the diagram stand on one another or on a box', async () => {
	same(await b.eval(() => {
		const found = [], all = [...document.querySelectorAll('.edge text, .box rect')];
		const box = all.map(n => n.getBoundingClientRect());
		all.forEach((n, i) => all.slice(i + 1).forEach((m, k) => {
			const p = box[i], q = box[i + 1 + k];
			if (p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1 && q.top < p.bottom - 1)
				found.push([n.textContent, m.textContent]);
		}));
		return found;
	}), []);
});

await test('six graphs, each with its numbers in words', async () => {
	const labels = await b.eval('[...document.querySelectorAll("#graphs svg")].map(s => s.getAttribute("role") + s.getAttribute("aria-label"))');
	same(labels.length, 6);
	is(labels.every(l => /^img.*: now [\d–].*most/.test(l)), labels);
});

if (mock)
	await storyOfOne();
else
	await realConnection();

// --- a connection that is played ---

async function storyOfOne()
{
	await test('a SYN: the arrow from LISTEN lights up, and dims again', async () => {
		mock.play('syn');
		await lit('LISTEN>SYN_RECV');
		await b.until('document.querySelector(".box[data-state=SYN_RECV] .count").textContent === "1"');
		await b.until('!document.querySelector(".edge.lit")');
	});
	await test('it is in the table, and can be chosen', async () => {
		await b.until(id => document.querySelector(`#rows tr[data-id="${id}"] button`), ME);
		await choose(ME);
		same(await b.eval('document.activeElement.id'), 'h-conn');
		same(await b.eval(id => document.querySelector(`#rows tr[data-id="${id}"] button`).getAttribute('aria-pressed'), ME), 'true');
	});
	await test('the ladder of a handshake', async () => {
		mock.play('ack');
		await lit('SYN_RECV>ESTABLISHED');
		same(await ladder(), ['<- SYN len=0 seq=0 wnd=64240', 'LISTEN → SYN_RECV', '-> SYN ACK len=0 seq=0 ack=1 wnd=65535',
			'<- ACK len=0 seq=1 ack=1 wnd=64256', 'SYN_RECV → ESTABLISHED']);
		is(await b.eval('document.getElementById("ladder").textContent.includes("three-way handshake is complete")'), 'nobody says so');
	});
	await test('a request, two segments, the second again', async () => {
		mock.play('request');
		await b.until('document.querySelectorAll("#ladder li").length === 9');
		mock.play('again');
		await b.until('document.querySelectorAll("#ladder li").length === 11');
		same((await ladder()).slice(5), ['<- PSH ACK len=400 seq=1 ack=1 wnd=64256', '-> ACK len=1448 seq=1 ack=401 wnd=65136',
			'-> PSH ACK len=1000 seq=1449 ack=401 wnd=65136', '<- ACK len=0 seq=401 ack=1449 wnd=64256',
			'-> PSH ACK len=1000 seq=1449 ack=401 wnd=65136 retransmission', '<- ACK len=0 seq=401 ack=2449 wnd=64256']);
	});
	await test('the time-sequence graphs have exactly these points', async () => {
		same(await bars('out'), ['0-1', '1-1449', '1449-2449', '1449-2449 again']);
		same(await bars('in'), ['0-1', '1-401']);
		same(await line('out', 'acked'), '1 1 1449 2449');
		same(await line('out', 'wedge'), '64257 64257 65705 66705');
		same(await line('in', 'acked'), '1 401 401 401');
		const label = await b.eval('document.querySelector("#seq-out svg[role=img]").getAttribute("aria-label")');
		is(/4 segments with data, 1 of them sent again; up to sequence number 2,449; acknowledged up to 2,449; window up to 66,705/.test(label), label);
		is(await b.eval('document.querySelector("#seq-out").textContent.includes("66,705")'), 'where the window edge is is not said');
		await b.eval('document.getElementById("whole").click()');
		is(!await b.eval('document.querySelector("#seq-out").textContent.includes("66,705")'), 'the window edge is in the graph, but said to be above');
		await b.eval('document.getElementById("whole").click()');
	});
	await test('a four-way close, state by state', async () => {
		for (const [part, from, to] of [['fin', 'ESTABLISHED', 'FIN_WAIT_1'], ['finack', 'FIN_WAIT_1', 'FIN_WAIT_2'], ['peerfin', 'FIN_WAIT_2', 'TIME_WAIT']]) {
			mock.play(part);
			await lit(`${from}>${to}`);
			await b.until((s, n) => document.querySelector(`.box[data-state=${s}] .count`).textContent === n, to, to === 'TIME_WAIT' ? '4' : '1');
		}
		same((await ladder()).slice(11), ['ESTABLISHED → FIN_WAIT_1', '-> FIN ACK len=0 seq=2449 ack=401 wnd=65536', '<- ACK len=0 seq=401 ack=2450 wnd=64256',
			'FIN_WAIT_1 → FIN_WAIT_2', '<- FIN ACK len=0 seq=401 ack=2450 wnd=64256', 'FIN_WAIT_2 → TIME_WAIT', '-> ACK len=0 seq=2450 ack=402 wnd=65536']);
		await shot('wide-light');
	});
	await test('closed, it stays in the table as long as its history', async () => {
		mock.play('gone');
		await lit('TIME_WAIT>CLOSED');
		await b.until(id => document.querySelector(`#rows tr[data-id="${id}"].gone`), ME);
		same((await ladder()).length, 19);
		await choose('10.0.2.15:8080-198.51.100.9:40001');
		same((await ladder()).length, 0);
		await choose(ME);
		same((await ladder()).length, 19);
	});
	await test('a change that figure 5 does not have is in the list below it', async () => {
		const title = 'document.querySelector("[data-t=others]").getClientRects().length';
		same(await b.eval(title), 0, 'a list of nothing is announced');
		mock.happen('x', '10.0.2.15:8080', '198.51.100.3:1', { kind: 'state', from: 'ESTABLISHED', to: 'CLOSED' });
		await lit('ESTABLISHED>CLOSED');
		same(await b.eval('document.getElementById("others").textContent'), 'ESTABLISHED → CLOSED × 1');
		is(await b.eval(title), 'nothing says what this list is');
	});
	await test('a new connection is followed when that is asked for', async () => {
		await b.eval('document.getElementById("follow").click()');
		mock.play('syn', '198.51.100.2:51001');
		await b.until('document.getElementById("h-conn").textContent.includes("51001")');
		await b.eval('document.getElementById("follow").click()');
		mock.play('ack', '198.51.100.2:51001');
	});
	await test('the server filters: text and state go to it', async () => {
		await setFilter('q', 'newreno');
		await b.until('document.querySelectorAll("#rows tr").length === 1');
		same(await tableIds(), ['[2001:db8::1]:8080-[2001:db8:1234:5678:9abc:def0:1234:5678]:50000']);
		is(mock.asked.some(u => u.endsWith('/connections.json?q=newreno')), 'q was not sent');
		await setFilter('q', '中');
		await b.until('document.querySelectorAll("#rows tr").length === 0');
		await setFilter('q', '');
		await setFilter('state', 'TIME_WAIT');
		await b.until('document.querySelectorAll("#rows tr").length === 3');
		is(mock.asked.some(u => u.endsWith('/connections.json?state=TIME_WAIT')), 'state was not sent');
		await setFilter('state', 'CLOSED');
		await b.until(id => document.querySelectorAll('#rows tr').length === 1 && document.querySelector(`tr[data-id="${id}"]`), ME);
		await setFilter('state', '');
		await b.until('document.querySelectorAll("#rows tr").length > 10');
	});
	await test('an answer that does not come is said, and later forgotten', async () => {
		mock.broken = true;
		await b.until('document.getElementById("health").className === "bad"');
		is(await b.eval('document.querySelectorAll("#rows tr").length') > 10, 'the table is empty now');
		mock.broken = false;
		await b.until('document.getElementById("health").className === "live"');
		b.errors = b.errors.filter(e => !/^Failed to load resource: net::ERR_(EMPTY_RESPONSE|CONNECTION_RESET)/.test(e));
	});
	await test('another life of the module: begins again', async () => {
		const events = mock.events;
		mock.events = [];
		mock.counters.InSegs = 0;
		await b.until('document.querySelectorAll("#ladder li").length === 0');
		mock.events = events;
		await b.until(id => document.querySelector(`#rows tr[data-id="${id}"]`), ME);
		await choose(ME);
		await b.until('document.querySelectorAll("#ladder li").length === 19');
	});
}

// --- a connection that is a real one ---

async function realConnection()
{
	const { hostname, port } = new URL(url);
	const state = id => b.eval(id => document.querySelector(`#rows tr[data-id="${id}"] [data-column=state]`)?.textContent, id);
	const becomes = (id, state) => b.until((id, state) => document.querySelector(`#rows tr[data-id="${id}"] [data-column=state]`)?.textContent === state, id, state);
	const counted = name => b.until(name => Number(document.querySelector(`.box[data-state=${name}] .count`).textContent) >= 1, name);
	let mine;
	await test('a connection of ours appears, and is ESTABLISHED', async () => {
		const client = net.connect({ host: hostname, port, allowHalfOpen: true });
		client.resume();
		await lit('SYN_RECV>ESTABLISHED');
		// whatever is between us keeps the port
		const ids = end => [...document.querySelectorAll('#rows tr')].map(tr => tr.dataset.id).filter(id => id.endsWith(end));
		await b.until(`(${ids})(":${client.localPort}").length`);
		mine = { client, id: (await b.eval(ids, ':' + client.localPort))[0] };
		await becomes(mine.id, 'ESTABLISHED');	// it may have been seen before
		await counted('ESTABLISHED');
		await choose(mine.id);
	});
	await test('its last answer leads to FIN_WAIT_2', async () => {
		mine.client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
		await lit('FIN_WAIT_1>FIN_WAIT_2');
		await becomes(mine.id, 'FIN_WAIT_2');
		await counted('FIN_WAIT_2');
	});
	await test('and our FIN to TIME_WAIT', async () => {
		mine.client.end();
		await lit('FIN_WAIT_2>TIME_WAIT');
		await becomes(mine.id, 'TIME_WAIT');
		await counted('TIME_WAIT');
		same(await state(mine.id), 'TIME_WAIT');
	});
	await test('handshake and close are in its ladder and its graphs', async () => {
		await b.until(() => document.querySelector('#ladder')?.textContent.includes('FIN_WAIT_2 → TIME_WAIT'));
		const all = await ladder(), segments = all.filter(s => /^(->|<-)/.test(s));
		is(/^<- SYN len=0 seq=0 wnd=/.test(segments[0]), segments);
		is(/^-> SYN ACK len=0 seq=0 ack=1 wnd=/.test(segments[1]), segments);
		is(/^<- ACK len=0 seq=1 ack=1 wnd=/.test(segments[2]), segments);
		is(segments.some(s => /^-> .*FIN/.test(s)) && segments.some(s => /^<- .*FIN/.test(s)), segments);
		same(all.filter(s => s.includes(' → ')), ['LISTEN → SYN_RECV', 'SYN_RECV → ESTABLISHED', 'ESTABLISHED → FIN_WAIT_1',
			'FIN_WAIT_1 → FIN_WAIT_2', 'FIN_WAIT_2 → TIME_WAIT']);
		is((await bars('out')).includes('0-1') && (await bars('in')).includes('0-1'), 'no SYN in the graphs');
		await shot('wide-light');
	});
	await test('a new connection is followed when that is asked for', async () => {
		await b.eval('document.getElementById("follow").checked = true');
		await sleep(1500);
		await new Promise((yes, no) => http.get(new URL('/', url), { agent: false, headers: { Connection: 'close' } }, r => r.resume().on('end', yes)).on('error', no));
		await b.until('document.getElementById("ladder").textContent.includes("FIN")');
		await b.eval('document.getElementById("follow").checked = false');
	});
	await test('the server filters by state', async () => {
		await setFilter('state', 'LISTEN');
		await b.until('[...document.querySelectorAll("#rows tr")].every(tr => tr.querySelector("[data-column=state]").textContent === "LISTEN")');
		await setFilter('state', '');
		await b.until('[...document.querySelectorAll("#rows tr")].some(tr => tr.querySelector("[data-column=state]").textContent === "ESTABLISHED")');
	});
}

// --- the same everywhere, again ---

await test('headers sort, and say so', async () => {
	const column = () => b.eval(() => [...document.querySelectorAll("#rows tr")].map(tr => tr.querySelector("[data-column=bytes_out]").textContent));
	const value = s => s === '–' ? -1 : parseFloat(s.replace(/,/g, '')) * ({ k: 1e3, M: 1e6, G: 1e9 }[s.slice(-1)] || 1);
	const click = name => b.eval(name => document.querySelector(`th[data-column=${name}] button`).click(), name);
	const sort = name => b.eval(name => document.querySelector(`th[data-column=${name}]`).getAttribute('aria-sort'), name);
	await click('bytes_out');
	same(await sort('bytes_out'), 'descending');
	const down = (await column()).map(value).filter(v => v >= 0);
	same(down, [...down].sort((x, y) => y - x));
	await click('bytes_out');
	same(await sort('bytes_out'), 'ascending');
	const up = (await column()).map(value).filter(v => v >= 0);
	same(up, [...up].sort((x, y) => x - y));
	await click('id');
	same([await sort('id'), await sort('bytes_out')], ['ascending', 'none']);
});

await test('a state is a button that filters the table, by keyboard too', async () => {
	await b.eval('document.querySelector(".box[data-state=LISTEN]").focus()');
	await b.key('Enter');
	await b.until('[...document.querySelectorAll("#rows tr")].every(tr => tr.querySelector("[data-column=state]").textContent === "LISTEN")');
	same(await b.eval('[document.getElementById("state").value, document.querySelector(".box[data-state=LISTEN]").getAttribute("aria-pressed")]'), ['LISTEN', 'true']);
	await b.key(' ');
	await b.until('document.querySelectorAll("#rows tr").length > 1');
});

await test('the keyboard reaches everything, and the focus is seen', async () => {
	await b.eval('document.getElementById("pause").click()');
	await sleep(600);
	await b.eval('document.querySelectorAll("details").forEach(d => d.open = true)');
	const wanted = await b.eval(() => {
		const all = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')].filter(n => n.getClientRects().length);
		all.forEach((n, i) => n.dataset.reach = i);
		document.activeElement.blur();
		return all.length;
	});
	const reached = new Set(), dark = [];
	for (let i = 0; i < wanted + 3; i++) {
		await b.key('Tab');
		const [n, seen, what] = await b.eval(() => {
			const n = document.activeElement, s = getComputedStyle(n), r = n.querySelector('rect');
			return [n.dataset.reach, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 || (r && getComputedStyle(r).strokeWidth === '4px'), n.outerHTML.slice(0, 80)];
		});
		if (n) {
			reached.add(n);
			if (!seen)
				dark.push(what);
		}
	}
	await b.eval('document.getElementById("pause").click()');
	await b.eval('document.querySelectorAll("details").forEach(d => d.open = false)');
	same(await b.eval(list => [...document.querySelectorAll('[data-reach]')].filter(n => !list.includes(n.dataset.reach)).map(n => n.outerHTML.slice(0, 80)), [...reached]), []);
	same(dark, []);
});

await test('landmarks, headings, names', async () => {
	same(await b.eval('["header", "main", "nav", "footer", "h1"].map(n => document.querySelectorAll(n).length)'), [1, 1, 1, 1, 1]);
	same(await b.eval(() => [...document.querySelectorAll('button, input, select, [role=button], [role=img], [role=region], section')].filter(n =>
		!(n.textContent.trim() && n.tagName === 'BUTTON') && !n.getAttribute('aria-label') && !n.getAttribute('aria-labelledby') && !n.labels?.[0]?.textContent.trim()).map(n => n.outerHTML.slice(0, 80))), []);
	same(await b.eval('[...document.querySelectorAll("th")].filter(th => !th.scope).length'), 0);
	same(await b.eval(() => {
		const seen = new Set();
		return [...document.querySelectorAll('[id]')].map(n => n.id).filter(id => seen.has(id) || !seen.add(id));
	}), [], 'ids twice');
});

await test('contrast in light', async () => {
	const { seen, found } = await b.eval(faint);
	is(seen > 100, `${seen} texts`);
	same(found, []);
});
await test('contrast in dark', async () => {
	await b.media({ 'prefers-color-scheme': 'dark' });
	await sleep(600);
	is(await b.eval('getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every(v => v < 60)'), 'not dark');
	const { seen, found } = await b.eval(faint);
	is(seen > 100, `${seen} texts`);
	same(found, []);
	await shot('wide-dark');
});

await test('Chinese', async () => {
	same(await b.eval('document.documentElement.lang'), 'en');
	await b.eval('document.getElementById("lang").click()');
	same(await b.eval('[document.documentElement.lang, document.getElementById("h-states").textContent, document.getElementById("lang").textContent]'), ['zh-Hans', '状态', 'English']);
	const left = await b.eval(() => {
		const english = Object.values(WORDS.en), found = [];
		for (const n of document.querySelectorAll('[data-t], label span, #facts dt, th button'))
			if (english.includes(n.textContent) && /[a-z]{3}/.test(n.textContent) && !Object.values(WORDS.zh).includes(n.textContent))
				found.push(n.textContent);
		return found;
	});
	same(left, []);
	same(await b.eval('Object.keys(WORDS.en).join() === Object.keys(WORDS.zh).join()'), true);
	same(await b.eval('Object.entries(WORDS.en).filter(([k, v]) => (v.match(/\\{\\d\\}/g) || []).sort().join() !== (WORDS.zh[k].match(/\\{\\d\\}/g) || []).sort().join()).map(e => e[0])'), []);
});
await b.size(360, 800, true);
await sleep(1200);
await shot('narrow-dark-zh');
await b.eval('document.getElementById("lang").click()');

await test('360 px: nothing scrolls sideways, texts can be read', async () => {
	same(await b.eval('document.documentElement.lang'), 'en', 'English again');
	await b.media({ 'prefers-color-scheme': 'light' });
	await b.eval('scrollTo(0, 0)');
	await sleep(300);
	same(await b.eval('[innerWidth, document.documentElement.scrollWidth]'), [360, 360]);
	same(await b.eval(() => [...document.querySelectorAll('body *')].filter(n => n.getClientRects().length && !n.closest('.scroll, .vh, .skip, [style*=absolute]') &&
		n.getBoundingClientRect().right > 360.5).map(n => n.outerHTML.slice(0, 60))), []);
	same(await b.eval(() => [...document.querySelectorAll('.box text')].filter(n =>
		n.getBoundingClientRect().height < 10 || n.getBoundingClientRect().width > n.parentNode.querySelector('rect').getBoundingClientRect().width).length), 0);
	await shot('narrow-light');
});

await test('reduced motion is respected', async () => {
	await b.media({ 'prefers-reduced-motion': 'reduce' });
	same(await b.eval('getComputedStyle(document.querySelector(".edge path")).transitionDuration'), '0s');
});

await test('a hidden page asks for nothing', async () => {
	await b.eval(() => {
		Object.defineProperty(document, 'hidden', { value: true, configurable: true });
		document.dispatchEvent(new Event('visibilitychange'));
	});
	await sleep(700);
	const before = b.requests.length;
	await sleep(2000);
	same(b.requests.length, before);
	await b.eval(() => {
		delete document.hidden;
		document.dispatchEvent(new Event('visibilitychange'));
	});
	await sleep(1500);
	is(b.requests.length > before, 'and a visible one neither');
});

await test('the language is that of the browser, unless another was chosen', async () => {
	await b.eval('localStorage.clear()');
	await b.send('Emulation.setUserAgentOverride', { userAgent: 'x', acceptLanguage: 'zh-CN' });
	await b.open(url);
	await b.until('document.documentElement.lang === "zh-Hans"');
	await b.eval('document.getElementById("lang").click()');
	await b.open(url);
	await b.until('document.documentElement.lang === "en"');
});

await test('nothing was asked of anybody else', async () => {
	same(b.requests.filter(r => !r.startsWith(url) && !r.startsWith('data:') && r !== 'about:blank'), []);
});
await test('the console is empty', async () => same(b.errors, []));

console.log(`1..${points}`);
await b.stop();
mock?.close();
process.exit(bad ? 1 : 0);
