// read.js - records as lists, one by one, and by a word in them.

import {button, el, fresh, go, replace} from '../common/dom.js';
import {call} from '../common/api.js';
import {day, t, tn} from '../common/i18n.js';
import {photo} from '../common/photo.js';
import {say} from '../common/page.js';
import {areaName} from './device.js';

function recordLine(r) {
    return el('li', {}, el('a', {href: `#/show/${r.id}`},
        el('strong', {}, r.title),
        el('span', {class: 'about'}, [r.label, areaName(r.area), day(r.ms),
            r.review && t('two versions')]
            .filter(Boolean).join(' · '))));
}

export async function listPage({type}) {
    const [{records, n}, {types}] = await Promise.all([call('list', {type}),
        call('types')]);
    const about = types.find((k) => k.type === type);

    return {title: about?.label ?? type, body: [
        el('p', {class: 'muted'}, tn(n, 'one record', '{n} records')),
        about?.write && go(t('Record something new'), `#/new/${type}`),
        el('ul', {class: 'lines'}, records.map(recordLine))]};
}

export async function searchPage(values, query) {
    const {types} = await call('types');
    const id = fresh('search'), found = el('div', {role: 'status'});
    const input = el('input', {id, type: 'search', value: query.get('q') ?? '',
        class: 'utrecht-textbox utrecht-textbox--html-input', maxlength: 80});

    async function look() {
        const text = input.value.trim();

        if (text === '')
            return;
        const {records} = await call('search', {text});

        replace(found, el('p', {}, records.length === 0
            ? t('Nothing on this device has that in it.')
            : tn(records.length, 'found: one', 'found: {n}')),
        el('ul', {class: 'lines'}, records.map(recordLine)));
    }
    if (input.value !== '')
        look();
    return {title: t('Search'), body: [
        el('form', {role: 'search', class: 'stack', onsubmit: (event) => {
            event.preventDefault();
            look();
        }}, el('label', {for: id, class: 'utrecht-form-label'},
            t('A word in what is on this device')), input,
        button(t('Search'), null, 'primary', {type: 'submit'})),
        found,
        el('h2', {}, t('Or look through')),
        el('ul', {class: 'chips'}, types.map((k) => el('li', {},
            el('a', {class: 'utrecht-link', href: `#/list/${k.type}`}, k.label))))]};
}

async function value(field) {
    if (field.kind === 'attachment')
        return Promise.all([field.value].flat().map(photo));
    if (field.kind === 'ref')
        return field.named.length === 0 ? t('not on this device')
            : field.named.map((r) => el('a', {class: 'utrecht-link block',
                href: `#/show/${r.id}`}, r.title));
    return field.text;
}

export async function showPage({id}) {
    const {record, fields, write, withheld} = await call('show', {id});
    const shown = await Promise.all(fields.map(async (f) => [
        el('dt', {}, f.label, f.review &&
            el('a', {href: '#/reviews', class: 'flag'}, t('two versions'))),
        el('dd', {}, await value(f))]));

    async function remove() {
        if (!window.confirm(t('Delete this? If somebody changed it meanwhile it comes back.')))
            return;
        await call('delete', {id});
        location.hash = '#/';
        say(t('Deleted.'));
    }
    return {title: record.title, body: [
        el('p', {class: 'muted'}, [record.label, areaName(record.area),
            day(record.ms)].join(' · ')),
        record.deleted && el('p', {}, t('This was deleted.')),
        withheld && el('p', {}, t('What needs consent stays on this device until there is consent.')),
        el('dl', {class: 'record'}, shown),
        write && el('p', {class: 'row'}, go(t('Change'), `#/edit/${id}`, 'primary'),
            ['conversation', 'address'].includes(record.type) &&
                go(t('Consent'), `#/consent/${id}`),
            button(t('Delete'), remove, 'secondary', {class: 'quiet'}))]};
}
