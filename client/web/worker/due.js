// due.js - what is still to be done, the most pressing first.

import {button, el, go} from '../common/dom.js';
import {again, say} from '../common/page.js';
import {call} from '../common/api.js';
import {t, today} from '../common/i18n.js';

function when(item) {
    if (item.due === '')
        return t('no day agreed');
    if (item.due < today())
        return t('late: {day}', {day: item.dueText});
    return item.due === today() ? t('today') : t('by {day}', {day: item.dueText});
}

async function done(item) {
    await call('save', {id: item.id, fields: {status: 'gedaan'}});
    say(t('Done: {what}', {what: item.title}), button(t('Undo'), async () => {
        await call('save', {id: item.id, fields: {status: 'open'}});
        again();
    }));
    again();
}

export async function duePage() {
    const {due} = await call('due');

    return {title: t('To do'), body: [
        due.length === 0 && el('p', {class: 'well'}, t('Nothing is waiting for you.')),
        el('ul', {class: 'cards'}, due.map((item) => el('li', {
            class: item.due !== '' && item.due < today() ? 'card late' : 'card'},
        el('h2', {}, item.title),
        el('p', {}, when(item), ' · ', item.status),
        item.about && el('p', {}, el('a', {class: 'utrecht-link block',
            href: `#/show/${item.about.id}`}, `${item.about.label}: ${item.about.title}`)),
        el('div', {class: 'row'},
            button(t('Done'), () => done(item), 'primary',
                {'aria-label': `${t('Done')}: ${item.title}`}),
            go(t('Change'), `#/edit/${item.id}`, 'secondary',
                {'aria-label': `${t('Change')}: ${item.title}`})))))]};
}
