// Who breaks a site while others use it: kills its workers, its database and what stands between, and looks how much
// memory the processes take.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { childrenOf, isAlive } from './own_site.mjs';

const STOPPED = 'the database, stopped and started';
// By chance, and what a site does not put up with more than four times a minute at least so many seconds apart: whatever
// dies again and again is a reason to give up (nginx/lib/processes.sh). `back` tells that what was broken runs again,
// asked past the pages; so many milliseconds afterwards a page may still feel it, which is room for a slow machine.
const FAULTS = {
    worker: { weight: 50, apart: 0, felt: 2000 },
    workers: { weight: 10, apart: 5, felt: 2000 },
    'a server process of the database': { weight: 8, apart: 10, felt: 4000, back: databaseIsBack },
    'the postmaster': { weight: 12, apart: 25, felt: 4000, back: databaseIsBack },
    [STOPPED]: { weight: 8, apart: 25, felt: 4000, back: databaseIsBack },
    pgbouncer: { weight: 8, apart: 20, felt: 4000, back: databaseIsBack },
    nginx: { weight: 4, apart: 20, felt: 4000, back: serverIsBack },
};
const BACK_MS = 45000;  // in which everything comes back, on a slow machine
const IN_A_ROW = 5;     // faults, and then it is quiet, for longer than any fault is felt
const QUIET_MS = 12000;
const PAUSE_MS = 400;   // who was refused waits longer than this on average before the next try (soak_people.mjs)

const run = promisify(execFile);

// The way that the program takes: through PgBouncer.
function databaseIsBack(site) {
    return run('psql', ['-XqAt', '-c', 'SELECT 1', site.pooler], { timeout: 3000, env: { ...process.env, PGCONNECT_TIMEOUT: '2' } })
        .then(() => true, () => false);
}

function serverIsBack(site) {
    const { hostname, port } = new URL(site.url);
    return new Promise((resolve) => {
        const socket = connect({ host: hostname, port: Number(port), timeout: 2000 });
        const end = (good) => resolve(good) ?? socket.destroy();
        socket.on('connect', () => end(true)).on('error', () => end(false)).on('timeout', () => end(false));
    });
}

const weightOf = (last) => Object.fromEntries(Object.entries(FAULTS).map(([name, { weight, apart }]) =>
    [name, Date.now() - (last[name] ?? 0) >= apart * 1000 ? weight : 0]));

export class Breaker {
    constructor(site, chance) {
        Object.assign(this, { site, chance, kills: {}, last: {}, diary: [], times: [], returns: [] });
    }

    // Whether anything that was broken may be felt by a request that began then and has been answered just now.
    isFelt(begin) {
        return this.times.some((time) => time.from <= Date.now() && begin <= time.until);
    }

    // How many requests of so many people may have failed for what was broken: the one that a killed worker served; and
    // until it is back, and a second more, each person's, again and again.
    explained(people) {
        return this.times.reduce((sum, { from, back, victims }) => sum + (victims ?? people * Math.ceil((back + 1000 - from) / PAUSE_MS)), 0);
    }

    // Waits until what the fault broke is back, and then is not felt any longer. A process that was killed may answer
    // once more, through those that have not heard of it.
    async recovery(time, { felt, back }, isOver) {
        const latest = Date.now() + BACK_MS;
        for (let inARow = 0; back && inARow < 3 && Date.now() < latest && !isOver();) {
            await sleep(500);
            inARow = await back(this.site) ? inARow + 1 : 0;
        }
        time.back = Date.now();
        time.until = time.back + felt;
    }

    // All but the oldest, which is left alone so that its memory can be looked at over a long time.
    workers() {
        const all = childrenOf(this.site.processOf('program')).map((pid) => ({ pid, began: beginning(pid) }));
        return all.sort((one, other) => one.began - other.began || one.pid - other.pid).slice(1).map(({ pid }) => pid);
    }

    kill(pid) {
        try {
            process.kill(pid, 'SIGKILL');
        } catch {
            // it was faster
        }
    }

