//! Documents from templates that people edit: as docxtpl fills them, and as python-docx, openpyxl and LibreOffice read them.

use crate::common::{have_program, project, python_with};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use strawfire::deliver::office::{docx, xlsx};

fn tool(python: &OsString, arguments: &[&Path]) -> Value {
    let words = arguments.iter().map(|path| path.as_os_str());
    let ran = Command::new(python).arg(project().join("tests/tools/office.py")).args(words).output().expect("runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).unwrap_or(Value::Null)
}

fn values() -> Value {
    json!({
        "title": "海东市<日报>", "period": { "from": "10-19", "to": "10-20" }, "count": 5, "quoted": "\"a\" & 'b'", "names": ["乐都区", "平安区"],
        "late": 0, "curly": "有", "lines": "甲\n乙",
        "rows": [{ "name": "乐都区", "count": 3, "note": "=1+1" }, { "name": "循化县 & 化隆县", "count": 0.5, "note": null }], "none": [],
    })
}

/// LibreOffice prints it; the number of its pages.
pub fn opens_in_an_office(folder: &Path, file: &Path) -> Option<usize> {
    let office = have_program(&["soffice"])?;
    let profile = format!("-env:UserInstallation=file://{}", folder.join("office").display());
    let mut print = Command::new(office);
    print.args([&profile, "--headless", "--convert-to", "pdf", "--outdir"]).arg(folder).arg(file);
    let said = print.output().expect("runs");
    let pdf = folder.join(file.with_extension("pdf").file_name().expect("a name"));
    let bytes =
        std::fs::read(&pdf).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&said.stderr)));
    let text = String::from_utf8_lossy(&bytes);
    Some(text.matches("/Type/Page").count() - text.matches("/Type/Pages").count())
}

/// The same template and values give the same texts as with docxtpl, which is what people know.
#[test]
fn a_document_is_filled_as_docxtpl_fills_it() {
    let Some(python) = python_with("docxtpl") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    tool(&python, &[Path::new("template"), &path("t.docx")]);
    std::fs::write(path("values.json"), values().to_string()).expect("written");
    tool(&python, &[Path::new("fill"), &path("t.docx"), &path("values.json"), &path("theirs.docx")]);
    let template = std::fs::read(path("t.docx")).expect("read");
    let ours = docx::fill(&path("t.docx"), &template, &values(), &BTreeMap::new()).expect("filled");
    std::fs::write(path("ours.docx"), &ours).expect("written");
    let (ours, theirs) = (path("ours.docx"), path("theirs.docx"));
    let texts = |file| tool(&python, &[Path::new("texts"), file])["texts"].clone();
    assert_eq!(texts(&ours), texts(&theirs));
    assert_eq!(texts(&ours)[2], "自 10-19 至 10-20 共 5 处 & \"a\" & 'b'");
    assert_eq!(opens_in_an_office(folder.path(), &ours).unwrap_or(1), 1);
}

fn document(body: &str) -> Vec<u8> {
    use std::io::Write;
    const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let types = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" \
                 ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/word/document.xml\" \
                 ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>";
    let links = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" \
                 Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/>\
                 </Relationships>";
    let xml = format!("<w:document xmlns:w=\"{W}\"><w:body>{body}</w:body></w:document>");
    for (name, text) in [("[Content_Types].xml", types), ("_rels/.rels", links), ("word/document.xml", &xml)] {
        zip.start_file(name, options).expect("a part");
        zip.write_all(text.as_bytes()).expect("written");
    }
    zip.finish().expect("a zip").into_inner()
}

fn paragraph(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

/// A picture of 40 by 20 pixels, 100 mm wide, is 50 mm high, wherever it is put.
#[test]
fn pictures_keep_their_shape() {
    let mut png = Vec::new();
    let picture = image::RgbImage::from_pixel(40, 20, image::Rgb([200, 30, 30]));
    picture.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).expect("encoded");
    let pictures = BTreeMap::from([("map".to_string(), png), ("bad".to_string(), b"GIF89a".to_vec())]);
    let body = paragraph("图 {{ picture(\"map\", 100) }} 一")
        + &paragraph("{% for n in rows %}{{ picture(name, 20) }}{% endfor %}");
    let values = json!({ "name": "map", "rows": [1, 2] });
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("p.docx");
    let made = docx::fill(&file, &document(&body), &values, &pictures).expect("filled");
    assert_eq!(made, docx::fill(&file, &document(&body), &values, &pictures).expect("filled"), "the same bytes");
    std::fs::write(&file, made).expect("written");
    for (name, said) in [("bad", "neither PNG nor JPEG"), ("none", "no picture none; there are: bad, map")] {
        let error =
            docx::fill(&file, &document(&paragraph(&format!("{{{{ picture('{name}', 9) }}}}"))), &values, &pictures);
        assert!(error.expect_err("refused").to_string().contains(said));
    }
    opens_in_an_office(folder.path(), &file);
    if let Some(python) = python_with("docx") {
        let read = tool(&python, &[Path::new("texts"), &file]);
        assert_eq!(read["pictures"], json!([[100.0, 50.0], [20.0, 10.0], [20.0, 10.0]]));
        assert_eq!(read["texts"][0], "图  一");
    }
}

