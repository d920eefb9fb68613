import collections, datetime
season, out = sys.argv[1:]
fires, events = [f for f in fires_of(season) if kept(f)], events_of(season)
beijing = lambda text: datetime.datetime.fromisoformat(text.replace('Z', '+00:00')) + datetime.timedelta(hours=8)
began = lambda own: min(beijing(f['time']) for f in own)
sheets = book(out + '/report.xlsx')
page = Page(out + '/report.html')
words = ''.join(page.text)
cells = [cell for table in page.tables for row in table for cell in row]

numbers = {r['指标']: r['数值'] for r in sheets['概况']}
assert len(fires) > 20 and len(events) > 5
assert numbers['疑似火点(处)'] == str(len(events)) and numbers['火点像元(个)'] == str(len(fires)), numbers
days = {began(own).date() for _, own in events}
assert numbers['有火点的天数(天)'] == str(len(days))
assert numbers['首个火点'] == min(began(own) for _, own in events).strftime('%Y-%m-%d %H:%M')
assert numbers['末个火点'] == max(began(own) for _, own in events).strftime('%Y-%m-%d %H:%M')
assert numbers['最强火点(MW)'] == '%.1f' % max(float(e['max_frp_mw']) for e, _ in events)

# by county: a fire that two counties share counts in each
for row in sheets['各县']:
    county = row['县(市、区)']
    own = [f for f in fires if county in (f['county'], '合计') or county == '合计']
    here = [e for e, of in events if county == '合计' or any(f['county'] == county for f in of)]
    if own:
        assert (row['火点像元(个)'], row['疑似火点(处)']) == (len(own), len(here)), row
    assert row['耕地(千公顷)'] == '无耕地图层'
    assert row['时段小时(时)'] == 96 and row['观测小时(时)'] == 4, row
    assert 0 < row['有效观测(%)'] < 0.1, 'two hours of two days of four: the others count as not seen'
assert sheets['各县'][-1]['县(市、区)'] == '合计'

# 19 October 2025 is a Sunday: two weeks
weeks = collections.Counter()
for event, own in events:
    first = began(own)
    for county in {f['county'] for f in own if (beijing(f['time']).date() <= datetime.date(2025, 10, 19)) == (first.date() <= datetime.date(2025, 10, 19))}:
        weeks[('10-19' if first.date() <= datetime.date(2025, 10, 19) else '10-20~10-22', county)] += 1
assert {r['周(北京时间)'] for r in sheets['各县各周']} == {'10-19', '10-20~10-22'}
for row in sheets['各县各周']:
    found = weeks[(row['周(北京时间)'], row['县(市、区)'])]
    # little was seen of the week: where none was found, no number is given
    assert (row['疑似火点(处)'] or 0) == found, row
    assert found or '未有效观测' in row['说明'] or '未监测到火点(有效观测' in row['说明'], row

hours, pixels = collections.Counter(began(own).hour for _, own in events), collections.Counter(beijing(f['time']).hour for f in fires)
for hour, row in enumerate(sheets['时刻']):
    looked = hour in (13, 14)
    # slots from 05:00 to 06:30 UTC on two days: six in one hour and four in the next
    assert row['观测次数(次)'] == {13: 12, 14: 8}.get(hour, 0), row
    assert row['疑似火点(处)'] == (hours[hour] if looked else None), row
    assert row['火点像元(个)'] == (pixels[hour] if looked else None), row
assert sum(r['观测次数(次)'] for r in sheets['时刻']) == 20

by_day = {r['日期']: r for r in sheets['逐日']}
assert list(by_day) == ['2025-10-19', '2025-10-20', '2025-10-21', '2025-10-22']
for day in ('2025-10-21', '2025-10-22'):
    row = by_day[day]
    assert row['有效观测(%)'] is None and row['疑似火点(处)'] is None and row['说明'] == '未有效观测', row
for day in ('2025-10-19', '2025-10-20'):
    assert by_day[day]['火点像元(个)'] == sum(1 for f in fires if str(beijing(f['time']).date()) == day)

satellite = sheets['卫星'][0]
# Himawari: 144 slots a day, of which two are for housekeeping (02:40 and 14:40 UTC, Bessho et al. 2016)
assert (satellite['应观测(次)'], satellite['已观测(次)'], satellite['计划停测(次)']) == (4 * 144, 20, 4 * 2), satellite
assert satellite['缺(次)'] == 4 * 144 - 20 - 8
dropped = collections.Counter(f['reason'] for f in fires_of(season) if f['verdict'] != 'kept')
assert sum(r['全部(像元)'] for r in sheets['未列入']) == sum(dropped.values())
assert sum(r['像元(个)'] for r in sheets['类别']) == sum(len(own) for _, own in events)
assert len(sheets['网格']) <= 20 and sheets['网格'][0]['名次'] == 1

# another year of lists alone: counts, and no per cent
assert '同期对比' not in sheets and '两期没有共同的' in words
lists = {r['县(市、区)']: r for r in sheets['清单对比']}
assert (lists['合计']['对比期(像元)'], lists['合计']['本期(像元)']) == (3, 0), lists['合计']
assert (lists['乐都区']['对比期(像元)'], lists['互助土族自治县']['对比期(像元)']) == (2, 1), lists

import re
figures = re.findall(r'图 (\d+) ', words)
assert figures == [str(i + 1) for i in range(page.count['svg'])] and len(figures) >= 5, figures
said = ' '.join(str(r['内容']) for r in sheets['说明'])
assert '不等于无火' in said and '2025-10-19' in said and '尚未经现场核实' in said, said
assert '未提供(站点未设 store.url, 或以 --no-store 略去)' in words and '尚未经现场核实' in words
assert '模拟数据, 非真实火点 SIMULATED' in words
assert [r['县(市、区)'] for r in sheets['各县']] == [row[0] for row in page.tables[1][1:]]
for never in ('无火点', '没有火', '无火情'):
    assert not any(never in cell for cell in cells), never
print(len(fires), len(events))
