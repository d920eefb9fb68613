// The task as the server has it, and as the phone remembers it.
const db = self.TaskDb;
const net = self.TaskNet;

const LINK_OF = { 404: 'unknown', 409: 'elsewhere', 410: 'over' };

export const serverNow = (record) => Date.now() + ((record && record.offset_ms) || 0);

export async function remembered(token) {
  return (await db.get('tasks', token)) || null;
}

// Opens the link the first time and asks for the state after that. Resolves to what came of it:
// `fresh`, `offline`, or the state of a link that no longer works.
export async function refresh(token) {
  let record = await remembered(token);
  if (!record) {
    // The key is kept before the first request: if its answer is lost on the way, the server knows the phone again.
    record = { token, open_key: db.uuid(), opened: false, state: null, link: null, offset_ms: 0, draft: null };
    await db.put('tasks', record).catch(() => db.hold('tasks', record));
  }
  const started = Date.now();
  let answer = record.opened ? await net.call(token, 'GET', '/task/state') : await openLink(record);
  if (answer.kind === 'refused' && record.opened && [401, 403, 409].includes(answer.status)) answer = await openLink(record);
  if (answer.kind === 'again') return 'offline';
  if (answer.kind === 'refused') {
    const link = LINK_OF[answer.status] || 'unknown';
    await db.patch('tasks', token, { link, link_detail: (answer.data && answer.data.detail) || '' });
    return link;
  }
  const middle = (started + Date.now()) / 2;
  const offset_ms = Math.round(Date.parse(answer.data.now) - middle);
  const tookOver = !record.opened && (await takeOver(record, answer.data));
  await keep(record, { opened: true, state: answer.data, link: null, link_detail: '', got_at: Date.now(), offset_ms });
  if (tookOver) self.TaskSend.hurry();
  return 'fresh';
}

function openLink(record) {
  return net.call(record.token, 'POST', '/task/open', { json: { token: record.token }, key: record.open_key });
}

async function keep(record, changes) {
  try {
    await db.patch('tasks', record.token, changes);
  } catch (error) {
    db.hold('tasks', Object.assign({}, record, changes));
  }
}

// The desk sent a new link of the same event: what waits on this phone for an older one, which is over, goes with the new one.
async function takeOver(record, state) {
  const event = state.event.properties.id;
  const post = state.task.post;
  const isOlder = (task) => task.token !== record.token && task.state && task.state.event.properties.id === event && task.state.task.post === post;
  const older = new Set((await db.all('tasks')).filter(isOlder).map((task) => task.token));
  if (!older.size) return false;
  for (const item of await db.all('queue')) {
    const isOpen = item.state !== 'done' && (item.state !== 'refused' || (item.refusal && item.refusal.status === 410));
    if (older.has(item.token) && isOpen) await db.note('queue', item, { token: record.token, state: 'waiting', refusal: null, next_at: 0, hold_until: 0, sending: 0 });
  }
  for (const photo of await db.all('photos')) {
    if (older.has(photo.token) && !photo.complete) await db.note('photos', photo, { token: record.token, refused: null });
  }
  return true;
}

const MONTH_MS = 30 * 86400000;

// Old tasks go, but never one with something unsent.
export async function tidy(shown) {
  const { items, photos } = await self.TaskSend.unsent();
  const busy = new Set(items.concat(photos).map((row) => row.token));
  const tasks = await db.all('tasks');
  const old = tasks.filter((t) => t.token !== shown && Date.now() - (t.got_at || 0) > MONTH_MS && !busy.has(t.token) && !t.draft && (t.got_at || t.link));
  if (!old.length) return;
  const gone = new Set(old.map((t) => t.token));
  const rows = async (store) => (await db.all(store)).filter((row) => gone.has(row.token));
  for (const item of await rows('queue')) await db.remove('queue', item.seq);
  for (const photo of await rows('photos')) await db.remove('photos', photo.id);
  for (const token of gone) await db.remove('tasks', token);
}
