// What records have to do with each other: who reports to whom, which skills belong to whom, and a record's page that
// shows its relations from each side.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make, psql, row, rows } from './data.mjs';
import { assertRefused, signedIn, unique } from './lib.mjs';
import { create } from './samples.mjs';

const admin = await signedIn();

function reportsTo(id) {
    return row("SELECT reports_to_id AS it FROM member WHERE id = :'id'", { id }).it;
}

async function edit(path, id, values) {
    return (await admin.form(`/${path}/${id}/edit`)).fill(values).submit('_save');
}

// --- Who reports to whom ----------------------------------------------------------------------------------------------

test('a member reports to another one of the same team', async () => {
    const team = make.team(), boss = make.member(team), member = make.member(team);
    assert.equal((await edit('members', member, { reports_to_id: boss })).status, 303);
    assert.equal(reportsTo(member), boss);
});

test('a new member can report to somebody at once', async () => {
    const team = make.team(), boss = make.member(team);
    const made = await create(admin, 'members', { team_id: team, reports_to_id: boss });
    assert.equal(reportsTo(made.id), boss);
});

test('a member cannot report to itself', async () => {
    const member = make.member(make.team());
    assertRefused(await edit('members', member, { reports_to_id: member }), { reports_to_id: /the record itself/ });
    assert.equal(reportsTo(member), null);
});

test('a member cannot report to a member of another team', async () => {
    const member = make.member(make.team()), other = make.member(make.team());
    assertRefused(await edit('members', member, { reports_to_id: other }), { reports_to_id: /^Choose a member of the same team$/ });
});

test('a new member cannot report to a member of another team', async () => {
    const form = (await admin.form('/members/new')).fill({ name: unique('m'), role: 'x', team_id: make.team(),
        reports_to_id: make.member(make.team()) });
    assertRefused(await form.submit('_save'), { reports_to_id: /same team/ });
});

test('reporting in a circle is refused, however long', async () => {
    const team = make.team(), one = make.member(team);
    const two = make.member(team, { reports_to_id: one }), three = make.member(team, { reports_to_id: two });
    for (const below of [two, three])
        assertRefused(await edit('members', one, { reports_to_id: below }), { reports_to_id: /leads back to it through "reports to"/ });
    assert.equal(reportsTo(one), null);
});

test('two edits at the same time cannot make a circle', async () => {
    for (let round = 0; round < 5; round++) {
        const team = make.team(), one = make.member(team), two = make.member(team);
        const forms = await Promise.all([one, two].map((id) => admin.form(`/members/${id}/edit`)));
        const answers = await Promise.all([forms[0].set('reports_to_id', two).submit('_save'),
            forms[1].set('reports_to_id', one).submit('_save')]);
        assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 422], answers.map(({ words }) => words).join());
        assertRefused(answers.find(({ status }) => status === 422), { reports_to_id: /leads back/ });
        assert.equal(rows("SELECT 1 FROM member WHERE team_id = :'team' AND reports_to_id IS NOT NULL", { team }).length, 1);
    }
});

test('three edits at the same time cannot make a circle', async () => {
    const team = make.team(), ids = [1, 2, 3].map(() => make.member(team));
    const forms = await Promise.all(ids.map((id) => admin.form(`/members/${id}/edit`)));
    const answers = await Promise.all(forms.map((form, i) => form.set('reports_to_id', ids[(i + 1) % 3]).submit('_save')));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 303, 422]);
});

test('a member whose reports stay behind cannot move', async () => {
    const team = make.team(), boss = make.member(team);
    make.member(team, { reports_to_id: boss });
    assertRefused(await edit('members', boss, { team_id: make.team() }), { team_id: /still belong to this member where it is now/ });
    assert.equal(row("SELECT team_id FROM member WHERE id = :'boss'", { boss }).team_id, team);
});

test('a member who opened threads of the team cannot move', async () => {
    const team = make.team(), member = make.member(team);
    make.thread(team, { opened_by_id: member });
    assertRefused(await edit('members', member, { team_id: make.team() }), { team_id: /Some threads still belong/ });
});

test('a member who moves cannot keep the boss of the old team', async () => {
    const team = make.team(), member = make.member(team, { reports_to_id: make.member(team) });
    assertRefused(await edit('members', member, { team_id: make.team() }), { reports_to_id: /same team/ });
});

