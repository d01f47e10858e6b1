// What the program really sends: a proxy between it and PgBouncer reads the statements of one request, made as
// plain CGI, and writes a script for pgbench with a pipeline for each round trip (PostgreSQL manual, 55.7).
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';

/* The messages of a client, in order: P (statement), B (its values), S (end of a round trip). */
class Reader {
    constructor() {
        this.left = Buffer.alloc(0);
        this.started = false;
        this.trips = [];
        this.statements = [];
    }

    push(bytes) {
        this.left = Buffer.concat([this.left, bytes]);
        for (;;) {
            const head = this.started ? 1 : 0; // the first message has no letter
            if (this.left.length < head + 4) return;
            const end = head + this.left.readUInt32BE(head);
            if (this.left.length < end) return;
            if (this.started) this.message(String.fromCharCode(this.left[0]), this.left.subarray(5, end));
            this.started = true;
            this.left = this.left.subarray(end);
        }
    }

    message(kind, body) {
        if (kind === 'P') {
            const start = body.indexOf(0) + 1;
            this.statements.push({ sql: body.toString('utf8', start, body.indexOf(0, start)), values: [] });
        } else if (kind === 'B') {
            this.statements.at(-1).values = readValues(body);
        } else if (kind === 'S') {
            this.trips.push(this.statements);
            this.statements = [];
        } else if (kind === 'Q') {
            throw new Error(`a statement was sent outside a pipeline: ${body}`);
        }
    }
}

function readValues(body) {
    let at = body.indexOf(0) + 1;
    at = body.indexOf(0, at) + 1;
    at += 2 + 2 * body.readInt16BE(at);
    const values = [];
    let count = body.readInt16BE(at);
    for (at += 2; count > 0; count--) {
        const length = body.readInt32BE(at);
        at += 4;
        values.push(length < 0 ? null : body.toString('utf8', at, at + length));
        at += Math.max(length, 0);
    }
    return values;
}

function askAsCgi(request, databaseUrl) {
    const { method = 'GET', path, query = '', cookie, body = '' } = request;
    return new Promise((resolve, reject) => {
        const child = spawn(join(process.env.BUILD, 'roster.fcgi'), [], {
            env: { ...process.env, DATABASE_URL: databaseUrl, GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: method,
                REQUEST_URI: query ? `${path}?${query}` : path, SCRIPT_NAME: path, QUERY_STRING: query,
                SERVER_PROTOCOL: 'HTTP/1.1', REMOTE_ADDR: '127.0.0.1', HTTP_HOST: 'localhost', HTTP_COOKIE: cookie,
                CONTENT_TYPE: body && 'application/x-www-form-urlencoded',
                CONTENT_LENGTH: body && String(body.length) },
            stdio: ['pipe', 'pipe', 'inherit'],
        });
        let output = '';
        child.stdout.on('data', (piece) => (output += piece));
        child.on('error', reject);
        child.on('close', () => resolve(output));
        child.stdin.end(body);
    });
}

/* The statements of one request, a list for each round trip. */
export async function captureTrips(request, work) {
    const url = process.env.DATABASE_URL;
    const [, host, port] = /\bhost=([^&]*)&port=(\d+)/.exec(url);
    const target = join(decodeURIComponent(host), `.s.PGSQL.${port}`);
    const folder = join(work, 'proxy');
    const reader = new Reader();
    mkdirSync(folder, { recursive: true });
    const proxy = net.createServer((client) => {
        const server = net.connect(target);
        client.on('data', (bytes) => reader.push(bytes));
        client.pipe(server).pipe(client);
        for (const side of [client, server]) side.on('error', () => { client.destroy(); server.destroy(); });
    });
    await new Promise((ready) => proxy.listen(join(folder, `.s.PGSQL.${port}`), ready));
    const answer = await askAsCgi(request, url.replace(`host=${host}`, `host=${folder}`));
    await new Promise((closed) => proxy.close(closed));
    rmSync(folder, { recursive: true });
    const status = Number(/^Status: (\d+)/m.exec(answer)?.[1] ?? 200);
    if (status !== (request.status ?? 200))
        throw new Error(`${request.path} answered ${status}: ${answer.slice(0, 2000)}`);
    return reader.trips;
}

/* pgbench takes every :word for a variable, inside quotes too, so a literal spells a colon by its number. */
function hideColons(sql) {
    return sql.replace(/'((?:[^']|'')*)'/g, (literal, inner) =>
        (inner.includes(':') ? `U&'${inner.replaceAll('\\', '\\\\').replaceAll(':', '\\003A')}'` : literal));
}

/* One statement in pgbench's words. vary: text of a value -> the variable that stands for it. */
function translate(statement, vary, values) {
    return hideColons(statement.sql).replace(/\$(\d+)/g, (_, number) => {
        const value = statement.values[number - 1];
        if (value === null) return 'NULL';
        if (vary[value]) return `:${vary[value]}`;
        let name = Object.keys(values).find((known) => values[known] === value);
        if (!name) {
            name = `p${Object.keys(values).length + 1}`;
            values[name] = value;
        }
        return `:${name}`;
    });
}

export async function capture(request, work, name, { set = [], vary = {} } = {}) {
    const trips = await captureTrips(request, work);
    const values = {};
    const lines = [...set];
    for (const statements of trips) {
        lines.push('\\startpipeline');
        for (const statement of statements) lines.push(`${translate(statement, vary, values)};`);
        lines.push('\\endpipeline');
    }
    const file = join(work, `${name}.sql`);
    writeFileSync(file, `${lines.join('\n')}\n`);
    return { file, values, trips: trips.map((statements) => statements.length) };
}
