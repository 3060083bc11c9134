// menu.js - the rest: emergency numbers, settings, the way to everything.

import {button, el} from '../common/dom.js';
import {call} from '../common/api.js';
import {language, languages, t, tn} from '../common/i18n.js';
import {choose, device} from './device.js';

export async function menuPage() {
    const {reviews} = await call('standing');
    const line = (href, text, about) => el('li', {}, el('a', {href},
        el('strong', {}, text), about && el('span', {class: 'about'}, about)));

    return {title: t('Menu'), body: [
        el('ul', {class: 'lines'},
            line('#/search', t('Search')),
            line('#/reviews', t('Written differently'), reviews > 0 &&
                tn(reviews, 'one record', '{n} records')),
            line('#/notice', t('Privacy notice')),
            line('#/emergency', t('Emergency numbers')),
            line('#/settings', t('Settings'), t('Language, size of the text, contrast'))),
        el('p', {}, button(t('Lock now'), async () => {
            await call('lock');
            window.dispatchEvent(new CustomEvent('settled'));
        }))]};
}

export async function emergencyPage() {
    const {numbers} = await (await fetch('/common/emergency.json')).json();

    return {title: t('Emergency numbers'), body: [
        el('p', {class: 'big'}, t('Is somebody in danger now? Call; write nothing down here.')),
        el('ul', {class: 'numbers'}, numbers.map((n) => el('li', {},
            el('a', {href: `tel:${n.number.replace(/[^0-9+]/g, '')}`},
                el('strong', {}, n.number),
                el('span', {class: 'about'}, n[language()] ?? n.nl)))))]};
}

function radios(legend, name, options, chosen) {
    return el('fieldset', {class: 'tiles'}, el('legend', {}, legend),
        options.map(([value, text]) => el('label', {class: 'tile'},
            el('input', {type: 'radio', name, value,
                checked: value === chosen,
                class: 'utrecht-radio-button utrecht-radio-button--html-input',
                onchange: async () => {
                    await choose({[name]: value});
                    window.dispatchEvent(new CustomEvent(
                        name === 'lang' ? 'settled' : 'dressed'));
                }}), el('span', {}, text))));
}

const names = {nl: 'Nederlands', en: 'English'};

export async function settingsPage() {
    const {lang, size, contrast} = device.settings;

    return {title: t('Settings'), body: [
        radios(t('Language'), 'lang', languages.map((l) => [l, names[l]]),
            lang || language()),
        radios(t('Size of the text'), 'size', [['100', t('Normal')],
            ['125', t('Large')], ['150', t('Larger')], ['200', t('Largest')]],
        size || '100'),
        radios(t('Contrast'), 'contrast', [['normal', t('Normal')],
            ['high', t('High, for in the sun')]], contrast || 'normal'),
        el('p', {class: 'muted'}, t('You are {user} ({role}).',
            {user: device.user, role: device.role}))]};
}
