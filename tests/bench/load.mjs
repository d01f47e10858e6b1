// Loads: wrk on an address, pgbench on captured statements. Each returns requests a second and, in milliseconds,
// what it knows of how long one took.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const LUA = fileURLToPath(new URL('wrk.lua', import.meta.url));
export const SECONDS = Number(process.env.SECONDS_EACH ?? 5);
export const CLIENTS = Number(process.env.CLIENTS ?? 16);

export function run(program, args, env = {}) {
    return new Promise((resolve, reject) => {
        const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
        let output = '';
        child.stdout.on('data', (piece) => (output += piece));
        child.stderr.on('data', (piece) => (output += piece));
        child.on('error', reject);
        child.on('close', (code) =>
            code === 0 ? resolve(output) : reject(new Error(`${program}: ${code}: ${output.slice(-2000)}`)));
    });
}

export async function wrk(url, { cookie, clients = CLIENTS, seconds = SECONDS, forms, paths } = {}) {
    const threads = Math.min(2, clients);
    const env = {};
    if (forms) env.BENCH_FORMS = forms;
    if (paths) env.BENCH_PATHS = paths;
    const headers = cookie ? ['-H', `Cookie: ${cookie}`] : [];
    const output = await run('wrk', [`-t${threads}`, `-c${clients}`, `-d${seconds}s`, '--timeout', '30s',
        ...headers, '-s', LUA, url], env);
    const result = JSON.parse(/^result (.*)$/m.exec(output)[1]);
    if (result.wrong > 0) throw new Error(`${result.wrong} of ${result.requests} answers of ${url} were wrong`);
    return { rate: result.requests / result.seconds, p50: result.p50, p99: result.p99, requests: result.requests };
}

/* A script of capture.mjs, as many connections as there are clients, or (fresh) one for each transaction. */
export async function pgbench(connection, script, { fresh = false, clients = CLIENTS, seconds = SECONDS } = {}) {
    const values = Object.entries(script.values).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
    const output = await run('pgbench', ['-n', '-M', 'extended', ...(fresh ? ['-C'] : []), '-c', String(clients),
        '-j', String(Math.min(2, clients)), '-T', String(seconds), '-f', script.file, ...values, connection]);
    const failed = /number of failed transactions: (\d+)/.exec(output);
    if (failed && Number(failed[1]) > 0) throw new Error(`pgbench: ${output}`);
    const number = (pattern) => Number(pattern.exec(output)[1]);
    return { rate: number(/tps = ([\d.]+)/), mean: number(/latency average = ([\d.]+)/) };
}

export function median(numbers) {
    const sorted = [...numbers].sort((a, b) => a - b);
    const half = sorted.length >> 1;
    return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/* Runs all contenders one after another, some times over, so that what else the machine does meets all of them.
 * The medians of each, and the median of the rounds' ratios to the first. */
export async function alternate(contenders, rounds) {
    const results = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
    for (let round = 0; round < rounds; round++)
        for (const [name, measure] of Object.entries(contenders)) results[name].push(await measure());
    const medians = {};
    const [first] = Object.values(results);
    for (const [name, list] of Object.entries(results)) {
        medians[name] = {};
        for (const key of Object.keys(list[0])) medians[name][key] = median(list.map((result) => result[key]));
        medians[name].ratio = median(list.map((result, round) => first[round].rate / result.rate));
    }
    return medians;
}
