// What was found: lines for people as it comes, all of it as JSON at the end.
import { writeFileSync } from 'node:fs';

const COLUMNS = [['per second', 11], ['p50 ms', 9], ['p99 ms', 9], ['ratio', 8]];

export class Report {
    constructor(about) {
        this.results = about;
        this.targets = [];
    }

    /* value is compared with a limit from the project's targets; missing one is said, and is no failure. */
    target(what, value, kind, limit, digits = 2) {
        const met = kind === 'at least' ? value >= limit : value <= limit;
        this.targets.push({ what, value, target: `${kind} ${limit}`, met });
        console.log(`  ${what}: ${value.toFixed(digits)} (${kind} ${limit})${met ? '' : '  NOT REACHED'}`);
    }

    /* The medians of load.mjs. pgbench knows the mean of a transaction only, marked by a ~. */
    table(title, medians) {
        const line = (name, cells) =>
            console.log(`  ${name.padEnd(40)}${cells.map((cell, at) => cell.padStart(COLUMNS[at][1])).join('')}`);
        console.log(`\n${title}`);
        line('', COLUMNS.map(([name]) => name));
        for (const [name, { rate, p50, mean, p99, ratio }] of Object.entries(medians))
            line(name, [rate.toFixed(0), p50 === undefined ? `~${mean.toFixed(2)}` : p50.toFixed(2),
                p99 === undefined ? '' : p99.toFixed(2), ratio.toFixed(3)]);
    }

    finish(file) {
        console.log('\ntargets');
        for (const { what, value, target, met } of this.targets)
            console.log(`  ${met ? 'reached    ' : 'NOT REACHED'}  ${what}: ${value.toFixed(3)} (${target})`);
        writeFileSync(file, `${JSON.stringify({ ...this.results, targets: this.targets }, null, 4)}\n`);
        console.log(`all numbers: ${file}`);
    }
}
