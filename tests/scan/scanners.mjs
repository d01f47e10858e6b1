// The two scanners, sqlmap and wapiti, each against what targets.mjs found.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { encodeMultipart } from '../http/lib.mjs';

const HERE = new URL('.', import.meta.url).pathname;

function run(program, args, environment, seconds) {
    return new Promise((resolve) => {
        const child = spawn(program, args, { env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
        let output = '';
        const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
        for (const stream of [child.stdout, child.stderr])
            stream.on('data', (piece) => (output += piece));
        child.on('error', (error) => (output += error.message));
        child.on('close', (code) => {
            clearTimeout(timer);
            resolve({ code, output });
        });
    });
}

export function cookiesOf(browser) {
    return [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}

// sqlmap's mark of what to attack, which must not stand elsewhere.
const plain = (text) => encodeURIComponent(text).replace(/\*/g, '%2A').replace(/%20/g, '+');
const encode = (entries) => entries.map((pair) => pair.map(plain).join('=')).join('&');
// Of a path, the first part that has a number in it, but for that of the interface for programs.
const mark = (path) => path.replace(/(\/(?!v1\/)[^/]*\d[^/]*)(?=\/|$)/, '$1*');

function requestText(browser, target, path) {
    const headers = [`Host: ${new URL(browser.site).host}`, 'Accept: text/html', `Cookie: ${cookiesOf(browser)}`];
    if (target.headers)
        headers.push(...target.headers);
    if (target.method === 'GET')
        return [`GET ${path}${target.entries.length ? `?${encode(target.entries)}` : ''} HTTP/1.1`, ...headers, '', ''].join('\r\n');
    headers.push(`Origin: ${browser.site}`);
    if (!target.multipart)
        return [`POST ${path} HTTP/1.1`, ...headers, 'Content-Type: application/x-www-form-urlencoded', '', encode(target.entries)].join('\r\n');
    const boundary = '----scan';
    return [`POST ${path} HTTP/1.1`, ...headers, `Content-Type: multipart/form-data; boundary=${boundary}`, '',
        encodeMultipart(target.entries, boundary).toString()].join('\r\n');
}

// The programs that one target takes: its names, one more for '_token', which is left out otherwise (each attempt would
// be a repetition of the first), and one for the keys in its path.
function parts(target) {
    const without = { ...target, entries: target.entries.filter(([name]) => name !== '_token') };
    const names = target.names.filter((name) => name !== '_token');
    return [
        ...(names.length ? [{ target: without, path: target.path, names }] : []),
        ...(target.names.includes('_token') ? [{ target, path: target.path, names: ['_token'] }] : []),
        ...(target.keys ? [{ target: without, path: mark(target.path), names: [] }] : []),
    ];
}

let files = 0;

async function sqlmap(browser, { target, path, names }, { folder, level, techniques, seconds }) {
    const file = join(folder, `request-${++files}`);
    writeFileSync(file, requestText(browser, target, path));
    const based = target.entries.some(([name]) => name === '_base') && !target.multipart && !names.includes('_base');
    const { code, output } = await run('sqlmap', ['-r', file, '--batch', '--ignore-stdin', '--disable-coloring', '--skip-waf', '--ignore-redirects', '--drop-set-cookie',
        '--ignore-code=404,401', // what an attack before has deleted is attacked all the same, and so are keys
        '--dbms=PostgreSQL', `--level=${level}`, '--risk=1', `--technique=${techniques}`, '--retries=1', '--time-sec=2', '--answers=Array-like=N,really sure=Y',
        `--output-dir=${join(folder, `sqlmap-${files}`)}`, ...(names.length ? ['-p', names.join(',')] : []),
        ...(based ? ['--eval=import fresh; _base = fresh.value("_base")'] : [])],
    { PYTHONPATH: HERE, HOME: folder, SCAN_FORM: browser.site + target.page, SCAN_COOKIE: cookiesOf(browser) }, seconds);
    const found = [...output.matchAll(/^Parameter: (.*)\n\s+Type: (.*)$/gm)].map(([, parameter, type]) => `${parameter}: ${type}`);
    const clean = /all tested parameters do not appear to be injectable/.test(output);
    const failed = /^(.*, )?500 \(Internal Server Error\)/m.test(output);
    return { name: `${target.method} ${path} (${names.join(', ') || 'the path'})`, found, clean, failed, code, output };
}

// Attacks what each target has to attack, several at a time, until the time is up; says what was found, and where sqlmap came to no result.
export async function attackStatements(browser, targets, options) {
    const work = targets.flatMap(parts), results = [];
    mkdirSync(options.folder, { recursive: true });
    const one = async () => {
        while (work.length > 0 && Date.now() < (options.until ?? Infinity)) {
            const result = await sqlmap(browser, work.shift(), options);
            results.push(result);
            options.report?.(result);
        }
    };
    await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, one));
    return { results, left: work.length, found: results.flatMap(({ name, found }) => found.map((each) => `${name}: ${each}`)),
        broken: results.filter(({ found, clean }) => !clean && found.length === 0) };
}

// Attacks what wapiti finds from the given addresses; says what it found, { kind, method, path, parameter }.
export async function attackPages(browser, starts, { folder, modules, seconds, exclude = [], depth = 1, scope = 'domain', page = '/', headers = [] }) {
    mkdirSync(folder, { recursive: true });
    const jar = join(folder, 'cookies.json'), report = join(folder, 'report.json'), { hostname } = new URL(browser.site);
    const values = Object.fromEntries([...browser.cookies].map(([name, value]) => [name, { value, version: 0, port: null, secure: false, expires: null, discard: true }]));
    writeFileSync(jar, JSON.stringify({ [hostname]: { '/': values } }));
    const { code, output } = await run('/usr/bin/python3', [join(HERE, 'wapiti.py'), '-u', browser.site + page, '--scope', scope, ...starts.flatMap((path) => ['-s', browser.site + path]), '-c', jar,
        '-d', String(depth), '-S', 'insane', '-m', modules, '--max-attack-time', String(seconds), '--flush-session', '--store-session', folder, '--store-config', folder,
        '-f', 'json', '-o', report, '--no-bugreport', '-v', '1', ...exclude.flatMap((pattern) => ['-x', browser.site + pattern]),
        ...headers.flatMap((header) => ['-H', header])], { HOME: folder, TERM: 'dumb' }, seconds * 10 + 600);
    let read;
    try {
        read = JSON.parse(readFileSync(report, 'utf8'));
    } catch {
        return { broken: true, output, code, found: [], unfinished: [] };
    }
    const unfinished = [...output.matchAll(/Max attack time was reached for module (\w+)/g)].map(([, module]) => module);
    const found = [...Object.entries(read.vulnerabilities), ...Object.entries(read.anomalies)].flatMap(([kind, list]) => list.map((each) =>
        ({ kind, method: each.method, path: each.path, parameter: each.parameter, info: each.info })));
    return { broken: false, output, found, unfinished };
}