test('a member without reports moves, with a boss of the new team', async () => {
    const team = make.team(), other = make.team();
    const member = make.member(team, { reports_to_id: make.member(team) }), boss = make.member(other);
    assert.equal((await edit('members', member, { team_id: other, reports_to_id: boss })).status, 303);
    assert.deepEqual(row("SELECT team_id, reports_to_id FROM member WHERE id = :'member'", { member }),
        { team_id: other, reports_to_id: boss });
});

test('a member who moves while somebody begins to report to them: one of both is told', async () => {
    for (let round = 0; round < 3; round++) {
        const team = make.team(), other = make.team(), boss = make.member(team), member = make.member(team);
        const move = (await admin.form(`/members/${boss}/edit`)).set('team_id', other);
        const report = (await admin.form(`/members/${member}/edit`)).set('reports_to_id', boss);
        const answers = await Promise.all([move.submit('_save'), report.submit('_save')]);
        assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 422], answers.map(({ words }) => words).join());
        assert.ok(answers.find(({ status }) => status === 422).problems[0][1], 'the error has a field');
    }
});

test('a checkpoint cannot follow one of another thread, nor itself', async () => {
    const team = make.team(), thread = make.thread(team);
    const checkpoint = make.checkpoint(thread), other = make.checkpoint(make.thread(team));
    assertRefused(await edit('checkpoints', checkpoint, { parent_id: other }), { parent_id: /^Choose a checkpoint of the same thread$/ });
    assertRefused(await edit('checkpoints', checkpoint, { parent_id: checkpoint }), { parent_id: /the record itself/ });
});

// --- Many to many -------------------------------------------------------------------------------------------------------

function skillsOf(member) {
    return rows("SELECT skill_id FROM member_skill WHERE member_id = :'member' ORDER BY 1", { member })
        .map(({ skill_id }) => skill_id);
}

function memberWith(...skills) {
    const member = make.member(make.team());
    for (const skill of skills)
        psql("INSERT INTO member_skill VALUES (:'member', :'skill')", { member, skill });
    return member;
}

test('a form shows what is linked, ticked', async () => {
    const skills = [make.skill(), make.skill()], member = memberWith(...skills);
    const form = await admin.form(`/members/${member}/edit`);
    assert.deepEqual(form.ticked('skills[]').map(Number).sort(), [...skills].sort());
    assert.deepEqual(form.inputs('skills.shown[]').map((input) => Number(input.get('value'))).sort(), [...skills].sort());
});

test('what is unticked is unlinked, and nothing else', async () => {
    const [one, two] = [make.skill(), make.skill()], member = memberWith(one, two);
    const form = await admin.form(`/members/${member}/edit`);
    assert.equal((await form.tick('skills[]', one, false).submit('_save')).status, 303);
    assert.deepEqual(skillsOf(member), [two]);
});

test('what others link meanwhile stays when I unlink something', async () => {
    const [one, two, three] = [make.skill(), make.skill(), make.skill()], member = memberWith(one, two);
    const form = await admin.form(`/members/${member}/edit`);
    psql("INSERT INTO member_skill VALUES (:'member', :'three')", { member, three });
    assert.equal((await form.tick('skills[]', one, false).submit('_save')).status, 303);
    assert.deepEqual(skillsOf(member), [two, three].sort((a, b) => a - b));
});

test('what others unlink meanwhile stays away when I link something else', async () => {
    const [one, two, three] = [make.skill(), make.skill(), make.skill()], member = memberWith(one, two);
    const form = await admin.form(`/members/${member}/edit`);
    psql("DELETE FROM member_skill WHERE member_id = :'member' AND skill_id = :'one'", { member, one });
    assert.equal((await form.add('skills[]', three).submit('_save')).status, 303);
    assert.deepEqual(skillsOf(member), [two, three]);
});

test('two people who link different skills at the same time both succeed', async () => {
    const skills = [make.skill(), make.skill()], member = memberWith();
    const forms = await Promise.all(skills.map(() => admin.form(`/members/${member}/edit`)));
    const answers = await Promise.all(forms.map((form, i) => form.add('skills[]', skills[i]).submit('_save')));
    assert.deepEqual(answers.map(({ status }) => status), [303, 303]);
    assert.deepEqual(skillsOf(member), skills);
});

