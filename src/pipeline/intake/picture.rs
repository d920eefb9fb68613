//! The picture of an alarm: looked at before it is kept, and kept as it came.

use super::form::{Form, Read, Wrong};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{ImageFormat, ImageReader, Limits};
use serde_json::Value;
use std::io::Cursor;

/// A picture that can be looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Its bytes as they came.
    pub bytes: Vec<u8>,
    /// The ending of its name.
    pub ending: &'static str,
}

/// Bytes, and pixels along a side, at most.
const MOST_BYTES: usize = 5 << 20;
const MOST_SIDE: u32 = 8192;
/// Bytes that it may be when it is unpacked.
const MOST_UNPACKED: u64 = 256 << 20;
const NAME: &str = "picture";

impl Form {
    /// The picture, where there is one: in base64, alone or as a data URL.
    pub(super) fn picture(&self) -> Read<Option<Picture>> {
        let wrong = |(found, spoken): (String, String)| {
            let english = "a JPEG, PNG or WebP in base64, at most 5 MiB and 8192 px a side";
            Wrong::new(
                NAME,
                Some(found),
                english,
                " base64 编码的 JPEG、PNG 或 WebP 图片，不超过 5 MiB，边长不超过 8192 像素",
            )
            .spoken(spoken)
        };
        let text = match self.0.get(NAME) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
            Some(Value::String(text)) => text,
            Some(_) => return Err(wrong(("no text".to_string(), "非文本".to_string()))),
        };
        let code = text
            .split_once("base64,")
            .filter(|(before, _)| before.starts_with("data:"))
            .map_or(&**text, |(_, code)| code);
        let code: Vec<u8> = code.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let no_code =
            |error: base64::DecodeError| wrong((format!("no base64 ({error})"), "不是 base64 的文本".to_string()));
        let bytes = STANDARD.decode(&code).map_err(no_code)?;
        if bytes.len() > MOST_BYTES {
            return Err(wrong((format!("{} bytes", bytes.len()), format!("{} 字节的文件", bytes.len()))));
        }
        looked_at(bytes).map(Some).map_err(wrong)
    }
}

/// Its head says how large it is before anything is unpacked.
fn looked_at(bytes: Vec<u8>) -> Result<Picture, (String, String)> {
    let count = bytes.len();
    let broken = |why: String| {
        let found = format!("{count} bytes that are no whole picture ({why})");
        (found, format!("{count} 字节、不完整或已损坏的图片"))
    };
    let ending = match image::guess_format(&bytes) {
        Ok(ImageFormat::Jpeg) => "jpg",
        Ok(ImageFormat::Png) => "png",
        Ok(ImageFormat::WebP) => "webp",
        _ => return Err((format!("{count} bytes of another kind"), format!("{count} 字节的其他类型文件"))),
    };
    let mut reader =
        ImageReader::new(Cursor::new(&bytes)).with_guessed_format().map_err(|error| broken(error.to_string()))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_UNPACKED);
    reader.limits(limits);
    match reader.decode() {
        Ok(_) => Ok(Picture { bytes, ending }),
        Err(error) => Err(broken(error.to_string())),
    }
}
