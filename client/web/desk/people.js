// people.js - who may do what where; codes for devices and browsers.

import {call} from './call.js';
import {button, el, note, replace} from '../common/dom.js';
import {day, moment, t} from '../common/i18n.js';
import {again, say} from '../common/page.js';
import {may, me, roleWord} from './me.js';
import {count, field, pick, said, select, table, tag, textbox} from './parts.js';

const roles = ['worker', 'external', 'lead', 'analyst', 'privacy', 'admin'];

function areaWords(all, numbers) {
    const names = numbers.map((n) => all.find((a) => a.number === n)?.name ?? n);

    return names.length <= 3 ? names.join(', ')
        : t('{some} and {n} more', {some: names.slice(0, 2).join(', '), n: names.length - 2});
}

function row(p, areas) {
    return [
        p.manages ? el('a', {class: 'utrecht-link', href: `#/people/${p.user}`}, p.user) : p.user,
        roleWord(p.role), areaWords(areas, p.areas), p.worker_type,
        p.ends ? day(p.ends - 1) : t('no end'), count(p.devices),
        p.ended ? tag(t('ended'), 'warn') : tag(t('in force'), 'well'),
    ];
}

export async function people() {
    const {people: list, areas} = await call('people');

    return {title: t('People'), body: [
        may('invite') && el('p', {}, el('a', {class: 'utrecht-button utrecht-button--primary-action',
            href: '#/people/'}, t('Somebody new'))),
        table(t('People and what they may do'), [t('Name'), t('Role'), t('Areas'),
            t('Worker type'), t('Until'), `#${t('Devices')}`, t('State')],
        list.map((p) => row(p, areas))),
    ]};
}

// -- one: a grant and a code ---------------------------------------------------------

function areaPicks(areas, chosen) {
    const node = el('fieldset', {class: 'tiles'}, areas.map((a) =>
        pick('checkbox', 'area', a.slug, a.name || a.slug, chosen.includes(a.number))));

    Object.defineProperty(node, 'chosen', {get: () =>
        [...node.querySelectorAll('input:checked')].map((i) => i.value)});
    return node;
}

// The code is shown once and is in no list.
function codeCard(given, user) {
    const image = given.svg && el('img', {class: 'qr', alt: t('QR code with the address and the code'),
        src: URL.createObjectURL(new Blob([given.svg], {type: 'image/svg+xml'}))});

    return el('section', {class: 'card'},
        el('h2', {tabindex: '-1'}, t('A code for {user}', {user})),
        el('p', {}, t('Let them scan this with the app, or open the link in a browser. It is good once, until {when}. It is not shown again.', {when: moment(given.expires)})),
        image,
        el('p', {class: 'big'}, given.code),
        given.link && el('p', {}, el('code', {}, given.link)));
}

// Rules that are signed: a day, as 2026-11-23.
function dayOf(ms) {
    return ms ? new Date(ms).toISOString().slice(0, 10) : '';
}

function grant(known, all, room) {
    const mine = me.role === 'admin' ? roles : ['worker', 'external'];
    const user = textbox({required: true, pattern: '[a-z0-9._\\-]+',
        value: known?.user ?? '', readonly: known !== undefined,
        autocapitalize: 'none', spellcheck: 'false'});
    const role = select(mine.map((r) => [r, roleWord(r)]), known?.role ?? mine[0]);
    const areas = areaPicks(all.areas, known?.areas ?? []);
    const type = select([['', '–'], ...all.worker_types.map((w) => [w.code, said(w.label)])],
        known?.worker_type ?? '');
    const until = el('input', {type: 'date', class: 'utrecht-textbox',
        value: known?.ends ? dayOf(known.ends - 1) : ''});
    const rules = el('input', {type: 'date', class: 'utrecht-textbox',
        value: dayOf(known?.rules)});
    const fault = el('div', {});

    return el('form', {onsubmit: async (e) => {
        e.preventDefault();
        replace(fault);
        try {
            const given = await call('invite', {user: user.value, role: role.value,
                areas: areas.chosen, until: until.value || 'never',
                worker_type: type.value, rules: rules.value, url: location.origin});

            replace(room, codeCard(given, user.value));
            room.querySelector('h2').focus();
        } catch (fault_) {
            replace(fault, note('error', fault_.message));
        }
    }},
    fault,
    field(t('Name'), user, t('Short, in small letters: what they sign in with and what stands beside what they write.')),
    field(t('Role'), role),
    field(t('Areas'), areas),
    field(t('Worker type'), type),
    field(t('Rules signed on'), rules, t('Volunteers, interns and residents\' groups sign rules first.')),
    field(t('Until'), until, t('Empty: no end')),
    el('button', {type: 'submit', class: 'utrecht-button utrecht-button--primary-action'},
        t('Save and make a code')));
}

