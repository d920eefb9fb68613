//! What is hidden in a copy for publishing: names that the store knows or that follow a word for a person, telephone numbers, numbers of
//! identity cards, exact coordinates, number plates. A name that nobody knows and nothing announces stays: a person reads it before.

use crate::place::LonLat;

/// Words that a name follows.
const BEFORE_NAMES: &[&str] = &[
    "户主",
    "村民",
    "农户",
    "群众",
    "当事人",
    "责任人",
    "联系人",
    "负责人",
    "报告人",
    "举报人",
    "来电人",
    "司机",
    "姓名",
    "网格员",
    "护林员",
    "村主任",
    "村支书",
    "书记",
    "主任",
    "社长",
    "村长",
    "老乡",
    "男子",
    "女子",
    "机主",
    "业主",
    "法人",
];
/// Words that a name comes before.
const AFTER_NAMES: &[&str] = &["承认", "自称", "本人", "家的地", "家地里", "家耕地"];
/// Families of the region and the commonest of the country.
const FAMILIES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文冶祁鲁星喇沙绽鄂逯晁拜妥铁牛仁索尕旦扎多才尼达桑卓拉切华";

/// What hides.
#[derive(Debug, Clone, Default)]
pub(super) struct Mask {
    /// Known names, the longest first.
    names: Vec<String>,
}

impl Mask {
    pub(super) fn of(persons: &[String]) -> Mask {
        let is_name = |name: &&String| {
            let letters = name.chars().count();
            let is_han = name.chars().all(|c| is_han(c) || c == '·');
            let is_unit = ["值班", "席", "室", "局", "县", "区", "市", "镇", "乡", "村", "岗", "中心"]
                .iter()
                .any(|end| name.ends_with(end));
            (2..=12).contains(&letters)
                && (is_han || name.chars().all(|c| c.is_ascii_alphabetic() || c == ' '))
                && !is_unit
        };
        let mut names: Vec<String> = persons.iter().map(|name| name.trim().to_string()).collect();
        names.retain(|name| is_name(&name));
        names.sort_by(|a, b| b.chars().count().cmp(&a.chars().count()).then(a.cmp(b)));
        names.dedup();
        Mask { names }
    }

    /// A text without what is hidden.
    pub(super) fn text(&self, text: &str) -> String {
        let known = self.names.iter().fold(text.to_string(), |text, name| text.replace(name.as_str(), &of_name(name)));
        plates(&numbers(&announced(&known)))
    }
}

/// `马**`.
pub(super) fn of_name(name: &str) -> String {
    name.chars().next().map(|first| format!("{first}**")).unwrap_or_default()
}

/// A place to a hundredth of a degree, about a kilometre.
pub(super) fn rounded(place: LonLat) -> LonLat {
    let hundredth = |degrees: f64| (degrees * 100.0).round() / 100.0;
    LonLat::new(hundredth(place.lon()), hundredth(place.lat())).unwrap_or(LonLat::ZERO)
}

fn is_han(c: char) -> bool {
    ('\u{3400}'..='\u{9FFF}').contains(&c)
}

/// Names behind a word for a person, and before what a person does.
fn announced(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let matches = |letters: &[char], at: usize, word: &str| {
        word.chars().enumerate().all(|(i, c)| letters.get(at + i) == Some(&c))
    };
    let is_family = |c: char| FAMILIES.contains(c);
    let mut at = 0;
    while at < letters.len() {
        if let Some(word) = BEFORE_NAMES.iter().find(|word| matches(&letters, at, word)) {
            let mut from = at + word.chars().count();
            while letters.get(from).is_some_and(|c| "：: 是叫为（(、，,".contains(*c)) {
                from += 1;
            }
            if letters.get(from).is_some_and(|c| is_family(*c)) {
                hide(&mut letters, from + 1, 2);
            }
            at += word.chars().count();
        } else if AFTER_NAMES.iter().any(|word| matches(&letters, at, word)) {
            let from = (2..=3).find(|back| {
                at >= *back && is_family(letters[at - back]) && letters[at - back..at].iter().all(|c| is_han(*c))
            });
            if let Some(back) = from {
                hide(&mut letters, at - back + 1, back - 1);
            }
            at += 1;
        } else {
            at += 1;
        }
    }
    letters.into_iter().collect()
}

/// Letters of a name become stars; signs and digits end it.
fn hide(letters: &mut [char], from: usize, most: usize) {
    for letter in letters.iter_mut().skip(from).take(most) {
        if !is_han(*letter) {
            break;
        }
        *letter = '*';
    }
}

/// A run of digits and the signs that people write between them.
struct Run {
    from: usize,
    to: usize,
    digits: Vec<char>,
}

/// Telephone and card numbers, and the digits of coordinates behind the second.
fn numbers(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while at < letters.len() {
        let is_within_word = at > 0 && (digit(letters[at - 1]).is_some() || is_of_hash(&letters, at));
        match (is_within_word, run(&letters, at)) {
            (false, Some(run)) => {
                out.push_str(&hidden(&letters, &run));
                at = run.to;
            }
            _ => {
                out.push(letters[at]);
                at += 1;
            }
        }
    }
    out
}

/// An ASCII digit or one of full width.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32),
        _ => None,
    }
}

/// Ids and hashes are words of sixteen and more hexadecimal digits with letters among them.
fn is_of_hash(letters: &[char], at: usize) -> bool {
    let is_part = |c: &char| c.is_ascii_alphanumeric();
    let from = letters[..at].iter().rposition(|c| !is_part(c)).map_or(0, |before| before + 1);
    let to = letters[at..].iter().position(|c| !is_part(c)).map_or(letters.len(), |after| at + after);
    let word = &letters[from..to];
    word.len() >= 16 && word.iter().all(char::is_ascii_hexdigit) && word.iter().any(|c| c.is_ascii_alphabetic())
}

