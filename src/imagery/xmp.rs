//! What drones write into the XMP of their pictures: texts by their local names, whatever their namespace's prefix. DJI's names are those of
//! the photo file lists of its manuals (Mavic 3 Enterprise, "Photo File").

use quick_xml::Reader;
use quick_xml::events::Event;
use std::collections::BTreeMap;

/// A packet of more bytes is not read: a JPEG's segment has 64 kB.
const MOST_BYTES: usize = 256 << 10;
/// No value that is asked for is longer.
const LONGEST: usize = 64;

/// Values of these names, the first of each; an error in words where it is no XMP. Entities are not expanded: what holds one is left out.
pub(super) fn values(packet: &[u8], wanted: &[&str]) -> Result<BTreeMap<String, String>, String> {
    if packet.len() > MOST_BYTES {
        return Err(format!("XMP of {} kB; expected no more than {} kB", packet.len() >> 10, MOST_BYTES >> 10));
    }
    let (mut found, mut within) = (BTreeMap::new(), String::new());
    let mut keep = |name: &str, value: &str| {
        if wanted.contains(&name) && value.len() <= LONGEST && !value.contains('&') && !value.trim().is_empty() {
            found.entry(name.to_string()).or_insert_with(|| value.trim().to_string());
        }
    };
    let mut reader = Reader::from_reader(packet);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                within = text(element.local_name().as_ref());
                for attribute in element.attributes().flatten() {
                    keep(&text(attribute.key.local_name().as_ref()), &text(&attribute.value));
                }
            }
            Ok(Event::Text(bytes)) => keep(&within, &text(&bytes)),
            Ok(Event::Eof) => return Ok(found),
            Ok(_) => {}
            Err(error) => return Err(format!("XMP that is no XML ({error})")),
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WANTED: &[&str] = &["GimbalYawDegree", "GpsLatitude"];

    #[test]
    fn attributes_and_elements_are_read() {
        let packet = br#"<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description
            drone-dji:GimbalYawDegree="+12.50" other:Thing="7"><drone-dji:GpsLatitude> 36.5 </drone-dji:GpsLatitude>
            <drone-dji:GpsLatitude>99</drone-dji:GpsLatitude></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"#;
        let found = values(packet, WANTED).expect("XMP");
        assert_eq!((found["GimbalYawDegree"].as_str(), found["GpsLatitude"].as_str()), ("+12.50", "36.5"));
        assert_eq!(found.len(), 2);
    }

    /// A billion laughs: what is not expanded takes no memory, and is no number.
    #[test]
    fn entities_are_not_expanded() {
        let mut packet = String::from("<!DOCTYPE x [<!ENTITY a \"ha\">");
        (0..30).for_each(|n| packet += &format!("<!ENTITY a{n} \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"));
        packet += "]><x GimbalYawDegree=\"&a9;\"><GpsLatitude>&a9;</GpsLatitude></x>";
        assert!(values(packet.as_bytes(), WANTED).is_ok_and(|found| found.is_empty()));
        assert!(values(&vec![b' '; MOST_BYTES + 1], WANTED).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = values(&bytes, WANTED);
            let _ = values(&[b"<a GimbalYawDegree=\"", &bytes[..]].concat(), WANTED);
        }
    }
}
