// reviews.js - what two people wrote differently: the list, and one side by
// side.

import {call} from './call.js';
import {button, el, note, replace} from '../common/dom.js';
import {moment, t, tn} from '../common/i18n.js';
import {again, say} from '../common/page.js';
import {recordHref} from './inbox.js';
import {areaName} from './me.js';
import {checks, count, facts, field, said, select, table, textarea, textbox} from './parts.js';
import {choices, fieldOf, types} from './types.js';

export async function reviews() {
    const forms = await types();
    const {records, more} = await call('reviews');

    return {title: t('To decide'), body: [
        el('p', {}, t('Two people wrote something different here without having seen each other\'s words. Nothing is lost: you choose what is to stand.')),
        el('p', {role: 'status'}, tn(records.length, 'One record waits', '{n} records wait'),
            more && [' ', t('These are the first.')]),
        records.length === 0
            ? note('ok', el('p', {}, t('Nothing to decide.')))
            : table(t('Records to decide'),
                [t('Record'), t('Kind'), t('Area'), `#${t('Fields')}`, t('Changed')],
                records.map((r) => [
                    el('a', {class: 'utrecht-link',
                        href: `#/review/${r.type}/${r.area}/${r.id}`},
                    r.title || t('(no title)')),
                    said(forms.get(r.type).label), areaName(r.area),
                    count(r.review), moment(r.changed)])),
    ]};
}

// The words of a text that are not in the other, marked: by the longest run of
// words that both have in the same order.
function marked(text, other) {
    const a = text.split(/(\s+)/), b = other.split(/(\s+)/);
    const rows = a.length + 1, cols = b.length + 1;

    if (rows * cols > 400000)
        return [text];
    const run = new Uint16Array(rows * cols);

    for (let i = a.length - 1; i >= 0; i--)
        for (let j = b.length - 1; j >= 0; j--)
            run[i * cols + j] = a[i] === b[j] ? run[(i + 1) * cols + j + 1] + 1
                : Math.max(run[(i + 1) * cols + j], run[i * cols + j + 1]);
    const out = [];
    let i = 0, j = 0;

    while (i < a.length)
        if (j < b.length && a[i] === b[j]) {
            out.push(a[i]);
            i++;
            j++;
        } else if (j < b.length && run[i * cols + j + 1] >= run[(i + 1) * cols + j]) {
            j++;
        } else {
            out.push(a[i].trim() === '' ? a[i] : el('mark', {}, a[i]));
            i++;
        }
    return out;
}

function author(v) {
    return v.user ? t('{user}, {when}', {user: v.user, when: moment(v.ms)})
        : moment(v.ms);
}

function side(f, v, i, decide) {
    const other = f.versions[i === 0 ? 1 : 0];
    const empty = v.text === '';

    return el('li', {class: 'card'},
        el('h3', {}, t('Version {n}', {n: i + 1})),
        el('p', {class: 'muted'}, author(v)),
        el('p', {class: 'said'}, empty ? t('(emptied)')
            : marked(v.text, other?.text ?? '')),
        v.base !== undefined && el('details', {},
            el('summary', {}, t('What stood there before')),
            el('p', {class: 'pre'}, v.base)),
        button(t('Take version {n}', {n: i + 1}), () => decide(
            {take: {[f.name]: {device: v.device, number: v.number}}}), 'primary'));
}

// A control for a value, as its field wants it.
export function control(form, name, plain) {
    const f = fieldOf(form, name);

    if (f.kind === 'choice' && !f.set)
        return select(choices(form, name, '–'), plain);
    if (f.kind === 'choice')
        return checks(choices(form, name), plain);
    if (f.kind === 'prose')
        return textarea({value: plain, maxlength: f.max});
    return textbox({value: plain, maxlength: f.kind === 'text' ? f.max : null,
        inputmode: f.kind === 'int' || f.kind === 'money' ? 'numeric' : null});
}

