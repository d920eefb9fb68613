// What is on the phone, what has arrived, what was refused: never a word more than is true.
import { el, paint } from './task-dom.js';
import { W } from './task-words.js';
import { clock } from './task-format.js';
import { serverNow } from './task-load.js';
import { tryAgain } from './task-answer.js';

const STALE_SENDING_MS = 60000;
const thumbs = new Map();

// The last press in one line, beside the thumb that pressed. The only one of these texts that is read aloud.
export function paintLatest(node, record, items) {
  const line = items.length ? answerLine(items[items.length - 1], record, Date.now()) : null;
  const text = line ? `${line.name}：${line.text}` : '';
  if (node.textContent !== text) node.textContent = text;
  node.className = line ? `latest ${line.kind}` : 'latest';
}

export function paintSending(node, record, items, photos) {
  const now = Date.now();
  const lines = items.map((item) => answerLine(item, record, now));
  const pictures = photos.filter((p) => !p.draft).map((photo, i) => photoLine(photo, i + 1, record));
  paint(node, [lines, pictures], () => {
    if (!lines.length) return [];
    return [
      el('h2', { id: 'sending-title' }, W.sendingTitle),
      el('ul', { class: 'lines' }, lines.map((line, i) => row(line, items[i]))),
      pictures.length ? el('ul', { class: 'lines pictures' }, pictures.map((p) => pictureRow(p, photos))) : null,
    ];
  });
}

function answerLine(item, record, now) {
  const line = { name: W.actions[item.action], pressed: W.pressed(clock(item.pressed_at)), seq: item.seq, key: item.key };
  const offset = serverNow(record) - now;
  if (item.state === 'done') return Object.assign(line, { kind: 'good', text: W.delivered(clock(item.answered_at + offset)) });
  if (item.state === 'refused') {
    const r = item.refusal;
    const said = [r.title || W.refusedBy[r.status], r.detail, r.status_now && W.statusNow(W.status[r.status_now] || r.status_now)];
    return Object.assign(line, { kind: 'bad', text: W.refused, said: said.filter(Boolean).join(' '), canRetry: r.status !== 410 });
  }
  if (item.unsaved) return Object.assign(line, { kind: 'bad', text: W.memoryOnly });
  const isSending = item.sending && now - item.sending < STALE_SENDING_MS;
  return Object.assign(line, { kind: 'wait', text: isSending ? W.sendingNow : item.hold_until > now ? W.holding : W.saved });
}

function photoLine(photo, number, record) {
  const line = { id: photo.id, name: W.photo(number) };
  const share = Math.floor((100 * (photo.received || 0)) / photo.size);
  const r = photo.refused;
  if (r) {
    const why = r.mismatch ? W.photoMismatch : r.lost ? W.photoLost : `${W.refused}：${[r.title || W.refusedBy[r.status], r.detail].filter(Boolean).join(' ')}`;
    return Object.assign(line, { kind: 'bad', text: why });
  }
  if (photo.complete && (photo.small_done || !photo.small)) {
    return Object.assign(line, { kind: 'good', text: W.photoDone(clock(photo.answered_at + serverNow(record) - Date.now())) });
  }
  if (photo.unsaved) return Object.assign(line, { kind: 'bad', text: W.memoryOnly });
  if (photo.small_done) return Object.assign(line, { kind: 'wait', text: W.photoSmall(share) });
  return Object.assign(line, { kind: 'wait', text: share ? W.photoOriginal(share) : W.photoWaiting });
}

const MARK = { good: '✓', bad: '!', wait: '…' };

function row(line, item) {
  return el('li', { class: line.kind, 'data-action': item.action, 'data-state': item.state },
    el('span', { class: 'mark', 'aria-hidden': 'true' }, MARK[line.kind]),
    el('div', {},
      el('b', {}, line.name), ' ', el('span', { class: 'soft' }, line.pressed),
      el('p', {}, line.text),
      line.said ? el('p', { class: 'said' }, line.said) : null,
      line.canRetry ? el('button', { type: 'button', class: 'quiet', onclick: () => tryAgain(item) }, W.retry) : null));
}

function pictureRow(line, photos) {
  const photo = photos.find((p) => p.id === line.id);
  if (photo.small && !thumbs.has(photo.id)) thumbs.set(photo.id, URL.createObjectURL(photo.small));
  const url = thumbs.get(photo.id);
  return el('li', { class: line.kind, 'data-photo': photo.id, 'data-complete': String(photo.complete) },
    url ? el('img', { src: url, alt: '', width: '56', height: '42' }) : el('span', { class: 'no-image', 'aria-hidden': 'true' }),
    el('div', {}, el('b', {}, line.name), el('p', {}, line.text)));
}
