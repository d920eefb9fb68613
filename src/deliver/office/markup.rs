//! The XML of a Word document as a template: placeholders that Word split over runs are put together again, and those that stand
//! for a whole paragraph, row, cell or run take its place.

use super::Fault;
use quick_xml::Reader;
use quick_xml::escape::{escape, unescape};
use quick_xml::events::Event;
use std::ops::Range;

/// A template that is made of a part.
#[derive(Debug)]
pub(super) struct Source {
    /// For the engine.
    pub(super) text: String,
    /// Where each paragraph or cell begins in it, as a person finds it.
    pub(super) places: Vec<(usize, String)>,
}

impl Source {
    /// The place that holds a byte of the text; empty before the first.
    pub(super) fn place(&self, at: usize) -> String {
        let number = self.places.partition_point(|(begins, _)| *begins <= at);
        number
            .checked_sub(1)
            .and_then(|index| self.places.get(index))
            .map_or_else(String::new, |(_, place)| place.clone())
    }
}

fn paragraph(number: usize, says: &str) -> String {
    format!("paragraph {number} ({})", short(says))
}

/// The beginning of a text, for errors.
pub(super) fn short(text: &str) -> String {
    const SHOWN: usize = 40;
    let more = if text.chars().count() > SHOWN { "…" } else { "" };
    format!("{}{more}", text.chars().take(SHOWN).collect::<String>())
}

