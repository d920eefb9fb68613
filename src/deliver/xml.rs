//! What a text must be to stand in XML.

/// Whether XML 1.0 knows the letter: a file with any other is read by no program (section 2.2, `Char`).
fn is_known(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The text without what XML 1.0 forbids, and without the control characters that it allows and nobody reads.
pub fn plain(text: &str) -> String {
    text.chars().filter(|letter| is_known(*letter) && (!letter.is_control() || matches!(letter, '\n' | '\t'))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the production `Char` of XML 1.0.
    #[test]
    fn what_no_reader_takes_is_left_out() {
        assert_eq!(plain("瞿昙\u{0}寺\u{8}\u{b}镇\u{1b}[0m\u{fffe}\u{ffff}\u{7f}"), "瞿昙寺镇[0m");
        assert_eq!(plain("一\n二\t三 𠮷"), "一\n二\t三 𠮷");
    }
}
