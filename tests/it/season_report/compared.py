first, second, out, said = sys.argv[1:]
key = lambda f: (f['satellite'], f['sensor'], f['time'], f['line'], f['column'])
a, b = [{key(f): f for f in fires_of(season)} for season in (first, second)]
kept_a, kept_b = [{k for k, f in side.items() if kept(f)} for side in (a, b)]
assert len(kept_a | kept_b) > 20 and kept_a != kept_b, (len(kept_a), len(kept_b))

changes = rows_of(out + '/changes.csv')
of = lambda what, how: [c for c in changes if c['what'] == what and c['how'] == how]
ids = lambda side, keys: {side[k]['id'] for k in keys}
assert {c['id_b'] for c in of('fire', 'gained')} == ids(b, kept_b - kept_a)
assert {c['id_a'] for c in of('fire', 'lost')} == ids(a, kept_a - kept_b)
assert not of('fire', 'moved'), 'the same pixel has the same place'
# why: what the other run made of the pixel, where it looked at all
looks = lambda season: {r['time'] for r in rows_of(season + '/merged/coverage.csv') if r['kind'] == 'look'}
for how, name, own, other, seen in (('gained', 'id_b', b, a, looks(first)), ('lost', 'id_a', a, b, looks(second))):
    by_id = {f['id']: k for k, f in own.items()}
    for change in of('fire', how):
        there = other.get(by_id[change[name]])
        expected = (there['reason'] or 'outside_counties') if there else 'not_detected' if own[by_id[change[name]]]['time'] in seen else 'not_looked'
        assert change['reason'] == expected, (change, there)

# one to one: each event of one run with the one of the other that it shares most fires with
events_a, events_b = events_of(first), events_of(second)
inside = lambda events: [(e['id'], {key(f) for f in own}) for e, own in events]
shared = sorted(((-len(x & y), i, k) for i, (_, x) in enumerate(inside(events_a)) for k, (_, y) in enumerate(inside(events_b)) if x & y))
done_a, done_b = set(), set()
for _, i, k in shared:
    if i not in done_a and k not in done_b:
        done_a.add(i)
        done_b.add(k)
lost = {e['id'] for i, (e, _) in enumerate(events_a) if i not in done_a}
gained = {e['id'] for k, (e, _) in enumerate(events_b) if k not in done_b}
assert {c['id_a'] for c in of('event', 'lost')} == lost and {c['id_b'] for c in of('event', 'gained')} == gained
for change in of('event', 'moved'):
    places = [next(e for e, _ in side if e['id'] == change[name]) for side, name in ((events_a, 'id_a'), (events_b, 'id_b'))]
    (lon0, lat0), (lon1, lat1) = [(float(e['longitude']), float(e['latitude'])) for e in places]
    import math
    metres = 111195 * math.hypot((lon1 - lon0) * math.cos(math.radians(lat0)), lat1 - lat0)
    assert abs(metres - float(change['moved_m'])) < 2 + 0.01 * metres and metres >= 99, (metres, change)
    assert abs(float(change['from_longitude']) - lon0) < 2e-6 and abs(float(change['longitude']) - lon1) < 2e-6

sheets = book(out + '/compare.xlsx')
number = {r['单位']: r for r in sheets['数量']}
fires, events = number['火点像元'], number['疑似火点']
assert [fires['A'], fires['B'], fires['两次均有']] == [len(kept_a), len(kept_b), len(kept_a & kept_b)], fires
assert [events['A'], events['B'], events['两次均有']] == [len(events_a), len(events_b), len(done_a)], events
assert [fires['新增(仅 B)'], fires['消失(仅 A)']] == [len(kept_b - kept_a), len(kept_a - kept_b)]
for sheet in ('按县', '按传感器', '按原因'):
    for head, what, how in (('处 新增', 'event', 'gained'), ('处 消失', 'event', 'lost'), ('处 移位', 'event', 'moved'), ('像元 消失', 'fire', 'lost')):
        assert sum(r[head] for r in sheets[sheet]) == len(of(what, how)), (sheet, head)
for row in sheets['按县']:
    county = row['县(市、区)']
    assert row['像元 消失'] == sum(1 for k in kept_a - kept_b if a[k]['county'] == county), row
assert len(sheets['逐处']) == sum(1 for c in changes if c['what'] == 'event')
# another class: both have it, and each run says another one
for change in of('event', 'reclassed'):
    classes = [next(e['class'] for e, _ in side if e['id'] == change[name]) for side, name in ((events_a, 'id_a'), (events_b, 'id_b'))]
    assert change['reason'] == '>'.join(classes) and classes[0] != classes[1], (change, classes)

features = json.load(open(out + '/changes.geojson', encoding='utf-8'))
assert features['simulated'] is True and len(features['features']) == len(changes)
lines = [f for f in features['features'] if f['geometry']['type'] == 'LineString']
assert len(lines) == len(of('event', 'moved')) and all(len(f['geometry']['coordinates']) == 2 for f in lines)

page = Page(out + '/compare.html')
words = ''.join(page.text)
assert page.count['svg'] == 1 and '模拟数据, 非真实火点 SIMULATED' in words
assert [[str(cell) for cell in r.values()] for r in sheets['数量']] == page.tables[1][1:], page.tables[1]
profiles = [json.load(open(season + '/merged/season.json'))['profile'] for season in (first, second)]
assert ['阈值方案', *profiles, '相同' if profiles[0] == profiles[1] else '不同'] in page.tables[0], page.tables[0]
assert not said or f'fires: {len(kept_a)} in the first run, {len(kept_b)} in the second, {len(kept_a & kept_b)} in both' in said
print(len(kept_a), len(kept_b), len(events_a), len(events_b), len(changes))
