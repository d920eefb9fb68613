#!/usr/bin/env python3
"""Makes the templates of the shipped site: reports of a day, a week and a month as Word documents and workbooks,
and the report of a case.

They are only a beginning: a site edits the files in Word, WPS or Excel (docs/reports.md). Run again, it writes the same bytes:

  .venv/bin/python tools/office_templates.py sites/haidong/templates
"""

import datetime
import io
import pathlib
import sys
import zipfile

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

TITLE, BODY, HEAD, TABLE = "方正小标宋简体", "仿宋_GB2312", "黑体", "宋体"
# what Word and WPS take where a font is not there
INSTEAD = {TITLE: "SimSun", BODY: "FangSong", HEAD: "SimHei", TABLE: "SimSun"}
LATIN = "Times New Roman"
WHEN = datetime.datetime(2025, 1, 1)
DASH = "—"


def fonts(run, name, size, bold=False):
    run.font.name, run.font.size, run.font.bold = LATIN, Pt(size), bold
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)
    return run


class Document:
    """A4 upright, in the habits of official papers: title in 小标宋, text in 仿宋 of 16 points, headings in 黑体, `— 1 —` at the foot."""

    def __init__(self):
        self.document = docx.Document()
        section = self.document.sections[0]
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.top_margin, section.bottom_margin = Cm(3.5), Cm(3.2)
        section.left_margin, section.right_margin = Cm(2.6), Cm(2.4)
        section.footer_distance = Cm(2.0)
        style = self.document.styles["Normal"]
        style.font.name, style.font.size = LATIN, Pt(16)
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), BODY)
        self.page_number(section.footer.paragraphs[0])

    def page_number(self, paragraph):
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        fonts(paragraph.add_run("— "), TABLE, 14)
        run = fonts(paragraph.add_run(), TABLE, 14)
        for kind, text in (("begin", None), (None, " PAGE "), ("separate", None), ("text", "1"), ("end", None)):
            if kind is None:
                element = OxmlElement("w:instrText")
                element.set(qn("xml:space"), "preserve")
                element.text = text
            elif kind == "text":
                element = OxmlElement("w:t")
                element.text = text
            else:
                element = OxmlElement("w:fldChar")
                element.set(qn("w:fldCharType"), kind)
            run._element.append(element)
        fonts(paragraph.add_run(" —"), TABLE, 14)

    def paragraph(self, text, font=BODY, size=16, bold=False, align=None, indent=True, line=28, before=0, after=0, keep=False):
        paragraph = self.document.add_paragraph()
        style = paragraph.paragraph_format
        style.line_spacing_rule, style.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
        style.space_before, style.space_after, style.keep_with_next = Pt(before), Pt(after), keep
        if indent:
            # two characters, whatever their size
            ind = paragraph._element.get_or_add_pPr().get_or_add_ind()
            ind.set(qn("w:firstLineChars"), "200")
            ind.set(qn("w:firstLine"), str(int(size * 2 * 20)))
        if align is not None:
            paragraph.alignment = align
        fonts(paragraph.add_run(text), font, size, bold)
        return paragraph

    def statement(self, text):
        """A paragraph that goes when the document is filled."""
        self.paragraph(text, indent=False, size=9, line=12)

    def heading(self, text):
        self.paragraph(text, font=HEAD, before=6, keep=True)

    def caption(self, text):
        self.paragraph(text, font=HEAD, size=12, align=WD_ALIGN_PARAGRAPH.CENTER, indent=False, line=22, before=6, keep=True)

    def note(self, text):
        self.paragraph(text, size=10.5, indent=False, line=16, after=4)

    def table(self, rows, heads, widths, cells, more=(), size=10.5):
        """A table whose row repeats over `rows`; `more` rows stand below."""
        table = self.document.add_table(rows=0, cols=len(heads))
        table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
        for column, width in zip(table.columns, widths):
            column.width = Cm(width)
        self.row(table, heads, widths, size, HEAD)
        header = table.rows[0]._tr.get_or_add_trPr()
        header.append(OxmlElement("w:tblHeader"))
        self.row(table, [f"{{%tr for r in {rows} %}}"] + [""] * (len(heads) - 1), widths, size)
        self.row(table, cells, widths, size)
        self.row(table, ["{%tr endfor %}"] + [""] * (len(heads) - 1), widths, size)
        # of one row the sum is the row
        for line in more:
            self.row(table, [f"{{%tr if {rows}|length > 1 %}}"] + [""] * (len(heads) - 1), widths, size)
            self.row(table, line, widths, size, HEAD)
            self.row(table, ["{%tr endif %}"] + [""] * (len(heads) - 1), widths, size)
        self.paragraph("", indent=False, size=6, line=8)

    def pairs(self, rows, widths=(4.2, 12.0), size=11):
        """What is asked on the left, the answer on the right."""
        table = self.document.add_table(rows=0, cols=2)
        table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
        for column, width in zip(table.columns, widths):
            column.width = Cm(width)
        for name, value in rows:
            self.row(table, [name, value], widths, size)
            left, right = table.rows[-1].cells
            for run in left.paragraphs[0].runs:
                fonts(run, HEAD, size)
            right.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.LEFT
        self.paragraph("", indent=False, size=6, line=8)

    def row(self, table, texts, widths, size, font=TABLE):
        row = table.add_row()
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, text, width in zip(row.cells, texts, widths):
            cell.width = Cm(width)
            paragraph = cell.paragraphs[0]
            style = paragraph.paragraph_format
            style.line_spacing_rule, style.line_spacing = WD_LINE_SPACING.AT_LEAST, Pt(size + 4)
            style.space_before = style.space_after = Pt(1)
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            fonts(paragraph.add_run(text), font, size)
            vertical = OxmlElement("w:vAlign")
            vertical.set(qn("w:val"), "center")
            cell._tc.get_or_add_tcPr().append(vertical)

    def save(self, path, title):
        properties = self.document.core_properties
        properties.author, properties.title, properties.comments = "strawfire", title, ""
        properties.created = properties.modified = WHEN
        properties.last_modified_by, properties.revision = "strawfire", 1
        out = io.BytesIO()
        self.document.save(out)
        write(path, out.getvalue())


