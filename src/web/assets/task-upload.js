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
