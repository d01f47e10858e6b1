// The rules are in the statements themselves: everything that the tests of each route look at, on a site whose database
// keeps no policies for the role that serves.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { OwnSite } from './own_site.mjs';

const site = await new OwnSite('access-derived').start();
after(() => site.remove());
process.env.ROSTER_TEST_URL = site.url;
process.env.DATABASE_URL = site.pooler;
process.env.DATABASE_DIRECT_URL = site.database;

// They read the environment when they are loaded.
const { make, newPerson, psql } = await import('./data.mjs');
psql('ALTER ROLE roster_web BYPASSRLS', {}, site.database.replace('roster@/roster', 'postgres@/postgres'));
await import('./access_routes.test.mjs');

test('names of people whom one may not see stay out of what one sees', async () => {
    const { signedIn, unique } = await import('./lib.mjs');
    const admin = await signedIn(), far = await newPerson(admin, { superuser: true, full_name: unique('Far') });
    const person = await newPerson(admin), team = make.team({ visibility: 'open' }), upload = make.upload({ owner_id: far.id });
    const member = make.member(make.team({ owner_id: person.id, visibility: 'private' }));
    psql('INSERT INTO member_upload VALUES (:member, :upload)', { member, upload });
    const theirs = await signedIn(far.email, far.password);
    assert.equal((await (await theirs.form(`/teams/${team}/edit`)).set('description', unique('text')).submit('_save')).status, 303);
    const mine = await signedIn(person.email, person.password);
    assert.equal((await mine.get(`/users/${far.id}`)).status, 404);
    for (const path of [`/teams/${team}/history`, '/', `/files/${upload}`, '/files/']) {
        const page = await mine.get(path);
        assert.equal(page.status, 200, path);
        assert.ok(!page.text.includes(far.full_name), path);
    }
    assert.ok((await admin.get(`/teams/${team}/history`)).text.includes(far.full_name));
});
