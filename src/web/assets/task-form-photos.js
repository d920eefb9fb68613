// The photos of a report that is being written: each is on the phone before it is shown as such.
import { el, replaceAll } from './task-dom.js';
import { W } from './task-words.js';
import { clock } from './task-format.js';
import { serverNow } from './task-load.js';
import { placeNow } from './task-place.js';
import { prepare } from './task-photo.js';

const db = self.TaskDb;
const MOST = 9;
const PLACE_MS = 15000;

export function photoField(record, complain) {
  const rows = [];
  const placing = new Set();
  let busy = Promise.resolve();
  const list = el('ul', { class: 'photos' });
  const state = el('p', { class: 'soft', role: 'status' }, W.photoHint);
  const missing = el('p', { class: 'soft', role: 'status' });
  // One button a kind: what a photo shows is said by taking it.
  const takers = W.photoKinds.map(([kind, name, hint]) => taker(kind, name, hint));
  const button = el('div', { class: 'takes', role: 'group', 'aria-label': W.takePhoto }, takers.map((t) => t.node));

  db.all('photos').then((all) => {
    all.filter((p) => p.token === record.token && p.draft)
      .sort((a, b) => (a.taken_at < b.taken_at ? -1 : 1)).forEach(show);
  });

  function taker(kind, name, hint) {
    const input = el('input', { type: 'file', accept: 'image/*', capture: 'environment', id: `take-${kind}`, onchange: () => taken(kind, input) });
    const mark = el('b', { 'aria-hidden': 'true' });
    return { kind, name, input, mark, node: el('label', { class: 'take' }, input, el('span', {}, el('em', {}, mark, W.take(name)), el('small', {}, hint))) };
  }

  function taken(kind, input) {
    const file = input.files[0];
    if (!file) return;
    const taken_at = serverNow(record);
    // The place is asked for at once, while the picture is being made small.
    const place = placeNow(PLACE_MS);
    busy = busy.then(() => add(file, kind, taken_at, place)).catch(() => complain(W.photoWrong));
    input.value = '';
  }

  async function add(file, kind, taken_at, place) {
    state.textContent = W.photoBusy;
    const picture = await prepare(file).catch(() => null);
    state.textContent = W.photoHint;
    if (!picture) {
      complain(W.photoWrong);
      return;
    }
    const photo = Object.assign({
      id: db.uuid(), token: record.token, event: record.state.event.id, draft: true, kind, taken_at: new Date(taken_at).toISOString(),
      lon: null, lat: null, accuracy_m: null, registered: false, refused: null, small_done: false, received: 0, complete: false,
      tries: 0, next_at: 0,
    }, picture);
    try {
      await db.put('photos', photo);
    } catch (error) {
      db.hold('photos', photo);
      complain(W.photoNotStored);
    }
    const row = show(photo);
    placing.add(photo.id);
    place.then(async (found) => {
      placing.delete(photo.id);
      if (found) {
        Object.assign(photo, found);
        await db.patch('photos', photo.id, found).catch(() => {});
      }
      row.describe();
    });
    row.describe();
  }

  function show(photo) {
    const meta = el('span', { class: 'photo-meta' });
    const picture = photo.small || (photo.mime === 'image/heic' ? null : photo.original);
    const url = picture ? URL.createObjectURL(picture) : null;
    const number = rows.length + 1;
    const image = url ? el('img', { src: url, alt: W.photo(number), width: '96', height: '72' }) : el('span', { class: 'no-image', 'aria-hidden': 'true' });
    const drop = el('button', { type: 'button', class: 'quiet', 'aria-label': `${W.remove}${W.photo(number)}`, onclick: () => removeOf(row) }, W.remove);
    const node = el('li', {}, image, meta, drop);
    const row = { photo, node, url, drop, describe };
    function describe() {
      const where = photo.lon !== null ? W.accuracy(photo.accuracy_m) : placing.has(photo.id) ? W.locating : W.noPlace;
      replaceAll(meta, [
        el('b', {}, `${nameOf(photo.kind)} ${clock(Date.parse(photo.taken_at))}`.trim()), el('span', {}, where),
        photo.small ? null : el('span', {}, W.photoNotDrawn), photo.unsaved ? el('span', { class: 'bad' }, W.memoryOnly) : null,
      ].filter(Boolean));
    }
    describe();
    rows.push(row);
    list.append(node);
    limit();
    return row;
  }

  function removeOf(row) {
    if (!row.sure) {
      row.sure = true;
      row.drop.textContent = W.removeSure;
      row.drop.removeAttribute('aria-label');
      return;
    }
    rows.splice(rows.indexOf(row), 1);
    if (row.url) URL.revokeObjectURL(row.url);
    row.node.remove();
    db.remove('photos', row.photo.id).catch(() => {});
    limit();
    takers[0].input.focus();
  }

  const nameOf = (kind) => (W.photoKinds.find(([code]) => code === kind) || ['', ''])[1];

  function limit() {
    const isFull = rows.length >= MOST;
    const lacking = takers.filter((t) => !rows.some((row) => row.photo.kind === t.kind));
    takers.forEach((t) => {
      t.input.disabled = isFull;
      t.mark.textContent = lacking.includes(t) ? '' : '✓ ';
    });
    state.textContent = isFull ? W.photoMost(MOST) : W.photoHint;
    missing.textContent = rows.length && lacking.length ? W.photoLacking(lacking.map((t) => t.name).join('、')) : '';
  }

  return {
    node: el('fieldset', { class: 'photo-field' }, el('legend', {}, W.photos), list, button, missing, state),
    ids: () => rows.map((row) => row.photo.id),
    settled: () => busy,
    close: () => rows.forEach((row) => row.url && URL.revokeObjectURL(row.url)),
  };
}
