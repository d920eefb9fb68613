"""The zip of a case, read by other programs than the one that wrote it.

  evidence.py read FILE.zip      its names, hashes by hashlib, what EXIF its pictures hold, the texts of its document, all its plain text
  evidence.py photo OUT.jpg      a photo as a phone takes it: 1600 x 1200, with EXIF, its place and its maker in it
  evidence.py chain FILE.zip     whether each line of its audit is what its hash says
"""

import csv
import hashlib
import io
import json
import sys
import zipfile

import docx
from PIL import Image


def opened(path):
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def rows(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def named(parts, ending):
    return next(data for name, data in parts.items() if name.endswith(ending))


def read(path):
    parts = opened(path)
    pictures, texts = {}, []
    for name, data in parts.items():
        if name.endswith((".jpg", ".png")):
            picture = Image.open(io.BytesIO(data))
            exif = picture.getexif()
            pictures[name] = {"size": picture.size, "exif": len(exif), "gps": {str(k): str(v) for k, v in exif.get_ifd(0x8825).items()}, "info": sorted(picture.info)}
        elif name.endswith(".docx"):
            with zipfile.ZipFile(io.BytesIO(data)) as inner:
                texts += [inner.read(part).decode("utf-8", "replace") for part in inner.namelist() if part.endswith((".xml", ".rels"))]
                inside = [Image.open(io.BytesIO(inner.read(part))) for part in inner.namelist() if part.startswith("word/media/")]
        else:
            texts.append(data.decode("utf-8", "replace"))
    document = docx.Document(io.BytesIO(named(parts, "case.docx")))
    words = []
    for part in document.iter_inner_content():
        words += [" | ".join(cell.text for cell in row.cells) for row in part.rows] if hasattr(part, "rows") else [part.text]
    return {
        "names": sorted(parts), "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in parts.items()},
        "bytes": {name: len(data) for name, data in parts.items()}, "pictures": pictures, "manifest": rows(named(parts, "manifest.csv")),
        "timeline": rows(named(parts, "timeline.csv")), "audit": rows(named(parts, "audit.csv")), "readme": named(parts, "README.txt").decode("utf-8-sig"),
        "document": words, "in_document": [[*picture.size, len(picture.getexif())] for picture in inside], "all_text": "\n".join(texts + words),
        "raw_exif": sorted(name for name, data in parts.items() if b"Exif\0\0" in data),
    }


def photo(out):
    picture = Image.effect_noise((1600, 1200), 40).convert("RGB")
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Phone of Ma", 6
    exif.get_ifd(0x8825).update({1: "N", 2: (36.0, 50.0, 24.6), 3: "E", 4: (101.0, 57.0, 40.3)})
    picture.save(out, quality=80, exif=exif)


def chain(path):
    wrong = []
    for line in rows(named(opened(path), "audit.csv")):
        said = [line["previous"], int(line["seq"]), int(line["at_us"]), *(line[name] for name in ("who", "origin", "action", "record", "detail"))]
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        if hashlib.sha256(text.encode()).hexdigest() != line["hash"]:
            wrong.append(line["seq"])
    return wrong


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    said = {"read": read, "photo": photo, "chain": chain}[command](*rest)
    if said is not None:
        print(json.dumps(said, ensure_ascii=False))
