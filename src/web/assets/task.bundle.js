// Made by tools/bundle.py out of task*.js; not to be edited.
// What the phone keeps. A plain script, not a module: the service worker loads it too, and module workers are
// younger than the phones. A transaction counts as written only at its `complete` event.
self.TaskDb = (() => {
  'use strict';
  const KEYS = { tasks: 'token', queue: 'seq', photos: 'id', kv: 'key' };
  // What the storage refused lives here while the page is open, marked `unsaved`.
  const held = {};
  Object.keys(KEYS).forEach((store) => { held[store] = new Map(); });
  const FIRST_HELD = 1e9;
  let opening = null;

  function open() {
    if (opening) return opening;
    opening = new Promise((resolve, reject) => {
      const request = indexedDB.open('strawfire-task', 1);
      request.onupgradeneeded = () => {
        Object.keys(KEYS).forEach((store) => {
          request.result.createObjectStore(store, { keyPath: KEYS[store], autoIncrement: store === 'queue' });
        });
      };
      request.onsuccess = () => {
        const db = request.result;
        db.onversionchange = () => db.close();
        db.onclose = () => { opening = null; };
        resolve(db);
      };
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new Error('blocked'));
    });
    opening.catch(() => { opening = null; });
    return opening;
  }

  // `work` puts its requests; the promise is kept only when the transaction is complete.
  async function transact(stores, work) {
    const db = await open();
    return new Promise((resolve, reject) => {
      // Strict: complete means flushed, so that an empty battery loses nothing that was called saved.
      const transaction = db.transaction(stores, 'readwrite', { durability: 'strict' });
      let result;
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = () => reject(transaction.error || new Error('aborted'));
      try {
        work((store) => transaction.objectStore(store), (value) => { result = value; });
      } catch (error) {
        reject(error);
        try { transaction.abort(); } catch (ignored) { /* over already */ }
      }
    });
  }

  async function read(store, ask) {
    const db = await open();
    return new Promise((resolve, reject) => {
      const request = ask(db.transaction(store).objectStore(store));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }

  async function get(store, key) {
    if (held[store].has(key)) return held[store].get(key);
    return read(store, (s) => s.get(key)).catch(() => undefined);
  }

  async function all(store) {
    const rows = await read(store, (s) => s.getAll()).catch(() => []);
    return rows.filter((row) => !held[store].has(row[KEYS[store]])).concat(Array.from(held[store].values()));
  }

  const put = (store, record) => transact([store], (s) => s(store).put(record));

  function patch(store, key, changes) {
    if (held[store].has(key)) {
      Object.assign(held[store].get(key), changes);
      return Promise.resolve();
    }
    return transact([store], (s) => {
      s(store).get(key).onsuccess = (event) => {
        const row = event.target.result;
        if (row) s(store).put(Object.assign(row, changes));
      };
    });
  }

  function remove(store, key) {
    held[store].delete(key);
    return transact([store], (s) => s(store).delete(key));
  }

  function hold(store, record) {
    if (store === 'queue' && !record.seq) record.seq = FIRST_HELD + held.queue.size;
    record.unsaved = true;
    held[store].set(record[KEYS[store]], record);
    return record;
  }

  // What was learnt must not be forgotten, or a row would be sent for ever: in memory where the storage refuses.
  async function note(store, row, changes) {
    try {
      await patch(store, row[KEYS[store]], changes);
    } catch (error) {
      hold(store, Object.assign({}, row, changes));
    }
  }

  // One transaction for an answer and all that belongs to it: all of it is on the phone, or none.
  function addAnswer(item, photoIds) {
    return transact(['queue', 'photos', 'tasks'], (s, give) => {
      s('queue').add(item).onsuccess = (event) => give(event.target.result);
      photoIds.forEach((id) => {
        s('photos').get(id).onsuccess = (event) => {
          const photo = event.target.result;
          if (photo) s('photos').put(Object.assign(photo, { draft: false }));
        };
      });
      if (item.action === 'report') {
        s('tasks').get(item.token).onsuccess = (event) => {
          const task = event.target.result;
          if (task) s('tasks').put(Object.assign(task, { draft: null }));
        };
      }
    });
  }

  function uuid() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 0x0f) | 0x40;
    b[8] = (b[8] & 0x3f) | 0x80;
    const hex = Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }

  return { get, all, put, patch, note, remove, hold, addAnswer, transact, uuid };
})();
// One request and what its answer means for a queue. A plain script, shared with the service worker.
self.TaskNet = (() => {
  'use strict';
  const LATER = [408, 425, 429];

  async function call(token, method, path, options) {
    const wanted = options || {};
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), wanted.timeout || 30000);
    if (wanted.onStart) wanted.onStart(() => stop.abort());
    const headers = { 'X-Task': token, Accept: 'application/json' };
    if (wanted.key) headers['Idempotency-Key'] = wanted.key;
    let body = wanted.bytes;
    if (wanted.json) {
      headers['Content-Type'] = 'application/json';
      body = JSON.stringify(wanted.json);
    } else if (body) headers['Content-Type'] = wanted.type;
    try {
      const answer = await fetch(path, {
        method, headers, body, signal: stop.signal, credentials: 'same-origin', cache: 'no-store', redirect: 'error',
      });
      return await understood(answer);
    } catch (error) {
      return { kind: 'again', status: 0, data: null, retryAfter: 0 };
    } finally {
      clearTimeout(timer);
    }
  }

  async function understood(answer) {
    const status = answer.status;
    const isJson = /json/.test(answer.headers.get('Content-Type') || '');
    const data = isJson ? await answer.json() : null;
    const retryAfter = Number(answer.headers.get('Retry-After')) || 0;
    if (status >= 500 || LATER.includes(status)) return { kind: 'again', status, data, retryAfter };
    // A page of a hotspot's login or of a proxy is no answer of ours, whatever its status.
    if (!isJson && status !== 204 && status !== 413) return { kind: 'again', status: 0, data: null, retryAfter };
    return { kind: answer.ok ? 'ok' : 'refused', status, data, retryAfter };
  }

  return { call };
})();
// A photo's way to the server: its description, the small picture, the original in pieces until the server's own
// SHA-256 agrees. Only then does the phone let go of the original. A plain script, shared with the service worker.
self.TaskUpload = (() => {
  'use strict';
  const db = self.TaskDb;
  const PIECE = 512 * 1024;
  const SLOW = 180000;
  const MOST_MISMATCHES = 3;
  const asked = new Set();
  let stopUpload = null;

  // 2 s, 4 s .. 2 min, never sooner than the server asks.
  function later(row, answer) {
    const tries = (row.tries || 0) + 1;
    const seconds = Math.min(120, 2 ** Math.min(tries, 7)) * (0.8 + 0.4 * Math.random());
    return { tries, next_at: Date.now() + 1000 * Math.max(seconds, answer.retryAfter), last_status: answer.status };
  }

  const pathOf = (photo) => `/events/${encodeURIComponent(photo.event)}/photos`;
  const words = (answer) => ({
    status: answer.status, title: (answer.data && answer.data.title) || '', detail: (answer.data && answer.data.detail) || '',
  });

  async function registerPhoto(photo) {
    const { id, sha256, size, mime, width, height, taken_at, lon, lat, accuracy_m } = photo;
    // A photo of an earlier version of the page has no kind.
    const json = { id, sha256, size, mime, width, height, taken_at, lon, lat, accuracy_m, kind: photo.kind || null };
    const answer = await self.TaskNet.call(photo.token, 'POST', pathOf(photo), { json, key: id });
    if (answer.kind === 'again') {
      await db.note('photos', photo, later(photo, answer));
      // The report waits for its photos' descriptions, and its own clock is the one that is looked at.
      const report = (await db.all('queue')).find((item) => item.body.photos && item.body.photos.includes(id));
      if (report) await db.note('queue', report, later(report, answer));
      return 'again';
    }
    await db.note('photos', photo, answer.kind === 'ok' ? { registered: true, tries: 0 } : { refused: words(answer) });
    return answer.kind;
  }

  async function uploadPhoto(photo) {
    if (!photo.registered) return registerPhoto(photo);
    if (photo.small && !photo.small_done) return uploadSmall(photo);
    return uploadPiece(photo);
  }

  async function put(photo, path, bytes, type) {
    const onStart = (stop) => { stopUpload = stop; };
    const answer = await self.TaskNet.call(photo.token, 'PUT', `${pathOf(photo)}/${photo.id}/${path}`, { bytes, type, timeout: SLOW, onStart });
    stopUpload = null;
    return answer;
  }

  async function uploadSmall(photo) {
    const answer = await put(photo, 'small', photo.small, 'image/jpeg');
    if (answer.kind === 'again') await db.note('photos', photo, later(photo, answer));
    else if (answer.kind === 'ok') await db.note('photos', photo, { small_done: true, tries: 0 });
    else await db.note('photos', photo, { refused: words(answer) });
    return answer.kind;
  }

  async function uploadPiece(photo) {
    if (!photo.original) return lost(photo);
    let received = photo.received || 0;
    if (!asked.has(photo.id)) {
      const answer = await self.TaskNet.call(photo.token, 'GET', `${pathOf(photo)}/${photo.id}`);
      if (answer.kind === 'again') {
        await db.note('photos', photo, later(photo, answer));
        return 'again';
      }
      if (answer.kind === 'ok') {
        asked.add(photo.id);
        if (answer.data.complete) return took(photo, answer.data);
        received = answer.data.received || 0;
      }
    }
    const piece = photo.original.slice(received, received + PIECE);
    const answer = await put(photo, `original?offset=${received}`, piece, 'application/octet-stream');
    if (answer.kind === 'ok') return took(photo, answer.data);
    asked.delete(photo.id);
    if (answer.kind === 'again') {
      await db.note('photos', photo, later(photo, answer));
      return 'again';
    }
    return refused(photo, answer);
  }

  async function took(photo, answer) {
    if (!answer.complete) {
      await db.note('photos', photo, { received: answer.received, tries: 0 });
      return 'ok';
    }
    if (answer.sha256 !== photo.sha256) {
      await db.note('photos', photo, { refused: { status: 0, title: '', detail: '', mismatch: true } });
      return 'refused';
    }
    await db.note('photos', photo, { received: photo.size, complete: true, original: null, answered_at: Date.now() });
    return 'ok';
  }

  async function refused(photo, answer) {
    const is_offset = answer.status === 409 && answer.data && typeof answer.data.received === 'number';
    const mismatches = (photo.mismatches || 0) + 1;
    if (mismatches > MOST_MISMATCHES || !(is_offset || answer.status === 422)) {
      await db.note('photos', photo, { refused: words(answer) });
      return 'refused';
    }
    await db.note('photos', photo, { received: is_offset ? answer.data.received : 0, mismatches });
    return 'ok';
  }

  async function lost(photo) {
    await db.note('photos', photo, { refused: { status: 0, title: '', detail: '', lost: true } });
    return 'refused';
  }

  const interrupt = () => { if (stopUpload) stopUpload(); };

  return { registerPhoto, uploadPhoto, interrupt, later };
})();
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
const m_task_dom = (() => {
// Building nodes without markup strings.
const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  Object.keys(attributes || {}).forEach((name) => {
    const value = attributes[name];
    if (value === null || value === undefined || value === false) return;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  });
  children.forEach((child) => {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  });
  return node;
}

const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children.flat());
const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children.flat());

