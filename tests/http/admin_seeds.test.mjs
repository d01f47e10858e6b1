// The seeds page: what each seed holds, a dry run, and the real one as a job.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { psql, value } from './data.mjs';
import { PASSWORD, signedIn } from './lib.mjs';
import { BUILD, ROOT, until } from './own_site.mjs';

const admin = await signedIn();
const seedForm = async (name) => {
    const page = await admin.get('/admin/seeds');
    assert.equal(page.status, 200);
    return page.form(`form[aria-labelledby="seed-${name}"]`);
};

async function ended(answer) {
    assert.equal(answer.status, 303, answer.words);
    const id = answer.location.match(/^\/admin\/jobs\/([\w-]+)$/)[1];
    let job;
    await until('the job ends', () => {
        const { stdout } = spawnSync(join(BUILD, 'roster'), ['job', 'show', id, '--json'], { cwd: ROOT, encoding: 'utf8' });
        job = JSON.parse(stdout);
        return job.status !== 'running';
    }, 60);
    return { ...job, log: readFileSync(join(process.env.ROSTER_VAR, 'jobs', id, 'log'), 'utf8') };
}

test('every seed says what it holds', async () => {
    const page = await admin.get('/admin/seeds');
    assert.deepEqual(page.page.all('h2').map((each) => each.words).filter((words) => words !== 'Administration'), ['demo', 'initial', 'load']);
    assert.match(page.words, /\d+ skills: added or brought up to date, and those that are gone from the file removed/);
    assert.match(page.words, /\d+ members: added, or brought up to date/);
});

test('a dry run counts and changes nothing, and asks for no password', async () => {
    const name = value('SELECT name FROM skill WHERE managed ORDER BY id LIMIT 1');
    psql("UPDATE skill SET description = 'changed here' WHERE name = :'name'", { name });
    const job = await ended(await (await seedForm('initial')).submit('_trial'));
    assert.equal(job.status, 'done', job.log);
    assert.match(job.log, /skill/);
    assert.equal(value("SELECT description FROM skill WHERE name = :'name'", { name }), 'changed here');
    const asked = await (await seedForm('initial')).submit('_go');
    assert.equal(asked.heading, 'Enter your password again');
    const real = await ended(await asked.form('form').set('_password', PASSWORD).submit());
    assert.equal(real.status, 'done', real.log);
    assert.notEqual(value("SELECT description FROM skill WHERE name = :'name'", { name }), 'changed here');
});

for (const scale of ['', '0', '-1', '1e9', 'x', '0.1 --quiet', '1001', 'nan'])
    test(`"${scale}" is no scale, and what was typed is kept`, async () => {
        const answer = await (await seedForm('load')).set('scale', scale).submit('_trial');
        assert.equal(answer.status, 422);
        assert.deepEqual(answer.problems, [['Enter a number above 0 and up to 1000, such as 0.1', '#seed-load-scale']]);
        assert.equal(answer.form('form[aria-labelledby="seed-load"]').get('scale'), scale);
    });

test('a seed that is not there is refused', async () => {
    const form = await seedForm('initial');
    for (const name of ['nothere', '../initial', '--help', ''])
        assert.equal((await form.drop('seed').send([['csrf', form.get('csrf')], ['seed', name], ['_trial', '1']])).status, 400, name);
});
