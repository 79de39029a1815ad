// SPDX-License-Identifier: GPL-2.0
// Chromium without a display, over a pipe with its own protocol: nothing but node
// and the browser is needed.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const sleep = ms => new Promise(done => setTimeout(done, ms));

export class Browser {
	static async start(program)
	{
		const b = new Browser();
		b.home = fs.mkdtempSync(path.join(os.tmpdir(), 'ktcp-page-'));
		b.pending = new Map();
		b.count = 0;
		b.rest = '';
		b.errors = [];		// what the console says, and exceptions
		b.requests = [];	// addresses
		b.child = spawn(program, ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars',
			'--no-first-run', '--disable-extensions', '--disable-background-networking', '--disable-component-update', '--lang=en-US',
			'--no-proxy-server', `--user-data-dir=${b.home}`, '--remote-debugging-pipe', 'about:blank'],
			{ stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
				env: { ...process.env, HOME: b.home, XDG_CONFIG_HOME: b.home, XDG_CACHE_HOME: b.home } });
		for (const signal of ['SIGINT', 'SIGTERM'])
			process.on(signal, () => { b.child.kill('SIGKILL'); fs.rmSync(b.home, { recursive: true, force: true, maxRetries: 5 }); process.exit(1); });
		b.child.on('exit', () => b.pending.forEach(p => p.no(new Error('the browser has gone'))));
		b.child.stdio[4].setEncoding('utf8').on('data', text => b.read(text));
		const { targetInfos } = await b.send('Target.getTargets', {}, null);
		const page = targetInfos.find(t => t.type === 'page');
		b.session = (await b.send('Target.attachToTarget', { targetId: page.targetId, flatten: true }, null)).sessionId;
		for (const domain of ['Page', 'Runtime', 'Network', 'Log'])
			await b.send(domain + '.enable');
		return b;
	}

	read(text)
	{
		const parts = (this.rest + text).split('\0');
		this.rest = parts.pop();
		for (const part of parts) {
			const m = JSON.parse(part), p = this.pending.get(m.id);
			if (p) {
				this.pending.delete(m.id);
				if (m.error)
					p.no(new Error(m.error.message));
				else
					p.yes(m.result);
			} else if (m.method === 'Runtime.exceptionThrown') {
				const d = m.params.exceptionDetails;
				this.errors.push((d.exception && d.exception.description) || d.text);
			} else if (m.method === 'Runtime.consoleAPICalled') {
				this.errors.push(m.params.args.map(a => a.value || a.description).join(' '));
			} else if (m.method === 'Log.entryAdded') {
				this.errors.push(`${m.params.entry.text} ${m.params.entry.url || ''}`);
			} else if (m.method === 'Network.requestWillBeSent') {
				this.requests.push(m.params.request.url);
			}
		}
	}

	send(method, params = {}, session = this.session)
	{
		const id = ++this.count, message = { id, method, params };
		if (session)
			message.sessionId = session;
		this.child.stdio[3].write(JSON.stringify(message) + '\0');
		return new Promise((yes, no) => this.pending.set(id, { yes, no }));
	}

	/** The value of an expression, or of a function called with arguments, in the page. */
	async eval(what, ...args)
	{
		const expression = typeof what === 'function' ? `(${what})(...${JSON.stringify(args)})` : what;
		const r = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
		if (r.exceptionDetails)
			throw new Error(r.exceptionDetails.exception.description);
		return r.result.value;
	}

	/** Waits until the expression is true; the minute is for a machine that is slow. */
	async until(what, ...args)
	{
		for (const end = Date.now() + 60000; Date.now() < end; await sleep(50))
			if (await this.eval(what, ...args))
				return true;
		throw new Error(`never: ${what} ${JSON.stringify(args)}`);
	}

	async open(url)
	{
		await this.send('Page.navigate', { url });
		await this.until('document.readyState === "complete" && location.href !== "about:blank"');
	}

	size(width, height, mobile = false)
	{
		return this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile });
	}

	media(features)
	{
		return this.send('Emulation.setEmulatedMedia', { features: Object.entries(features).map(([name, value]) => ({ name, value })) });
	}

	async key(key, modifiers = 0)
	{
		const text = { Enter: '\r', ' ': ' ' }[key] ?? (key.length === 1 ? key : undefined);
		const code = { Tab: 9, Enter: 13, ' ': 32 }[key] ?? key.toUpperCase().charCodeAt(0);
		const event = { key, code: key === ' ' ? 'Space' : key, windowsVirtualKeyCode: code, modifiers };
		await this.send('Input.dispatchKeyEvent', { type: 'keyDown', text, ...event });
		await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
	}

	async type(text)
	{
		await this.send('Input.insertText', { text });
	}

	async screenshot(file)
	{
		const { data } = await this.send('Page.captureScreenshot', { captureBeyondViewport: true,
			clip: { x: 0, y: 0, scale: 1, ...(await this.eval('({ width: innerWidth, height: document.documentElement.scrollHeight })')) } });
		fs.writeFileSync(file, Buffer.from(data, 'base64'));
	}

	async stop()
	{
		const gone = new Promise(done => this.child.on('exit', done));
		this.child.kill();
		await gone;
		// its helpers end after it, and write there until they do
		while (this.helpers())
			await sleep(50);
		fs.rmSync(this.home, { recursive: true, force: true });
	}

	helpers()
	{
		return fs.readdirSync('/proc').filter(pid => {
			try {
				return /^\d/.test(pid) && fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(this.home);
			} catch {
				return false;	// it has gone meanwhile
			}
		}).length;
	}
}
