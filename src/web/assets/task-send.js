// Sends what waits on the phone: per task the answers in order, then the small photos, then the originals in pieces.
// A plain script, shared with the service worker.
self.TaskSend = (() => {
  'use strict';
  const db = self.TaskDb;
  const { uploadPhoto, registerPhoto, interrupt } = self.TaskUpload;
  const LOCK = 'strawfire-task-send';
  const LEASE_MS = 60000;
  const me = db.uuid();
  const listeners = [];
  const channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel('strawfire-task') : null;
  let running = null;
  let wantedAgain = false;
  let wantedForce = false;
  let timer = 0;

  function told(kind) {
    if (channel) channel.postMessage(kind);
    listeners.forEach((hear) => hear(kind));
  }
  if (channel) {
    channel.onmessage = (event) => {
      if (event.data === 'hurry') interrupt();
      listeners.forEach((hear) => hear(event.data));
    };
  }

  // An answer just pressed goes before a piece of an original that is on its way.
  function hurry() {
    interrupt();
    told('hurry');
    return run(true);
  }

  function run(force) {
    wantedForce = wantedForce || Boolean(force);
    if (running) {
      wantedAgain = true;
      return running;
    }
    running = (async () => {
      do {
        wantedAgain = false;
        const now = wantedForce;
        wantedForce = false;
        await alone(() => drain(now));
      } while (wantedAgain);
    })().catch(() => {}).then(() => {
      running = null;
      return wake();
    });
    return running;
  }

  // Two tabs, or a tab and the service worker, do not send at once. The keys make it harmless if they ever did.
  async function alone(work) {
    if (self.navigator.locks) return self.navigator.locks.request(LOCK, work);
    let mine = false;
    await db.transact(['kv'], (s) => {
      s('kv').get('lease').onsuccess = (event) => {
        const lease = event.target.result;
        mine = !lease || lease.owner === me || lease.until < Date.now();
        if (mine) s('kv').put({ key: 'lease', owner: me, until: Date.now() + LEASE_MS });
      };
    }).catch(() => { mine = true; });
    if (!mine) return undefined;
    try {
      return await work();
    } finally {
      await db.remove('kv', 'lease').catch(() => {});
    }
  }

  async function drain(force) {
    const waiting = new Set();
    for (;;) {
      const job = await nextJob(waiting, force);
      if (!job) return;
      const outcome = await job.work();
      if (outcome === 'again') waiting.add(job.token);
      told('changed');
    }
  }

  const isUnsent = (photo) => !photo.draft && !photo.refused && (!photo.complete || (photo.small && !photo.small_done));

  async function unsent() {
    const items = (await db.all('queue')).filter((item) => item.state === 'waiting').sort((a, b) => a.seq - b.seq);
    const photos = (await db.all('photos')).filter(isUnsent).sort((a, b) => (a.taken_at < b.taken_at ? -1 : 1));
    return { items, photos };
  }

  async function nextJob(waiting, force) {
    const { items, photos } = await unsent();
    const tokens = new Set(items.concat(photos).map((row) => row.token));
    for (const token of tokens) {
      if (waiting.has(token)) continue;
      const item = items.find((row) => row.token === token);
      if (item) {
        if (item.hold_until > Date.now() || (!force && item.next_at > Date.now())) continue;
        const photo = item.action === 'report' && photos.find((p) => item.body.photos.includes(p.id) && !p.registered);
        if (photo) return { token, work: () => registerPhoto(photo) };
        return { token, work: () => sendAnswer(item) };
      }
      const photo = photos.find((p) => p.token === token && p.small && !p.small_done) || photos.find((p) => p.token === token);
      if (!force && photo.next_at > Date.now()) continue;
      return { token, work: () => uploadPhoto(photo) };
    }
    return null;
  }

  async function sendAnswer(item) {
    const body = Object.assign({}, item.body);
    if (body.photos) {
      const stored = await db.all('photos');
      body.photos = body.photos.filter((id) => stored.some((p) => p.id === id && p.registered));
    }
    await db.note('queue', item, { sending: Date.now() });
    told('changed');
    const path = `/events/${encodeURIComponent(item.event)}/${item.action}`;
    const answer = await self.TaskNet.call(item.token, 'POST', path, { json: body, key: item.key });
    if (answer.kind === 'again') {
      await db.note('queue', item, Object.assign({ sending: 0 }, self.TaskUpload.later(item, answer)));
      return 'again';
    }
    const result = { sending: 0, state: answer.kind === 'ok' ? 'done' : 'refused', answered_at: Date.now(), refusal: null };
    if (answer.kind === 'refused') {
      const said = answer.data || {};
      result.refusal = { status: answer.status, title: said.title || '', detail: said.detail || '', status_now: said.status_now || null };
    }
    await db.note('queue', item, result);
    if (answer.data && answer.data.event) await rememberEvent(item.token, answer.data.event);
    told('answered');
    return answer.kind;
  }

  async function rememberEvent(token, event) {
    const task = await db.get('tasks', token);
    if (!task || !task.state) return;
    await db.patch('tasks', token, { state: Object.assign({}, task.state, { event }) }).catch(() => {});
  }

  async function wake() {
    clearTimeout(timer);
    const { items, photos } = await unsent();
    const times = items.map((item) => Math.max(item.hold_until || 0, item.next_at || 0)).concat(photos.map((p) => p.next_at || 0));
    if (!times.length) return 0;
    const delay = Math.max(500, Math.min(...times) - Date.now());
    timer = setTimeout(() => run(false), Math.min(delay, 120000));
    return times.length;
  }

  return { run, hurry, unsent, listen: (hear) => listeners.push(hear), told };
})();
