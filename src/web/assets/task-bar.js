// The four buttons. The one next step is the large one.
import { el, paint } from './task-dom.js';
import { W } from './task-words.js';
import { clock } from './task-format.js';
import { expected } from './task-answer.js';

const STEPS = ['acknowledge', 'arrive', 'report'];
const RANK = { triage: 0, dispatched: 0, acknowledged: 1, on_site: 2, reported: 3, reviewed: 3, closed: 0 };

export function paintBar(node, record, items, photos, isLinkGood, onPress) {
  const { status, may: mayByCase } = expected(record.state, items);
  const may = isLinkGood ? mayByCase : [];
  const next = STEPS.find((step) => may.includes(step)) || null;
  const buttons = STEPS.map((step, i) => stepOf(step, i, { served: record.state.event.properties.status, may, next, items }));
  const back = { action: 'return', isOpen: may.includes('return') };
  const hint = hintOf(status, next, record.state, may.includes('report') && hasDraft(record, photos));
  paint(node, [buttons, back, hint], () => [
    el('p', { class: 'hint' }, hint),
    el('ol', { class: 'steps' }, buttons.map((b) => el('li', { class: b.look }, stepButton(b, onPress))),
      el('li', { class: 'back' }, el('button', { type: 'button', id: 'do-return', disabled: !back.isOpen, onclick: () => onPress('return') }, W.actions.return))),
  ]);
}

function stepOf(step, i, { served, may, next, items }) {
  const mine = items.filter((item) => item.action === step && item.state !== 'refused').pop();
  const isOpen = may.includes(step);
  // Who reported from here without having arrived (无法到达) did not arrive.
  const isSkipped = step === 'arrive' && items.some((item) => item.action === 'report' && item.state !== 'refused');
  const isDone = !isOpen && (mine || (RANK[served] > i && !isSkipped));
  const small = isDone && mine ? (mine.state === 'waiting' ? W.pendingWord : clock(mine.pressed_at)) : '';
  const tick = isDone && mine && mine.state === 'waiting' ? '…' : '✓';
  return { action: step, number: i + 1, isOpen, isDone: Boolean(isDone), small, tick, look: step === next ? 'next' : isDone ? 'done' : isOpen ? 'open' : 'later' };
}

function stepButton(b, onPress) {
  return el('button', {
    type: 'button', id: `do-${b.action}`, class: b.look === 'next' ? 'primary' : null, disabled: !b.isOpen, onclick: () => onPress(b.action),
  },
  el('span', { class: 'word' }, b.isDone ? el('span', { class: 'tick', 'aria-hidden': 'true' }, b.tick) : null, W.actions[b.action]),
  b.small ? el('small', {}, b.small) : null);
}

const hasDraft = (record, photos) => Boolean(photos.some((p) => p.draft) || (record.draft && (record.draft.finding || record.draft.note)));

function hintOf(status, next, state, isDraft) {
  if (isDraft) return W.next.continueReport;
  if (next) return W.next[next];
  if (status !== state.event.properties.status && W.notYet[status]) return W.notYet[status];
  return W.ended[status] || W.nothingToDo;
}
