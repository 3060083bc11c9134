// device.js - what the pages know of the device they run on.

import {call} from '../common/api.js';

export const device = {user: '', role: '', areas: [], settings: {}, reviews: 0};

export async function learn() {
    Object.assign(device, await call('hello'));
}

export function unlearn() {
    Object.assign(device, {user: '', role: '', areas: [], reviews: 0});
}

export async function choose(settings) {
    Object.assign(device, await call('settings-put', settings));
}

export function areaName(slug) {
    return device.areas.find((a) => a.slug === slug)?.name ?? slug;
}

// The area of a new record: the one chosen last.
export function lastArea() {
    const last = device.settings.area ?? '';

    return device.areas.some((a) => a.slug === last) ? last : '';
}
