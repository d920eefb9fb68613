#!/usr/bin/env python3
"""Makes sites/haidong/templates/handover.docx, the record of a handover, as a bureau prints it. Edit the document itself in Word or WPS; this
only says how the first one was made. Needs python-docx."""

import sys

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

TITLE, HEAD, TEXT = "方正小标宋简体", "黑体", "仿宋_GB2312"


def font(run, name, size, bold=False):
    run.font.name, run.font.size, run.bold = name, Pt(size), bold
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)
    return run


def paragraph(place, text, name=TEXT, size=12, align=None, bold=False, after=4):
    made = place.add_paragraph()
    made.paragraph_format.space_after, made.paragraph_format.space_before = Pt(after), Pt(0)
    made.paragraph_format.line_spacing = 1.25
    if align is not None:
        made.alignment = align
    font(made.add_run(text), name, size, bold)
    return made


def heading(document, text):
    made = paragraph(document, text, HEAD, 13, after=4)
    made.paragraph_format.space_before, made.paragraph_format.keep_with_next = Pt(8), True


def write(cell, text, name=TEXT, size=10.5, align=None):
    made = cell.paragraphs[0]
    made.paragraph_format.space_after = Pt(0)
    if align is not None:
        made.alignment = align
    font(made.add_run(text), name, size)


def field(made, code):
    for kind, text in (("begin", None), (None, code), ("end", None)):
        run = font(made.add_run(), TEXT, 9)
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.set(qn("xml:space"), "preserve")
            element.text = text
        run._element.append(element)


def table(document, widths, heads=None, rows=1):
    made = document.add_table(rows=rows, cols=len(widths))
    made.style, made.alignment, made.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(made.columns, widths):
        column.width = Cm(width)
        for cell in column.cells:
            cell.width = Cm(width)
    if heads:
        for cell, head in zip(made.rows[0].cells, heads):
            write(cell, head, HEAD, 10.5, WD_ALIGN_PARAGRAPH.CENTER)
        repeat = OxmlElement("w:tblHeader")
        repeat.set(qn("w:val"), "true")
        made.rows[0]._tr.get_or_add_trPr().append(repeat)
    return made


def loop(made, widths, variable, of, cells):
    """Three rows: what begins the loop, the row of each, what ends it."""
    for texts in ([f"{{%tr for {variable} in {of} %}}"], cells, ["{%tr endfor %}"]):
        row = made.add_row()
        keep = OxmlElement("w:cantSplit")
        row._tr.get_or_add_trPr().append(keep)
        for cell, width in zip(row.cells, widths):
            cell.width = Cm(width)
        for cell, text in zip(row.cells, texts):
            write(cell, text)


def main(path):
    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.2)
    page.top_margin, page.bottom_margin = Cm(2.5), Cm(2.2)
    document.core_properties.title, document.core_properties.author = "交接班记录", "strawfire"
    paragraph(document, "{{ desk_name }}值班席交接班记录", TITLE, 20, WD_ALIGN_PARAGRAPH.CENTER, after=6)
    paragraph(document, "班次：{{ from }} 至 {{ to }}（北京时间）　　编号：{{ id }}　　状态：{{ state_name }}", size=10.5, align=WD_ALIGN_PARAGRAPH.CENTER, after=8)
    heading(document, "一、本班概况")
    paragraph(document, "{{ sums }}")
    paragraph(document, "有效观测：{{ observed }}。")
    heading(document, "二、交接事项")
    widths = [3.0, 3.9, 2.7, 2.5, 2.2, 2.3]
    made = table(document, widths, ["类别", "事项", "属地/来源", "状态", "承办", "时限"])
    loop(made, widths, "r", "rows", ["{{ r.section }}", "{{ r.what }}", "{{ r.place }}", "{{ r.state }}", "{{ r.who }}", "{{ r.due }}"])
    paragraph(document, "疑似火点为卫星、视频等线索，未经现场核实前不作为认定依据；未监测到火点不等于没有火点。", size=9, after=4)
    heading(document, "三、签字")
    sides = table(document, [8.3, 8.3], ["交班", "接班"], rows=5)
    for row, (mine, theirs) in enumerate([
        ("签字：{{ given.name }}", "签字：{{ taken.name }}"),
        ("时间：{{ given.at }}", "时间：{{ taken.at }}"),
        ("排班：{{ given.on_list }}", "排班：{{ taken.on_list }}"),
        ("交班说明：{{ given.remark }}", "接班说明：{{ taken.remark }}"),
    ], start=1):
        write(sides.rows[row].cells[0], mine)
        write(sides.rows[row].cells[1], theirs)
    heading(document, "四、两次签字之间的变化")
    paragraph(document, "{%p for c in changes %}", after=0)
    paragraph(document, "{{ c }}", size=10.5, after=2)
    paragraph(document, "{%p endfor %}", after=0)
    heading(document, "五、事后说明")
    paragraph(document, "{%p for r in remarks %}", after=0)
    paragraph(document, "{{ r }}", size=10.5, after=2)
    paragraph(document, "{%p endfor %}", after=0)
    paragraph(document, "内容在交班人签字时固定，SHA-256：{{ sha256 }}", size=8, after=0)
    foot = page.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    font(foot.add_run("— "), TEXT, 9)
    field(foot, "PAGE")
    font(foot.add_run(" / "), TEXT, 9)
    field(foot, "NUMPAGES")
    font(foot.add_run(" —"), TEXT, 9)
    document.save(path)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "sites/haidong/templates/handover.docx")
