// A site of a test's own, in a folder and on a port of its own, for tests that stop things or bring other models.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BUILD = process.env.BUILD ?? join(ROOT, 'build');

// A folder that the user a site runs as may enter.
export function newFolder(name) {
    const folder = mkdtempSync(join(tmpdir(), `roster-${name}-`));
    chmodSync(folder, 0o755);
    return folder;
}

// what: words, or a function that says them when it is over.
export async function until(what, condition, seconds = 20) {
    const end = Date.now() + seconds * 1000;
    while (!(await condition())) {
        assert.ok(Date.now() < end, `not within ${seconds} s: ${typeof what === 'function' ? what() : what}`);
        await sleep(50);
    }
}

// The number at the beginning of a file, whose writer may have just made it: process 0 is whoever asks, and all its group.
export function processIn(file) {
    for (let tries = 0; tries < 100; tries++) {
        const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
        if (pid > 0)
            return pid;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
    assert.fail(`no process in ${file}`);
}

export function isAlive(pid) {
    try {
        process.kill(pid, 0);
        return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1][0] !== 'Z';
    } catch {
        return false;
    }
}

export function childrenOf(pid) {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((child) => {
        try {
            return Number(readFileSync(`/proc/${child}/stat`, 'utf8').split(') ')[1].split(' ')[1]) === pid;
        } catch {
            return false;
        }
    });
}

export class OwnSite {
    constructor(name, environment = {}) {
        this.folder = newFolder(name);
        const { DATABASE_URL, DATABASE_DIRECT_URL, ...clean } = process.env; // of the site that all tests share
        this.environment = { ...clean, ROSTER_VAR: join(this.folder, 'var'), PORT: '0', ROSTER_SEEDS_AT_START: 'initial', ...environment };
        this.output = '';
    }

    async start() {
        const ready = join(this.folder, 'ready-file');
        // The site writes this file as the user that it runs as.
        chmodSync(this.folder, 0o777);
        this.child = spawn('bash', ['nginx/site.sh', '--with-parent', '--ready-file', ready], { cwd: ROOT, env: this.environment });
        for (const stream of [this.child.stdout, this.child.stderr])
            stream.on('data', (piece) => (this.output += piece));
        this.serving = false;
        this.ended = new Promise((resolve) => this.child.on('exit', (code, signal) => {
            if (this.serving)
                console.error(`the site in ${this.folder} ended without being stopped, with ${code ?? signal}:\n${this.output}`);
            resolve(code ?? signal);
        }));
        await until('the site serves', () => {
            assert.equal(this.child.exitCode, null, this.output);
            return existsSync(ready);
        }, 120);
        this.serving = true;
        const values = Object.fromEntries(readFileSync(ready, 'utf8').trim().split('\n').map((line) =>
            [line.split('=')[0], line.slice(line.indexOf('=') + 1).replace(/\\(.)/g, '$1')]));
        Object.assign(this, { url: values.ROSTER_URL, database: values.DATABASE_DIRECT_URL, pooler: values.DATABASE_URL });
        return this;
    }

    processOf(name) {
        return processIn(join(this.environment.ROSTER_VAR, 'run', `${name}.pid`));
    }

    // The process that serves the cluster, whoever started it; null when there is none.
    postmaster() {
        try {
            return processIn(join(this.environment.ROSTER_VAR, 'postgres/postmaster.pid'));
        } catch {
            return null;
        }
    }

    // start or stop
    control(verb) {
        execFileSync('bash', ['nginx/site.sh', 'database', verb], { cwd: ROOT, env: this.environment });
    }

    async stop(signal = 'SIGTERM') {
        this.serving = false;
        this.child.kill(signal);
        return this.ended;
    }

    async remove() {
        if (this.child && this.child.exitCode === null)
            await this.stop();
        rmSync(this.folder, { recursive: true, force: true });
    }
}
