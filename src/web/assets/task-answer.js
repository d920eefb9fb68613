// An answer of the officer: kept on the phone first, then sent. And what the case will be once all that waits has arrived.
import { serverNow } from './task-load.js';
import { placeNow } from './task-place.js';

const db = self.TaskDb;
const HOLD_MS = 8000;

const AFTER = { acknowledge: 'acknowledged', arrive: 'on_site', report: 'reported', return: 'returned' };
const MAY_AFTER = { acknowledged: ['arrive', 'report', 'return'], on_site: ['report', 'return'], reported: [], returned: [] };

// Resolves to true only when the transaction is complete; false: it lives in the open page alone.
export async function answer(record, action, body, photoIds) {
  const item = {
    key: db.uuid(), token: record.token, event: record.state.event.id, action,
    body: Object.assign({ at: new Date(serverNow(record)).toISOString() }, body),
    pressed_at: serverNow(record), state: 'waiting', tries: 0, next_at: 0, hold_until: 0, sending: 0,
  };
  // The arrival is on the phone at once; its place follows within seconds, and the sender waits for it that long.
  if (action === 'arrive') item.hold_until = Date.now() + HOLD_MS;
  const saved = await store(item, photoIds || []);
  if (action === 'arrive') placeArrival(item);
  else self.TaskSend.hurry();
  return saved;
}

async function store(item, photoIds) {
  try {
    item.seq = await db.addAnswer(item, photoIds);
    return true;
  } catch (error) {
    db.hold('queue', item);
    for (const id of photoIds) await db.patch('photos', id, { draft: false }).catch(() => {});
    if (item.action === 'report') await db.patch('tasks', item.token, { draft: null }).catch(() => {});
    return false;
  }
}

async function placeArrival(item) {
  const place = await placeNow(HOLD_MS - 2000);
  const now = (await db.all('queue')).find((row) => row.seq === item.seq);
  if (now && now.state === 'waiting' && !now.sending && !now.body.place) {
    const body = place ? Object.assign({}, now.body, { place }) : now.body;
    await db.patch('queue', item.seq, { body, hold_until: 0 }).catch(() => {});
  }
  self.TaskSend.hurry();
}

export async function tryAgain(item) {
  await db.patch('queue', item.seq, { state: 'waiting', refusal: null, next_at: 0, hold_until: 0 });
  self.TaskSend.hurry();
}

// The server's word, moved on by what still waits on the phone.
export function expected(state, items) {
  const waiting = items.filter((item) => item.state === 'waiting');
  if (!waiting.length) return { status: state.event.properties.status, may: state.may || [] };
  const status = AFTER[waiting[waiting.length - 1].action];
  return { status, may: MAY_AFTER[status] };
}
