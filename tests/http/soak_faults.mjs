// Who breaks a site while others use it: kills its workers, its database and what stands between, and looks how much
// memory the processes take.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { childrenOf, isAlive } from './own_site.mjs';

// By chance, and what a site does not put up with more than four times a minute at least so many seconds apart: whatever
// dies again and again is a reason to give up (nginx/lib/processes.sh).
const FAULTS = {
    worker: { weight: 50, apart: 0 },
    workers: { weight: 10, apart: 5 },
    'a server process of the database': { weight: 8, apart: 10 },
    'the postmaster': { weight: 12, apart: 25 },
    'the database, stopped and started': { weight: 8, apart: 25 },
    pgbouncer: { weight: 8, apart: 20 },
    nginx: { weight: 4, apart: 20 },
};

const weightOf = (last) => Object.fromEntries(Object.entries(FAULTS).map(([name, { weight, apart }]) =>
    [name, Date.now() - (last[name] ?? 0) >= apart * 1000 ? weight : 0]));

export class Breaker {
    constructor(site, chance) {
        Object.assign(this, { site, chance, kills: {}, last: {}, lately: 0, diary: [] });
    }

    // All but the first, which is left alone so that its memory can be looked at over a long time.
    workers() {
        const [, ...others] = childrenOf(this.site.processOf('program')).sort((a, b) => a - b);
        return others;
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
        while (Date.now() < end && !isOver()) {
            await sleep(this.chance.between(1000, 9000));
            const name = this.chance.weighted(weightOf(this.last));
            if (name.includes('database') || name.includes('postmaster'))
                if (!isAlive(this.site.postmaster() ?? 0))
                    continue; // it has not come back yet
            this.lately = Date.now();
            // What it was after may just be being started again.
            const failed = await this.break(name).then(() => '', (error) => `: ${error.message} ${error.stderr ?? ''}`);
            this.diary.push(`${new Date().toISOString()} ${name}${failed}`);
            this.lately = this.last[name] = Date.now();
            this.kills[name] = (this.kills[name] ?? 0) + 1;
        }
    }
}

// The kilobytes that a process has to itself, and its part of what it shares; null when it is gone.
function pss(pid) {
    try {
        return Number(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/^Pss:\s+(\d+)/m)[1]);
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
            const kilobytes = pss(pid);
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
