// pages.js - every page of the worker, one line each.

import {page} from '../common/page.js';
import {todayPage} from './today.js';
import {doorPage} from './door.js';
import {editPage, followPage, newPage, newOfPage, nextPage} from './new.js';
import {listPage, searchPage, showPage} from './read.js';
import {duePage} from './due.js';
import {syncPage} from './sync.js';
import {reviewsPage} from './reviews.js';
import {consentPage, noticePage} from './consent.js';
import {emergencyPage, menuPage, settingsPage} from './menu.js';

page('', todayPage);
page('door/:route/:address', doorPage);
page('new', newPage);
page('new/:type', newOfPage);
page('next/:id', nextPage);
page('follow/:id', followPage);
page('edit/:id', editPage);
page('show/:id', showPage);
page('list/:type', listPage);
page('search', searchPage);
page('due', duePage);
page('sync', syncPage);
page('reviews', reviewsPage);
page('consent/:id', consentPage);
page('notice', noticePage);
page('emergency', emergencyPage);
page('menu', menuPage);
page('settings', settingsPage);
