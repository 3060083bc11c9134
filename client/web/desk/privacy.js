// privacy.js - requests of people about their data, and the proof of what was
// done: found, handed out, erased, corrected; the register; the access log.

import {call} from './call.js';
import {button, el, note, replace} from '../common/dom.js';
import {moment, t, tn} from '../common/i18n.js';
import {say} from '../common/page.js';
import {areaName, roleWord} from './me.js';
import {count, field, said, select, table, textbox} from './parts.js';
import {confirmed} from './people.js';
import {types} from './types.js';

function submit(text) {
    return el('button', {type: 'submit',
        class: 'utrecht-button utrecht-button--primary-action'}, text);
}

// One line for a record, with all the fields in which the words stand.
function grouped(hits) {
    const map = new Map();

    for (const hit of hits)
        map.set(hit.id, [...(map.get(hit.id) ?? []), hit]);
    return [...map.values()];
}

function hitRow(hits) {
    const [hit] = hits;

    return [
        el('label', {class: 'tile'},
            el('input', {type: 'checkbox', name: 'record', value: hit.id}),
            el('span', {}, said(hit.label))),
        areaName(hit.area),
        el('ul', {}, hits.map((h) => el('li', {}, `${said(h.field)}: ${h.text}`))),
        el('a', {class: 'utrecht-link', href: `#/record/${hit.type}/${hit.area}/${hit.id}`},
            t('See all of it')),
    ];
}

function keep(text, name) {
    const href = URL.createObjectURL(new Blob([text], {type: 'text/html'}));

    el('a', {href, download: name}).click();
    setTimeout(() => URL.revokeObjectURL(href), 60000);
}

function picked(room) {
    return [...room.querySelectorAll('input[name=record]:checked')].map((i) => i.value);
}

// -- correct --------------------------------------------------------------------------

async function correction(room, why, attempt) {
    const forms = await types();
    const [id] = picked(room);
    const hit = room.hits?.find((h) => h.id === id);
    const form = forms.get(hit?.type);

    if (form === undefined || picked(room).length !== 1)
        return note('warning', t('Pick one record.'));
    const name = select(form.fields.map((f) => [f.name, said(f.label)]));
    const value = textbox({});
    const forget = el('input', {type: 'checkbox'});

    return el('form', {class: 'card', onsubmit: (e) => {
        e.preventDefault();
        attempt(() => call('subject-correct', {id, field: name.value, value: value.value,
            note: why.value, forget: forget.checked}), t('Written right.'));
    }},
    field(t('Field'), name), field(t('What it is to be'), value),
    el('label', {class: 'tile'}, forget, el('span', {}, t('What was wrong goes from the journal and from devices too'))),
    submit(t('Write it right')));
}

export async function subjects() {
    const words = textbox({required: true, minlength: '3', type: 'search'});
    const why = textbox({maxlength: '200'});
    const room = el('div', {}), fault = el('div', {}), more = el('div', {});

    const attempt = async (work, told) => {
        replace(fault);
        try {
            await work();
        } catch (e) {
            replace(fault, note('error', e.message));
            fault.scrollIntoView({block: 'nearest'});
            return;
        }
        replace(more);
        say(told);
        await find();
    };
    const find = async () => {
        const found = await call('subject-find', {words: words.value});
        const records = grouped(found.hits);

        room.hits = found.hits;
        replace(room, el('p', {role: 'status'}, tn(records.length, 'One record holds this.', '{n} records hold this.'),
            found.more && [' ', t('There are more: use other words.')]),
        records.length > 0 && table(t('What was found'),
            [t('Record'), t('Area'), t('Where it stands'), t('Link')],
            records.map(hitRow)));
    };
    const doing = el('div', {class: 'row'},
        button(t('Hand it out as a page'), () => attempt(async () => {
            const {page} = await call('subject-export', {ids: picked(room)});

            keep(page, 'stoep.html');
        }, t('Saved as stoep.html.'))),
        button(t('Write something right'), async () =>
            replace(more, await correction(room, why, attempt))),
        confirmed(t('Erase for ever'), t('Row, versions, journal and photos go here, and on every device at its next sync. There is no way back. Erase what is picked?'),
            () => attempt(async () => {
                await call('subject-erase', {ids: picked(room), note: why.value});
            }, t('Erased.'))));

    return {title: t('Requests of people'), body: [
        el('p', {}, t('A person has no record of their own: look for a name, a street or a number, and pick what is about them. What you look for is in no log.')),
        fault,
        el('form', {class: 'row filters', role: 'search', onsubmit: async (e) => {
            e.preventDefault();
            replace(fault);
            await find().catch((x) => replace(fault, note('error', x.message)));
        }}, field(t('Words'), words), submit(t('Look'))),
        room,
        el('h2', {}, t('What is to be done with what is picked')),
        field(t('Why, without content'), why, t('The letter and its day, for the register. No names.')),
        doing, more,
    ]};
}