/// A piece of the part.
#[derive(Debug)]
enum Token<'x> {
    /// Begins an element.
    Start(&'x str, &'x str),
    /// Ends one.
    End(&'x str, &'x str),
    /// A text, `w:t`: how it begins, and what it says.
    Text(&'x str, Vec<Piece>),
    /// Anything else.
    Raw(&'x str),
    /// A statement in the place of what was here.
    Statement(String),
    /// Was here.
    Gone,
}

#[derive(Debug, PartialEq)]
enum Piece {
    Literal(String),
    Tag(String),
}

/// Makes a template of a part of a Word document.
pub(super) fn source(xml: &str) -> Result<Source, Fault> {
    let (mut tokens, paragraphs) = tokens(xml)?;
    for (number, paragraph) in (1..).zip(&paragraphs) {
        join(&mut tokens, paragraph).map_err(|found| {
            let advice = "end every {{ with }} and every {% with %} in the same paragraph";
            Fault::new(self::paragraph(number, &says(&tokens, paragraph)), found, advice)
        })?;
    }
    let says: Vec<String> = paragraphs.iter().map(|paragraph| says(&tokens, paragraph)).collect();
    for (number, paragraph) in paragraphs.iter().enumerate() {
        for at in &paragraph.texts {
            lift(&mut tokens, *at)
                .map_err(|(found, advice)| Fault::new(self::paragraph(number + 1, &says[number]), found, advice))?;
        }
    }
    Ok(written(&tokens, &paragraphs, says))
}

/// A paragraph: where it begins among the tokens, and its texts.
struct Paragraph {
    begins: usize,
    texts: Vec<usize>,
}

/// Takes the part apart.
fn tokens(xml: &str) -> Result<(Vec<Token<'_>>, Vec<Paragraph>), Fault> {
    let no_xml = |found: String| Fault::new("", found, "save it again as .docx in Word or WPS");
    let mut reader = Reader::from_str(xml);
    let (mut tokens, mut paragraphs, mut open): (Vec<Token<'_>>, Vec<Paragraph>, Vec<usize>) = Default::default();
    // where the text that is being read begins: its element, and its content
    let mut text: Option<(Range<usize>, usize)> = None;
    loop {
        let from = reader.buffer_position() as usize;
        let event = reader.read_event().map_err(|error| no_xml(format!("XML that cannot be read ({error})")))?;
        let to = reader.buffer_position() as usize;
        let raw = &xml[from..to];
        match event {
            Event::Eof => return Ok((tokens, paragraphs)),
            Event::DocType(_) | Event::CData(_) => return Err(no_xml("a DOCTYPE or CDATA".to_string())),
            Event::Start(start) if start.name().as_ref() == b"w:t" => text = Some((from..to, to)),
            Event::End(end) if end.name().as_ref() == b"w:t" => {
                let Some((open_tag, begins)) = text.take() else { continue };
                let plain = unescape(&xml[begins..from]).map_err(|error| no_xml(error.to_string()))?;
                if let Some(paragraph) = open.last().and_then(|at| paragraphs.get_mut(*at)) {
                    paragraph.texts.push(tokens.len());
                }
                tokens.push(Token::Text(&xml[open_tag], vec![Piece::Literal(plain.into_owned())]));
            }
            _ if text.is_some() => {}
            Event::Start(_) => {
                let name = name_of(raw);
                if name == "w:p" {
                    open.push(paragraphs.len());
                    paragraphs.push(Paragraph { begins: tokens.len(), texts: Vec::new() });
                }
                tokens.push(Token::Start(raw, name));
            }
            Event::End(_) => {
                let name = name_of(raw);
                if name == "w:p" {
                    open.pop();
                }
                tokens.push(Token::End(raw, name));
            }
            _ => tokens.push(Token::Raw(raw)),
        }
    }
}

/// `<w:p a="b">` and `</w:p>` are `w:p`.
fn name_of(raw: &str) -> &str {
    let name = raw.trim_start_matches(['<', '/']);
    name.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or(name)
}

/// What a paragraph says.
fn says(tokens: &[Token<'_>], paragraph: &Paragraph) -> String {
    let texts = paragraph.texts.iter().filter_map(|at| tokens.get(*at));
    texts.flat_map(|token| if let Token::Text(_, pieces) = token { pieces.as_slice() } else { &[] }).map(said).collect()
}

fn said(piece: &Piece) -> &str {
    match piece {
        Piece::Literal(text) | Piece::Tag(text) => text,
    }
}

const TAGS: [(&str, &str); 3] = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];

/// Where the placeholders of a text are; the error is what stands there.
pub(super) fn tags(text: &str) -> Result<Vec<Range<usize>>, String> {
    let (mut found, mut from) = (Vec::new(), 0);
    loop {
        let next = TAGS.iter().filter_map(|(open, close)| Some((text[from..].find(open)?, close)));
        let Some((at, close)) = next.min_by_key(|(at, _)| *at) else { return Ok(found) };
        let begins = from + at;
        let Some(length) = text[begins + 2..].find(close) else {
            return Err(format!("{}, which is not ended", text[begins..].chars().take(40).collect::<String>()));
        };
        from = begins + 2 + length + 2;
        found.push(begins..from);
    }
}

/// A placeholder as the engine reads it: quotes that Word made pretty are plain again.
pub(super) fn plain(tag: &str) -> String {
    let straight = |c: char| match c {
        '“' | '”' | '„' => '"',
        '‘' | '’' => '\'',
        '\u{a0}' | '\u{3000}' | '\n' | '\r' | '\t' => ' ',
        other => other,
    };
    tag.chars().map(straight).collect()
}

/// Puts placeholders together that are split over the texts of a paragraph: each goes into the text that it begins in.
fn join(tokens: &mut [Token<'_>], paragraph: &Paragraph) -> Result<(), String> {
    let whole = says(tokens, paragraph);
    let tags = tags(&whole)?;
    if tags.is_empty() {
        return Ok(());
    }
    let mut from = 0;
    for at in &paragraph.texts {
        let Some(Token::Text(_, pieces)) = tokens.get_mut(*at) else { continue };
        let to = from + pieces.iter().map(|piece| said(piece).len()).sum::<usize>();
        *pieces = pieces_of(&whole, &tags, from..to);
        from = to;
    }
    Ok(())
}

/// The pieces of one text of a paragraph.
fn pieces_of(whole: &str, tags: &[Range<usize>], own: Range<usize>) -> Vec<Piece> {
    let (mut pieces, mut at) = (Vec::new(), own.start);
    for tag in tags.iter().filter(|tag| tag.end > own.start && tag.start < own.end) {
        if tag.start > at {
            pieces.push(Piece::Literal(whole[at..tag.start].to_string()));
        }
        if tag.start >= own.start {
            pieces.push(Piece::Tag(plain(&whole[tag.clone()])));
        }
        at = tag.end.min(own.end);
    }
    if at < own.end {
        pieces.push(Piece::Literal(whole[at..own.end].to_string()));
    }
    pieces
}

/// Elements that a statement may stand for.
const LIFTED: [(&str, &str); 4] = [("p ", "w:p"), ("tr ", "w:tr"), ("tc ", "w:tc"), ("r ", "w:r")];

/// Puts a statement of a text in the place of what it stands for.
fn lift(tokens: &mut [Token<'_>], at: usize) -> Result<(), (String, &'static str)> {
    let Some(Token::Text(_, pieces)) = tokens.get(at) else { return Ok(()) };
    let found = pieces.iter().find_map(|piece| {
        let Piece::Tag(tag) = piece else { return None };
        let (word, element) =
            LIFTED.iter().find(|(word, _)| tag.get(2..).is_some_and(|rest| rest.starts_with(word)))?;
        Some((tag.clone(), *word, *element))
    });
    let Some((tag, word, element)) = found else { return Ok(()) };
    if tag.starts_with("{{") {
        return Err((format!("{tag}, which stands for rich text or a document"), "write {{ … }} without the letter"));
    }
    let range = enclosing(tokens, at, element)
        .ok_or_else(|| (format!("{tag} outside of such an element"), "put it into a row of a table, or a paragraph"))?;
    let others = |token: &Token<'_>| match token {
        Token::Text(_, pieces) => pieces.iter().filter(|piece| matches!(piece, Piece::Tag(_))).count(),
        Token::Statement(_) => 1,
        _ => 0,
    };
    if tokens[range.clone()].iter().map(others).sum::<usize>() > 1 {
        let advice =
            "give each {%p, {%tr, {%tc and {%r a paragraph, row, cell or run of its own, with nothing else in it";
        return Err((format!("{tag} beside another placeholder of what it stands for"), advice));
    }
    tokens[range.clone()].iter_mut().for_each(|token| *token = Token::Gone);
    tokens[range.start] = Token::Statement(format!("{{%{}", tag.get(2 + word.len() - 1..).unwrap_or_default()));
    Ok(())
}

/// The innermost element of a name around a token.
fn enclosing(tokens: &[Token<'_>], at: usize, element: &str) -> Option<Range<usize>> {
    let step = |depth: usize, token: &Token<'_>, inward: bool| match token {
        Token::Start(_, name) if *name == element => {
            if inward {
                depth + 1
            } else {
                depth.wrapping_sub(1)
            }
        }
        Token::End(_, name) if *name == element => {
            if inward {
                depth.wrapping_sub(1)
            } else {
                depth + 1
            }
        }
        _ => depth,
    };
    let mut depth = 0;
    let begins = (0..at).rev().find(|before| {
        depth = step(depth, &tokens[*before], false);
        depth == usize::MAX
    })?;
    depth = 0;
    let ends = (at..tokens.len()).find(|after| {
        depth = step(depth, &tokens[*after], true);
        depth == usize::MAX
    })?;
    Some(begins..ends + 1)
}

fn written(tokens: &[Token<'_>], paragraphs: &[Paragraph], says: Vec<String>) -> Source {
    let mut source = Source { text: String::new(), places: Vec::new() };
    let mut begins = paragraphs.iter().map(|paragraph| paragraph.begins).zip(says).peekable();
    for (at, token) in tokens.iter().enumerate() {
        if let Some((_, says)) = begins.next_if(|(begins, _)| *begins == at) {
            // a line a paragraph: errors are of a line
            source.text.push('\n');
            source.places.push((source.text.len(), paragraph(source.places.len() + 1, &says)));
        }
        match token {
            Token::Start(raw, _) | Token::End(raw, _) | Token::Raw(raw) => source.text.push_str(raw),
            Token::Statement(statement) => source.text.push_str(statement),
            Token::Gone => {}
            Token::Text(open, pieces) => {
                let has_tag = pieces.iter().any(|piece| matches!(piece, Piece::Tag(_)));
                source.text.push_str(if has_tag { "<w:t xml:space=\"preserve\">" } else { open });
                for piece in pieces {
                    match piece {
                        Piece::Literal(text) => source.text.push_str(&escape(text.as_str())),
                        Piece::Tag(tag) => source.text.push_str(tag),
                    }
                }
                source.text.push_str("</w:t>");
            }
        }
    }
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(body: &str) -> Result<String, Fault> {
        source(body).map(|source| source.text.replace('\n', ""))
    }

    const T: &str = "<w:t xml:space=\"preserve\">";

    /// By hand, as Word splits a placeholder while somebody types.
    #[test]
    fn what_word_split_is_one_again() {
        let split =
            "<w:p><w:r><w:t>共{</w:t></w:r><w:r><w:b/><w:t>{ a.</w:t></w:r><w:r><w:t>b }} 处&amp;</w:t></w:r></w:p>";
        let whole = format!(
            "<w:p><w:r>{T}共{{{{ a.b }}}}</w:t></w:r><w:r><w:b/><w:t></w:t></w:r><w:r><w:t> 处&amp;</w:t></w:r></w:p>"
        );
        assert_eq!(made(split).expect("a template"), whole);
        let pretty = "<w:p><w:r><w:t>{{ a|default(“x”) }}{{ b }}</w:t></w:r></w:p>";
        assert_eq!(
            made(pretty).expect("a template"),
            format!("<w:p><w:r>{T}{{{{ a|default(\"x\") }}}}{{{{ b }}}}</w:t></w:r></w:p>")
        );
    }

    #[test]
    fn a_statement_takes_the_place_of_its_row_or_paragraph() {
        let row = |text: &str| format!("<w:tr><w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc></w:tr>");
        let table = format!("<w:tbl>{}{}{}</w:tbl>", row("{%tr for r in rows %}"), row("x"), row("{%tr endfor %}"));
        let made_table = made(&table).expect("a template");
        assert_eq!(made_table, format!("<w:tbl>{{% for r in rows %}}{}{{% endfor %}}</w:tbl>", row("x")));
        let two = format!("<w:tbl>{}</w:tbl>", row("{%tr for r in rows %}{{ r }}{%tr endfor %}"));
        assert!(made(&two).expect_err("two").found.contains("{%tr for r in rows %}"));
        assert!(
            made("<w:p><w:r><w:t>{%tr for r in rows %}</w:t></w:r></w:p>").expect_err("no row").place.contains('1')
        );
    }

    #[test]
    fn faults_name_the_paragraph() {
        let fault = made("<w:p/><w:p><w:r><w:t>甲</w:t></w:r></w:p><w:p><w:r><w:t>乙 {{ a</w:t></w:r></w:p>")
            .expect_err("open");
        assert_eq!((fault.place.as_str(), fault.found.as_str()), ("paragraph 2 (乙 {{ a)", "{{ a, which is not ended"));
    }
}