function ownWords(form, f, decide) {
    const words = control(form, f.name, f.plain);
    const texts = f.versions.map((v) => v.plain).filter((v) => v !== '');
    const joined = [...new Set(texts)].join('\n');

    return el('details', {class: 'more'},
        el('summary', {}, t('Write it yourself')),
        el('form', {onsubmit: (e) => {
            e.preventDefault();
            decide({values: {[f.name]: words.value}});
        }},
        field(said(fieldOf(form, f.name).label), words),
        el('div', {class: 'row'},
            fieldOf(form, f.name).kind === 'prose' &&
                button(t('Put both below each other'), () => {
                    words.value = joined;
                    words.focus();
                }),
            el('button', {type: 'submit', class: 'utrecht-button utrecht-button--primary-action'},
                t('Take these words')))));
}

function deletion(f, decide) {
    return [
        el('p', {}, t('One deleted this, another went on writing in it.')),
        el('ul', {class: 'sides'}, f.versions.map((v) => el('li', {class: 'card'},
            el('h3', {}, v.deletes ? t('Deleted') : t('To be kept')),
            el('p', {class: 'muted'}, author(v))))),
        el('div', {class: 'row'},
            button(t('Keep it'), () => decide({deleted: 'keep'}), 'primary'),
            button(t('Delete it'), () => decide({deleted: 'delete'}), 'danger')),
    ];
}

// Whether it is to stay is seen from all that stands in it.
function whole(form, record) {
    return record.fields.some((f) => f.review && f.name === 'deleted') &&
        el('section', {},
            el('h2', {}, t('What stands in it')),
            facts(record.fields.filter((f) => f.name !== 'deleted' && f.text !== '')
                .map((f) => [said(fieldOf(form, f.name)?.label) || f.name,
                    [f.text, ' ', el('span', {class: 'muted'},
                        f.versions.map((v) => `(${author(v)})`).join(' '))]])));
}

function section(form, f, decide) {
    const title = f.name === 'deleted' ? t('Deleted or kept?')
        : said(fieldOf(form, f.name).label);

    return el('section', {},
        el('h2', {}, title),
        f.name === 'deleted' ? deletion(f, decide) : [
            el('ul', {class: 'sides'}, f.versions.map((v, i) =>
                side(f, v, i, decide))),
            ownWords(form, f, decide)]);
}

// What was chosen can be chosen otherwise, from what was on the screen.
const undone = new Map(); // record -> {fields}

export async function review({type, area, id}) {
    const name = {type, area: Number(area), id};
    const form = (await types()).get(type);
    const record = await call('show', name);
    const open = record.fields.filter((f) => f.review);
    const fault = el('div', {});
    const kept = undone.get(id);

    async function decide(change, old) {
        replace(fault);
        try {
            await call('save', {...name, version: record.version, ...change});
        } catch (e) {
            replace(fault, note('error', e.message));
            fault.scrollIntoView({block: 'nearest'});
            return;
        }
        if (old)
            undone.delete(id);
        else
            undone.set(id, {fields: [...(kept?.fields ?? []), ...open.filter((f) =>
                f.name in (change.take ?? change.values ?? {}) ||
                f.name === 'deleted' && change.deleted !== undefined)]});
        await again(); // first: what is typed after this stays
        say(t('Written down. Every device gets it with its next sync.'));
    }
    // A version that is no head any more goes in by its words.
    const otherwise = (change) => {
        const [field, taken] = Object.entries(change.take ?? {})[0] ?? [];

        if (field === undefined)
            return decide(change, true);
        const v = kept.fields.find((f) => f.name === field).versions.find((one) =>
            one.device === taken.device && one.number === taken.number);

        return decide({values: {[field]: v.plain}}, true);
    };

    return {title: record.title || t('(no title)'), body: [
        facts([[t('Kind'), said(form.label)], [t('Area'), areaName(record.area)],
            [t('Changed'), moment(record.changed)]]),
        el('p', {}, el('a', {class: 'utrecht-link', href: recordHref(record)},
            t('See all of it'))),
        fault,
        open.length === 0 && note('ok', el('p', {}, t('All is decided here.')),
            el('p', {}, el('a', {class: 'utrecht-link', href: '#/reviews'},
                t('To the next one')))),
        open.map((f) => section(form, f, (change) => decide(change, false))),
        whole(form, record),
        kept && el('details', {class: 'more'},
            el('summary', {}, t('Undo: choose otherwise')),
            el('p', {}, t('This is what stood side by side when you chose.')),
            kept.fields.map((f) => section(form, f, otherwise))),
    ]};
}