// -- proof ------------------------------------------------------------------------------

function reason(why) {
    return {term: t('term over'), request: t('at request'), consent: t('consent withdrawn'),
        again: t('a backup had brought it back'), correction: t('corrected')}[why] ?? why;
}

export async function proof() {
    const forms = await types();
    const {deletions} = await call('deletions');
    const {devices} = await call('unconfirmed');

    return {title: t('What was deleted'), body: [
        el('p', {}, t('Kind and number, never whose.')),
        table(t('Register of deletions'), [t('When'), t('Why'), t('Kind'), t('Class'),
            t('What'), `#${t('Number')}`, t('Note')],
        deletions.map((d) => [moment(d.at), reason(d.why),
            said(forms.get(d.type)?.label) || d.type, d.class,
            d.what === 'record' ? t('records') : t('fields'), count(d.n), d.note])),
        el('h2', {}, t('Devices that have not heard of it yet')),
        devices.length === 0 ? note('ok', el('p', {}, t('All have.')))
            : table(t('Devices that have not heard of it yet'), [t('Device'), t('Of'),
                t('Area'), `#${t('Erasures')}`],
            devices.map((d) => [`${d.device} (${d.name})`, d.user, areaName(d.area),
                count(d.erasures)])),
    ]};
}

// -- the access log -----------------------------------------------------------------------

function lineRow(l) {
    return [
        moment(Date.parse(l.at)), l.did, l.result, l.user,
        l.role === '' ? t('command line') : roleWord(l.role),
        l.device ? t('device {n}', {n: l.device}) : l.passkey ? t('passkey {n}', {n: l.passkey}) : '',
        [l.area ? areaName(l.area) : '', l.type, l.on].filter(Boolean).join(', '),
        l.hits >= 0 ? count(l.hits) : '',
    ];
}

export async function accessLog(values, query) {
    const user = textbox({value: query.get('user') ?? '', name: 'user'});
    const record = textbox({value: query.get('record') ?? '', name: 'record'});
    const from = el('input', {type: 'date', class: 'utrecht-textbox', name: 'from', value: query.get('from') ?? ''});
    const to = el('input', {type: 'date', class: 'utrecht-textbox', name: 'to', value: query.get('to') ?? ''});
    const {lines, more} = await call('access', Object.fromEntries(query));

    return {title: t('Who read or changed what'), body: [
        el('form', {class: 'row filters', role: 'search', onsubmit: (e) => {
            e.preventDefault();
            const asked = [user, record, from, to].filter((i) => i.value !== '')
                .map((i) => [i.name, i.value]);

            location.hash = `#/access?${new URLSearchParams(asked)}`;
        }}, field(t('Name'), user), field(t('Record'), record), field(t('From'), from),
        field(t('To'), to), submit(t('Look'))),
        el('p', {role: 'status'}, tn(lines.length, 'One line', '{n} lines'),
            more && [' ', t('These are the last.')]),
        table(t('The access log, the last first'), [t('When'), t('What'), t('Result'),
            t('Who'), t('Role'), t('With'), t('On'), `#${t('Number')}`], lines.map(lineRow)),
    ]};
}
