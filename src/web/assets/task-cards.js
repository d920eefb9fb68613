// What is known of the point, in words.
import { el, paint } from './task-dom.js';
import { W } from './task-words.js';
import { ago, between, dayAndClock, distance, duration, powerSize } from './task-format.js';
import { drawMap, zoomButtons } from './task-map.js';

export function paintHead(node, state, now) {
  const p = state.event.properties;
  const [first, last] = [Date.parse(p.first_seen), Date.parse(p.last_seen)];
  const due = state.event.case && state.event.case.due_at ? Date.parse(state.event.case.due_at) : null;
  const isEnded = ['reported', 'reviewed', 'closed', 'returned', 'suspended', 'excluded'].includes(p.status);
  const shown = {
    place: [p.county, p.township].filter(Boolean), simulated: p.simulated, first: dayAndClock(first, now), last: dayAndClock(last, now),
    ago: ago(last, now), note: state.task.note, status: p.status, awaits: state.event.case && state.event.case.awaits,
    due: due && !isEnded ? [dayAndClock(due, now), due > now ? W.dueLeft(duration(due - now)) : W.dueOver(duration(now - due)), due <= now] : null,
  };
  paint(node, shown, () => [
    el('div', { class: 'badges' },
      el('h1', {}, W.suspect),
      shown.simulated ? el('span', { class: 'badge simulated' }, W.simulated) : null,
      el('span', { class: 'badge status' }, W.status[p.status] || p.status)),
    el('p', { class: 'place' }, shown.place.map((part) => el('span', {}, part))),
    el('p', { class: 'seen' }, el('b', {}, `${W.lastSeen} ${shown.last}`), el('span', { class: 'age' }, shown.ago)),
    shown.first === shown.last ? null : el('p', { class: 'seen soft' }, `${W.firstSeen} ${shown.first}`),
    shown.due ? el('p', { class: shown.due[2] ? 'due over' : 'due' }, `${W.dueOf[shown.awaits] || W.due} ${shown.due[0]}`, el('b', {}, shown.due[1])) : null,
    shown.note ? el('div', { class: 'note' }, el('b', {}, W.note), el('p', {}, shown.note)) : null,
  ]);
}

export function paintNotices(node, record, now) {
  const notices = [];
  const state = record.state;
  if (record.link) {
    const [title, text] = W.links[record.link];
    notices.push({ kind: 'bad', title, text: record.link_detail && record.link !== 'elsewhere' ? `${text} ${record.link_detail}` : text });
  }
  if (state) {
    const p = state.event.properties;
    if (p.simulated) notices.push({ kind: 'simulated', text: W.simulatedLong });
    if (state.refused) notices.push({ kind: 'bad', title: W.sentBack, text: state.refused.note });
    if (p.merged_into) notices.push({ kind: 'warn', text: W.merged(p.merged_into) });
    else if (['closed', 'excluded', 'suspended', 'returned'].includes(p.status)) notices.push({ kind: 'warn', text: W.ended[p.status] });
  }
  if (Math.abs(record.offset_ms) > 120000) notices.push({ kind: 'warn', text: W.clock(record.offset_ms < 0, duration(record.offset_ms)) });
  if (state && Date.now() - record.got_at > 300000) notices.push({ kind: 'soft', text: W.stale(duration(Date.now() - record.got_at)) });
  paint(node, notices, () => notices.map((n) => el('div', { class: `notice ${n.kind}` }, n.title ? el('h2', {}, n.title) : null, el('p', {}, n.text))));
}