def write(path, data):
    """The same parts with the same dates: the same bytes."""
    names = "".join(f'<w:font w:name="{name}"><w:altName w:val="{other}"/></w:font>' for name, other in INSTEAD.items())
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "word/fontTable.xml":
                part = part.replace(b"</w:fonts>", names.encode() + b"</w:fonts>")
            if name == "docProps/core.xml":
                stamp = WHEN.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
                for tag in (b"created", b"modified"):
                    begin = part.find(b"<dcterms:" + tag)
                    if begin >= 0:
                        begin = part.find(b">", begin) + 1
                        part = part[:begin] + stamp + part[part.find(b"<", begin) :]
            entry = zipfile.ZipInfo(name, (2025, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            new.writestr(entry, part)


def report(kind):
    whole = Document()
    center, right = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
    whole.paragraph("{{ area.name }}疑似火点监测{{ kind_name }}", font=TITLE, size=22, align=center, indent=False, line=34)
    whole.statement("{%p if revision_name %}")
    whole.paragraph("{{ revision_name }}", font=TITLE, size=18, align=center, indent=False, line=30)
    whole.statement("{%p endif %}")
    whole.statement("{%p if mark %}")
    whole.paragraph("{{ mark }}", font=HEAD, size=16, align=center, indent=False)
    whole.statement("{%p endif %}")
    whole.paragraph("{{ issue }}", size=16, align=center, indent=False)
    whole.paragraph("{{ area.name }}值班席　　　　　　　　{{ made_day }}", size=14, align=center, indent=False, after=8)

    whole.statement("{%p if corrections %}")
    whole.heading("更正说明")
    whole.paragraph("本期更正 {{ corrects }}。原报告数字截止后又收到下列观测和办理，变动的数字及原因如下，未列的不变。")
    whole.caption("变动的数字")
    widths = [2.6, 3.6, 2.0, 2.0, 5.8]
    whole.table("corrections", ["地区", "项目", "原为", "现为", "原因"], widths, ["{{ r.place }}", "{{ r.figure }}", "{{ r.was }}", "{{ r.is }}", "{{ r.why }}"], size=9)
    whole.statement("{%p endif %}")

    number = iter("一二三四五六七八九")
    whole.heading(f"{next(number)}、总体情况")
    whole.statement("{%p for sentence in summary %}")
    whole.paragraph("{{ sentence }}")
    whole.statement("{%p endfor %}")
    whole.paragraph("{{ caution }}")

    whole.heading(f"{next(number)}、分县（区）情况")
    whole.caption("表1　分县（区）统计（{{ period.text }}）")
    heads = ["县（市、区）", "疑似火点（处）", "火点像元（个）", "有效观测", "上期（处）", "较上期", "排除（处）", "已反馈", "已审核"]
    widths = [3.3, 1.5, 1.5, 1.7, 1.5, 2.5, 1.4, 1.3, 1.3]
    cells = ["name", "events_text", "pixels_text", "observed_text", "before_events_text", "change_text", "excluded_text", "verified", "approved"]
    total = ["合计"] + [f"{{{{ total.{cell} }}}}" for cell in cells[1:]]
    whole.table("counties", heads, widths, [f"{{{{ r.{cell} }}}}" for cell in cells], [total])
    whole.note("“—”为未有效观测或没有资料，不等于无火；有效观测向下取整。")
    whole.statement("{%p if total.cropland_kha is not none %}")
    whole.caption("火点强度（每千公顷耕地）")
    whole.table(
        "counties",
        ["县（市、区）", "耕地（千公顷）", "像元/千公顷", "处/千公顷"],
        [5.0, 3.6, 3.6, 3.6],
        ["{{ r.name }}", "{{ '%.1f'|format(r.cropland_kha) if r.cropland_kha is not none else '—' }}", "{{ r.pixels_per_kha_text }}", "{{ r.events_per_kha_text }}"],
        [["合计", "{{ '%.1f'|format(total.cropland_kha) if total.cropland_kha is not none else '—' }}", "{{ total.pixels_per_kha_text }}", "{{ total.events_per_kha_text }}"]],
    )
    whole.statement("{%p endif %}")

    if kind != "daily":
        whole.heading(f"{next(number)}、逐日情况")
        whole.caption("表2　逐日统计")
        cells = ["day", "events_text", "pixels_text", "observed_text", "hours_text", "excluded_text"]
        whole.table("days", ["日期", "疑似火点（处）", "火点像元（个）", "有效观测", "有观测小时", "排除（处）"], [3.4, 2.6, 2.6, 2.6, 2.6, 2.2], [f"{{{{ r.{cell} }}}}" for cell in cells])
        whole.heading(f"{next(number)}、分乡镇情况")
        whole.statement("{%p if townships %}")
        whole.caption("表3　分乡镇统计")
        cells = ["county", "name", "events_text", "pixels_text", "before_satellite_text", "findings_text", "causes_text"]
        whole.table("townships", ["县（市、区）", "乡镇", "疑似火点（处）", "火点像元（个）", "先于卫星发现", "核查结果", "核查原因"], [2.8, 2.4, 1.6, 1.6, 2.4, 2.6, 2.6], [f"{{{{ r.{cell} }}}}" for cell in cells], size=9)
        whole.statement("{%p endif %}")
        whole.statement("{%p if not townships %}")
        whole.paragraph("本期没有可分乡镇统计的疑似火点。")
        whole.statement("{%p endif %}")

    whole.heading(f"{next(number)}、疑似火点清单")
    whole.statement("{%p if events %}")
    whole.caption("疑似火点清单（尚未注明核查结果的为尚未经现场核实）")
    cells = ["number", "city", "county", "township_text", "east", "north", "passed_text", "sources", "verified_text"]
    heads = ["序号", "设区市", "县（市、区）", "乡镇", "中心经度", "中心纬度", "卫星过境日期", "来源", "核查情况"]
    whole.table("events", heads, [0.9, 1.3, 2.0, 1.7, 2.1, 2.1, 2.0, 1.9, 2.0], [f"{{{{ r.{cell} }}}}" for cell in cells], size=8)
    whole.statement("{%p endif %}")
    whole.statement("{%p if not events %}")
    whole.paragraph("本期没有列入清单的疑似火点。")
    whole.statement("{%p endif %}")
    whole.statement("{%p if excluded %}")
    whole.caption("研判排除（不计入）")
    whole.table("excluded", heads[:-1], [0.9, 1.5, 2.4, 2.0, 2.3, 2.3, 2.4, 2.2], [f"{{{{ r.{cell} }}}}" for cell in cells[:-1]], size=8)
    whole.statement("{%p endif %}")

    whole.heading(f"{next(number)}、办理情况")
    whole.statement("{%p if total.events %}")
    whole.caption("各环节用时与时限")
    cells = ["name", "limit_text", "done", "median_text", "p90_text", "in_time_text", "late_text", "waiting_late_text"]
    whole.table("clocks", ["环节", "时限", "办理次数", "中位数", "九成在内", "按时率", "逾期办理", "逾期未办"], [3.2, 1.9, 1.6, 2.1, 2.1, 1.7, 1.6, 1.6], [f"{{{{ r.{cell} }}}}" for cell in cells], size=9)
    if kind != "daily":
        whole.caption("首次发现的来源")
        whole.table("found_by", ["来源", "处数", "占比"], [5.0, 3.0, 3.0], ["{{ r.name }}", "{{ r.count }}", "{{ r.share_text }}"])
    whole.statement("{%p endif %}")
    whole.statement("{%p if not total.events %}")
    whole.paragraph("本期没有需要办理的疑似火点。")
    whole.statement("{%p endif %}")

    whole.heading(f"{next(number)}、与往期比较")
    whole.caption("与上期及历年同期比较")
    cells = ["name", "period", "events_text", "pixels_text", "observed_text", "change_text"]
    whole.table("comparisons", ["时段", "起止", "疑似火点（处）", "火点像元（个）", "有效观测", "本期较其变化"], [2.4, 4.2, 1.9, 1.9, 2.0, 3.6], [f"{{{{ r.{cell} }}}}" for cell in cells], size=9)
    whole.note("未按传感器统一，仅供参考；“无该时段资料”为数据库中没有，不等于 0。")

    whole.statement("{%p if missing %}")
    whole.heading(f"{next(number)}、应到未到的观测")
    whole.table("missing", ["卫星", "应观测时间（北京时间）", "原因"], [4.0, 6.0, 6.0], ["{{ r.satellite }}", "{{ r.time_beijing }}", "{{ r.why }}"], size=9)
    whole.statement("{%p endif %}")

    whole.heading("附：口径说明")
    whole.statement("{%p for rule in rules %}")
    whole.paragraph("{{ rule.number }}. {{ rule.name }}：{{ rule.sentence }}", size=12, line=20)
    whole.statement("{%p endfor %}")
    whole.paragraph("资料来源：{% for look in looks %}{{ look.name }} {{ look.looks }} 次{% if not loop.last %}、{% endif %}{% endfor %}{% if not looks %}无{% endif %}。", size=12, line=20)
    whole.paragraph("数据截止 {{ cut_off }}（北京时间），口径 {{ rule }}，报告编号 {{ id }}，数据校验 {{ sha256[:16] }}。", size=12, line=20)
    sign = whole.paragraph("填报人：　　　　　　审核人：　　　　　　签发：　　　　　　", indent=False, before=24)
    sign.paragraph_format.keep_together = True
    whole.paragraph("{{ made_day }}", align=right, indent=False)
    return whole


def case():
    """The evidence of one case (docs/evidence.md)."""
    whole = Document()
    center = WD_ALIGN_PARAGRAPH.CENTER
    whole.statement("{%p if mark %}")
    whole.paragraph("{{ mark }}", font=HEAD, size=16, align=center, indent=False)
    whole.statement("{%p endif %}")
    whole.paragraph("{{ title }}", font=TITLE, size=22, align=center, indent=False, line=34)
    whole.paragraph("{{ place }}", size=16, align=center, indent=False)
    whole.paragraph("编号 {{ id }}　　制作 {{ made }}（北京时间）", size=12, align=center, indent=False, line=22, after=6)
    whole.statement("{%p if masked %}")
    whole.paragraph("{{ masked }}", font=HEAD, size=12, indent=False, line=20, after=4)
    whole.statement("{%p endif %}")
    whole.statement("{%p if confidential %}")
    whole.paragraph("{{ confidential }}", font=HEAD, size=12, align=center, indent=False, line=20, after=4)
    whole.statement("{%p endif %}")

    whole.heading("一、基本情况")
    facts = [
        ("地点", "{{ place }}"),
        ("经纬度（纬度, 经度）", "{{ coordinates }}，误差 {{ error }}"),
        ("首次/最近发现", "{{ first_seen }} 至 {{ last_seen }}，首先发现 {{ first_discoverer }}"),
        ("来源", "{{ sources }}（{{ detections }} 个像元，{{ looks_count }} 次观测）"),
        ("类别、置信度、功率", "{{ class }}，置信度 {{ confidence }}，最大 {{ max_frp }} MW"),
        ("判断依据", "{{ reasons }}"),
        ("属地责任", "{{ responsible }}"),
        ("承办岗位", "{{ post }}{% if before %}（原承办：{{ before }}）{% endif %}"),
        ("办理状态", "{{ status }}"),
    ]
    whole.pairs(facts)

    whole.heading("二、现场核查")
    whole.pairs([
        ("核查结果", "{{ finding }}"),
        ("原因", "{{ cause }}"),
        ("说明", "{{ note }}"),
        ("反馈", "{{ verified_by }} {{ verified_at }} {{ approved }}"),
    ])
    whole.statement("{%p for hint in hints %}")
    whole.paragraph("提示：{{ hint }}。", size=12, line=20)
    whole.statement("{%p endfor %}")

    whole.heading("三、现场照片")
    whole.statement("{%p if not photos %}")
    whole.paragraph("没有照片。")
    whole.statement("{%p endif %}")
    whole.statement("{%p for p in photos %}")
    whole.statement("{%p if p.has_picture %}")
    picture = whole.paragraph("{{ picture(p.key, p.width) }}", size=12, align=center, indent=False, before=6, keep=True)
    picture.paragraph_format.line_spacing_rule, picture.paragraph_format.line_spacing = WD_LINE_SPACING.SINGLE, None
    whole.statement("{%p endif %}")
    whole.paragraph("{{ p.caption }}", size=10.5, indent=False, line=16, after=6)
    whole.statement("{%p endfor %}")

    whole.heading("四、卫星观测")
    whole.statement("{%p if not looks %}")
    whole.paragraph("没有卫星观测到。")
    whole.statement("{%p endif %}")
    whole.statement("{%p for p in looks %}")
    picture = whole.paragraph("{{ picture(p.key, p.width) }}", size=12, align=center, indent=False, before=6, keep=True)
    picture.paragraph_format.line_spacing_rule, picture.paragraph_format.line_spacing = WD_LINE_SPACING.SINGLE, None
    whole.paragraph("{{ p.caption }}", size=10.5, indent=False, line=16, after=6)
    whole.statement("{%p endfor %}")
    whole.note("示意图{{ drawn }}。")

    whole.heading("五、经过")
    cells = ["at", "kind", "what", "who", "note"]
    whole.table("timeline", ["时间（北京时间）", "类别", "事项", "承办/来源", "说明"], [2.6, 1.3, 3.2, 3.0, 6.1], [f"{{{{ r.{cell} }}}}" for cell in cells], size=9)
    whole.statement("{%p if timeline_more %}")
    whole.paragraph("另有 {{ timeline_more }} 行，见 timeline.csv。", size=12, line=20)
    whole.statement("{%p endif %}")

    whole.heading("六、材料说明")
    whole.statement("{%p if not missing %}")
    whole.paragraph("应有的材料齐全。", size=12, line=20)
    whole.statement("{%p endif %}")
    whole.statement("{%p for line in missing %}")
    whole.paragraph("缺失：{{ line }}", size=12, line=20, indent=False)
    whole.statement("{%p endfor %}")
    whole.paragraph("审计日志中与本事件有关的 {{ audit_lines }} 行见 audit.csv；制作时审计日志末行 {{ audit_head }}。各文件的 SHA-256 见 manifest.csv。", size=12, line=20)
    whole.paragraph("疑似火点是线索，不是证据，也不是指控；未经现场核实的不作认定依据。", size=12, line=20)
    sign = whole.paragraph("制作人：　　　　　　审核人：　　　　　　", indent=False, before=24)
    sign.paragraph_format.keep_together = True
    return whole


THIN = Side(style="thin", color="808080")
GRID = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)


def sheet(book, name, title, heads, rows, cells, note="", more=(), formats=None, printed=None):
    page = book.create_sheet(name)
    last = get_column_letter(printed or len(heads))
    page.merge_cells(f"A1:{last}1")
    page["A1"], page["A1"].font = title, Font(name=TITLE, size=16, bold=True)
    page["A1"].alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    page.row_dimensions[1].height = 30
    page.merge_cells(f"A2:{last}2")
    page["A2"], page["A2"].font = note, Font(name=TABLE, size=9)
    page["A2"].alignment = Alignment(vertical="center", wrap_text=True)
    page.row_dimensions[2].height = 28
    for column, (head, width) in enumerate(heads, 1):
        cell = page.cell(3, column, head)
        cell.font, cell.fill, cell.border = Font(name=HEAD, size=11, bold=True), PatternFill("solid", start_color="D9E2F3"), GRID
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        page.column_dimensions[get_column_letter(column)].width = width
    page.row_dimensions[3].height = 32
    for at, line in enumerate([cells, *more]):
        for column, text in enumerate(line, 1):
            if at == 0 and column == 1:
                text = f"{{% for r in {rows} %}}{text}"
            if at == 0 and column == len(line):
                text = f"{text}{{% endfor %}}"
            cell = page.cell(4 + at, column, text)
            cell.font, cell.border = Font(name=TABLE, size=11, bold=at > 0), GRID
            cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
            if formats and column in formats:
                cell.number_format = formats[column]
    page.freeze_panes = "B4"
    if printed:
        # what is behind is for the screen
        page.print_area = f"A1:{get_column_letter(printed)}{4 + len(more)}"
    page.print_title_rows = "1:3"
    page.page_setup.paperSize, page.page_setup.orientation = page.PAPERSIZE_A4, "landscape"
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.oddFooter.center.text = "&P / &N"
    return page


def counted(name, of="r"):
    """A number, or a dash where hardly anything was seen."""
    return f"{{{{ {of}.{name} if {of}.{name}_text != '{DASH}' else '{DASH}' }}}}"


def known(name, of="r"):
    return f"{{{{ {of}.{name} if {of}.{name} is not none else '{DASH}' }}}}"


def plain(*names, of="r"):
    return [f"{{{{ {of}.{name} }}}}" for name in names]


def workbook(kind):
    book = Workbook()
    book.remove(book.active)
    head = "{{ title }}{{ mark }}　{{ period.text }}　{{ issue }}"
    row = lambda of: [counted("events", of), counted("pixels", of), known("observed_floor", of), f"{{{{ {of}.hours_looked }}}}", f"{{{{ {of}.hours }}}}"]
    behind = lambda of: [f"{{{{ {of}.before_events_text }}}}", f"{{{{ {of}.change_text }}}}", counted("continuing", of), counted("excluded", of)] + plain("verified", "approved", of=of)
    heads = [("县（市、区）", 22), ("疑似火点（处）", 10), ("火点像元（个）", 10), ("有效观测", 10), ("有观测小时", 10), ("全期小时", 10), ("上期（处）", 10), ("较上期", 24), ("持续（处）", 10), ("排除（处）", 10), ("已反馈", 9), ("已审核", 9)]
    note = "数据截止 {{ cut_off }}（北京时间）；口径 {{ rule }}，见“口径说明”；“—”为未有效观测或没有资料，不等于无火；尚未注明核查结果的为尚未经现场核实"
    sheet(book, "分县统计", head, heads, "counties", ["{{ r.name }}"] + row("r") + behind("r"), note, [["合计"] + row("total") + behind("total")], {4: "0.0%"})
    heads = [("县（市、区）", 22), ("先于卫星（处）", 12), ("未办结", 9), ("耕地（千公顷）", 12), ("像元/千公顷", 11), ("处/千公顷", 11), ("核查结果", 24), ("核查原因", 24), ("说明", 60)]
    detail = lambda of: plain("before_satellite", "open", of=of) + [known("cropland_kha", of), known("pixels_per_kha", of), known("events_per_kha", of)] + plain("findings_text", "causes_text", "sentence", of=of)
    sheet(book, "分县明细", head, heads, "counties", ["{{ r.name }}"] + detail("r"), note, [["合计"] + detail("total")], {4: "0.0", 5: "0.00", 6: "0.00"})
    heads = [("设区市", 10), ("县（市、区）", 20), ("乡镇", 14), ("中心经度", 16), ("中心纬度", 16), ("卫星过境日期", 18), ("来源", 24), ("核查情况", 26), ("首次发现", 12), ("首次发现时间", 18), ("火点像元", 10), ("最大功率（MW）", 11), ("置信度", 9), ("类别", 12), ("办理状态", 12), ("位置误差（米）", 11), ("经度", 12), ("纬度", 12), ("第一把火", 24), ("事件编号", 22)]
    cells = plain("city", "county", "township_text", "east", "north", "passed_text", "sources", "verified_text", "found_by", "first_seen_beijing", "pixels") + [known("max_frp_mw")] + plain("confidence", "class", "status") + [known("position_error_m")] + plain("lon", "lat", "first_of", "id")
    listed = "前六列为省级通报格式；一行一处，卫星过境日期为卫星首次发现的北京时间；不包括云覆盖下的火点信息；尚未注明核查结果的为尚未经现场核实"
    sheet(book, "疑似火点清单", head, heads, "events", cells, listed, formats={17: "0.000000", 18: "0.000000"}, printed=10)
    sheet(book, "研判排除", head, heads, "excluded", cells, "不计入疑似火点处数", formats={17: "0.000000", 18: "0.000000"}, printed=10)
    if kind != "daily":
        heads = [("日期", 13), ("疑似火点（处）", 12), ("火点像元（个）", 12), ("有效观测", 10), ("有观测小时", 10), ("全日小时", 10), ("排除（处）", 10), ("说明", 60)]
        sheet(book, "逐日", head, heads, "days", plain("day") + row("r") + [counted("excluded")] + plain("sentence"), note, formats={4: "0.0%"})
    heads = [("县（市、区）", 20), ("乡镇", 14), ("疑似火点（处）", 12), ("火点像元（个）", 12), ("持续（处）", 10), ("排除（处）", 10), ("已反馈", 10), ("已审核", 10), ("先于卫星发现", 18), ("核查结果", 24), ("核查原因", 24)]
    sheet(book, "分乡镇", head, heads, "townships", plain("county", "name", "events", "pixels", "continuing", "excluded", "verified", "approved", "before_satellite_text", "findings_text", "causes_text"), "只列有疑似火点的乡镇；有效观测以县为单位")
    heads = [("环节", 22), ("时限", 12), ("办理次数", 10), ("中位数", 12), ("九成在内", 12), ("按时（次）", 10), ("按时率", 10), ("逾期办理", 10), ("逾期未办", 10)]
    sheet(book, "办理时限", head, heads, "clocks", plain("name", "limit_text", "done", "median_text", "p90_text", "in_time", "in_time_text", "late_text", "waiting_late_text"), "每次派单各有时限，夜间、工作时间另有规定的按规定；按时率的分母含截止时逾期未办的")
    heads = [("时段", 22), ("起止", 30), ("疑似火点（处）", 12), ("火点像元（个）", 12), ("有效观测", 12), ("本期较其变化", 26)]
    sheet(book, "往期比较", head, heads, "comparisons", plain("name", "period", "events_text", "pixels_text", "observed_text", "change_text"), "未按传感器统一，仅供参考；“无该时段资料”为数据库中没有，不等于 0")
    heads = [("地区", 22), ("项目", 30), ("原为", 16), ("现为", 16), ("原因", 80)]
    sheet(book, "更正", head, heads, "corrections", plain("place", "figure", "was", "is", "why"), "与所更正的报告（{{ corrects or '—' }}）相比变动的数字，未列的不变")
    heads = [("序号", 8), ("名称", 20), ("口径", 110)]
    sheet(book, "口径说明", head, heads, "rules", plain("number", "name", "sentence"), "报告编号 {{ id }}；数据校验（SHA-256）{{ sha256 }}")
    book.properties.creator, book.properties.title = "strawfire", "疑似火点监测" + {"daily": "日报", "weekly": "周报", "monthly": "月报"}[kind]
    book.properties.created = book.properties.modified = WHEN
    return book


def main(folder):
    folder = pathlib.Path(folder)
    for kind, name in (("daily", "日报"), ("weekly", "周报"), ("monthly", "月报")):
        report(kind).save(folder / f"{kind}.docx", f"疑似火点监测{name}")
        out = io.BytesIO()
        workbook(kind).save(out)
        write(folder / f"{kind}.xlsx", out.getvalue())
    case().save(folder / "case.docx", "疑似火点案件报告")


if __name__ == "__main__":
    main(sys.argv[1])
