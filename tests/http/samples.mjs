// A good record of every model, what a second edit makes of it, and what its page then says.
import { make } from './data.mjs';
import { unique } from './lib.mjs';

// A value that is not there: a dash for the eye, a word for the ear.
export const NONE = '–none';

// values: what is typed into the form for a new one; change: into the form of the existing one. facts and changed: what
// the page says after each. title: the field whose value names the record.
export const samples = {
    teams: () => ({
        table: 'team',
        label: 'team',
        title: 'name',
        values: { name: unique('team'), description: 'First line\nsecond line', workflow: 'hierarchical', visibility: 'private' },
        facts: { Description: 'First line second line', Workflow: 'Hierarchical', Visibility: 'Private' },
        change: { description: 'Other words', visibility: 'open' },
        changed: { Description: 'Other words', Visibility: 'Open', Workflow: 'Hierarchical' },
    }),
    members: () => {
        const team = make.team();
        return {
            table: 'member',
            label: 'member',
            title: 'name',
            values: { name: unique('member'), team_id: team, role: 'cook', type: 'freelancer', capacity_hours: '12.5',
                joined_on: '2024-02-29', backstory: 'Long ago' },
            facts: { Role: 'cook', Type: 'Freelancer', 'Hours a week': '12.50', 'Joined on': '2024-02-29' },
            change: { role: 'baker', type: 'leader', joined_on: '' },
            changed: { Role: 'baker', Type: 'Leader', 'Joined on': NONE, 'Hours a week': '12.50' },
        };
    },
    skills: () => ({
        table: 'skill',
        label: 'skill',
        title: 'name',
        values: { name: unique('Skill'), description: 'Useful', definition: '{"level": [1, 2]}' },
        facts: { Description: 'Useful', Managed: 'no', Definition: '{ "level": [ 1, 2 ] }' },
        change: { description: '', definition: '{"level": 12345678901234567890.10}' },
        changed: { Description: NONE, Definition: '{ "level": 12345678901234567890.10 }' },
    }),
    threads: () => ({
        table: 'thread',
        label: 'thread',
        title: 'subject',
        values: { subject: unique('Subject'), team_id: make.team(), status: 'waiting', due_on: '2031-12-31' },
        facts: { Status: 'Waiting', 'Due on': '2031-12-31' },
        change: { status: 'done', due_on: '2032-01-01' },
        changed: { Status: 'Done', 'Due on': '2032-01-01' },
    }),
    checkpoints: () => ({
        table: 'checkpoint',
        label: 'checkpoint',
        title: 'note',
        values: { namespace: 'tests', thread_id: make.thread(make.team()), note: unique('Note'), state: '[1, null, "a"]' },
        facts: { Namespace: 'tests', State: '[ 1, null, "a" ]' },
        change: { namespace: 'other', state: '{}' },
        changed: { Namespace: 'other', State: '{ }' },
    }),
    files: () => ({
        table: 'upload',
        label: 'file',
        title: 'name',
        values: { name: unique('File'), description: 'Of bytes',
            content: { name: 'a.txt', type: 'text/plain', bytes: Buffer.from('hello') } },
        facts: { Description: 'Of bytes', 'Content type': 'text/plain', 'Size in bytes': '5', Status: 'Completed' },
        change: { description: 'Of other bytes' },
        changed: { Description: 'Of other bytes', 'Size in bytes': '5' },
    }),
    'api-keys': () => ({
        table: 'api_key',
        label: 'API key',
        title: 'description',
        values: { description: unique('Key'), team_id: make.team(), expires_at: '2031-01-02T03:04' },
        facts: { Expires: '2031-01-02 03:04', 'Last used': NONE },
        change: { expires_at: '' },
        changed: { Expires: NONE },
    }),
    users: () => {
        const name = unique('User');
        return {
            table: 'user',
            label: 'user',
            title: 'full_name',
            values: { email: `${name}@example.com`, full_name: name, hashed_password: unique('a long secret') },
            facts: { Email: `${name}@example.com`, Active: 'yes', Superuser: 'no' },
            change: { is_active: false },
            changed: { Active: 'no', Superuser: 'no', 'Must change password': 'no' },
        };
    },
};

// Makes one on the site's own form; returns its sample, id and address.
export async function create(browser, path, values = {}) {
    const sample = samples[path]();
    const form = await browser.form(`/${path}/new`);
    const answer = await form.fill({ ...sample.values, ...values }).submit('_save');
    if (answer.status !== 303)
        throw new Error(`${path}: ${answer.status} ${answer.words}`);
    return { ...sample, path, answer, address: answer.location, id: answer.location.split('/').pop(),
        name: values[sample.title] ?? sample.values[sample.title] };
}

