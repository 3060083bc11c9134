// work.js - records of any type: looked through, and new ones, by the forms that
// follow from the record types.

import {call} from './call.js';
import {el, note, replace} from '../common/dom.js';
import {day, t, tn} from '../common/i18n.js';
import {recordHref} from './inbox.js';
import {areaName, may, me} from './me.js';
import {field, said, select, table} from './parts.js';
import {control} from './reviews.js';
import {types} from './types.js';

function go(type, query) {
    const rest = new URLSearchParams([...query].filter(([, value]) => value !== ''));

    location.hash = `#/work/${type}${rest.size > 0 ? `?${rest}` : ''}`;
}

function chooser(forms, form, query) {
    const type = select([...forms.values()].map((f) => [f.type, said(f.label)]),
        form.type, {onchange: () => go(type.value, query)});
    const area = select([['', t('All areas')], ...me.areas.map((a) =>
        [String(a.number), a.name || a.slug])], query.get('area') ?? '', {onchange: () => {
        query.set('area', area.value);
        go(form.type, query);
    }});

    return el('form', {class: 'row filters', role: 'search',
        onsubmit: (e) => e.preventDefault()},
    field(t('Kind'), type), field(t('Area'), area));
}

// Up to three short fields beside the title.
function columns(form, records) {
    return form.fields.filter((f) => ['choice', 'date', 'worker', 'int', 'money'].includes(f.kind) &&
        records.some((r) => r.values[f.name] !== undefined)).slice(0, 3);
}

export async function work({type}, query) {
    const forms = await types();
    const form = forms.get(type) ?? [...forms.values()][0];
    const {records, more} = await call('list', {type: form.type,
        area: Number(query.get('area') ?? 0)});
    const list = records.sort((a, b) => b.changed - a.changed);
    const shown = columns(form, list);

    return {title: said(form.label), body: [
        el('p', {}, said(form.about)),
        chooser(forms, form, query),
        form.writes && may('save') && el('p', {}, el('a', {
            class: 'utrecht-button utrecht-button--secondary-action',
            href: `#/new/${form.type}?area=${query.get('area') ?? ''}`},
        t('Add one'))),
        el('p', {role: 'status'}, tn(list.length, 'One record.', '{n} records.'),
            more && [' ', t('There are more: choose an area.')]),
        list.length > 0 && table(said(form.label), [t('Title'), t('Area'),
            ...shown.map((f) => said(f.label)), t('Changed')],
        list.map((r) => [el('a', {class: 'utrecht-link', href: recordHref(r)},
            r.title || t('(no title)')), areaName(r.area),
        ...shown.map((f) => r.values[f.name] ?? ''), day(r.changed)])),
    ]};
}

// -- new --------------------------------------------------------------------------

// What a field can name: the records of those types in the area.
async function targets(forms, f, area) {
    const found = [];

    for (const type of f.to.filter((one) => forms.has(one))) {
        const {records} = await call('list', {type, area});

        found.push(...records.map((r) => [r.id,
            `${said(forms.get(type).label)}: ${r.title || t('(no title)')}`]));
    }
    return found;
}

async function inputOf(forms, form, f, area, query) {
    if (f.kind !== 'ref')
        return control(form, f.name, query.get(f.name) ?? '');
    return f.set ? null
        : select([['', '–'], ...await targets(forms, f, area)], query.get(f.name) ?? '');
}

export async function fresh({type}, query) {
    const forms = await types();
    const form = forms.get(type);
    const area = Number(query.get('area')) || me.areas[0].number;
    const areas = select(me.areas.map((a) => [String(a.number), a.name || a.slug]),
        String(area), {onchange: () => {
            query.set('area', areas.value);
            location.hash = `#/new/${type}?${query}`;
        }});
    const inputs = new Map();
    const fault = el('div', {});

    for (const f of form.fields.filter((one) => one.kind !== 'attachment')) {
        const input = await inputOf(forms, form, f, area, query);

        if (input !== null)
            inputs.set(f, input);
    }
    return {title: t('New: {kind}', {kind: said(form.label)}), body: [
        el('p', {}, said(form.about)),
        fault,
        el('form', {onsubmit: async (e) => {
            e.preventDefault();
            replace(fault);
            try {
                const values = Object.fromEntries([...inputs].filter(([, input]) =>
                    input.value !== '').map(([f, input]) => [f.name, input.value]));
                const {id} = await call('save', {type, area, version: 0, values});

                location.hash = recordHref({type, area, id});
            } catch (x) {
                replace(fault, note('error', x.message));
                fault.scrollIntoView({block: 'nearest'});
            }
        }},
        field(t('Area'), areas),
        [...inputs].map(([f, input]) => field([said(f.label), f.required &&
            el('span', {class: 'must'}, t('(needed)'))], input, f.ask && said(f.ask))),
        el('button', {type: 'submit', class: 'utrecht-button utrecht-button--primary-action'},
            t('Save'))),
    ]};
}
