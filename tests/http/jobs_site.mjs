// A site of a test's own with an administrator, whose jobs can be held up, watched and waited for.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { psql } from './data.mjs';
import { EMAIL, PASSWORD, signedIn } from './lib.mjs';
import { OwnSite, until } from './own_site.mjs';

const END_HOLDERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holder'";

export class JobsSite extends OwnSite {
    async open() {
        await this.start();
        await this.signIn();
        return this;
    }

    async signIn() {
        this.admin = await signedIn(EMAIL, PASSWORD, this.url);
    }

    query(sql, parameters) {
        return psql(sql, parameters, this.database).trim();
    }

    var(...names) {
        return join(this.environment.ROSTER_VAR, ...names);
    }

    // Answers the page that asks for the password, when it comes.
    async confirmed(answer) {
        if (answer.status !== 403 || answer.heading !== 'Enter your password again')
            return answer;
        return answer.form('form').set('_password', PASSWORD).submit();
    }

    // The answer to pressing "Download", and pressing it again after the password was asked for.
    async download(name) {
        const path = `/admin/backups/${name}/download`, answer = await this.confirmed(await this.admin.get(path));
        return answer.status === 303 ? this.admin.get(path) : answer;
    }

    // The id of the job that an answer leads to.
    idOf(answer) {
        assert.equal(answer.status, 303, answer.words);
        const found = answer.location.match(/^\/admin\/jobs\/([\w-]+)$/);
        assert.ok(found, answer.location);
        return found[1];
    }

    async backUp(fields = {}) {
        return this.idOf(await (await this.admin.form('/admin/backups/', 'form.act')).fill(fields).submit());
    }

    state(id) {
        return JSON.parse(readFileSync(this.var('jobs', id, 'job.json'), 'utf8'));
    }

    log(id) {
        return readFileSync(this.var('jobs', id, 'log'), 'utf8');
    }

    // Until its end is written down.
    async over(id) {
        await until(`job ${id} ends`, () => this.state(id).status !== 'running', 60);
        return { ...this.state(id), log: this.log(id) };
    }

    async done(id) {
        const job = await this.over(id);
        assert.equal(job.status, 'done', `${job.message}\n${job.log}`);
        return job;
    }

    async says(id, words) {
        await until(`the log says ${words}`, () => this.log(id).includes(words));
    }

    // A session that keeps every dump waiting until its end() was called.
    async holdTable() {
        this.query(END_HOLDERS); // of a test that failed
        const holder = spawn('psql', ['-X', '-q', '-c', "SET application_name = 'holder'; BEGIN; LOCK TABLE team; SELECT pg_sleep(60)",
            this.database], { stdio: 'ignore' });
        await until('the table is locked', () => this.query("SELECT count(*) FROM pg_locks l JOIN pg_stat_activity USING (pid)"
            + " WHERE application_name = 'holder' AND mode = 'AccessExclusiveLock' AND granted") !== '0');
        return {
            end: () => new Promise((resolve) => {
                holder.on('exit', resolve);
                this.query(END_HOLDERS);
            }),
        };
    }

    backups() {
        return this.admin.get('/admin/backups/');
    }

    // The name of the newest backup.
    async newest() {
        const page = await this.backups();
        return page.page.one('main tbody th a').get('href').split('/').pop();
    }

    sha(name) {
        return JSON.parse(readFileSync(this.var('backups', `${name}.json`), 'utf8')).content.sha256;
    }
}
