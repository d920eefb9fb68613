// One picture taken in the page: its bytes and their SHA-256, a small picture for sending, its own time.
const LONGEST = 1280;
const MOST_BYTES = 400000;

export async function prepare(file) {
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