test('two people who link the same skill at the same time both succeed', async () => {
    const skill = make.skill(), member = memberWith();
    const forms = await Promise.all([1, 2].map(() => admin.form(`/members/${member}/edit`)));
    const answers = await Promise.all(forms.map((form) => form.add('skills[]', skill).submit('_save')));
    assert.deepEqual(answers.map(({ status }) => status), [303, 303]);
    assert.deepEqual(skillsOf(member), [skill]);
});

test('a skill that is gone meanwhile is left out', async () => {
    const [one, two] = [make.skill(), make.skill()], member = memberWith();
    const form = (await admin.form(`/members/${member}/edit`)).add('skills[]', one).add('skills[]', two);
    psql("DELETE FROM skill WHERE id = :'one'", { one });
    assert.equal((await form.submit('_save')).status, 303);
    assert.deepEqual(skillsOf(member), [two]);
});

test('what is no key of a skill is left out', async () => {
    const skill = make.skill(), member = memberWith();
    const form = await admin.form(`/members/${member}/edit`);
    for (const value of ['abc', '', '1;2', '{1}', skill])
        form.add('skills[]', value);
    assert.equal((await form.submit('_save')).status, 303);
    assert.deepEqual(skillsOf(member), [skill]);
});

test('a new record is linked at once', async () => {
    const [one, two] = [make.skill(), make.skill()];
    const form = (await admin.form('/teams/new')).set('name', unique('team'));
    const page = await (await form.add('skills[]', one).add('skills[]', two).submit('_save')).follow();
    assert.equal(page.page.one('#links-skills').all('a').length, 2);
});

test('the history tells which links came and went, by name', async () => {
    const [one, two] = [make.skill(), make.skill()], member = memberWith(one);
    const name = (id) => row("SELECT name FROM skill WHERE id = :'id'", { id }).name;
    const form = await admin.form(`/members/${member}/edit`);
    await form.tick('skills[]', one, false).add('skills[]', two).submit('_save');
    const [line] = (await admin.get(`/members/${member}/history`)).rows;
    assert.deepEqual(line, { Field: 'Skills', Before: name(one), After: name(two) });
});

test('more links than a form shows stay when it is saved', async () => {
    const member = memberWith(), prefix = unique('many');
    psql(`WITH s AS (INSERT INTO skill (name) SELECT :'prefix' || lpad(n::text, 4, '0') FROM generate_series(1, 150) n
        RETURNING id) INSERT INTO member_skill SELECT :'member', id FROM s`, { prefix, member });
    const form = await admin.form(`/members/${member}/edit`);
    assert.equal(form.ticked('skills[]').length, 100);
    assert.match(form.element.words, /The first 100 are shown; the others stay as they are/);
    const [first] = form.ticked('skills[]');
    assert.equal((await form.tick('skills[]', first, false).submit('_save')).status, 303);
    assert.equal(skillsOf(member).length, 149);
    const page = await admin.get(`/members/${member}`);
    assert.match(page.page.one('#links-skills').words, /and more/);
});

// --- A record's page ------------------------------------------------------------------------------------------------------

test("a team's page shows its members, threads and keys, and leads to forms that know the team", async () => {
    const team = make.team(), member = make.member(team), thread = make.thread(team), key = make.apiKey(team);
    const page = await admin.get(`/teams/${team}`);
    const links = page.page.all('.related a').map((link) => link.get('href'));
    for (const href of [`/members/${member}`, `/threads/${thread}`, `/api-keys/${key}`, `/members/new?team_id=${team}`,
        `/threads/new?team_id=${team}`, `/api-keys/new?team_id=${team}`])
        assert.ok(links.includes(href), href);
    const form = await admin.form(`/members/new?team_id=${team}`);
    assert.equal(form.get('team_id'), String(team));
    assert.ok(form.element.words.includes(page.heading), 'the form names the team');
});

test('a relation of more than ten shows ten, how many there are, and the way to all', async () => {
    const team = make.team();
    psql("INSERT INTO member (name, role, team_id) SELECT 'm' || n, 'x', :'team' FROM generate_series(1, 23) n", { team });
    const page = await admin.get(`/teams/${team}`);
    const section = page.page.all('.related section').find((each) => each.one('h2').words.startsWith('Members'));
    assert.equal(section.one('.count').words, '23');
    assert.equal(section.all('tbody tr').length, 10);
    assert.equal(section.one('p.all a').words, 'See all 23 members');
    assert.equal((await admin.get(section.one('p.all a').get('href'))).page.one('h1 .count').words, '23');
});

