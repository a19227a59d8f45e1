//! Base64 and data URIs.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use model::Node;

use super::{made, text};
use crate::arm::eval::Evaluated;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn decoded(text: &str) -> Result<String, String> {
    let bytes = LENIENT.decode(text.trim()).map_err(|_| "the text is not Base64".to_owned())?;
    String::from_utf8(bytes).map_err(|_| "the bytes are not UTF-8".to_owned())
}

pub(super) fn base64(arguments: &[Node]) -> Evaluated {
    made(STANDARD.encode(text(&arguments[0])?.as_bytes()))
}

pub(super) fn base64_to_string(arguments: &[Node]) -> Evaluated {
    made(decoded(text(&arguments[0])?)?)
}

pub(super) fn base64_to_json(arguments: &[Node]) -> Evaluated {
    super::json::of_text(&decoded(text(&arguments[0])?)?)
}

pub(super) fn data_uri(arguments: &[Node]) -> Evaluated {
    made(format!("data:text/plain;charset=utf8;base64,{}", STANDARD.encode(text(&arguments[0])?.as_bytes())))
}

pub(super) fn data_uri_to_string(arguments: &[Node]) -> Evaluated {
    let fault = || "the text is no data URI".to_owned();
    let rest = text(&arguments[0])?.strip_prefix("data:").ok_or_else(fault)?;
    let (kind, data) = rest.split_once(',').ok_or_else(fault)?;
    if kind.ends_with(";base64") { made(decoded(data)?) } else { made(super::uri::decoded(data)?) }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use serde_json::json;

    #[test]
    fn as_documented() {
        check(&[
            ("base64", json!(["one, two, three"]), Ok(r#""b25lLCB0d28sIHRocmVl""#)),
            ("base64ToString", json!(["b25lLCB0d28sIHRocmVl"]), Ok(r#""one, two, three""#)),
            ("base64ToJson", json!(["eyd9"]), Err(())),
            ("base64ToJson", json!(["eyJvbmUiOiAiYSJ9"]), Ok(r#"{"one":"a"}"#)),
            ("dataUri", json!(["Hello"]), Ok(r#""data:text/plain;charset=utf8;base64,SGVsbG8=""#)),
            ("dataUriToString", json!(["data:;base64,SGVsbG8sIFdvcmxkIQ=="]), Ok(r#""Hello, World!""#)),
            ("base64ToString", json!(["%"]), Err(())),
        ]);
    }
}
