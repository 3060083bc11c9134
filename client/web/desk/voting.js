// voting.js - voting rounds: the ideas, and two counts by two people that must
// come to the same.  Who counts second is not shown what the first found.

import {call} from './call.js';
import {el, note, replace} from '../common/dom.js';
import {t} from '../common/i18n.js';
import {again, say} from '../common/page.js';
import {recordHref} from './inbox.js';
import {areaName} from './me.js';
import {count, facts, field, said, table, tag, textbox} from './parts.js';
import {choices, fieldOf, types} from './types.js';

export async function rounds() {
    const form = (await types()).get('voting-round');
    const {records} = await call('list', {type: 'voting-round'});

    return {title: t('Voting rounds'), body: [
        el('p', {}, el('a', {class: 'utrecht-button utrecht-button--secondary-action',
            href: '#/new/voting-round'}, t('A new round'))),
        records.length === 0 ? note('info', el('p', {}, t('There is no round yet.')))
            : table(t('Voting rounds'), [t('Name'), t('Area'),
                said(fieldOf(form, 'ends_on').label), said(fieldOf(form, 'status').label)],
            records.map((r) => [el('a', {class: 'utrecht-link',
                href: `#/voting/${r.area}/${r.id}`}, r.title || t('(no title)')),
            areaName(r.area), r.values.ends_on ?? '', r.values.status ?? ''])),
    ]};
}

// The sum of one count over stations and channels; null: nobody counted.
function sum(tallies, about, turn) {
    const own = tallies.filter((r) => r.codes.about === about &&
        r.codes.what === 'stemmen' && (r.codes.turn || 'eerste') === turn);

    return own.length === 0 ? null
        : own.reduce((n, r) => n + Number(r.codes.count ?? 0), 0);
}

function agreement(first, second) {
    if (first === null && second === null)
        return t('not counted');
    if (first === null || second === null)
        return tag(t('counted once'), 'warn');
    return first === second ? tag(t('alike'), 'well') : tag(t('not alike: count again'), 'wrong');
}

// The figures are told once both have counted: a second count that was read off
// the first is none.
function countsTable(ideas, tallies) {
    const rows = ideas.map((idea) => [idea, sum(tallies, idea.id, 'eerste'),
        sum(tallies, idea.id, 'tweede')]);
    const both = rows.some(([, , second]) => second !== null);
    const shown = (n) => n === null ? '' : both ? count(n) : t('counted');

    return [!both && el('p', {}, t('Figures are shown here once the second count is in.')),
        table(t('Votes'), [t('Idea'), `#${t('First count')}`, `#${t('Second count')}`, t('State')],
            rows.map(([idea, first, second]) => [
                el('a', {class: 'utrecht-link', href: recordHref(idea)}, idea.title),
                shown(first), shown(second), agreement(first, second)]))];
}

function countForm(area, ideas, turn, title, fault) {
    const inputs = new Map(ideas.map((idea) => [idea.id, textbox({inputmode: 'numeric',
        pattern: '[0-9]*'})]));
    const station = textbox({maxlength: '80'});

    return el('details', {class: 'more'}, el('summary', {}, title),
        el('form', {onsubmit: async (e) => {
            e.preventDefault();
            replace(fault);
            try {
                for (const [about, input] of inputs) {
                    if (input.value === '')
                        continue;
                    await call('save', {type: 'tally', area, version: 0, values: {about,
                        what: 'stemmen', count: input.value, turn,
                        ...(station.value === '' ? {} : {station: station.value})}});
                    input.value = ''; // in: a second try does not count it twice
                }
            } catch (x) {
                replace(fault, note('error', x.message));
                return;
            }
            await again(); // first: what is typed after this stays
            say(t('The count is in.'));
        }},
        field(t('Counting station'), station, t('Leave it empty if there is one.')),
        ideas.map((idea) => field(idea.title, inputs.get(idea.id))),
        el('button', {type: 'submit', class: 'utrecht-button utrecht-button--primary-action'},
            t('Hand in this count'))));
}

export async function round({area: text, id}) {
    const area = Number(text);
    const form = (await types()).get('voting-round');
    const shown = await call('show', {type: 'voting-round', area, id});
    const [{records: ideas}, {records: tallies}] = await Promise.all([
        call('list', {type: 'idea', area, where: {voting_round: id}}),
        call('list', {type: 'tally', area})]);
    const fault = el('div', {});
    const turns = choices((await types()).get('tally'), 'turn');

    return {title: shown.title || t('(no title)'), body: [
        facts(shown.fields.filter((f) => f.text !== '' && f.name !== 'deleted').map((f) =>
            [said(fieldOf(form, f.name)?.label), f.text])),
        el('p', {class: 'row'},
            el('a', {class: 'utrecht-link', href: recordHref(shown)}, t('Change this round')),
            el('a', {class: 'utrecht-link', href: `#/new/idea?area=${area}&voting_round=${id}`},
                t('Add an idea'))),
        fault,
        ideas.length === 0 ? note('info', el('p', {}, t('There are no ideas in it yet.'))) : [
            el('h2', {}, t('Counted')), countsTable(ideas, tallies),
            el('h2', {}, t('Count')),
            el('p', {}, t('Two people count, each by themselves. The result is confirmed when both are alike.')),
            turns.map(([turn, title]) => countForm(area, ideas, turn, title, fault))],
    ]};
}
