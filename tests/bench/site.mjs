// The site that is measured, seen as a browser would: signing in, reading a form, what its workers take.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';

export const SITE = process.env.ROSTER_URL;

export async function get(path, cookie) {
    const answer = await fetch(SITE + path, { headers: { cookie }, redirect: 'manual' });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
    return text;
}

function decode(text) {
    const names = { amp: '&', lt: '<', gt: '>', quot: '"' };
    return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (_, decimal, hex, name) =>
        (name ? names[name] : String.fromCodePoint(decimal ? Number(decimal) : parseInt(hex, 16))));
}

function attribute(tag, name) {
    const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag);
    return found && decode(found[1]);
}

/* What a browser would send of a record's form, as it is (HTML, constructing the entry list). */
export function readForm(page) {
    const form = /<form class="record"[\s\S]*?<\/form>/.exec(page)[0];
    const fields = [];
    for (const [tag, name, inner] of form.matchAll(/<(input|textarea|select)\b[^>]*>(?:([^<]*)<\/textarea>)?/g)) {
        const type = attribute(tag, 'type');
        if (['checkbox', 'radio'].includes(type) && !/\schecked/.test(tag)) continue;
        if (['submit', 'button', 'file'].includes(type) || !attribute(tag, 'name')) continue;
        let value = name === 'textarea' ? decode(inner).replace(/^\n/, '') : attribute(tag, 'value') ?? '';
        if (name === 'select') {
            const options = form.slice(form.indexOf(tag)).split('</select>')[0];
            value = attribute(/<option[^>]*\sselected[^>]*>/.exec(options)?.[0] ?? '', 'value') ?? '';
        }
        fields.push([attribute(tag, 'name'), value]);
    }
    return fields;
}

export async function signIn(email = process.env.FIRST_SUPERUSER) {
    const page = await fetch(`${SITE}/sign-in`);
    const visit = page.headers.getSetCookie()[0].split(';')[0];
    const csrf = /name="csrf" value="([0-9a-f]+)"/.exec(await page.text())[1];
    const body = new URLSearchParams({ csrf, email, password: process.env.FIRST_SUPERUSER_PASSWORD });
    const answer = await fetch(`${SITE}/sign-in`,
        { method: 'POST', body, headers: { cookie: visit }, redirect: 'manual' });
    const session = answer.headers.getSetCookie().find((cookie) => cookie.startsWith('roster_session='));
    if (!session) throw new Error(`signing in answered ${answer.status}`);
    return session.split(';')[0];
}

/* One kept connection, which tells the milliseconds of single requests with little of node's own time in them. */
export class Visitor {
    constructor(cookie) {
        const { hostname, port } = new URL(SITE);
        this.head = `Host: ${hostname}\r\nCookie: ${cookie}\r\n\r\n`;
        this.socket = net.connect(Number(port), hostname);
        this.socket.setNoDelay(true);
        this.socket.on('data', (piece) => this.take(piece));
        this.socket.on('error', (error) => this.reject(error));
        this.socket.on('close', () => this.reject(new Error('the server closed the connection')));
    }

    take(piece) {
        if (!this.wanted) {
            const end = piece.indexOf('\r\n\r\n'), head = piece.toString('latin1', 0, end);
            if (!head.startsWith('HTTP/1.1 200 ')) return this.reject(new Error(head));
            this.wanted = end + 4 + Number(/content-length: (\d+)/i.exec(head)[1]);
        }
        this.wanted -= piece.length;
        if (this.wanted === 0) this.resolve(performance.now() - this.start);
    }

    ask(path) {
        return new Promise((resolve, reject) => {
            Object.assign(this, { resolve, reject, start: performance.now() });
            this.socket.write(`GET ${path} HTTP/1.1\r\n${this.head}`);
        });
    }

    leave() {
        this.socket.destroy();
    }
}

/* --- Memory and processor time ------------------------------------------------------------------------------- */

function children(pid) {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

function pidOf(name) {
    return Number(readFileSync(join(process.env.ROSTER_VAR, 'run', `${name}.pid`), 'utf8'));
}

/* The proportional set size of each worker in kB (proc(5)): what it has of its own, and its share of the rest. */
export function memory() {
    const read = (pid) => readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return children(pidOf('program')).map((pid) => Number(/^Pss:\s+(\d+)/m.exec(read(pid))[1]));
}

/* What a process, its children, and those it has waited for have worked, in ticks of 10 ms (proc(5), times(3)). */
function ticks(pid) {
    try {
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
        const own = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
        return children(pid).reduce((sum, child) => sum + ticks(child), own);
    } catch {
        return 0; // it ended between two looks, and its parent counts it
    }
}

/* Microseconds that the site's programs have worked so far. */
export function processorTime() {
    const names = ['program', 'nginx', 'pgbouncer', 'postgres'];
    return Object.fromEntries(names.map((name) => [name, ticks(pidOf(name)) * 10000]));
}

/* --- Starting ------------------------------------------------------------------------------------------------ */

function record(type, content) {
    const head = Buffer.from([1, type, 0, 1, content.length >> 8, content.length & 255, 0, 0]);
    return Buffer.concat([head, content]);
}

function parameter(name, value) {
    return Buffer.concat([Buffer.from([name.length, value.length]), Buffer.from(name + value)]);
}

/* One request of FastCGI (its specification, 3.3 and 5): its answer, or nothing when nobody is there. */
function askFastCgi(path, address) {
    const parameters = Object.entries({ REQUEST_METHOD: 'GET', REQUEST_URI: address, SCRIPT_NAME: address,
        QUERY_STRING: '', SERVER_PROTOCOL: 'HTTP/1.1', REMOTE_ADDR: '127.0.0.1', HTTP_HOST: 'localhost' });
    return new Promise((resolve) => {
        const chunks = [];
        const socket = net.connect(path, () => {
            socket.write(Buffer.concat([record(1, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])),
                record(4, Buffer.concat(parameters.map(([name, value]) => parameter(name, value)))),
                record(4, Buffer.alloc(0)), record(5, Buffer.alloc(0))]));
        });
        socket.on('data', (chunk) => chunks.push(chunk));
        socket.on('error', () => resolve(undefined));
        socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    });
}

/* Milliseconds from starting a roster.fcgi of eight workers to its first answer, the database asked too. */
export async function startOnce(work) {
    const path = join(work, 'start.sock');
    const start = performance.now();
    const child = spawn(join(process.env.BUILD, 'roster.fcgi'), ['--socket', path, '--workers', '8'],
        { stdio: 'inherit' });
    const ended = new Promise((resolve) => child.on('close', resolve));
    try {
        for (;;) {
            const answer = existsSync(path) ? await askFastCgi(path, '/readyz') : undefined;
            if (answer) {
                if (!answer.includes('Status: 200')) throw new Error(`/readyz answered ${answer}`);
                return performance.now() - start;
            }
            if (child.exitCode !== null) throw new Error('roster.fcgi ended before it answered');
            await new Promise((resolve) => setTimeout(resolve, 0));
        }
    } finally {
        child.kill('SIGTERM');
        await ended;
        rmSync(path, { force: true });
    }
}
