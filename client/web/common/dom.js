// dom.js - elements from code.  Text is text: nothing here, or anywhere else in
// these pages, turns a string into markup (tests/lint/web).

// el('a', {href: '#/', class: 'x', onclick: f}, 'text', child, [children])
export function el(tag, attributes, ...children) {
    const node = document.createElement(tag);

    for (const [name, value] of Object.entries(attributes ?? {})) {
        if (value === undefined || value === null || value === false)
            continue;
        if (name.startsWith('on'))
            node.addEventListener(name.slice(2), value);
        else if (name === 'value')
            node.value = value;
        else
            node.setAttribute(name, value === true ? '' : value);
    }
    add(node, children);
    return node;
}

export function add(node, children) {
    for (const child of children.flat(9))
        if (child !== undefined && child !== null && child !== false)
            node.append(child);
    return node;
}

export function replace(node, ...children) {
    node.replaceChildren();
    return add(node, children);
}

let ids = 0;

// An id for a label to point at.
export function fresh(stem) {
    ids += 1;
    return `${stem}-${ids}`;
}

export function button(text, onclick, look = 'secondary', more = {}) {
    return el('button', {
        type: 'button',
        class: `utrecht-button utrecht-button--${look}-action`,
        onclick,
        ...more,
    }, text);
}

// A link that looks like a button: for going somewhere.
export function go(text, href, look = 'secondary', more = {}) {
    return el('a', {
        class: `utrecht-button utrecht-button--${look}-action`,
        href,
        ...more,
    }, text);
}

// A note that is read out when it comes: kind is info, ok, warning or error.
export function note(kind, ...children) {
    return el('div', {
        class: `utrecht-alert utrecht-alert--${kind} note`,
        role: kind === 'error' ? 'alert' : 'status',
    }, children);
}

// A picture for eyes alone, drawn with lines on 24 by 24.
export function icon(path) {
    const ns = 'http://www.w3.org/2000/svg';
    const svg = document.createElementNS(ns, 'svg');
    const line = document.createElementNS(ns, 'path');

    for (const [name, value] of Object.entries({viewBox: '0 0 24 24',
        class: 'icon', 'aria-hidden': 'true', focusable: 'false'}))
        svg.setAttribute(name, value);
    line.setAttribute('d', path);
    svg.append(line);
    return svg;
}
