//! Keys inside base64, as Kubernetes keeps secrets and as some settings are handed on. Which key it is, is not known here.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Longer base64 is data, in characters.
const LONGEST: usize = 8 << 10;

/// How `keyword` looks in base64, at each of the three places in a group where it may begin, without the characters that
/// its neighbours have a part in. Too short a keyword gives nothing to look for.
pub(super) fn seeds(keyword: &str) -> Vec<Vec<u8>> {
    let at = |offset: usize| {
        let padded = [&[0; 2][..offset], keyword.as_bytes()].concat();
        let whole = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&padded).into_bytes();
        let first = (offset * 8).div_ceil(6);
        let last = padded.len() * 8 / 6;
        whole[first.min(last)..last].to_vec()
    };
    (0..3).map(at).filter(|seed| seed.len() >= 5).collect()
}

/// The base64 around `at`, and what is in it: nothing, if it is none.
pub(super) fn around(text: &[u8], at: usize) -> (Range<usize>, Vec<u8>) {
    let inside = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'+' | b'/' | b'-' | b'_');
    let before = text[at.saturating_sub(LONGEST)..at].iter().rev().take_while(inside).count();
    let after = text[at..text.len().min(at + LONGEST)].iter().take_while(inside).count();
    let span = at - before..at + after;
    let mut body = text[span.clone()].to_vec();
    for byte in &mut body {
        match byte {
            b'-' => *byte = b'+',
            b'_' => *byte = b'/',
            _ => {}
        }
    }
    // A last character alone is none of base64.
    body.truncate(body.len() - usize::from(body.len() % 4 == 1));
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, config);
    (span, engine.decode(body).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_is_found_at_each_place_in_a_group() {
        let engine = base64::engine::general_purpose::STANDARD;
        for before in ["", "a", "ab", "abc"] {
            let encoded = engine.encode(format!("{before}sk-ant-api03-rest"));
            let text = format!("key: {encoded}\n");
            let seed = seeds("sk-ant-api03-")
                .into_iter()
                .find_map(|seed| text.as_bytes().windows(seed.len()).position(|window| window == seed));
            let (span, decoded) = around(text.as_bytes(), seed.unwrap());
            assert_eq!(decoded, format!("{before}sk-ant-api03-rest").as_bytes());
            assert_eq!(&text[span], encoded.trim_end_matches('='));
        }
        assert!(seeds("hf_").is_empty());
    }
}