export async function person({user}) {
    const all = await call('people');
    const known = user === '' ? undefined : all.people.find((p) => p.user === user);
    const room = el('div', {});

    replace(room, grant(known, all, room));
    return {title: known ? known.user : t('Somebody new'), body: [room,
        el('p', {}, el('a', {class: 'utrecht-link', href: '#/people'}, t('To all people')))]};
}

// -- devices --------------------------------------------------------------------------

function stateTag(state) {
    return {
        'in use': tag(t('in use'), 'well'), ended: tag(t('account ended'), 'warn'),
        withdrawn: tag(t('withdrawn, not heard of since'), 'wrong'),
        told: tag(t('withdrawn, told to wipe'), 'warn'), wiped: tag(t('wiped'), 'well'),
    }[state] ?? state;
}

function pinWord(pin) {
    return {yes: t('yes'), no: tag(t('NO'), 'wrong')}[pin] ?? '–';
}

export async function devices() {
    const {devices: list} = await call('devices');

    return {title: t('Devices'), body: [
        el('p', {}, t('What a device recorded and has not handed in only the device knows.')),
        table(t('Devices'), [t('Device'), t('Of'), t('Role'), t('Last contact'),
            t('Can be read until'), t('PIN'), t('State')],
        list.map((d) => [el('a', {class: 'utrecht-link', href: `#/devices/${d.device}`},
            `${d.device}${d.name ? ` (${d.name})` : ''}`), d.user, roleWord(d.role),
        moment(d.contact), moment(d.lease), pinWord(d.pin), stateTag(d.state)])),
    ]};
}

const kinds = ['indirect', 'direct', 'special', 'free'];

function heldTable(d) {
    return table(t('At most on it'), [t('Area'), t('Kind'), `#${t('Records')}`,
        `#${t('indirect')}`, `#${t('direct')}`, `#${t('special')}`, `#${t('free text')}`,
        `#${t('own work')}`],
    d.areas.flatMap((a) => a.types.map((one) => [a.area, said(one.label),
        count(one.records), ...kinds.map((k) => count(one.holding[k])), count(one.own)])));
}

// A question before what cannot be undone; its answer is another button.
export function confirmed(text, question, work) {
    const room = el('div', {});
    const ask = () => replace(room, note('warning', el('p', {}, question),
        el('div', {class: 'row'},
            button(text, work, 'danger'), button(t('No'), rest))));
    const rest = () => replace(room, button(text, ask, 'danger'));

    rest();
    return room;
}

export async function device({number}) {
    const d = await call('device-report', {device: Number(number)});
    const list = (await call('devices')).devices.find((one) => one.device === d.device);
    const fault = el('div', {});

    return {title: t('Device {n} of {user}', {n: d.device, user: d.user}), body: [
        el('p', {}, stateTag(d.state), ' ', t('Last contact: {when}', {when: moment(d.contact)}), ' ',
            t('Can be read until: {when}', {when: moment(d.lease)})),
        d.pin === 'no' && note('warning', el('p', {}, t('Its key lies beside its store without a PIN.'))),
        d.wiped && note('ok', el('p', {}, t('Wiped, as it confirmed: {when}; {n} changes were lost with it', {when: moment(d.wiped), n: count(d.lost)}))),
        el('h2', {}, t('What is on it')),
        el('p', {}, t('Counts of records, for the report of a breach within 72 hours: the most there can be. Of these, so many hold personal data of each kind.')),
        heldTable(d),
        fault,
        list?.manages && may('device-revoke') && ['in use', 'ended'].includes(d.state) &&
            el('section', {}, el('h2', {}, t('Lost or stolen?')),
                confirmed(t('Withdraw this device'), t('It is out at once and wipes itself at its next contact. What was not handed in is lost. Withdraw it?'), async () => {
                    try {
                        await call('device-revoke', {device: d.device});
                    } catch (e) {
                        replace(fault, note('error', e.message));
                        return;
                    }
                    await again(); // first: what is typed after this stays
                    say(t('Withdrawn.'));
                })),
    ]};
}

// -- passkeys ---------------------------------------------------------------------------

export async function passkeys() {
    const {passkeys: list} = await call('passkeys');

    return {title: t('Passkeys'), body: [
        el('p', {}, t('With these, people sign in to these pages. Who loses a computer or phone has its passkey withdrawn and gets a new code.')),
        table(t('Passkeys'), [t('Passkey'), t('Of'), t('Role'), t('Made'), t('Signed in'), t('State')],
            list.map((p) => [`${p.passkey} (${p.name})`, p.user, roleWord(p.role), day(p.made),
                moment(p.seen), p.revoked ? tag(t('withdrawn'), 'warn')
                    : may('passkey-revoke') ? confirmed(t('Withdraw'), t('All sessions of {user} end at once. Withdraw it?', {user: p.user}), async () => {
                        await call('passkey-revoke', {passkey: p.passkey});
                        await again(); // first: what is typed after this stays
                        say(t('Withdrawn.'));
                    }) : tag(t('in use'), 'well')])),
    ]};
}