fn refused(template: &[u8]) -> String {
    let file = Path::new("templates/daily.docx");
    docx::fill(file, template, &values(), &BTreeMap::new()).expect_err("refused").to_string()
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let at = |body: &str| refused(&document(body));
    for (body, place, found) in [
        ("{{ conut }}", "word/document.xml, paragraph 1 ({{ conut }})", "conut, which is not known"),
        ("{{ period.form }}", "paragraph 1", "period.form, which is not known"),
        ("{{ nosuch|upper }}", "paragraph 1", "which is not known"),
        ("{% for r in rows %}{{ r.nme }}{% endfor %}", "paragraph 1", "r.nme, which is not known"),
        ("{% for r in rows %}", "paragraph 1", "end"),
        ("{{ count", "paragraph 1", "which is not ended"),
        ("{{ count|nofilter }}", "paragraph 1", "nofilter"),
        ("{%tr for r in rows %}", "paragraph 1", "outside of such an element"),
        ("{{r count }}", "paragraph 1", "rich text"),
        ("{% for a in range(90000) %}{% for b in range(90000) %}x{% endfor %}{% endfor %}", "paragraph 1", "steps"),
    ] {
        let said = at(&paragraph(body));
        for part in ["templates/daily.docx", place, found] {
            assert!(said.contains(part), "no {part:?} in {said}");
        }
    }
    // the second paragraph, not the first
    assert!(at(&(paragraph("甲") + &paragraph("乙 {{ nosuch }}"))).contains("paragraph 2 (乙 {{ nosuch }})"));
    let cell = format!("<w:tbl><w:tr><w:tc>{}</w:tc></w:tr></w:tbl>", paragraph("{% endif %}"));
    assert!(at(&(paragraph("{% if not count %}") + &cell)).contains("{%p if %}"));
}

#[test]
fn bad_bytes_are_no_template() {
    assert!(refused(b"").contains("no zip"));
    assert!(refused(b"\xd0\xcf\x11\xe0 and more").contains("password"));
    let whole = document(&paragraph("{{ title }}"));
    for cut in (0..whole.len()).step_by(7) {
        let _ = docx::fill(Path::new("x"), &whole[..cut], &values(), &BTreeMap::new());
        let mut bent = whole.clone();
        bent[cut] ^= 0x55;
        let _ = docx::fill(Path::new("x"), &bent, &values(), &BTreeMap::new());
    }
    let bomb = document(&" ".repeat(65 << 20));
    assert!(bomb.len() < 1 << 20 && refused(&bomb).contains("more than 64 MiB"));
    assert!(refused(&document("<w:p><w:r><w:t>x</w:r></w:p>")).contains("XML"));
}

/// By hand: two rows a county, so that what stood in row 6 stands in row 8; the rows 10 to 12, of which none is left, close up.
#[test]
fn rows_of_a_workbook_repeat_and_the_others_move() {
    let Some(python) = python_with("openpyxl") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    tool(&python, &[Path::new("book"), &path("t.xlsx")]);
    let template = std::fs::read(path("t.xlsx")).expect("read");
    let made = xlsx::fill(&path("t.xlsx"), &template, &values()).expect("filled");
    std::fs::write(path("made.xlsx"), &made).expect("written");
    let read = tool(&python, &[Path::new("cells"), &path("made.xlsx")]);
    let sheet = &read["日报"];
    assert_eq!(
        sheet["cells"],
        json!({
            "A1": "海东市<日报>（共 5 处）", "A3": "县", "B3": "处", "C3": "倍",
            "A4": "乐都区", "B4": 3, "C4": "=B4*2+$B$1", "A5": "小计", "B5": "=1+1",
            "A6": "循化县 & 化隆县", "B6": 0.5, "C6": "=B6*2+$B$1", "A7": "小计",
            "A8": "合计", "B8": 5, "C8": "=B8+1", "A10": "填报人", "A12": "末行", "B12": "=SUM(B8:B8)",
        })
    );
    assert_eq!(sheet["merged"], json!(["A10:C10", "A1:C1", "B5:C5", "B7:C7"]));
    assert_eq!((&sheet["filter"], &sheet["printed"]), (&json!("A3:C6"), &json!("'日报'!$A$1:$C$12")));
    assert_eq!(sheet["formats"], json!({ "B4": "0.00", "B6": "0.00" }));
    assert_eq!(read["别 表"]["cells"]["A1"], "='日报'!B8");
    assert_eq!(opens_in_an_office(folder.path(), &path("made.xlsx")).unwrap_or(2), 2);
    // a text that begins like a formula is a text
    let strings = crate::common::unzipped(&path("made.xlsx"), "xl/worksheets/sheet1.xml");
    assert!(strings.is_none_or(|xml| xml.contains("t=\"inlineStr\"><is><t xml:space=\"preserve\">=1+1</t>")));
}

