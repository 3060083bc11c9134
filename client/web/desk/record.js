// record.js - one record: what stands in it, who wrote what when, what is to be
// done with it, and what may be the same matter.

import {call} from './call.js';
import {button, el, note, replace} from '../common/dom.js';
import {day, moment, t, tn} from '../common/i18n.js';
import {again, say} from '../common/page.js';
import {recordHref} from './inbox.js';
import {areaName, may, me} from './me.js';
import {facts, field, said, select, table, tag, textbox} from './parts.js';
import {control} from './reviews.js';
import {choices, fieldOf, types} from './types.js';

function history(form, record) {
    const rows = record.fields.filter((f) => f.name !== 'deleted').flatMap((f) =>
        f.versions.map((v) => [said(fieldOf(form, f.name)?.label) || f.name,
            v.text, v.user ?? '', moment(v.ms)]));

    return el('details', {class: 'more'},
        el('summary', {}, t('Who wrote what when')),
        table(t('Who wrote what when'),
            [t('Field'), t('Words'), t('Who'), t('When')], rows));
}

// Save, and show the page anew; faults are told beside the form.
function saver(name, version, fault) {
    return async (change, told) => {
        replace(fault);
        try {
            await call('save', {...name, ...(version === null ? {} : {version}),
                ...change});
        } catch (e) {
            replace(fault, note('error', e.message));
            fault.scrollIntoView({block: 'nearest'});
            return;
        }
        await again(); // first: what is typed after this stays
        say(told ?? t('Written down. Every device gets it with its next sync.'));
    };
}

function submit(text) {
    return el('button', {type: 'submit',
        class: 'utrecht-button utrecht-button--primary-action'}, text);
}

// What a lead decides about most: the rest of the form stands below it.
const first = ['status', 'destinations', 'severity', 'visibility', 'owner',
    'due', 'outcome', 'resident_informed', 'note'];

function editor(form, record, save) {
    const plain = new Map(record.fields.map((f) => [f.name, f.plain]));
    const fields = form.fields.filter((f) => f.kind !== 'attachment' && f.kind !== 'ref');
    const inputs = new Map(fields.map((f) => [f.name,
        control(form, f.name, plain.get(f.name) ?? '')]));
    const begun = new Map([...inputs].map(([name, input]) => [name, input.value]));
    const put = (f) => field(said(f.label), inputs.get(f.name),
        f.set && f.kind !== 'choice' && t('Several: with commas between them'));
    const ahead = fields.filter((f) => first.includes(f.name));

    return el('form', {onsubmit: (e) => {
        e.preventDefault();
        const values = Object.fromEntries([...inputs].filter(([name, input]) =>
            input.value !== begun.get(name)).map(([name, input]) =>
            [name, input.value]));

        if (Object.keys(values).length === 0)
            say(t('Nothing was changed.'));
        else
            save({values});
    }},
    ahead.map(put),
    el('details', {class: 'more'}, el('summary', {}, t('All fields')),
        fields.filter((f) => !ahead.includes(f)).map(put)),
    submit(t('Save')));
}

// -- what is to be done ---------------------------------------------------------

function assign(form, record, save) {
    const kind = select(choices(form, 'kind', '–'), '', {required: true});
    const owner = textbox({required: true, value: me.user});
    const due = el('input', {type: 'date', class: 'utrecht-textbox'});

    return el('details', {class: 'more'},
        el('summary', {}, t('Give it to somebody')),
        el('form', {onsubmit: (e) => {
            e.preventDefault();
            save({values: {about: record.id, kind: kind.value, owner: owner.value,
                ...(due.value === '' ? {} : {due: due.value})}},
            t('Given to {user}.', {user: owner.value}));
        }},
        field(said(fieldOf(form, 'kind').label), kind),
        field(said(fieldOf(form, 'owner').label), owner,
            t('The short name with which they sign in.')),
        field(said(fieldOf(form, 'due').label), due),
        submit(t('Give'))));
}

async function followUps(record, fault) {
    const form = (await types()).get('follow-up');
    const {records} = await call('list', {type: 'follow-up', area: record.area,
        where: {about: record.id}});
    const save = saver({type: 'follow-up', area: record.area}, 0, fault);

    return el('section', {},
        el('h2', {}, t('What is to be done')),
        records.length === 0 ? el('p', {}, t('Nothing yet.'))
            : table(t('What is to be done'), [said(fieldOf(form, 'kind').label),
                said(fieldOf(form, 'owner').label), said(fieldOf(form, 'due').label),
                said(fieldOf(form, 'status').label)],
            records.map((r) => [el('a', {class: 'utrecht-link', href: recordHref(r)},
                r.values.kind ?? r.title), r.values.owner ?? '', r.values.due ?? '',
            r.values.status ?? ''])),
        form.writes && may('save') && assign(form, record, save));
}

// -- the same matter --------------------------------------------------------------

function nearness(r) {
    return [r.metres !== undefined && t('{n} m away', {n: r.metres}),
        tn(r.days, 'one day apart', '{n} days apart')].filter(Boolean).join(', ');
}

async function sameMatter(name, record, save) {
    const found = await call('related', name);
    const unlike = record.fields.find((f) => f.name === found.unlike)?.plain ?? '';

    return found.records.length > 0 && el('section', {},
        el('h2', {}, t('Perhaps the same matter')),
        el('p', {}, t('Merge only what really is the same. This one then points to the other; nothing is thrown away.')),
        el('ul', {class: 'sides'}, found.records.map((r) => el('li', {class: 'card'},
            el('h3', {}, el('a', {class: 'utrecht-link', href: recordHref(r)},
                r.title || t('(no title)'))),
            el('p', {class: 'muted'}, `${day(r.made)}; ${nearness(r)}`),
            el('div', {class: 'row'},
                button(t('Merge into this'), () => save({values: {
                    [found.into]: r.id, [found.field]: found.code}},
                t('Merged.'))),
                button(t('Another matter'), () => save({values: {
                    [found.unlike]: unlike === '' ? r.id : `${unlike},${r.id}`}})))))));
}

export async function record({type, area, id}) {
    const name = {type, area: Number(area), id};
    const form = (await types()).get(type);
    const shown = await call('show', name);
    const fault = el('div', {});
    const save = saver(name, shown.version, fault);
    const writes = form.writes && may('save');

    return {title: shown.title || said(form.label), body: [
        el('p', {}, said(form.label), ', ', areaName(shown.area), ' ',
            shown.deleted && tag(t('deleted'), 'wrong')),
        shown.review > 0 && may('reviews') && note('warning', el('p', {}, t('Two people wrote something different here.'), ' ',
            el('a', {class: 'utrecht-link', href: `#/review/${type}/${area}/${id}`},
                t('Decide')))),
        fault,
        facts(shown.fields.filter((f) => f.name !== 'deleted' && f.text !== '').map((f) =>
            [said(fieldOf(form, f.name)?.label) || f.name, f.text])),
        type === 'signal' && await followUps(shown, fault),
        writes && type === 'signal' && await sameMatter(name, shown, save),
        writes && el('section', {}, el('h2', {}, t('Change')), editor(form, shown, save)),
        history(form, shown),
    ]};
}
