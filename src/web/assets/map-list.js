// The list of events: one row an event, newest first, arrows to move, Enter to open.

import { ago, el, lasting, now, number, shortTime } from './common.js';
import { isOverdue, lookOf, symbolPicture } from './map-symbols.js';
import { CLASS, CONFIDENCE, STATUS, STATUS_TONE, word } from './words.js';
import { shortCounty } from './map-draw.js';

const AGED_MS = 50000;
const ROWS_IN_SIGHT = 40;

/** Where an event is, in words that a person can drive by. */
export function placeWords(feature) {
  const event = feature.properties;
  const county = shortCounty(event.county);
  if (event.township) return `${county} ${event.township}`;
  const hint = (feature.candidates || [])[0];
  return hint ? `${county} ${hint}` : county;
}

/** 超时 12 分, or how long until it is due. */
export function dueWords(feature) {
  const due = feature.case?.due_at ? Date.parse(feature.case.due_at) : null;
  if (isOverdue(feature)) return { late: true, text: due ? `超时 ${lasting(now() - due)}` : '超时' };
  if (due && !['closed', 'excluded'].includes(feature.properties.status)) return { late: false, text: `余 ${lasting(due - now())}` };
  return null;
}

export function statusBadge(feature) {
  const { status } = feature.properties;
  const triaged = status === 'triage' && feature.case?.triaged_at;
  return el('span', { class: `badge ${STATUS_TONE[status] || 'done'}`, text: triaged ? '待派单' : word(STATUS, status) });
}

export function simulatedBadge(feature) {
  return feature.properties.simulated ? el('span', { class: 'badge sim', text: '模拟' }) : null;
}

function factWords(event) {
  const power = event.max_frp_mw === null || event.max_frp_mw === undefined ? null : `${number(event.max_frp_mw)} MW`;
  return [word(CLASS, event.class), `置信度 ${word(CONFIDENCE, event.confidence)}`, power, `${event.detections} 个探测`].filter(Boolean).join(' · ');
}

function makeRow(feature, selected, fresh, onOpen) {
  const event = feature.properties;
  const due = dueWords(feature);
  const button = el('button', {
    type: 'button', class: 'row', 'data-id': event.id, 'aria-current': selected ? 'true' : null, onclick: () => onOpen(event.id),
  },
  symbolPicture(lookOf(feature)),
  el('span', { class: 'row-main' },
    el('span', { class: 'row-place', text: placeWords(feature) }),
    el('span', { class: 'row-facts', text: factWords(event) })),
  el('span', { class: 'row-side' },
    el('span', { class: 'row-badges' }, simulatedBadge(feature), due?.late ? el('span', { class: 'badge late', text: due.text }) : null, statusBadge(feature)),
    el('span', { class: 'row-time' }, el('time', { datetime: event.last_seen, text: `${shortTime(event.last_seen)} · ${ago(event.last_seen)}` }))));
  return el('li', { class: fresh ? 'fresh' : null }, button);
}

/** The list as an object of functions; it holds rows, not events. */
export function makeList(box, { onOpen, isSelected }) {
  const rows = new Map();
  const drawnAt = new WeakMap();
  const seenMs = new Map();

  const put = (feature, fresh) => {
    const { id, last_seen: lastSeen } = feature.properties;
    const row = makeRow(feature, isSelected(id), fresh, onOpen);
    const old = rows.get(id);
    drawnAt.set(row, now());
    const hadFocus = old?.contains(document.activeElement);
    const moved = seenMs.get(id) !== Date.parse(lastSeen);
    rows.set(id, row);
    seenMs.set(id, Date.parse(lastSeen));
    if (old && !moved) old.replaceWith(row);
    else {
      old?.remove();
      box.insertBefore(row, firstOlder(Date.parse(lastSeen)));
    }
    if (hadFocus) row.firstElementChild.focus({ preventScroll: true });
  };

  const firstOlder = (ms) => {
    for (const row of box.children) if (seenMs.get(row.firstElementChild.dataset.id) < ms) return row;
    return null;
  };

  const append = (features) => {
    const fragment = document.createDocumentFragment();
    for (const feature of features) {
      const { id } = feature.properties;
      rows.get(id)?.remove();
      const row = makeRow(feature, isSelected(id), false, onOpen);
      rows.set(id, row);
      drawnAt.set(row, now());
      seenMs.set(id, Date.parse(feature.properties.last_seen));
      fragment.append(row);
    }
    box.append(fragment);
  };

  const move = (step) => {
    const all = Array.from(box.children);
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + step))];
    next?.firstElementChild.focus();
  };

  /** Draws again the rows in sight whose words have aged; ten thousand rows a minute would hold the page up for seconds. */
  const redraw = (features) => {
    const scroll = box.parentElement;
    const top = scroll.getBoundingClientRect().top;
    let [low, high] = [0, box.children.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (box.children[middle].getBoundingClientRect().bottom < top) low = middle + 1; else high = middle;
    }
    for (const row of Array.from(box.children).slice(low, low + ROWS_IN_SIGHT)) {
      const feature = features.get(row.firstElementChild.dataset.id);
      if (feature && now() - drawnAt.get(row) > AGED_MS) put(feature, row.classList.contains('fresh'));
    }
  };

  box.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -1e9, End: 1e9 }[event.key];
    if (!step) return;
    event.preventDefault();
    move(step);
  });

  return {
    put, append, move,
    replace(features) { box.replaceChildren(); rows.clear(); seenMs.clear(); append(features); },
    remove(id) { rows.get(id)?.remove(); rows.delete(id); seenMs.delete(id); },
    mark(id, on) {
      const button = rows.get(id)?.firstElementChild;
      if (!button) return;
      if (on) { button.setAttribute('aria-current', 'true'); button.scrollIntoView({ block: 'nearest' }); } else button.removeAttribute('aria-current');
    },
    focus: (id) => rows.get(id)?.firstElementChild.focus(),
    redraw,
  };
}