/// By hand: a loop in a loop, and rows that are there only where something is so.
#[test]
fn rows_within_rows_and_rows_that_may_go() {
    let Some(python) = python_with("openpyxl") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("t.xlsx");
    let code = format!(
        "import openpyxl; b = openpyxl.Workbook(); s = b.active; s.title = '表'\n\
         s['A1'] = '{{% for r in rows %}}{{{{ r.name }}}}'\n\
         s['A2'] = '{{% for d in r.days %}}'; s['A3'] = '{{{{ d.day }}}}'; s['B3'] = '{{{{ d.n }}}}'; s['C3'] = '=B3+1'; s['A4'] = '{{% endfor %}}'\n\
         s['A5'] = '{{% if r.note %}}注'; s['B5'] = '{{{{ r.note }}}}{{% endif %}}'\n\
         s['A6'] = '—'; s['B6'] = '{{{{ loop.index }}}}{{% endfor %}}'\n\
         s['A9'] = '末'; s['B9'] = '{{{{ ok }}}}'\n\
         b.save(r'{}')",
        file.display()
    );
    let made = Command::new(&python).args(["-c", &code]).output().expect("runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let values = json!({ "ok": true, "rows": [
        { "name": "甲", "note": null, "days": [{ "day": "一", "n": 1 }, { "day": "二", "n": 2 }] },
        { "name": "乙", "note": "雾", "days": [] },
    ]});
    let filled = xlsx::fill(&file, &std::fs::read(&file).expect("read"), &values).expect("filled");
    std::fs::write(&file, filled).expect("written");
    let read = tool(&python, &[Path::new("cells"), &file]);
    assert_eq!(
        read["表"]["cells"],
        json!({
            "A1": "甲", "A2": "一", "B2": 1, "C2": "=B2+1", "A3": "二", "B3": 2, "C3": "=B3+1", "A4": "—", "B4": 1,
            "A5": "乙", "A6": "注", "B6": "雾", "A7": "—", "B7": 2, "A10": "末", "B10": true,
        })
    );
}

#[test]
fn what_is_wrong_with_a_workbook_is_told_with_its_cell() {
    let Some(python) = python_with("openpyxl") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("t.xlsx");
    for (cells, place, found) in [
        ("s['B2'] = '{{ nosuch }}'", "sheet 表, cell B2 ({{ nosuch }})", "nosuch, which is not known"),
        ("s['A2'] = '{% for r in rows %}{{ r.nme }}{% endfor %}'", "cell A2", "r.nme, which is not known"),
        ("s['A2'] = '{% for r in rows %}'", "row 2", "without an end"),
        (
            "s['A2'] = '甲'; s['B2'] = '{% for r in rows %}'; s['A3'] = '{% endfor %}'",
            "cell B2",
            "in the midst of a row",
        ),
        ("s['A2'] = '{% endfor %}'", "row 2", "endfor"),
        (
            "s['A2'] = '{% for r in rows %}{{ r.name }}'; s['B2'] = '{% endfor %}'; s['B3'] = '=SUM(B2:B2)'",
            "cell B3",
            "repeat",
        ),
        ("s['A2'] = '{% for r in rows %}'; s['A3'] = '{% endfor %}'; s.merge_cells('B1:B2')", "cells B1:B2", "repeat"),
        ("s['A2'] = '{{ rows }}'", "cell A2", "a sequence where a text"),
    ] {
        let code = format!(
            "import openpyxl; b = openpyxl.Workbook(); s = b.active; s.title = '表'; s['A1'] = '题'; {cells}; b.save(r'{}')",
            file.display()
        );
        let made = Command::new(&python).args(["-c", &code]).output().expect("runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let error = xlsx::fill(&file, &std::fs::read(&file).expect("read"), &values()).expect_err(cells).to_string();
        for part in ["t.xlsx", place, found] {
            assert!(error.contains(part), "no {part:?} in {error}");
        }
    }
    let whole = std::fs::read(&file).expect("read");
    for cut in (0..whole.len()).step_by(97) {
        let _ = xlsx::fill(&file, &whole[..cut], &values());
        let mut bent = whole.clone();
        bent[cut] ^= 0x55;
        let _ = xlsx::fill(&file, &bent, &values());
    }
}