/// The digits from here on, with one sign between two groups of them.
fn run(letters: &[char], at: usize) -> Option<Run> {
    digit(letters[at])?;
    if is_of_hash(letters, at) {
        return None;
    }
    let (mut digits, mut to, mut sign) = (Vec::new(), at, None);
    for (i, c) in letters.iter().enumerate().skip(at) {
        match (digit(*c), sign) {
            (Some(d), _) => {
                digits.push(d);
                (to, sign) = (i + 1, None);
            }
            (None, None) if " -－—".contains(*c) && !digits.is_empty() => sign = Some(*c),
            (None, _) => break,
        }
    }
    // a card may end with an X
    if digits.len() == 17 && letters.get(to).is_some_and(|c| "xXＸ×".contains(*c)) {
        digits.push('X');
        to += 1;
    }
    Some(Run { from: at, to, digits })
}

fn hidden(letters: &[char], run: &Run) -> String {
    let own: String = letters[run.from..run.to].iter().collect();
    let digits: String = run.digits.iter().collect();
    let groups: Vec<usize> = own.split([' ', '-', '－', '—']).map(|group| group.chars().count()).collect();
    let is_time = groups.len() > 1 && groups.iter().all(|length| *length <= 4) && groups != [3, 4, 4];
    if let Some(cut) = after_point(letters, run) {
        return cut;
    }
    let mobile =
        ["0086", "86", ""].iter().find_map(|before| digits.strip_prefix(before)).filter(|rest| is_mobile(rest));
    match digits.len() {
        _ if is_time => own,
        _ if mobile.is_some() => {
            mobile.map(|number| format!("{}****{}", &number[..3], &number[7..])).unwrap_or_default()
        }
        15..=19 => "[证件号已隐去]".to_string(),
        8 if is_day(&digits) => own,
        10..=12 if digits.starts_with('0') => format!("{}****", &digits[..3]),
        7.. => "****".to_string(),
        _ => own,
    }
}

/// Eleven digits, the second of which is none of the old ones.
fn is_mobile(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1])
}

fn is_day(digits: &str) -> bool {
    let part = |from: usize, to: usize| digits.get(from..to).and_then(|text| text.parse::<u32>().ok());
    (digits.starts_with("19") || digits.starts_with("20"))
        && part(4, 6).is_some_and(|month| (1..=12).contains(&month))
        && part(6, 8).is_some_and(|day| (1..=31).contains(&day))
}

/// The digits behind a point, where a coordinate has more than two.
fn after_point(letters: &[char], run: &Run) -> Option<String> {
    let is_behind = run.from >= 2 && ".．".contains(letters[run.from - 1]) && digit(letters[run.from - 2]).is_some();
    (is_behind && run.digits.len() > 2).then(|| run.digits[..2].iter().collect())
}

/// `青B12345` becomes `青B***`.
fn plates(text: &str) -> String {
    const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
    let letters: Vec<char> = text.chars().collect();
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while at < letters.len() {
        let is_start = PROVINCES.contains(letters[at]) && letters.get(at + 1).is_some_and(char::is_ascii_uppercase);
        let from = at + 2 + usize::from(letters.get(at + 2).is_some_and(|c| "·.- ".contains(*c)));
        let length = letters.iter().skip(from).take_while(|c| c.is_ascii_alphanumeric()).count();
        if is_start && (5..=6).contains(&length) {
            out.extend([letters[at], letters[at + 1]]);
            out.push_str("***");
            at = from + length;
        } else {
            out.push(letters[at]);
            at += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_their_numbers_are_hidden() {
        let mask = Mask::of(&["马占海".into(), "互助县值班席".into(), "城北".into(), "city".into()]);
        for (text, expected) in [
            ("马占海称秸秆是自家的", "马**称秸秆是自家的"),
            ("电话13800000000，", "电话138****0000，"),
            ("138 0000 0000 或 138-0000-0000", "138****0000 或 138****0000"),
            ("+86 13800000000", "+138****0000"),
            ("１３８００００００００", "138****0000"),
            ("tel13912345678", "tel139****5678"),
            ("座机 0972-8612345", "座机 097****"),
            ("身份证 632123199001011234", "身份证 [证件号已隐去]"),
            ("身份证63212319900101123X。", "身份证[证件号已隐去]。"),
            ("户主：韩有才承认", "户主：韩**承认"),
            ("村民冶成林在场", "村民冶**在场"),
            ("祁生财承认是他点的", "祁**承认是他点的"),
            ("位置 36.84012,101.96123", "位置 36.84,101.96"),
            ("车牌青B12345停在路边", "车牌青B***停在路边"),
            ("互助县值班席 已派", "互助县值班席 已派"),
        ] {
            assert_eq!(mask.text(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_person_stays() {
        let mask = Mask::of(&[]);
        for text in [
            "2025-10-20 13:40 麦茬地约两亩",
            "20251020",
            "面积 1.25 亩，长 120 米",
            "事件 4f12345678901234",
            "630223100000".get(..6).expect("a code"),
            "NOAA-20 VIIRS 6.5 MW",
            "已熄灭，无人在场",
        ] {
            assert_eq!(mask.text(text), text);
        }
    }

    #[test]
    fn a_place_is_rounded_to_a_kilometre() {
        let place = rounded(LonLat::new(101.96123, 36.84567).expect("a place"));
        assert_eq!((place.lon(), place.lat()), (101.96, 36.85));
    }
}
