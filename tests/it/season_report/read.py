import csv, html.parser, json, openpyxl, sys

VOID = {'meta', 'col', 'wbr', 'br', 'link', 'img', 'input', 'hr'}


class Page(html.parser.HTMLParser):
    """Every element is closed in its turn, nothing runs, and nothing is from outside."""

    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        self.open, self.count, self.tables, self.text = [], {}, [], []
        source = open(path, encoding='utf-8').read()
        assert 'http' not in source and 'NaN' not in source and 'javascript' not in source.lower(), path
        self.feed(source)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        assert tag not in ('script', 'iframe', 'object', 'img', 'link'), tag
        for name, value in attributes:
            assert not name.startswith('on') and name not in ('href', 'src', 'xlink:href'), (name, value)
        self.count[tag] = self.count.get(tag, 0) + 1
        if tag == 'table':
            self.tables.append([])
        elif tag == 'tr':
            self.tables[-1].append([])
        elif tag in ('td', 'th'):
            self.tables[-1][-1].append('')
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.open)

    def handle_data(self, text):
        if self.open and self.open[-1] in ('td', 'th'):
            self.tables[-1][-1][-1] += text
        elif self.open and self.open[-1] != 'style':
            self.text.append(text)


def book(path):
    """Rows below the headings by sheet, as lists; title and note are two rows before."""
    sheets = {}
    for sheet in openpyxl.load_workbook(path):
        rows = [[cell for cell in row] for row in sheet.iter_rows(values_only=True)]
        assert '模拟' in rows[0][0] or not SIMULATED, rows[0]
        sheets[sheet.title] = [dict(zip(rows[2], row)) for row in rows[3:]]
    return sheets


SIMULATED = True


def rows_of(path):
    return list(csv.DictReader(open(path, encoding='utf-8')))


def fires_of(season):
    return rows_of(season + '/merged/fires.csv')


def kept(fire):
    return fire['verdict'] == 'kept' and fire['county'] != ''


def events_of(season):
    """Events with one kept fire in a county: those that the report counts."""
    fires = {f['id']: f for f in fires_of(season) if kept(f)}
    events = []
    for event in rows_of(season + '/merged/events.csv'):
        own = [fires[id] for id in json.loads(event['members']) if id in fires]
        if own:
            events.append((event, own))
    return events