const drawn = new WeakMap();

// Draws a section again only when what it shows has changed: focus, selection and the screen reader stay where they are.
function paint(node, shown, build) {
  const signature = JSON.stringify(shown);
  if (drawn.get(node) === signature) return;
  drawn.set(node, signature);
  const focused = node.contains(document.activeElement) ? document.activeElement.id : '';
  const built = [].concat(build()).filter(Boolean);
  replaceAll(node, built);
  node.hidden = built.length === 0;
  const again = focused && document.getElementById(focused);
  if (again) again.focus({ preventScroll: true });
}

// Element.replaceChildren is younger than the phones.
function replaceAll(node, built) {
  while (node.firstChild) node.firstChild.remove();
  node.append(...built);
}
return { el, svg, paint, replaceAll };
})();
const m_task_words = (() => {
// Every text of the page.
const W = {
  app: '火点核查任务',
  suspect: '疑似火点',
  simulated: '模拟',
  sentBack: '审核驳回，请重新核查反馈',
  simulatedLong: '模拟演练，不是真实火情',
  lead: '卫星热点只是线索，未经现场核实，不是证据。',
  opening: '正在打开任务…',
  online: '网络正常',
  offline: '无网络',
  unreachable: '连不上服务器',
  otherTasks: (n) => `本机共有 ${n} 个任务，查看全部`,
  tasksTitle: '本机的任务',
  noTasks: '本机没有任务。请打开值班席发来的链接。',
  unsentCount: (n) => `${n} 条待发送`,
  retry: '再试一次',

  firstSeen: '首次发现',
  lastSeen: '最近发现',
  due: '处理时限',
  dueOf: { acknowledge: '签收时限', arrive: '到场时限', report: '反馈时限' },
  dueLeft: (t) => `还有 ${t}`,
  dueOver: (t) => `已超时 ${t}`,
  note: '值班席留言',
  placeTitle: '在哪里',
  seatOf: (name, direction, km) => `${name}驻地的${direction}，约 ${km}`,
  mayBe: '可能在：',
  error: (d) => `误差约 ${d}`,
  ellipse: '橙色范围：约 86% 的可能在此范围内（两倍误差）',
  circle: '橙色圆：位置误差范围',
  mapAlt: '火点周边示意图，上方为北',
  zoomIn: '放大示意图',
  zoomOut: '缩小示意图',
  showMe: '显示我的位置',
  locating: '正在定位…',
  noPlace: '无定位',
  placeRefused: '手机没有允许定位，其他功能照常使用',
  fromMe: (km, direction) => `火点在您的${direction}，直线约 ${km}`,
  me: '我',
  north: '北',
  coordinates: '经纬度（WGS-84）',
  copy: '复制',
  copied: '已复制',
  copyFailed: '请长按坐标复制',
  navigate: '导航去现场',
  grid: '网格',
  responsible: '属地责任',
  knownTitle: '已知情况',
  satellites: '发现来源',
  looks: (n) => `共 ${n} 次观测`,
  power: '热功率',
  powerSize: (mw, size) => `${mw} 兆瓦（${size}）`,
  sizes: [[5, '很小'], [20, '较小'], [60, '中等'], [200, '较大'], [Infinity, '很大']],
  kind: '可能类型',
  kinds: {
    straw: '农田上的火，可能与秸秆有关（未核实）', vegetation: '林草植被上的火（未核实）', industrial: '可能是工业热源',
    solar: '可能是光伏反光', unknown: '类型不明',
  },
  confidence: '可信程度',
  confidences: { low: '低', nominal: '中', high: '高' },
  confirmation: '确认情况',
  confirmations: { provisional: '初步发现，等待后续过境', confirmed: '已由其他观测或来源印证' },
  reasons: '判断依据',
  unknownValue: '未知',

  actions: { acknowledge: '签收', arrive: '到场', report: '反馈', return: '退回' },
  status: {
    triage: '待研判', dispatched: '待签收', acknowledged: '已签收', on_site: '已到场', reported: '已反馈', reviewed: '已审核',
    closed: '已办结', returned: '已退回', suspended: '已挂起', excluded: '已排除',
  },
  barLabel: '办理步骤',
  next: {
    acknowledge: '下一步：点「签收」，表示您收到并出发', arrive: '下一步：到了现场，点「到场」', report: '下一步：看清情况，点「反馈」',
    continueReport: '反馈还没交，点「反馈」继续填写',
  },
  ended: {
    reported: '已反馈，等待值班席审核', reviewed: '反馈已审核通过', closed: '已办结，谢谢', returned: '已退回，由值班席改派',
    suspended: '值班席已挂起，暂时不用处理', excluded: '值班席已排除此火点，不用再去',
  },
  notYet: { reported: '反馈还没送达，有信号会自动发送', returned: '退回还没送达，有信号会自动发送' },
  nothingToDo: '现在没有要您办的步骤',
  pendingWord: '待发',

  sendingTitle: '发送情况',
  saving: '正在保存…',
  saved: '已存在手机上，等待发送',
  sendingNow: '已存在手机上，正在发送…',
  holding: '已存在手机上，正在定位…',
  delivered: (hm) => `已送达 ${hm}`,
  refused: '服务器没有接受',
  refusedBy: { 404: '任务不存在', 403: '本机不能办理这一步', 401: '本机未登记', 409: '任务状态已变', 410: '任务链接已失效', 413: '内容太大', 415: '格式不对', 422: '内容有误' },
  statusNow: (s) => `任务现在是「${s}」`,
  pressed: (hm) => `${hm} 按下`,
  nextTry: (t) => `${t}后再试`,
  photo: (n) => `照片 ${n}`,
  photoWaiting: '已存在手机上，等待发送',
  photoSmall: (share) => `小图已送达，原图 ${share}%`,
  photoDone: (hm) => `原图已送达 ${hm}`,
  photoOriginal: (share) => `原图 ${share}%`,
  photoMismatch: '原图校验不一致，请联系值班席',
  photoLost: '原图没能存下，只送了小图',
  memoryOnly: '没有存到手机上，请不要关闭本页，直到显示「已送达」',
  storageFull: '手机存储已满或不允许保存：刚才的内容没有存到手机上！请保持本页打开，等到显示「已送达」；并清理手机空间。',
  draftFull: '手机存储已满或不允许保存：填写的内容没有存到手机上！请不要关闭本页。',
  taskFull: '手机不允许保存：本页关闭后需要有网络才能再打开。',

  formTitle: '现场反馈',
  back: '返回',
  finding: '现场看到什么',
  findingHints: { burning: '有明火或浓烟', out_with_traces: '有灰烬、过火痕迹', no_trace: '到了现场，没看到火和痕迹', not_reached: '路不通、太危险等' },
  findings: [['burning', '正在燃烧'], ['out_with_traces', '已熄灭有痕迹'], ['no_trace', '未发现痕迹'], ['not_reached', '无法到达']],
  danger: '先保证自己安全。火势大请马上拨打 119。',
  cause: '起因',
  causeOptional: '起因（可不选）',
  reportNote: '说明（可不填）',
  photos: '照片',
  takePhoto: '拍照',
  take: (name) => `拍${name}`,
  photoKinds: [['far', '远景', '看得出在哪里'], ['near', '近景', '着火或过火处'], ['traces', '痕迹', '灰烬、秸秆残留']],
  photoLacking: (names) => `还没有${names}照片；拍不了也可以提交`,
  photoHint: '每张照片记下拍摄时的时间和位置',
  photoBusy: '正在处理照片…',
  photoWrong: '这个文件不是能用的照片（要 JPEG、PNG、WebP 或 HEIC）',
  photoNotDrawn: '本机不能缩小这张照片，只送原图',
  photoNotStored: '手机存储已满：照片没有存到手机上！请不要关闭本页。',
  photoMost: (n) => `最多 ${n} 张`,
  accuracy: (m) => `定位误差 ${m} 米`,
  remove: '删除',
  removeSure: '确定删除',
  draftSaved: '草稿已存在手机上',
  submit: '提交反馈',
  missingFinding: '请先选「现场看到什么」',
  missingCause: '请选起因；看不出就选「不明」',

  returnTitle: '退回任务',
  returnWhy: '为什么退回',
  returnReasons: [['not_our_area', '不在本辖区'], ['other', '其他原因']],
  returnNote: '说明',
  returnSubmit: '确定退回',
  missingReason: '请选退回原因',
  missingReturnNote: '请写一句说明',

  links: {
    unknown: ['链接无效', '没有这个任务。请核对链接是否完整，或联系值班席重发。'],
    elsewhere: ['已在另一部手机打开', '此链接已在另一部手机打开，请联系值班席重发。'],
    over: ['链接已失效', '此任务链接已结束。如仍需处理，请联系值班席重发。'],
    offline: ['现在连不上', '第一次打开需要网络。有信号后会自动再试，请不要关闭本页。'],
  },
  keptBelow: '以下是手机上保存的内容。',
  merged: (id) => `此火点已并入另一火点（${id}），不用再去。已保存的反馈仍会发送。`,
  clock: (fast, t) => `手机时间${fast ? '快' : '慢'}了 ${t}，已按服务器时间更正。`,
  stale: (t) => `${t}前的内容，等待更新`,

  today: '今天', yesterday: '昨天', justNow: '刚刚', ago: '前', seconds: '秒', minutes: '分钟', hours: '小时', days: '天', month: '月', day: '日',
  metres: '米', kilometres: '公里',
  directions: ['北', '东北', '东', '东南', '南', '西南', '西', '西北'],
};
return { W };
})();
const m_task_format = (() => {
// Times, distances and directions in words.
const { W } = m_task_words;

const EIGHT_HOURS = 8 * 3600000;
const EARTH_KM = 6371.0088;

// China has one time without summer time: shifting and reading UTC needs no time zone data of the phone.
const china = (ms) => new Date(ms + EIGHT_HOURS);
const two = (n) => String(n).padStart(2, '0');

function clock(ms) {
  const t = china(ms);
  return `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}`;
}

function dayAndClock(ms, now) {
  const dayOf = (x) => Math.floor((x + EIGHT_HOURS) / 86400000);
  const back = dayOf(now) - dayOf(ms);
  const t = china(ms);
  const day = back === 0 ? W.today : back === 1 ? W.yesterday : `${t.getUTCMonth() + 1}${W.month}${t.getUTCDate()}${W.day}`;
  return `${day} ${clock(ms)}`;
}

function duration(ms) {
  const minutes = Math.round(Math.abs(ms) / 60000);
  if (minutes < 1) return `${Math.round(Math.abs(ms) / 1000)} ${W.seconds}`;
  if (minutes < 60) return `${minutes} ${W.minutes}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} ${W.hours} ${minutes % 60} ${W.minutes}` : `${hours} ${W.hours}`;
  return `${Math.floor(hours / 24)} ${W.days}`;
}

const ago = (ms, now) => (now - ms < 60000 ? W.justNow : `${duration(now - ms)}${W.ago}`);

function distance(km) {
  if (km < 0.995) return `${Math.max(10, Math.round(km * 100) * 10)} ${W.metres}`;
  return `${km < 20 ? km.toFixed(1) : Math.round(km)} ${W.kilometres}`;
}

function powerSize(mw) {
  return W.powerSize(mw < 10 ? mw.toFixed(1) : Math.round(mw), W.sizes.find(([most]) => mw < most)[1]);
}

// Kilometres east and north of a place, good for some tens of kilometres.
function offset(from, to) {
  const degree = (EARTH_KM * Math.PI) / 180;
  return [(to[0] - from[0]) * degree * Math.cos((from[1] * Math.PI) / 180), (to[1] - from[1]) * degree];
}

function between(from, to) {
  const [east, north] = offset(from, to);
  const bearing = ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
  return { km: Math.hypot(east, north), direction: W.directions[Math.round(bearing / 45) % 8] };
}
return { clock, dayAndClock, duration, ago, distance, powerSize, offset, between };
})();
const m_task_map = (() => {
// The surroundings as a drawing: no tiles, no library, nothing to load on a weak signal.
const { svg, el } = m_task_dom;
const { W } = m_task_words;
const { offset, distance } = m_task_format;

const WIDTH = 340;
const HEIGHT = 280;
const STEP = 1.7;
// A 2-D Gaussian has 86.5 % of its weight within two sigma.
const SIGMAS = 2;

function firstHalfWidth(state) {
  const { ellipse, radius } = extent(state);
  const seats = seatsOf(state).map((s) => Math.hypot(...offset(centreOf(state), s.geometry.coordinates))).sort((a, b) => a - b);
  const error = ellipse ? SIGMAS * ellipse.a_km : radius;
  return Math.min(40, Math.max(1, error * 1.5, (seats[0] || 0) * 1.3));
}

const centreOf = (state) => state.event.geometry.coordinates;
const featuresOf = (state) => (state.surroundings && state.surroundings.features) || [];
const seatsOf = (state) => featuresOf(state).filter((f) => f.properties.kind === 'seat' && f.geometry.type === 'Point');

function extent(state) {
  const p = state.event.properties;
  return { ellipse: p.error_ellipse, radius: (p.position_error_m || 0) / 1000 };
}

function drawMap(state, half_km, me) {
  const scale = WIDTH / 2 / half_km;
  const at = (lonlat) => {
    const [east, north] = offset(centreOf(state), lonlat);
    return [WIDTH / 2 + east * scale, HEIGHT / 2 - north * scale];
  };
  const taken = [];
  const layers = [
    svg('rect', { class: 'ground', width: WIDTH, height: HEIGHT }),
    featuresOf(state).filter((f) => f.properties.kind !== 'seat').map((f) => svg('path', { class: f.properties.kind === 'cell' ? 'cell' : 'border', d: pathOf(f.geometry, at) })),
    errorShape(state, scale),
    svg('path', { class: 'cross', d: `M${WIDTH / 2 - 13} ${HEIGHT / 2}h26M${WIDTH / 2} ${HEIGHT / 2 - 13}v26` }),
    svg('circle', { class: 'fire', cx: WIDTH / 2, cy: HEIGHT / 2, r: 6 }),
  ];
  taken.push([WIDTH / 2 - 14, HEIGHT / 2 - 14, WIDTH / 2 + 14, HEIGHT / 2 + 14], [0, HEIGHT - 34, 120, HEIGHT], [WIDTH - 56, 0, WIDTH, 150], [0, 0, 34, 44]);
  if (me) layers.push(own(at([me.lon, me.lat]), me, scale, state, taken));
  layers.push(seats(state, at, taken), scaleBar(half_km, scale), northArrow());
  return svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': W.mapAlt, class: 'map' }, ...layers.flat());
}

function pathOf(geometry, at) {
  const line = (points, close) => points.map((p, i) => `${i ? 'L' : 'M'}${at(p).map((x) => x.toFixed(1)).join(' ')}`).join('') + (close ? 'Z' : '');
  const c = geometry.coordinates;
  if (geometry.type === 'LineString') return line(c);
  if (geometry.type === 'MultiLineString') return c.map((part) => line(part)).join('');
  if (geometry.type === 'Polygon') return c.map((ring) => line(ring, true)).join('');
  if (geometry.type === 'MultiPolygon') return c.map((polygon) => polygon.map((ring) => line(ring, true)).join('')).join('');
  return '';
}

function errorShape(state, scale) {
  const { ellipse, radius } = extent(state);
  const middle = { cx: WIDTH / 2, cy: HEIGHT / 2, class: 'error' };
  if (!ellipse) return radius ? svg('circle', Object.assign({ r: radius * scale }, middle)) : null;
  // y points down, so SVG turns clockwise as a bearing does; a lies along north before it is turned.
  return svg('ellipse', Object.assign({
    rx: SIGMAS * ellipse.b_km * scale, ry: SIGMAS * ellipse.a_km * scale,
    transform: `rotate(${ellipse.bearing_deg} ${WIDTH / 2} ${HEIGHT / 2})`,
  }, middle));
}

function seats(state, at, taken) {
  const near = (f) => Math.hypot(...offset(centreOf(state), f.geometry.coordinates));
  return seatsOf(state).sort((a, b) => near(a) - near(b)).map((f) => {
    const [x, y] = at(f.geometry.coordinates);
    if (x < 4 || y < 4 || x > WIDTH - 4 || y > HEIGHT - 4) return null;
    const label = placeLabel(String(f.properties.name || ''), x, y, taken);
    return svg('g', {}, svg('rect', { class: 'seat', x: x - 4, y: y - 4, width: 8, height: 8 }), label);
  }).filter(Boolean);
}

function placeLabel(name, x, y, taken) {
  const width = name.length * 14 + 2;
  const spots = [[x + 8, y - 8], [x - 8 - width, y - 8], [x - width / 2, y - 24], [x - width / 2, y + 8]];
  const free = spots.map(([left, top]) => [left, top, left + width, top + 16]).find((box) => box[0] > 2 && box[1] > 2
    && box[2] < WIDTH - 2 && box[3] < HEIGHT - 2 && !taken.some((o) => box[0] < o[2] && box[2] > o[0] && box[1] < o[3] && box[3] > o[1]));
  taken.push([x - 6, y - 6, x + 6, y + 6]);
  if (!free) return null;
  taken.push(free);
  return svg('text', { class: 'name', x: free[0], y: free[1] + 13 }, name);
}

function own([x, y], me, scale, state, taken) {
  const isInside = x > 12 && y > 12 && x < WIDTH - 12 && y < HEIGHT - 12;
  if (isInside) {
    taken.push([x - 9, y - 9, x + 26, y + 9]);
    return [
      svg('circle', { class: 'accuracy', cx: x, cy: y, r: Math.min(400, (me.accuracy_m / 1000) * scale) }),
      svg('circle', { class: 'me', cx: x, cy: y, r: 7 }),
      svg('text', { class: 'me-name', x: x + 10, y: y + 5 }, W.me),
    ];
  }
  const [dx, dy] = [x - WIDTH / 2, y - HEIGHT / 2];
  const shrink = Math.min((WIDTH / 2 - 22) / Math.abs(dx || 1), (HEIGHT / 2 - 22) / Math.abs(dy || 1));
  const [ex, ey] = [WIDTH / 2 + dx * shrink, HEIGHT / 2 + dy * shrink];
  const turn = (Math.atan2(dx, -dy) * 180) / Math.PI;
  taken.push([ex - 20, ey - 20, ex + 20, ey + 20]);
  const isRight = ex > WIDTH / 2;
  return [
    svg('path', { class: 'me', d: 'M0 -13L9 9L0 4L-9 9Z', transform: `translate(${ex.toFixed(1)} ${ey.toFixed(1)}) rotate(${turn.toFixed(1)})` }),
    svg('text', { class: 'me-name', x: isRight ? ex - 14 : ex + 14, y: ey + 5, 'text-anchor': isRight ? 'end' : 'start' },
      `${W.me} ${distance(Math.hypot(...offset(centreOf(state), [me.lon, me.lat])))}`),
  ];
}

function scaleBar(half_km, scale) {
  const km = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20].filter((k) => k < half_km * 0.7).pop() || 0.1;
  const end = 12 + km * scale;
  return svg('g', {}, svg('path', { class: 'bar-line', d: `M12 ${HEIGHT - 18}v6H${end}v-6` }),
    svg('text', { class: 'bar-text', x: 14, y: HEIGHT - 18 }, km < 1 ? `${km * 1000} ${W.metres}` : `${km} ${W.kilometres}`));
}

function northArrow() {
  return svg('g', {}, svg('path', { class: 'north', d: 'M18 8l6 14l-6 -4l-6 4z' }), svg('text', { class: 'bar-text', x: 11, y: 38 }, W.north));
}

function zoomButtons(zoom) {
  const button = (sign, label, factor) => el('button', { type: 'button', id: `zoom-${sign === '+' ? 'in' : 'out'}`, class: 'zoom', 'aria-label': label, onclick: () => zoom(factor) }, sign);
  return el('div', { class: 'zooms' }, button('+', W.zoomIn, 1 / STEP), button('−', W.zoomOut, STEP));
}
return { firstHalfWidth, drawMap, zoomButtons };
})();
const m_task_cards = (() => {
// What is known of the point, in words.
const { el, paint } = m_task_dom;
const { W } = m_task_words;
const { ago, between, dayAndClock, distance, duration, powerSize } = m_task_format;
const { drawMap, zoomButtons } = m_task_map;

function paintHead(node, state, now) {
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

function paintNotices(node, record, now) {
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

function paintWhere(node, state, view) {
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

function paintKnown(node, state) {
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

function paintList(node, tasks, unsentOf, now) {
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
return { paintHead, paintNotices, paintWhere, paintKnown, paintList };
})();
const m_task_load = (() => {
// The task as the server has it, and as the phone remembers it.
const db = self.TaskDb;
const net = self.TaskNet;

const LINK_OF = { 404: 'unknown', 409: 'elsewhere', 410: 'over' };

const serverNow = (record) => Date.now() + ((record && record.offset_ms) || 0);

async function remembered(token) {
  return (await db.get('tasks', token)) || null;
}

// Opens the link the first time and asks for the state after that. Resolves to what came of it:
// `fresh`, `offline`, or the state of a link that no longer works.
async function refresh(token) {
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
async function tidy(shown) {
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
return { serverNow, remembered, refresh, tidy };
})();
const m_task_place = (() => {
// Where the phone is, when it may say so.
let latest = null;
let watching = 0;
let whenRefused = () => {};
const hearers = [];

function keep(position) {
  const { longitude, latitude, accuracy } = position.coords;
  const round = (x) => Math.round(x * 1e6) / 1e6;
  latest = { lon: round(longitude), lat: round(latitude), accuracy_m: Math.round(accuracy), at: Date.now() };
  hearers.forEach((hear) => hear(latest));
  return latest;
}

const withoutAge = ({ lon, lat, accuracy_m }) => ({ lon, lat, accuracy_m });

// The place at this moment, or null: without permission, without satellites, or too late.
async function placeNow(most_ms) {
  if (!navigator.geolocation) return null;
  if (latest && Date.now() - latest.at < 5000) return withoutAge(latest);
  const resume = await pauseWatch();
  return new Promise((resolve) => {
    // The browser's own timeout does not run while the permission question is open.
    const timer = setTimeout(() => settle(null), most_ms + 1000);
    const settle = (place) => {
      clearTimeout(timer);
      resume();
      resolve(place);
    };
    navigator.geolocation.getCurrentPosition(
      (position) => settle(withoutAge(keep(position))),
      () => settle(null),
      { enableHighAccuracy: true, timeout: most_ms, maximumAge: 5000 },
    );
  });
}

// While a watch runs, Chromium answers a single question only with the next change of place: never, on a phone that lies still.
async function pauseWatch() {
  if (!watching) return () => {};
  navigator.geolocation.clearWatch(watching);
  watching = 0;
  await new Promise((resolve) => setTimeout(resolve, 50));
  return () => watchPlace(whenRefused);
}

function watchPlace(onRefused) {
  whenRefused = onRefused;
  if (!navigator.geolocation) {
    onRefused();
    return;
  }
  if (watching) return;
  watching = navigator.geolocation.watchPosition(keep, (error) => {
    if (error.code !== error.PERMISSION_DENIED) return;
    navigator.geolocation.clearWatch(watching);
    watching = 0;
    onRefused();
  }, { enableHighAccuracy: true, maximumAge: 15000, timeout: 60000 });
}

// Without a question: only where the person has already said yes.
async function mayWatch() {
  if (!navigator.permissions || !navigator.geolocation) return false;
  const answer = await navigator.permissions.query({ name: 'geolocation' }).catch(() => null);
  return Boolean(answer && answer.state === 'granted');
}

const lastPlace = () => latest;
const onPlace = (hear) => hearers.push(hear);
return { placeNow, watchPlace, mayWatch, lastPlace, onPlace };
})();
const m_task_answer = (() => {
// An answer of the officer: kept on the phone first, then sent. And what the case will be once all that waits has arrived.
const { serverNow } = m_task_load;
const { placeNow } = m_task_place;

const db = self.TaskDb;
const HOLD_MS = 8000;

const AFTER = { acknowledge: 'acknowledged', arrive: 'on_site', report: 'reported', return: 'returned' };
const MAY_AFTER = { acknowledged: ['arrive', 'report', 'return'], on_site: ['report', 'return'], reported: [], returned: [] };

// Resolves to true only when the transaction is complete; false: it lives in the open page alone.
async function answer(record, action, body, photoIds) {
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

async function tryAgain(item) {
  await db.patch('queue', item.seq, { state: 'waiting', refusal: null, next_at: 0, hold_until: 0 });
  self.TaskSend.hurry();
}

// The server's word, moved on by what still waits on the phone.
function expected(state, items) {
  const waiting = items.filter((item) => item.state === 'waiting');
  if (!waiting.length) return { status: state.event.properties.status, may: state.may || [] };
  const status = AFTER[waiting[waiting.length - 1].action];
  return { status, may: MAY_AFTER[status] };
}
return { answer, tryAgain, expected };
})();
const m_task_sending = (() => {
// What is on the phone, what has arrived, what was refused: never a word more than is true.
const { el, paint } = m_task_dom;
const { W } = m_task_words;
const { clock } = m_task_format;
const { serverNow } = m_task_load;
const { tryAgain } = m_task_answer;

const STALE_SENDING_MS = 60000;
const thumbs = new Map();

// The last press in one line, beside the thumb that pressed. The only one of these texts that is read aloud.
function paintLatest(node, record, items) {
  const line = items.length ? answerLine(items[items.length - 1], record, Date.now()) : null;
  const text = line ? `${line.name}：${line.text}` : '';
  if (node.textContent !== text) node.textContent = text;
  node.className = line ? `latest ${line.kind}` : 'latest';
}

function paintSending(node, record, items, photos) {
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
return { paintLatest, paintSending };
})();
const m_task_bar = (() => {
// The four buttons. The one next step is the large one.
const { el, paint } = m_task_dom;
const { W } = m_task_words;
const { clock } = m_task_format;
const { expected } = m_task_answer;

const STEPS = ['acknowledge', 'arrive', 'report'];
const RANK = { triage: 0, dispatched: 0, acknowledged: 1, on_site: 2, reported: 3, reviewed: 3, closed: 0 };

function paintBar(node, record, items, photos, isLinkGood, onPress) {
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
return { paintBar };
})();
const m_task_sheet = (() => {
// A full-screen sheet over the page. The phone's own back button closes it.
const { el } = m_task_dom;
const { W } = m_task_words;

let current = null;

function openSheet(title, content, foot, onClose) {
  const heading = el('h2', { id: 'sheet-title', tabindex: '-1' }, title);
  const close = el('button', { type: 'button', class: 'quiet', onclick: () => closeSheet() }, W.back);
  const dialog = el('dialog', { class: 'sheet', 'aria-labelledby': 'sheet-title' },
    el('div', { class: 'sheet-head' }, close, heading),
    el('div', { class: 'sheet-body' }, content),
    el('div', { class: 'sheet-foot' }, foot));
  document.body.append(dialog);
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    closeSheet();
  });
  if (dialog.showModal) dialog.showModal();
  else dialog.setAttribute('open', '');
  heading.focus();
  if (!history.state || !history.state.sheet) history.pushState({ sheet: true }, '');
  current = { dialog, onClose };
  return dialog;
}

function closeSheet() {
  if (!current) return;
  if (history.state && history.state.sheet) history.back();
  else drop();
}

function drop() {
  if (!current) return;
  const { dialog, onClose } = current;
  current = null;
  if (dialog.close) dialog.close();
  dialog.remove();
  if (onClose) onClose();
}

const isSheetOpen = () => Boolean(current);

window.addEventListener('popstate', drop);
return { openSheet, closeSheet, isSheetOpen };
})();
const m_task_photo = (() => {
// One picture taken in the page: its bytes and their SHA-256, a small picture for sending, its own time.
const LONGEST = 1280;
const MOST_BYTES = 400000;

async function prepare(file) {
  const bytes = await file.arrayBuffer();
  const mime = kindOf(new Uint8Array(bytes, 0, Math.min(16, bytes.byteLength)));
  if (!mime) return null;
  const original = new Blob([bytes], { type: mime });
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  const sha256 = Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, '0')).join('');
  const drawn = await shrink(original);
  return Object.assign({ original, size: original.size, sha256, mime, small: null, width: null, height: null }, drawn);
}

// By the bytes: the type a phone gives a file is not always true.
function kindOf(head) {
  const text = String.fromCharCode(...head);
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (text.startsWith('\x89PNG')) return 'image/png';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'image/webp';
  if (text.slice(4, 8) === 'ftyp' && /^(hei|hev|mif|msf)/.test(text.slice(8, 11))) return 'image/heic';
  return null;
}

async function shrink(original) {
  const url = URL.createObjectURL(original);
  try {
    const picture = new Image();
    picture.src = url;
    await picture.decode();
    const width = picture.naturalWidth;
    const height = picture.naturalHeight;
    return { width, height, small: await smallest(picture, width, height) };
  } catch (error) {
    return {};
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function smallest(picture, width, height) {
  const canvas = document.createElement('canvas');
  for (let longest = LONGEST; longest >= 320; longest = Math.round(longest * 0.75)) {
    const scale = Math.min(1, longest / Math.max(width, height));
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
    for (let quality = 0.8; quality > 0.35; quality -= 0.1) {
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality));
      if (!blob) return null;
      if (blob.size < MOST_BYTES) return blob;
    }
  }
  return null;
}
return { prepare };
})();
const m_task_form_photos = (() => {
// The photos of a report that is being written: each is on the phone before it is shown as such.
const { el, replaceAll } = m_task_dom;
const { W } = m_task_words;
const { clock } = m_task_format;
const { serverNow } = m_task_load;
const { placeNow } = m_task_place;
const { prepare } = m_task_photo;

const db = self.TaskDb;
const MOST = 9;
const PLACE_MS = 15000;

function photoField(record, complain) {
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
return { photoField };
})();
const m_task_form = (() => {
// The report: what was seen, why it burnt, a note, photos. Kept as a draft with every change.
const { el } = m_task_dom;
const { W } = m_task_words;
const { openSheet, closeSheet } = m_task_sheet;
const { answer } = m_task_answer;
const { photoField } = m_task_form_photos;
const { lastPlace } = m_task_place;

const db = self.TaskDb;
const NEEDS_CAUSE = ['burning', 'out_with_traces'];
const PLACE_AGE_MS = 120000;

function openForm(record, onDone) {
  const draft = Object.assign({ finding: null, cause: null, note: '', open: true }, record.draft, { open: true });
  const words = record.state.words || {};
  const trouble = el('p', { class: 'trouble', role: 'alert' });
  const saved = el('p', { class: 'soft', role: 'status' });
  const causeTitle = el('legend', {}, W.cause);
  let timer = 0;
  let isOver = false;

  async function keepDraft() {
    clearTimeout(timer);
    if (isOver) return;
    record.draft = draft;
    try {
      await db.patch('tasks', record.token, { draft });
      saved.textContent = record.unsaved ? '' : W.draftSaved;
      if (record.unsaved) trouble.textContent = W.draftFull;
    } catch (error) {
      saved.textContent = '';
      trouble.textContent = W.draftFull;
    }
  }
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(keepDraft, 300);
  };
  const showCauseTitle = () => {
    causeTitle.textContent = draft.finding && !NEEDS_CAUSE.includes(draft.finding) ? W.causeOptional : W.cause;
    danger.hidden = draft.finding !== 'burning';
  };
  const change = (name, value) => {
    draft[name] = value;
    trouble.textContent = '';
    showCauseTitle();
    soon();
  };

  const danger = el('p', { class: 'warn' }, W.danger);
  const findings = words.finding ? words.finding.map((f) => [f.code, f.name]) : W.findings;
  const note = el('textarea', { id: 'report-note', rows: '3', maxlength: '1000', oninput: () => change('note', note.value) });
  note.value = draft.note;
  const photos = photoField(record, (text) => { trouble.textContent = text; });
  showCauseTitle();

  const content = [
    el('fieldset', { class: 'choices' }, el('legend', {}, W.finding),
      findings.map(([code, name]) => choice('finding', code, name, W.findingHints[code], draft.finding, (v) => change('finding', v)))),
    danger,
    el('fieldset', { class: 'chips' }, causeTitle,
      (words.cause || []).map((c) => choice('cause', c.code, c.name, '', draft.cause, (v) => change('cause', v)))),
    photos.node,
    el('div', { class: 'field' }, el('label', { for: 'report-note' }, W.reportNote), note),
  ];
  const submit = el('button', { type: 'button', class: 'primary', id: 'submit-report', onclick: send }, W.submit);
  const leave = () => { if (document.visibilityState === 'hidden') keepDraft(); };
  document.addEventListener('visibilitychange', leave);
  openSheet(W.formTitle, content, [trouble, saved, submit], () => {
    document.removeEventListener('visibilitychange', leave);
    photos.close();
    if (!isOver) draft.open = false;
    keepDraft().then(onDone);
  });
  keepDraft();

  async function send() {
    trouble.textContent = '';
    if (!draft.finding) return complain(W.missingFinding, 'finding');
    if (NEEDS_CAUSE.includes(draft.finding) && !draft.cause) return complain(W.missingCause, 'cause');
    submit.disabled = true;
    submit.textContent = W.saving;
    await photos.settled();
    const ids = photos.ids();
    const place = placeOfPhone();
    const body = { finding: draft.finding, cause: draft.cause, note: draft.note.trim(), photos: ids };
    if (place) body.place = place;
    isOver = true;
    clearTimeout(timer);
    record.draft = null;
    const isSaved = await answer(record, 'report', body, ids);
    closeSheet();
    return onDone(isSaved);
  }

  function complain(text, name) {
    trouble.textContent = text;
    const first = document.querySelector(`.sheet input[name="${name}"]`);
    first.focus({ preventScroll: true });
    first.closest('fieldset').scrollIntoView({ block: 'start' });
  }
}

function placeOfPhone() {
  const place = lastPlace();
  if (!place || Date.now() - place.at > PLACE_AGE_MS) return null;
  return { lon: place.lon, lat: place.lat, accuracy_m: place.accuracy_m };
}

// A radio button; pressing the chosen one again takes the choice back.
function choice(name, code, text, hint, chosen, onChoose) {
  const input = el('input', { type: 'radio', name, value: code, checked: chosen === code });
  let was = chosen === code;
  input.addEventListener('click', () => {
    if (was && name === 'cause') input.checked = false;
    was = input.checked;
    onChoose(input.checked ? code : null);
  });
  input.addEventListener('blur', () => { was = input.checked; });
  return el('label', { class: 'choice' }, input, el('span', { class: 'choice-text' }, text, hint ? el('small', {}, hint) : null));
}

function openReturn(record, onDone) {
  let reason = null;
  const trouble = el('p', { class: 'trouble', role: 'alert' });
  const note = el('textarea', { id: 'return-note', rows: '3', maxlength: '500' });
  const submit = el('button', { type: 'button', class: 'primary', id: 'submit-return', onclick: send }, W.returnSubmit);
  openSheet(W.returnTitle, [
    el('fieldset', { class: 'choices' }, el('legend', {}, W.returnWhy),
      W.returnReasons.map(([code, name]) => choice('reason', code, name, '', null, (v) => { reason = v; }))),
    el('div', { class: 'field' }, el('label', { for: 'return-note' }, W.returnNote), note),
  ], [trouble, submit], () => onDone());

  async function send() {
    const text = note.value.trim();
    if (!reason) trouble.textContent = W.missingReason;
    else if (reason === 'other' && !text) trouble.textContent = W.missingReturnNote;
    else {
      submit.disabled = true;
      const isSaved = await answer(record, 'return', { reason, note: text });
      closeSheet();
      onDone(isSaved);
    }
  }
}
return { openForm, openReturn };
})();
const m_task = (() => {
// The page of one task: what the phone knows is shown at once, then the server is asked.
const { el, paint } = m_task_dom;
const { W } = m_task_words;
const { paintHead, paintNotices, paintWhere, paintKnown, paintList } = m_task_cards;
const { paintLatest, paintSending } = m_task_sending;
const { paintBar } = m_task_bar;
const { firstHalfWidth } = m_task_map;
const { refresh, remembered, serverNow, tidy } = m_task_load;
const { answer, expected } = m_task_answer;
const { openForm, openReturn } = m_task_form;
const { isSheetOpen } = m_task_sheet;
const { lastPlace, mayWatch, onPlace, watchPlace } = m_task_place;

const db = self.TaskDb;
const send = self.TaskSend;
const REFRESH_MS = 60000;
const TICK_MS = 15000;
const $ = (id) => document.getElementById(id);

const page = { token: '', network: 'online', half_km: 0, placeState: '', copied: '', alarm: '', refreshing: null, retry: 0, hasOfferedDraft: false };
let painting = Promise.resolve();

// One painting after the other, each of what is on the phone then.
function render() {
  painting = painting.then(fingerUp).then(renderNow).catch((error) => console.error(error));
  return painting;
}

// Nothing is drawn anew under a finger: the button that went down is the one that comes up.
let isFingerDown = false;
let lifted = () => {};
function fingerUp() {
  if (!isFingerDown) return undefined;
  return new Promise((resolve) => {
    lifted = resolve;
    setTimeout(resolve, 1500);
  });
}
document.addEventListener('pointerdown', () => { isFingerDown = true; }, true);
['pointerup', 'pointercancel'].forEach((name) => window.addEventListener(name, () => {
  isFingerDown = false;
  setTimeout(() => lifted(), 50);
}, true));

async function renderNow() {
  const token = page.token;
  const [record, queue, photos, tasks] = await Promise.all([token ? remembered(token) : null, db.all('queue'), db.all('photos'), db.all('tasks')]);
  if (token !== page.token) return;
  const items = queue.filter((item) => item.token === token).sort((a, b) => a.seq - b.seq);
  const mine = photos.filter((p) => p.token === token).sort((a, b) => (a.taken_at < b.taken_at ? -1 : 1));
  const unsentOf = (t) => queue.filter((item) => item.token === t && item.state === 'waiting').length;
  paintNetwork(token ? unsentOf(token) : queue.filter((item) => item.state === 'waiting').length);
  paintAlarm(items, mine, record);
  const now = serverNow(record);
  if (!token) return renderList(tasks, unsentOf, now);
  const known = tasks.filter((t) => t.state);
  const hasOthers = known.some((t) => t.token !== token);
  paint($('others'), [known.length, hasOthers], () => (hasOthers ? el('a', { href: '#', class: 'others' }, W.otherTasks(known.length)) : []));
  if (!record || !record.state) return renderWithoutTask(record);
  if (!page.half_km) page.half_km = firstHalfWidth(record.state);
  paintNotices($('notices'), record, now);
  paintHead($('head'), record.state, now);
  paintSending($('sending'), record, items, mine);
  paintWhere($('where'), record.state, view());
  paintKnown($('known'), record.state);
  $('dock').hidden = false;
  paintLatest($('latest'), record, items);
  paintBar($('bar'), record, items, mine, !record.link, press);
  return offerDraft(record, items);
}

function view() {
  return {
    half_km: page.half_km, me: lastPlace(), placeState: page.placeState, copied: page.copied, copy,
    zoom: (factor) => {
      page.half_km = Math.min(60, Math.max(0.2, page.half_km * factor));
      render();
    },
    ask: () => {
      page.placeState = 'asked';
      watch();
      render();
    },
  };
}

function paintNetwork(unsent) {
  const text = navigator.onLine === false ? W.offline : page.network === 'online' ? W.online : W.unreachable;
  const shown = unsent ? `${text} · ${W.unsentCount(unsent)}` : text;
  paint($('network'), shown, () => [el('i', { class: text === W.online ? 'dot' : 'dot down', 'aria-hidden': 'true' }), el('span', {}, shown)]);
}

function paintAlarm(items, photos, record) {
  const isUnsaved = items.some((item) => item.unsaved && item.state === 'waiting') || photos.some((p) => p.unsaved && !p.complete && !p.refused);
  const text = isUnsaved ? W.storageFull : record && record.unsaved ? W.taskFull : '';
  paint($('alarm'), text, () => (text ? el('p', {}, text) : []));
}

function renderWithoutTask(record) {
  const kind = record && record.link ? record.link : page.network === 'online' ? '' : 'offline';
  const [title, text] = W.links[kind] || [W.opening, ''];
  paint($('head'), [title, text], () => el('div', { class: text ? 'problem' : '' },
    text ? el('span', { class: 'problem-mark', 'aria-hidden': 'true' }, '!') : null,
    el('h1', { class: 'opening' }, title), text ? el('p', { class: 'big-text' }, text) : null,
    kind === 'offline' ? el('button', { type: 'button', class: 'primary', id: 'retry', onclick: () => update() }, W.retry) : null));
  clear(['notices', 'sending', 'where', 'known', 'bar']);
}

function clear(sections) {
  sections.forEach((id) => paint($(id), null, () => []));
  $('latest').textContent = '';
  $('dock').hidden = true;
}

function renderList(tasks, unsentOf, now) {
  clear(['notices', 'sending', 'where', 'known', 'bar', 'others']);
  paintList($('head'), tasks, unsentOf, now);
}

async function press(action) {
  const record = await remembered(page.token);
  if (action === 'report') {
    watch();
    return openForm(record, afterReport);
  }
  if (action === 'return') return openReturn(record, afterAnswer);
  $(`do-${action}`).disabled = true;
  return afterAnswer(await answer(record, action, {}));
}

async function afterAnswer(isSaved) {
  await render();
  if (isSaved !== undefined) registerSync();
}

async function afterReport(isSaved) {
  await afterAnswer(isSaved);
  if (isSaved !== undefined) $('sending').scrollIntoView({ block: 'start' });
}

// After the camera an old phone may have thrown the page away: the form comes back as it was.
function offerDraft(record, items) {
  if (page.hasOfferedDraft) return;
  page.hasOfferedDraft = true;
  const canReport = !record.link && expected(record.state, items).may.includes('report');
  if (record.draft && record.draft.open && canReport && !isSheetOpen()) openForm(record, afterReport);
}

function watch() {
  watchPlace(() => {
    page.placeState = 'refused';
    render();
  });
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    page.copied = W.copied;
  } catch (error) {
    page.copied = W.copyFailed;
  }
  render();
  setTimeout(() => {
    page.copied = '';
    render();
  }, 3000);
}

// Asks the server, one question at a time; without an answer again after 2 s, 4 s .. 60 s.
function update() {
  if (!page.token || page.refreshing) return page.refreshing;
  const token = page.token;
  page.refreshing = refresh(token).then((came) => {
    page.refreshing = null;
    if (token !== page.token) return update();
    page.network = came === 'offline' ? 'down' : 'online';
    page.retry = came === 'offline' ? Math.min(page.retry + 1, 6) : 0;
    if (came === 'offline' && page.retry < 6) setTimeout(update, 1000 * 2 ** page.retry);
    return render();
  });
  return page.refreshing;
}

async function openFromAddress() {
  page.token = decodeURIComponent(location.hash.slice(1)).trim();
  const tasks = await db.all('tasks');
  if (!page.token && tasks.filter((t) => t.state).length === 1 && !location.href.endsWith('#')) page.token = tasks.find((t) => t.state).token;
  Object.assign(page, { half_km: 0, hasOfferedDraft: false, retry: 0 });
  window.scrollTo(0, 0);
  await render();
  await update();
}

async function registerSync() {
  if (!('serviceWorker' in navigator)) return;
  const registration = await navigator.serviceWorker.ready;
  if (registration.sync) await registration.sync.register('send').catch(() => {});
}

async function keepOnPhone() {
  if (navigator.storage && navigator.storage.persist) await navigator.storage.persist().catch(() => {});
  if (!('serviceWorker' in navigator)) return;
  const registration = await navigator.serviceWorker.register('/task/sw.js', { scope: '/task' }).catch(() => null);
  if (!registration) return;
  // All files of this page are loaded by now: a newer version may have the next opening.
  const takeOver = () => { if (registration.waiting) registration.waiting.postMessage('take-over'); };
  const follow = () => { if (registration.installing) registration.installing.addEventListener('statechange', takeOver); };
  takeOver();
  follow();
  registration.addEventListener('updatefound', follow);
}

function wakeUp() {
  if (document.visibilityState !== 'visible') return;
  send.run(true);
  update();
}

send.listen((kind) => {
  render();
  if (kind === 'answered') update();
});
onPlace(render);
window.addEventListener('hashchange', openFromAddress);
window.addEventListener('online', wakeUp);
window.addEventListener('offline', render);
document.addEventListener('visibilitychange', wakeUp);
setInterval(() => { if (document.visibilityState === 'visible') update(); }, REFRESH_MS);
setInterval(() => { if (document.visibilityState === 'visible') render(); }, TICK_MS);

mayWatch().then((may) => { if (may) watch(); });
openFromAddress().then(keepOnPhone).then(() => tidy(page.token));
send.run(true);
return {  };
})();