test("a team's page shows who reports to whom as a tree", async () => {
    const team = make.team(), boss = make.member(team, { name: 'Boss', type: 'leader' });
    const lead = make.member(team, { name: 'Lead', reports_to_id: boss });
    make.member(team, { name: 'Hand', reports_to_id: lead });
    const tree = (await admin.get(`/teams/${team}`)).page.one('ul.tree');
    const shape = (list) => Object.fromEntries(list.children.filter((item) => item.tag === 'li').map((item) =>
        [item.one('a').words, item.all('ul').length ? shape(item.one('ul')) : null]));
    assert.deepEqual(shape(tree), { Boss: { Lead: { Hand: null } } });
});

test("a team's page shows which needed skills it has, through whom, and which it lacks", async () => {
    const team = make.team(), member = make.member(team, { name: 'Knows' });
    const has = make.skill({ name: unique('has') }), lacks = make.skill({ name: unique('lacks') });
    psql("INSERT INTO team_skill VALUES (:'team', :'has'), (:'team', :'lacks')", { team, has, lacks });
    psql("INSERT INTO member_skill VALUES (:'member', :'has')", { member, has });
    const page = await admin.get(`/teams/${team}`);
    const section = page.page.all('section.panel').find((each) => each.one('h2').words === 'Skill coverage');
    const cells = section.all('tbody tr').map((line) => line.children.filter((cell) => cell.tag).map((cell) => cell.words));
    assert.deepEqual(cells.map(([, through, state]) => [through, state]), [['nobody', 'missing'], ['Knows', 'covered']]);
});

test("a team's page shows each thread with its latest checkpoint", async () => {
    const team = make.team(), thread = make.thread(team, { subject: 'Followed', due_on: '2020-01-01' });
    make.checkpoint(thread, { note: 'earlier', created_at: '2020-01-01' });
    const latest = make.checkpoint(thread, { note: 'later', created_at: '2021-01-01' });
    const page = await admin.get(`/teams/${team}`);
    const section = page.page.all('section.panel').find((each) => each.one('h2').words === 'Threads and where they stand');
    assert.ok(section.words.includes('later'));
    assert.ok(!section.words.includes('earlier'));
    assert.ok(section.one(`a[href="/checkpoints/${latest}"]`));
});

test("a skill's page shows who has it and which teams need it", async () => {
    const skill = make.skill(), team = make.team(), member = make.member(team);
    psql("INSERT INTO team_skill VALUES (:'team', :'skill'); INSERT INTO member_skill VALUES (:'member', :'skill')",
        { team, member, skill });
    const labels = (await admin.get(`/skills/${skill}`)).page.all('.related h2').map((each) => each.words);
    assert.deepEqual(labels.sort(), ['Members who have it 1', 'Teams that need it 1']);
});

test('a panel that does not show all says so', async () => {
    const team = make.team(), skill = make.skill();
    const page = async () => (await admin.get(`/teams/${team}`)).page;
    const section = (of, title) => of.all('section.panel').find((each) => each.one('h2').words === title).words;
    psql(`INSERT INTO thread (subject, team_id) SELECT 's' || n, :'team' FROM generate_series(1, 20) n;
        INSERT INTO team_skill VALUES (:'team', :'skill');
        INSERT INTO member (name, role, team_id) SELECT 'm' || n, 'x', :'team' FROM generate_series(1, 8) n;
        INSERT INTO member_skill SELECT id, :'skill' FROM member WHERE team_id = :'team'`, { team, skill });
    const whole = await page();
    for (const title of ['Skill coverage', 'Who reports to whom', 'Threads and where they stand'])
        assert.doesNotMatch(section(whole, title), /more/, title);
    psql(`INSERT INTO thread (subject, team_id) VALUES ('another', :'team');
        INSERT INTO member (name, role, team_id) SELECT 'm' || n, 'x', :'team' FROM generate_series(9, 201) n;
        INSERT INTO member_skill SELECT id, :'skill' FROM member WHERE team_id = :'team' ON CONFLICT DO NOTHING`, { team, skill });
    const part = await page();
    assert.match(section(part, 'Skill coverage'), /m105, and more/);
    assert.match(section(part, 'Who reports to whom'), /The first 200 are shown; there are more\./);
    assert.match(section(part, 'Threads and where they stand'), /The first 20 are shown; there are more\./);
    const panel = part.all('section.panel').find((each) => each.one('h2').words === 'Threads and where they stand');
    assert.equal(panel.all('tbody tr').length, 20);
});
