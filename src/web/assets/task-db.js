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
