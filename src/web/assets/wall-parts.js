// The parts of the wall that only show: bars, looks, cases, legend.

import { ago, el, now, percent, runningClock, shortTime, svg } from './common.js';
import { hatchPattern, shortCounty } from './map-draw.js';
import { placeWords, simulatedBadge, statusBadge } from './map-list.js';
import { AGES, isOverdue, lookOf, symbolPicture } from './map-symbols.js';

export function showBars(box, counties) {
  box.replaceChildren(...counties.map((county) => {
    const seen = county.share === null ? 0 : county.share * 100;
    return el('li', {}, el('span', { text: shortCounty(county.name) }),
      svg('svg', { viewBox: '0 0 100 18', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, svg('rect', { class: 'bar-seen', width: seen, height: 18 })),
      county.share === null ? el('span', { class: 'value none', text: '未有效观测' }) : el('span', { class: 'value', text: percent(county.share) }));
  }));
}

export function showLooks(box, looks) {
  const rows = [...looks].sort((a, b) => Date.parse(b[1]) - Date.parse(a[1])).slice(0, 7);
  box.replaceChildren(...rows.map(([satellite, time]) => el('li', {}, el('span', { text: satellite }), el('time', { datetime: time, text: shortTime(time) }), el('span', { class: 'ago', text: ago(time) }))));
  if (rows.length === 0) box.append(el('li', { class: 'quiet', text: '尚无观测' }));
}

/** Most overdue first, then what is due soonest, then what has no clock. */
export function byUrgency(a, b) {
  const due = (feature) => (feature.case?.due_at ? Date.parse(feature.case.due_at) : Infinity);
  return Number(isOverdue(b)) - Number(isOverdue(a)) || due(a) - due(b) || Date.parse(b.properties.last_seen) - Date.parse(a.properties.last_seen);
}

export function caseRow(feature, isNew) {
  const work = feature.case || {};
  const post = work.post?.name || '尚未派单';
  return el('li', { class: `case${isOverdue(feature) ? ' late' : ''}${isNew ? ' new' : ''}`, 'data-id': feature.properties.id },
    symbolPicture(lookOf(feature), 32),
    el('div', {}, el('p', { class: 'case-place', text: placeWords(feature) }),
      el('p', { class: 'case-post' }, simulatedBadge(feature), `${post} · ${shortTime(feature.properties.last_seen)} 探测`)),
    statusBadge(feature),
    el('span', { class: 'case-clock' }), el('span', { class: 'case-due' }));
}

/** The running clocks of the rows that are shown. */
export function tickRow(row, feature) {
  const work = feature.case || {};
  const [clock, due] = row.querySelectorAll('.case-clock, .case-due');
  clock.textContent = work.dispatched_at ? runningClock(now() - Date.parse(work.dispatched_at)) : '—';
  const late = isOverdue(feature);
  row.classList.toggle('late', late);
  if (!work.due_at || feature.properties.status === 'suspended') { due.textContent = late ? '超时' : '—'; return; }
  const left = Date.parse(work.due_at) - now();
  if (late) due.replaceChildren(el('small', { text: '超时' }), runningClock(Math.abs(left)));
  else due.textContent = runningClock(left);
}

export function showLegend(box) {
  const plain = { shape: 'unknown', age: 1, fill: 1, ring: 'none' };
  const items = [...AGES.map((band, age) => [{ age }, band.name]), [{ ring: 'work' }, '处置中'], [{ ring: 'overdue' }, '超时'], [{ ring: 'halt' }, '退回、挂起']];
  const swatch = svg('svg', { class: 'swatch', width: 24, height: 16, 'aria-hidden': 'true' }, svg('defs', {}, hatchPattern('hatch-legend', 0.8)), svg('rect', { width: 24, height: 16, fill: 'url(#hatch-legend)' }));
  box.replaceChildren(...items.map(([change, text]) => el('li', {}, symbolPicture({ ...plain, ...change }, 24), el('span', { text }))), el('li', {}, swatch, el('span', { text: '斜线=未有效观测' })));
}
