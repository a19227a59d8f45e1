//! Paths into documents and into Terraform resources: `properties.networkAcls.ipRules[].value`.

use std::sync::Arc;

use crate::card::Case;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Key(Arc<str>),
    /// `[]`: each element of a list.
    Each,
}

/// A parsed path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocPath(pub Vec<Step>);

impl DocPath {
    /// Reads a path; an empty text is the root.
    pub fn parse(text: &str) -> DocPath {
        let mut steps = Vec::new();
        for part in text.split('.').filter(|p| !p.is_empty()) {
            let mut name = part;
            let mut lists = 0;
            while let Some(shorter) = name.strip_suffix("[]") {
                name = shorter;
                lists += 1;
            }
            if !name.is_empty() {
                steps.push(Step::Key(name.into()));
            }
            steps.extend(std::iter::repeat_n(Step::Each, lists));
        }
        DocPath(steps)
    }

    /// How many `[]` it has.
    pub fn depth(&self) -> usize {
        self.0.iter().filter(|s| **s == Step::Each).count()
    }
}

/// `KnowledgeBase` → `knowledge_base`; a run of capitals is one word (`VPCEndpoint` → `vpc_endpoint`).
pub fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    for (i, c) in chars.iter().enumerate() {
        let lower_before = i > 0 && (chars[i - 1].is_lowercase() || chars[i - 1].is_ascii_digit());
        let lower_after = chars.get(i + 1).is_some_and(|n| n.is_lowercase());
        if c.is_uppercase() && i > 0 && (lower_before || lower_after) {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// `kms_key_name` → `kmsKeyName` or `KmsKeyName`.
pub fn recase(name: &str, case: Case) -> String {
    let mut out = String::with_capacity(name.len());
    let mut upper = case == Case::Pascal;
    for c in name.chars() {
        if c == '_' {
            upper = !out.is_empty() || case == Case::Pascal;
        } else if upper {
            out.extend(c.to_uppercase());
            upper = false;
        } else {
            out.push(c);
        }
    }
    out
}

/// What two spellings of one name have in common: letters and digits, lower case.
pub fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_cases() {
        let path = DocPath::parse("a.ipRules[].value");
        assert_eq!(path.0.len(), 4);
        assert_eq!(path.depth(), 1);
        assert_eq!(DocPath::parse("").0.len(), 0);
        for (name, camel, pascal) in
            [("kms_key_name", "kmsKeyName", "KmsKeyName"), ("name", "name", "Name"), ("a_1_b", "a1B", "A1B")]
        {
            assert_eq!(recase(name, Case::Camel), camel);
            assert_eq!(recase(name, Case::Pascal), pascal);
        }
        for (name, want) in
            [("KnowledgeBase", "knowledge_base"), ("VPCEndpoint", "vpc_endpoint"), ("S3Bucket", "s3_bucket")]
        {
            assert_eq!(snake(name), want);
        }
        assert_eq!(fold("KMSKeyId"), fold("kms_key_id"));
    }
}
