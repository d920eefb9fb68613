//! What an S3 store answers in XML, as far as it must be told apart: a listing, an error, or neither.

use quick_xml::Reader;
use quick_xml::events::Event;

/// Whether a text is a listing of keys, and says how it goes on where it is cut.
pub(super) fn is_key_listing(text: &str) -> bool {
    let is_listing = root(text).as_deref() == Some("ListBucketResult");
    let is_cut = element(text, "IsTruncated").is_some_and(|cut| cut == "true");
    is_listing && (!is_cut || element(text, "NextContinuationToken").is_some_and(|token| !token.is_empty()))
}

/// Of an error.
pub(super) fn code_and_message(text: &str) -> Option<(String, String)> {
    if root(text).as_deref() != Some("Error") {
        return None;
    }
    Some((element(text, "Code").unwrap_or_default(), element(text, "Message").unwrap_or_default()))
}

fn root(text: &str) -> Option<String> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}').trim_start());
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) | Event::Empty(start) => return name_of(start.local_name().as_ref()),
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// Text of the first element of a name.
fn element(text: &str, name: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) if start.local_name().as_ref() == name.as_bytes() => {
                let end = start.to_end().into_owned();
                return reader.read_text(end.name()).ok().map(|text| text.trim().to_string());
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

fn name_of(name: &[u8]) -> Option<String> {
    std::str::from_utf8(name).ok().map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Forms of the S3 API reference (ListObjectsV2, error responses).
    #[test]
    fn a_listing_an_error_and_neither() {
        let listing = |more: &str| {
            format!(
                "<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{more}</ListBucketResult>"
            )
        };
        assert!(is_key_listing(&listing("<KeyCount>0</KeyCount><IsTruncated>false</IsTruncated>")));
        assert!(is_key_listing(&listing(
            "<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>"
        )));
        assert!(!is_key_listing(&listing("<IsTruncated>true</IsTruncated>")), "the rest would be lost");
        for other in ["", "<html><body>Login</body></html>", "{}", "<Error/>", "<ListBucketResult", "Not found"] {
            assert!(!is_key_listing(other), "{other}");
        }
        let error = "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>The resource</Message></Error>";
        assert_eq!(code_and_message(error), Some(("NoSuchKey".to_string(), "The resource".to_string())));
        assert_eq!(code_and_message("<html/>"), None);
    }
}
