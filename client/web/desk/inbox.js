// inbox.js - signals, the last changed first: looked through by area, status,
// theme and severity.  What is chosen stands in the address.

import {call} from './call.js';
import {el} from '../common/dom.js';
import {day, t, tn} from '../common/i18n.js';
import {areaName, me} from './me.js';
import {field, said, select, table, tag} from './parts.js';
import {choices, fieldOf, types} from './types.js';

const filters = ['status', 'severity', 'themes'];

function areas() {
    return [['', t('All areas')],
        ...me.areas.map((a) => [String(a.number), a.name || a.slug])];
}

// Another choice is another address, so that back and forward work.
function go(query) {
    const rest = [...query].filter(([, value]) => value !== '');
    const text = new URLSearchParams(rest).toString();

    location.hash = `#/inbox${text === '' ? '' : `?${text}`}`;
}

function chooser(form, query) {
    const put = (name, options) => {
        const node = select(options, query.get(name) ?? '', {onchange: () => {
            query.set(name, node.value);
            go(query);
        }});

        return node;
    };

    return el('form', {class: 'row filters', role: 'search',
        onsubmit: (e) => e.preventDefault()},
    field(t('Area'), put('area', areas())),
    filters.map((name) => field(said(fieldOf(form, name).label),
        put(name, choices(form, name, t('All'))))));
}

export function recordHref(r) {
    return `#/record/${r.type}/${r.area}/${r.id}`;
}

function row(r) {
    return [
        [el('a', {class: 'utrecht-link', href: recordHref(r)}, r.title || t('(no title)')), ' ',
            r.review > 0 && tag(t('two versions'), 'wrong')],
        areaName(r.area),
        r.values.themes ?? '',
        r.values.severity ?? '',
        r.values.status ?? '',
        day(r.changed),
    ];
}

export async function inbox(values, query) {
    const form = (await types()).get('signal');
    const where = Object.fromEntries(filters.filter((f) => query.get(f))
        .map((f) => [f, query.get(f)]));
    const found = await call('list', {type: 'signal',
        area: Number(query.get('area') ?? 0), where});
    const list = found.records.sort((a, b) => b.changed - a.changed);

    return {title: t('Signals'), body: [
        chooser(form, query),
        el('p', {role: 'status'}, tn(list.length, 'One signal', '{n} signals'),
            found.more && [' ', t('There are more: choose an area or a status.')]),
        list.length > 0 && table(t('Signals, the last changed first'),
            [t('Title'), t('Area'), said(fieldOf(form, 'themes').label),
                said(fieldOf(form, 'severity').label),
                said(fieldOf(form, 'status').label), t('Changed')],
            list.map(row)),
    ]};
}
