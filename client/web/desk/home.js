// home.js - where one starts: who one is, and what waits.

import {call} from './call.js';
import {button, el} from '../common/dom.js';
import {day, t} from '../common/i18n.js';
import {me, roleWord} from './me.js';

export async function home() {
    return {title: t('Hello, {user}', {user: me.user}), body: [
        el('p', {}, t('You are here as {role}.', {role: roleWord(me.role)}), ' ',
            me.ends && t('Your account ends on {day}.', {day: day(me.ends - 1)})),
        me.areas.length > 0 && el('details', {class: 'more'},
            el('summary', {}, t('Your areas ({n})', {n: me.areas.length})),
            el('ul', {}, me.areas.map((a) => el('li', {}, a.name || a.slug)))),
        el('section', {},
            el('h2', {}, t('Lost a phone or laptop?')),
            el('p', {}, t('End all your sessions in browsers, here and elsewhere. You then sign in again with your passkey. Your administrator can withdraw a passkey for good.')),
            button(t('Sign out everywhere'), async () => {
                await call('sign-out-all');
                location.reload();
            })),
    ]};
}
