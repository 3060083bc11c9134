// reviews.js - where two people wrote differently about the same, in words.

import {button, el, note, replace} from '../common/dom.js';
import {call, form} from '../common/api.js';
import {control} from '../common/fields.js';
import {moment, t} from '../common/i18n.js';
import {again, say} from '../common/page.js';
import {areaName, device} from './device.js';

function who(version) {
    return version.mine ? t('you, {when}', {when: moment(version.ms)})
        : t('somebody else (device {n}), {when}',
            {n: version.device, when: moment(version.ms)});
}

async function resolve(record, field, choice, box) {
    try {
        await call('resolve', {id: record.id, field: field.name,
            seen: record.seen, ...choice});
        say(t('Settled. It is handed in with the next sync.'));
        again();
    } catch (fault) {
        replace(box, note('error', el('p', {}, fault.message)));
    }
}

function deleted(record, field, box) {
    return [
        el('p', {}, t('Somebody deleted this, and somebody else changed it. What is it to be?')),
        el('div', {class: 'row'},
            button(t('Keep it'), () => resolve(record, field, {choice: 'keep'}, box),
                'primary'),
            button(t('Delete it'), () =>
                resolve(record, field, {choice: 'delete'}, box))),
    ];
}

// Neither: somebody writes it anew, in the control that the form has for it.
function own(record, field, box) {
    const holder = el('div', {});

    async function open() {
        const {fields} = await form(record.type);
        const described = fields.find((f) => f.name === field.name);
        let value = field.value;
        const made = control(described, value, (v) => {
            value = v;
        }, {legend: field.label, areas: device.areas, area: record.area});

        if (made.labels !== null)
            (made.node.id === made.labels ? made.node
                : made.node.querySelector(`#${made.labels}`))
                .setAttribute('aria-label', field.label);
        replace(holder, made.node, button(t('Take this'), () =>
            resolve(record, field, {value}, box), 'primary'));
        holder.querySelector('input, textarea, select')?.focus();
    }
    return el('div', {class: 'stack'}, button(t('Write it yourself'), open), holder);
}

function versions(record, field, box) {
    return [
        el('p', {}, t('Two people wrote something different. Which is right?')),
        field.base && el('p', {class: 'muted'}, t('It was: {text}', {text: field.base})),
        el('ul', {class: 'cards'}, field.versions.map((v) => el('li', {class: 'card'},
            el('p', {class: 'said'}, v.text === '' ? t('(emptied)') : v.text),
            el('p', {class: 'muted'}, who(v)),
            button(t('Take this'), () => resolve(record, field,
                {take: {device: v.device, number: v.number}}, box), 'secondary',
            {'aria-label': `${t('Take this')}: ${v.text}`})))),
        own(record, field, box),
    ];
}

export async function reviewsPage() {
    const {reviews} = await call('reviews');

    return {title: t('Written differently'), body: [
        reviews.length === 0
            ? el('p', {class: 'well'}, t('Nobody wrote anything differently.'))
            : el('p', {}, t('Nothing is lost: both versions are kept until somebody chooses. Not sure? Leave it to your team lead.')),
        reviews.map((record) => el('section', {class: 'review'},
            el('h2', {}, el('a', {class: 'utrecht-link', href: `#/show/${record.id}`},
                record.title)),
            el('p', {class: 'muted'}, `${record.label} · ${areaName(record.area)}`),
            record.fields.map((field) => {
                const box = el('div', {});

                return el('div', {class: 'stack'},
                    field.label && el('h3', {}, field.label),
                    field.name === 'deleted' ? deleted(record, field, box)
                        : versions(record, field, box),
                    box);
            })))]};
}
