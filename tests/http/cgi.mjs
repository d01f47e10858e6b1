// The program as plain CGI: one process for one request, so that it can be run under whatever makes its system calls,
// its clock or its network fail. It shares the sessions of the site that all tests share.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { SITE } from './lib.mjs';
import { BUILD, ROOT } from './own_site.mjs';

// A leak cannot be looked for under a tracer, and what is preloaded stands before a sanitizer.
export const SANITIZERS = { ASAN_OPTIONS: 'detect_leaks=0:verify_asan_link_order=0' };

// Runs a command with its input; returns { status, signal, stdout, stderr, seconds }.
export function run(command, { env = process.env, input = null } = {}) {
    return new Promise((resolve, reject) => {
        const begin = Date.now(), pieces = { stdout: [], stderr: [] };
        const child = spawn(command[0], command.slice(1), { cwd: ROOT, env });
        for (const name of ['stdout', 'stderr'])
            child[name].on('data', (piece) => pieces[name].push(piece));
        child.on('error', reject);
        child.stdin.on('error', () => {}); // it need not read what it refuses
        child.on('close', (status, signal) => resolve({ status, signal, seconds: (Date.now() - begin) / 1000,
            stdout: Buffer.concat(pieces.stdout).toString(), stderr: Buffer.concat(pieces.stderr).toString() }));
        child.stdin.end(input);
    });
}

// One request of a browser's (lib.mjs). Before the program may stand words such as those of strace. The result has what
// run() has, and code, the status of the answer, or null when there is none.
export async function cgi(browser, method, path, { before = [], env = {}, type, body = null, location = BUILD } = {}) {
    const [address, query = ''] = path.split('?');
    const result = await run([...before, join(location, 'roster.fcgi')], { input: body, env: {
        ...process.env, ...SANITIZERS, GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: method, REQUEST_URI: path, DOCUMENT_URI: address,
        QUERY_STRING: query, SERVER_PROTOCOL: 'HTTP/1.1', REMOTE_ADDR: '127.0.0.1', HTTP_HOST: new URL(SITE).host, REQUEST_SCHEME: 'http',
        HTTP_ORIGIN: SITE, HTTP_COOKIE: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(type && { CONTENT_TYPE: type }), ...(body && { CONTENT_LENGTH: String(body.length) }), ...env } });
    return { ...result, code: Number(result.stdout.match(/^Status: (\d+)/)?.[1] ?? 0) || null };
}
