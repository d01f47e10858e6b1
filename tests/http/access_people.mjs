// A private team and an open one, with something of everything in each, people who stand in every relation to them, and
// what each of them may do: written down here a second time, so that the models' rules are held against it.
import { createHash } from 'node:crypto';
import { make, newPerson, psql } from './data.mjs';
import { Browser, signedIn, unique } from './lib.mjs';

export const MODELS = ['team', 'member', 'thread', 'checkpoint', 'api_key', 'upload', 'skill', 'user'];
export const PATHS = { team: 'teams', member: 'members', thread: 'threads', checkpoint: 'checkpoints', api_key: 'api-keys',
    upload: 'files', skill: 'skills', user: 'users' };
export const TITLES = { team: 'name', member: 'name', thread: 'subject', checkpoint: 'note', api_key: 'description',
    upload: 'name', skill: 'name', user: 'full_name' };

async function people() {
    const superuser = await signedIn();
    const all = { nobody: { browser: new Browser() }, superuser: { browser: superuser } };
    for (const name of ['outsider', 'member', 'owner', 'stranger'])
        all[name] = await newPerson(superuser, { full_name: unique(name) });
    for (const name of ['outsider', 'member', 'owner'])
        all[name].browser = await signedIn(all[name].email, all[name].password);
    return all;
}

// The private team is the owner's, and the member is in it; the open one is a stranger's.
function teamOf(visibility, owner, member) {
    const word = unique(visibility), team = make.team({ name: word, visibility, owner_id: owner });
    const self = make.member(team, { name: unique('self'), user_id: member ?? null }), other = make.member(team, { name: unique('other') });
    const thread = make.thread(team, { subject: unique('subject') }), upload = make.upload({ name: unique('file'), owner_id: owner });
    const skill = make.skill({ name: unique('skill'), owner_id: owner });
    psql(`INSERT INTO member_upload VALUES (:other, :upload); INSERT INTO team_skill VALUES (:team, :skill);
        INSERT INTO member_skill VALUES (:other, :skill); INSERT INTO upload_content (record_id, position, bytes) VALUES (:upload, 0, 'secret bytes')`,
    { team, other, upload, skill });
    return { team, self, other, thread, checkpoint: make.checkpoint(thread, { note: unique('note') }), upload, skill,
        api_key: make.apiKey(team, { description: unique('key') }) };
}

// Every record with the relation in which it stands: place is the team's, kind says which of its model.
export async function world() {
    const all = await people();
    const places = { private: teamOf('private', all.owner.id, all.member.id), open: teamOf('open', all.stranger.id) };
    const hidden = await newPerson(all.superuser.browser, { full_name: unique('hidden') });
    const records = Object.entries(places).flatMap(([place, ids]) => Object.entries(ids).map(([kind, id]) =>
        ({ place, kind, id: String(id), model: ['self', 'other'].includes(kind) ? 'member' : kind })));
    records.push({ place: 'none', kind: 'hidden', id: hidden.id, model: 'user' });
    records.push({ place: 'none', kind: 'member', id: all.member.id, model: 'user' });
    // A program with a key of the private team, which is none of the records above.
    const key = unique('key');
    make.apiKey(places.private.team, { hashed_key: createHash('sha256').update(key).digest('hex') });
    return { people: all, places, records, key };
}

const inTeam = (who, place) => place === 'private' && (who === 'owner' || who === 'member');

// Whether that person may do that with the record: read, change or delete.
export function may(who, what, { place, kind, model }) {
    if (who === 'key')
        return what === 'read' && (model === 'skill' || (place === 'private' && ['team', 'member', 'thread', 'checkpoint'].includes(model)));
    if (who === 'nobody' || who === 'superuser')
        return who === 'superuser';
    const owns = who === 'owner' && place === 'private';
    if (model === 'user')
        return what === 'read' && kind === 'member' && who !== 'outsider';
    if (model === 'skill')
        return what === 'read' || owns;
    if (model === 'api_key')
        return owns;
    if (model === 'upload')
        return owns || (what === 'read' && inTeam(who, place));
    if (what === 'read')
        return place === 'open' || inTeam(who, place);
    if (model === 'thread' || model === 'checkpoint')
        return inTeam(who, place);
    if (model === 'member' && what === 'change' && kind === 'self' && who === 'member')
        return place === 'private';
    return owns;
}
