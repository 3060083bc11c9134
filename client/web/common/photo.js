// photo.js - a photo: made small here, and without what the camera wrote beside
// it; the device takes that out once more before it keeps it.

import {button, el, fresh, note, replace} from './dom.js';
import {call} from './api.js';
import {t} from './i18n.js';

const EDGE = 1600; // pixels
const QUALITY = 0.82;

async function small(file) {
    const picture = await createImageBitmap(file, {imageOrientation: 'from-image'});
    const scale = Math.min(1, EDGE / Math.max(picture.width, picture.height));
    const canvas = el('canvas', {});

    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, 'image/jpeg', QUALITY));
}

async function base64(blob) {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let text = '';

    for (let i = 0; i < bytes.length; i += 0x8000)
        text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
    return btoa(text);
}

// A kept photo as an <img>; a word in its place if it is not on this device.
export async function photo(sha256) {
    try {
        const {body, media} = await call('photo', {sha256});
        const bytes = Uint8Array.from(atob(body), (c) => c.charCodeAt(0));

        return el('img', {
            src: URL.createObjectURL(new Blob([bytes], {type: media})),
            alt: t('Photo'),
            class: 'photo',
        });
    } catch (fault) {
        return el('p', {}, fault.message || t('This did not work'));
    }
}

export function photoControl(field, value, change, context) {
    const kept = field.set ? [...value] : [value].filter((v) => v !== '');
    const holder = el('ul', {class: 'photos'});
    const problem = el('div', {});
    const id = fresh(field.name);

    function tell() {
        change(field.set ? kept : kept[0] ?? '', true);
    }

    async function show() {
        const items = await Promise.all(kept.map(async (sha256, i) => el('li', {},
            await photo(sha256),
            button(t('Remove photo {n}', {n: i + 1}), () => {
                kept.splice(kept.indexOf(sha256), 1);
                tell();
                show();
            }, 'secondary', {class: 'quiet'}))));

        replace(holder, items);
    }

    async function take() {
        replace(problem);
        for (const file of input.files) {
            try {
                const {sha256} = await call('photo-add', {
                    area: context.area || context.areas[0]?.slug,
                    body: await base64(await small(file)),
                });

                if (!field.set)
                    kept.length = 0;
                if (!kept.includes(sha256))
                    kept.push(sha256);
            } catch (fault) {
                replace(problem, note('error', el('p', {}, fault.answer?.text ||
                    t('This picture cannot be read. Take a JPEG or a PNG.'))));
            }
        }
        input.value = '';
        tell();
        await show();
    }

    const input = el('input', {
        id,
        type: 'file',
        accept: 'image/jpeg,image/png',
        capture: 'environment',
        class: 'file',
        onchange: take,
    });

    show();
    return {
        node: el('div', {class: 'stack'}, holder,
            el('p', {}, t('No people, no house numbers, no number plates.')),
            el('label', {for: id, class: 'utrecht-button utrecht-button--secondary-action'},
                t('Take or choose a photo')),
            input, problem),
        labels: null,
    };
}
