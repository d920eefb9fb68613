//! Many events in one message: all as blocks where they fit, else all as lines.

use crate::deliver::sinks::words::{counts, title};
use crate::deliver::sinks::{Kind, Letter};
use std::fmt::Write as _;

/// Most bytes of a short line: names are cut before, so that this is met only by what no site should have.
const LONGEST_LINE: usize = 400;

/// How many letters from the first on fit as lines; at least 1.
pub(super) fn fits(letters: &[Letter], room: impl Fn(&str) -> bool) -> usize {
    // sizes grow with the number, so the last that fits is found by halving
    let (mut fit, mut too_many) = (1, letters.len() + 1);
    while too_many - fit > 1 {
        let half = fit.midpoint(too_many);
        if room(&shortest(&letters[..half])) {
            fit = half;
        } else {
            too_many = half;
        }
    }
    fit
}

/// The text of one message.
pub(super) fn text(letters: &[Letter], room: impl Fn(&str) -> bool) -> String {
    let blocks = compose(letters, |letter| letter.body.clone(), "\n\n");
    if room(&blocks) { blocks } else { shortest(letters) }
}

/// The same events by one line each.
pub(super) fn shortest(letters: &[Letter]) -> String {
    compose(letters, |letter| format!("- {}", line(&letter.body)), "\n")
}

/// The first line of a block, plain.
fn line(block: &str) -> &str {
    let line = block.lines().next().unwrap_or("").trim_matches('*');
    let mut end = line.len().min(LONGEST_LINE);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    &line[..end]
}

fn compose(letters: &[Letter], each: impl Fn(&Letter) -> String, between: &str) -> String {
    let mut text = format!("**{}**: {}", title(letters), counts(letters));
    // what the station tells is never a fire that is out by now
    let is_late = |letter: &&Letter| letter.late && letter.kind != Kind::Station;
    let (late, fresh): (Vec<&Letter>, Vec<&Letter>) = letters.iter().partition(is_late);
    for letter in fresh {
        let _ = write!(text, "{between}{}", each(letter));
    }
    if !late.is_empty() {
        let _ = write!(text, "\n\n**补发 {} 处**: 以下已过时, 请核查过火痕迹", late.len());
        for letter in late {
            let _ = write!(text, "{between}{}", each(letter));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::sinks::Kind;
    use crate::time::Utc;

    fn letter(n: usize, late: bool) -> Letter {
        let at = Utc::parse("2025-10-20T05:30:00Z").expect("valid");
        let kind = if n.is_multiple_of(2) { Kind::New } else { Kind::Updated };
        let body = format!("**新增 互助土族自治县 E102.{n:04} N36.8512**\n> 编号: {n}");
        let recipients = crate::deliver::sinks::Recipients::default();
        Letter {
            key: format!("{n}:1"),
            event: n.to_string(),
            revision: 1,
            kind,
            body,
            seen: at,
            queued: at,
            late,
            recipients,
        }
    }

    #[test]
    fn a_message_holds_blocks_or_lines_and_says_what_is_late() {
        let letters = [letter(0, false), letter(1, true)];
        assert_eq!(
            text(&letters, |_| true),
            "**疑似火点通报**: 新增 1 处, 更新 1 处\n\n\
             **新增 互助土族自治县 E102.0000 N36.8512**\n> 编号: 0\n\n\
             **补发 1 处**: 以下已过时, 请核查过火痕迹\n\n\
             **新增 互助土族自治县 E102.0001 N36.8512**\n> 编号: 1"
        );
        assert_eq!(
            text(&letters, |_| false),
            "**疑似火点通报**: 新增 1 处, 更新 1 处\n\
             - 新增 互助土族自治县 E102.0000 N36.8512\n\n\
             **补发 1 处**: 以下已过时, 请核查过火痕迹\n\
             - 新增 互助土族自治县 E102.0001 N36.8512"
        );
    }

    #[test]
    fn as_many_go_into_one_message_as_fit() {
        let letters: Vec<Letter> = (0..500).map(|n| letter(n, n % 3 == 0)).collect();
        let room = |text: &str| text.len() <= 4096;
        let n = fits(&letters, room);
        assert!(n > 40 && room(&shortest(&letters[..n])) && !room(&shortest(&letters[..=n])), "{n}");
        assert_eq!(fits(&letters, |_| false), 1);
        assert_eq!(fits(&letters[..1], room), 1);
        assert_eq!(fits(&[], room), 1);
    }
}
