// parts.js - what the pages of the desk are put together from.

import {el, fresh} from '../common/dom.js';
import {language} from '../common/i18n.js';

// Of a label {nl, en}.
export function said(label) {
    return label?.[language()] ?? label?.nl ?? '';
}

export function count(n) {
    return new Intl.NumberFormat(language()).format(n);
}

// A control with its label, and a hint if there is one.
export function field(label, control, hint) {
    if (control.tagName === 'FIELDSET') {
        control.prepend(el('legend', {}, label));
        return control;
    }
    control.id ||= fresh('f');
    if (hint)
        control.setAttribute('aria-describedby', `${control.id}-hint`);
    return el('div', {class: 'field'},
        el('label', {for: control.id}, label),
        hint && el('p', {class: 'hint', id: `${control.id}-hint`}, hint),
        control);
}

export function textbox(more) {
    return el('input', {type: 'text', class: 'utrecht-textbox',
        autocomplete: 'off', ...more});
}

export function textarea(more) {
    return el('textarea', {class: 'utrecht-textarea', rows: '4', ...more});
}

// options: [[code, text], ...]
export function select(options, value, more) {
    const node = el('select', {class: 'utrecht-select', ...more},
        options.map(([code, text]) => el('option', {value: code}, text)));

    if (value !== undefined && value !== null)
        node.value = value;
    return node;
}

export function pick(kind, name, value, text, checked) {
    return el('label', {class: 'tile'},
        el('input', {type: kind, name, value, checked}), el('span', {}, text));
}

// Several choices as boxes; its value is that of a text field: codes with commas
// between them.
export function checks(options, plain) {
    const has = plain.split(/[,;]/).map((code) => code.trim());
    const node = el('fieldset', {class: 'tiles'}, options.map(([code, text]) =>
        pick('checkbox', 'choice', code, text, has.includes(code))));

    Object.defineProperty(node, 'value', {get: () =>
        [...node.querySelectorAll('input:checked')].map((i) => i.value).join(',')});
    return node;
}

export function tag(text, kind = '') {
    return el('span', {class: `tag ${kind}`}, text);
}

// A table; on a narrow screen each row becomes a card.  A head that begins
// with '#' is of numbers.
export function table(caption, heads, rows) {
    const names = heads.map((h) => h.replace(/^#/, ''));
    const number = (i) => heads[i].startsWith('#') ? 'n' : null;

    return el('div', {class: 'scroll', tabindex: '0', role: 'region',
        'aria-label': caption},
    el('table', {class: 'rows'},
        el('caption', {}, caption),
        el('thead', {}, el('tr', {}, names.map((h, i) =>
            el('th', {scope: 'col', class: number(i)}, h)))),
        el('tbody', {}, rows.map((cells) => el('tr', {}, cells.map((c, i) =>
            i === 0 ? el('th', {scope: 'row', class: number(i)}, c)
                : el('td', {'data-head': names[i], class: number(i)}, c)))))));
}

// Facts: [[name, value], ...]; what is empty is left out.
export function facts(list) {
    return el('dl', {class: 'facts'}, list.filter(([, value]) =>
        value !== null && value !== undefined && value !== '').map(
        ([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
}
