//! Names and numbers of callers, as those read them who need not call.

/// A name of which the first letter stays.
pub fn masked_name(name: &str) -> String {
    name.chars().enumerate().map(|(at, c)| if at == 0 || c.is_whitespace() { c } else { '*' }).collect()
}

/// A number whose middle is hidden: three digits of its beginning and two of its end stay, of a short one nothing but the last.
pub fn masked(number: &str) -> String {
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let (head, tail) = if digits >= 7 { (3, 2) } else { (0, usize::from(digits > 3)) };
    let mut at = 0;
    number
        .chars()
        .map(|c| {
            if !c.is_ascii_digit() {
                return c;
            }
            at += 1;
            if at <= head || at > digits - tail { c } else { '*' }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_name_the_first_letter_stays() {
        assert_eq!(
            (masked_name("李四").as_str(), masked_name("欧阳修").as_str(), masked_name("").as_str()),
            ("李*", "欧**", "")
        );
    }

    #[test]
    fn the_middle_of_a_number_is_hidden() {
        assert_eq!(masked("13900001234"), "139******34");
        assert_eq!(masked("0972-8612345"), "097*-*****45");
        assert_eq!((masked("12345").as_str(), masked("119").as_str(), masked("").as_str()), ("****5", "***", ""));
    }
}