export function paintWhere(node, state, view) {
  const p = state.event.properties;
  const centre = state.event.geometry.coordinates;
  const me = view.me ? { lon: view.me.lon, lat: view.me.lat, accuracy_m: view.me.accuracy_m } : null;
  const shown = { centre, candidates: state.candidates, error: p.position_error_m, ellipse: p.error_ellipse, half: view.half_km, me, place: view.placeState, links: state.links, copied: view.copied, grid: p.grid_cell, n: (state.surroundings || { features: [] }).features.length };
  const numbers = `${centre[1].toFixed(5)}, ${centre[0].toFixed(5)}`;
  paint(node, shown, () => [
    el('h2', { id: 'where-title' }, W.placeTitle),
    state.candidates && state.candidates.length ? el('ul', { class: 'candidates' }, state.candidates.map((c) => el('li', {}, candidateWords(c, centre)))) : null,
    p.position_error_m ? el('p', { class: 'error-words' }, W.error(distance(p.position_error_m / 1000))) : null,
    el('h3', {}, W.navigate),
    el('div', { class: 'navigate' }, (state.links || []).map((link) => el('a', { href: safe(link.url), target: '_blank', rel: 'noopener noreferrer', class: 'go' }, link.name))),
    el('div', { class: 'map-box' }, drawMap(state, view.half_km, me), zoomButtons(view.zoom)),
    el('p', { class: 'soft legend' }, el('i', { class: 'key', 'aria-hidden': 'true' }), p.error_ellipse ? W.ellipse : W.circle),
    meWords(me, centre, view),
    el('div', { class: 'coordinates' },
      el('div', {}, el('span', { class: 'soft' }, W.coordinates), el('span', { class: 'numbers' }, numbers)),
      el('button', { type: 'button', id: 'copy', class: 'quiet', onclick: () => view.copy(numbers) }, view.copied || W.copy)),
  ]);
}

const safe = (url) => (/^(https:|[a-z]+map:|geo:)/.test(url) ? url : '#');

function candidateWords(c, centre) {
  if (typeof c.lon !== 'number') return `${c.name} ${c.direction || ''} ${typeof c.km === 'number' ? distance(c.km) : ''}`;
  const { km, direction } = between([c.lon, c.lat], centre);
  return [el('b', {}, c.name), el('span', {}, W.seatOf('', direction, distance(km)))];
}

function meWords(me, centre, view) {
  if (me) {
    const { km, direction } = between([me.lon, me.lat], centre);
    return el('p', { class: 'from-me' }, W.fromMe(distance(km), direction));
  }
  if (view.placeState === 'refused') return el('p', { class: 'soft' }, W.placeRefused);
  if (view.placeState === 'asked') return el('p', { class: 'soft' }, W.locating);
  return el('button', { type: 'button', id: 'show-me', class: 'quiet wide', onclick: view.ask }, W.showMe);
}

export function paintKnown(node, state) {
  const p = state.event.properties;
  const e = state.event;
  const rows = [
    [W.satellites, `${(p.sources || []).join('、')}${e.looks ? `，${W.looks(e.looks)}` : ''}`],
    [W.power, typeof p.max_frp_mw === 'number' ? powerSize(p.max_frp_mw) : W.unknownValue],
    [W.kind, W.kinds[p.class] || W.kinds.unknown],
    [W.confidence, W.confidences[p.confidence] || W.unknownValue],
    [W.confirmation, W.confirmations[e.confirmation]],
    [W.responsible, p.responsible],
    [W.grid, p.grid_cell],
  ].filter(([, value]) => value);
  const reasons = e.reasons || [];
  paint(node, [rows, reasons], () => [
    el('h2', { id: 'known-title' }, W.knownTitle),
    el('p', { class: 'lead' }, W.lead),
    el('dl', {}, rows.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)))),
    reasons.length ? el('h3', {}, W.reasons) : null,
    reasons.length ? el('ul', { class: 'reasons' }, reasons.map((r) => el('li', {}, r))) : null,
  ]);
}

export function paintList(node, tasks, unsentOf, now) {
  const made = (t) => Date.parse(t.state.task.made_at);
  const rows = tasks.filter((t) => t.state).sort((a, b) => made(b) - made(a)).map((t) => {
    const p = t.state.event.properties;
    return {
      token: t.token, place: [p.county, p.township].filter(Boolean).join(' '), unsent: unsentOf(t.token), simulated: p.simulated,
      when: dayAndClock(Date.parse(p.last_seen), now), status: t.link ? W.links[t.link][0] : W.status[p.status],
    };
  });
  paint(node, rows, () => [
    el('h1', { class: 'list-title' }, rows.length ? W.tasksTitle : W.noTasks),
    rows.length ? el('ul', { class: 'tasks' }, rows.map((r) => el('li', {}, el('a', { href: `#${r.token}` },
      el('b', {}, r.place), r.simulated ? el('span', { class: 'badge simulated' }, W.simulated) : null,
      el('span', { class: 'soft' }, [`${W.suspect}`, r.when, r.status].filter(Boolean).join(' · ')),
      r.unsent ? el('span', { class: 'unsent' }, W.unsentCount(r.unsent)) : null)))) : null,
  ]);
}