    async break(name) {
        const { site } = this;
        if (name === 'worker')
            this.kill(this.chance.of(this.workers()));
        else if (name === 'workers')
            this.workers().forEach((pid) => this.kill(pid));
        else if (name === 'pgbouncer' || name === 'nginx')
            this.kill(site.processOf(name));
        else if (name === 'the postmaster')
            this.kill(site.postmaster());
        else if (name === 'a server process of the database')
            this.kill(this.chance.of(childrenOf(site.postmaster())));
        else {
            site.control('stop');
            await sleep(this.chance.between(0, 3000));
            site.control('start');
        }
    }

    async work(end, isOver) {
        let faults = 0;
        while (Date.now() < end && !isOver()) {
            await sleep(this.chance.between(1000, 9000));
            const name = this.chance.weighted(weightOf(this.last));
            if (name.includes('database') || name.includes('postmaster'))
                if (!isAlive(this.site.postmaster() ?? 0))
                    continue; // it has not come back yet
            // PostgreSQL 15 that is told to stop while it recovers may never do so.
            if (name === STOPPED && this.times.some(({ until }) => until === Infinity))
                continue;
            await this.one(name, isOver);
            if (++faults % IN_A_ROW === 0)
                await this.quiet(isOver);
        }
        await Promise.all(this.returns);
    }

    async one(name, isOver) {
        const time = { from: Date.now(), until: Infinity, victims: { worker: 1, workers: this.workers().length }[name] };
        this.times.push(time);
        // What it was after may just be being started again.
        const failed = await this.break(name).then(() => '', (error) => `: ${error.message} ${error.stderr ?? ''}`);
        this.diary.push(`${new Date().toISOString()} ${name}${failed}`);
        this.last[name] = Date.now();
        this.kills[name] = (this.kills[name] ?? 0) + 1;
        this.returns.push(this.recovery(time, FAULTS[name], isOver));
    }

    // A time in which every answer has to be right.
    async quiet(isOver) {
        await Promise.all(this.returns);
        const end = Math.max(...this.times.map(({ until }) => until)) + QUIET_MS;
        while (Date.now() < end && !isOver())
            await sleep(200);
    }
}

// When a process began, in ticks since the machine did (proc(5), starttime). Numbers of processes begin anew in an hour.
function beginning(pid) {
    try {
        return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[19]);
    } catch {
        return Infinity; // it is gone
    }
}

// The kilobytes of memory that are no file's; null when the process is gone. What programs and libraries take depends on
// who else has them open.
function anonymous(pid) {
    try {
        return Number(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/^Anonymous:\s+(\d+)/m)[1]);
    } catch {
        return null;
    }
}

const middle = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

export class Scales {
    constructor(site) {
        Object.assign(this, { site, weights: new Map() });
    }

    look() {
        const program = this.site.processOf('program');
        for (const [name, pid] of [['supervisor', program], ...childrenOf(program).map((pid) => ['worker', pid])]) {
            const kilobytes = anonymous(pid);
            if (kilobytes === null)
                continue;
            if (!this.weights.has(pid))
                this.weights.set(pid, { name, pid, samples: [] });
            this.weights.get(pid).samples.push([Date.now(), kilobytes]);
        }
    }

    async work(end, isOver, pause) {
        while (Date.now() < end && !isOver()) {
            try {
                this.look();
            } catch {
                // a process is just being started again
            }
            await sleep(pause);
        }
    }

    // Of those that lived through half of the time at least: the medians of the second quarter and of the last one. What
    // they have after the first quarter they need for their work; what comes on top of it is a leak.
    growth() {
        const all = [...this.weights.values()];
        const longest = Math.max(...all.map(({ samples }) => samples.length));
        return all.filter(({ samples }) => samples.length > longest / 2).map(({ name, pid, samples }) => {
            const part = (from, to) => middle(samples.slice(samples.length * from / 4, samples.length * to / 4).map(([, each]) => each));
            return { name, pid, seconds: Math.round((samples.at(-1)[0] - samples[0][0]) / 1000), early: part(1, 2), late: part(3, 4) };
        });
    }
}
