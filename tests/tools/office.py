"""Office documents for tests: templates are made by python-docx, filled by docxtpl, and read again.

  office.py template OUT.docx            a template with everything that a person writes into one, placeholders split over runs
  office.py fill TEMPLATE VALUES OUT     the same template filled by docxtpl
  office.py texts FILE.docx              its paragraphs and cells, in their order, as JSON
  office.py book OUT.xlsx                a workbook with rows that repeat, merged cells, formulas, and an area that is printed
  office.py cells FILE.xlsx              its cells by sheet and place, its merged cells and areas, as JSON
"""

import json
import sys

import docx


def split(paragraph, text, size=3):
    """A text in runs of a few characters, as Word leaves it after corrections."""
    for at in range(0, len(text), size):
        paragraph.add_run(text[at : at + size]).bold = (at // size) % 2 == 0


def template(out):
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "{{ title }} 页眉"
    document.add_heading("{{ title }}", level=1)
    split(document.add_paragraph(), "自 {{ period.from }} 至 {{ period.to }} 共 {{ count }} 处 & {{ quoted }}")
    document.add_paragraph("{% if count > 3 %}较多{% else %}较少{% endif %}，{{ names|join('、') }}")
    document.add_paragraph("{%p if late %}")
    document.add_paragraph("迟到 {{ late }}")
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p if count %}")
    split(document.add_paragraph(), "有 {{ count }} 处 {{ curly|default(“无”) }}")
    document.add_paragraph("{%p endif %}")
    table = document.add_table(rows=4, cols=3)
    table.style = "Table Grid"
    for cell, text in zip(table.rows[0].cells, ["县", "处", "率"]):
        cell.text = text
    table.rows[1].cells[0].text = "{%tr for row in rows %}"
    for cell, text in zip(table.rows[2].cells, ["{{ row.name }}", "{{ row.count }}", "{{ loop.index }}{% if row.count %}*{% endif %}"]):
        cell.text = ""
        split(cell.paragraphs[0], text)
    table.rows[3].cells[0].text = "{%tr endfor %}"
    document.add_paragraph("备注：{{ lines }}")
    document.save(out)


def texts(file):
    document = docx.Document(file)
    found = [paragraph.text for section in document.sections for paragraph in section.header.paragraphs]
    for part in document.iter_inner_content():
        if hasattr(part, "rows"):
            found += [[cell.text for cell in row.cells] for row in part.rows]
        else:
            found.append(part.text)
    pictures = [[shape.width.mm, shape.height.mm] for shape in document.inline_shapes]
    return {"texts": found, "pictures": pictures}


def fill(template, values, out):
    import docxtpl

    document = docxtpl.DocxTemplate(template)
    with open(values, encoding="utf-8") as file:
        document.render(json.load(file), autoescape=True)
    document.save(out)


def book(out):
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    sheet.title = "日报"
    sheet.merge_cells("A1:C1")
    sheet["A1"], sheet["A1"].font = "{{ title }}（共 {{ count }} 处）", Font(bold=True, size=16)
    sheet["A3"], sheet["B3"], sheet["C3"] = "县", "处", "倍"
    sheet["A4"] = "{% for row in rows %}{{ row.name }}"
    sheet["B4"], sheet["B4"].number_format = "{{ row.count }}", "0.00"
    sheet["C4"] = "=B4*2+$B$1"
    sheet["A5"] = "小计"
    sheet.merge_cells("B5:C5")
    sheet["B5"] = "{{ row.note }}{% endfor %}"
    sheet["A6"], sheet["B6"] = "合计", "{{ count }}"
    sheet["C6"] = "=B6+1"
    sheet.merge_cells("A8:C8")
    sheet["A8"] = "填报人"
    sheet["A10"] = "{% for row in none %}"
    sheet["A11"] = "{{ row.name }}"
    sheet["A12"] = "{% endfor %}"
    sheet["A13"], sheet["B13"] = "末行", "=SUM(B6:B6)"
    sheet.auto_filter.ref = "A3:C4"
    sheet.print_area = "A1:C13"
    other = book.create_sheet("别 表")
    other["A1"] = "='日报'!B6"
    book.save(out)


def cells(file):
    from openpyxl import load_workbook

    book, found = load_workbook(file), {}
    for sheet in book:
        found[sheet.title] = {
            "cells": {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None},
            "merged": sorted(str(area) for area in sheet.merged_cells.ranges),
            "filter": sheet.auto_filter.ref,
            "printed": sheet.print_area,
            "formats": {cell.coordinate: cell.number_format for row in sheet.iter_rows() for cell in row if cell.number_format != "General"},
        }
    return found


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    said = {"template": template, "texts": texts, "fill": fill, "book": book, "cells": cells}[command](*rest)
    if said is not None:
        print(json.dumps(said, ensure_ascii=False))
