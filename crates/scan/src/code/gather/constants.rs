//! Names that libraries generate for values of a service: `ChatModel.GPT_4O` is `gpt-4o`, `Region.US_EAST_1` is `us-east-1`.

use formats::code::Expr;
use model::Node;

use super::super::repo::Place;
use super::Gather;
use super::models::provider_by_model;

impl<'e, 'r, 's, 'c> Gather<'e, 'r, 's, 'c> {
    /// `Region.US_EAST_1`, `RegionEndpoint.EUCentral1`.
    pub(super) fn region(&self, place: Place) -> Option<Node> {
        let (class, name) = self.member(place)?;
        let region = match class {
            "Region" | "Regions" => name.to_ascii_lowercase().replace('_', "-"),
            "RegionEndpoint" => region(name),
            _ => return None,
        };
        Some(Node::from(&*region).at(self.evaluator.position(place)))
    }

    /// `ChatModel.GPT_4O`, `openai.ChatModelGPT4o`: only names of models that tell their provider by themselves.
    pub(super) fn model_constant(&self, place: Place) -> Option<Node> {
        let (_, name) = self.member(place)?;
        let text = model(name)?;
        Some(Node { assumed: true, ..Node::from(&*text).at(self.evaluator.position(place)) })
    }

    /// The last two names of a chain.
    fn member(&self, place: Place) -> Option<(&'s str, &'s str)> {
        let Expr::Member { of, name } = self.evaluator.expr(place) else { return None };
        match self.evaluator.expr(Place { expr: *of, ..place }) {
            Expr::Name(class) | Expr::Member { name: class, .. } => Some((class, name)),
            _ => None,
        }
    }
}

/// `EUCentral1` → `eu-central-1`.
fn region(name: &str) -> String {
    let mut text = String::new();
    let mut before = 'A';
    for c in name.chars() {
        let begins = c.is_ascii_digit() || c.is_ascii_uppercase() && before.is_ascii_lowercase();
        let second = text.len() == 2 && c.is_ascii_uppercase();
        if !text.is_empty() && (begins || second) {
            text.push('-');
        }
        text.push(c.to_ascii_lowercase());
        before = c;
    }
    text
}

/// `ChatModelGPT4oMini`, `GPT_4O_MINI` → `gpt-4o-mini`.
fn model(name: &str) -> Option<String> {
    let name = ["ChatModel", "EmbeddingModel", "ImageModel", "Model"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix).filter(|rest| !rest.is_empty()))
        .unwrap_or(name);
    let name = name.replace("Dot", "_");
    let (mut words, mut open) = (Vec::<String>::new(), String::new());
    let mut before = '_';
    for (index, c) in name.char_indices() {
        let first_digit =
            c.is_ascii_digit() && before.is_ascii_alphabetic() && !open.eq_ignore_ascii_case("o");
        // `5Turbo` is two words, `4O` is one.
        let begins_word = name[index + c.len_utf8()..].starts_with(|next: char| next.is_ascii_lowercase());
        let after_digit = before.is_ascii_digit() && begins_word;
        let first_letter = c.is_ascii_uppercase() && (before.is_ascii_lowercase() || after_digit);
        if c == '_' || first_digit && !open.starts_with(|c: char| c.is_ascii_digit()) || first_letter {
            words.push(std::mem::take(&mut open));
        }
        if c != '_' {
            open.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    words.push(open);
    words.retain(|word| !word.is_empty());
    let digit = |word: &str| word.len() == 1 && word.starts_with(|c: char| c.is_ascii_digit());
    let dotted = words.first().is_some_and(|first| first == "gpt");
    let mut text = String::new();
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            let follows = dotted && digit(&words[index - 1]) && digit(word);
            text.push(if follows { '.' } else { '-' });
        }
        text.push_str(word);
    }
    (provider_by_model(&text).is_some() && text.contains('-')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_models() {
        for (name, want) in [
            ("ChatModelGPT4o", Some("gpt-4o")),
            ("GPT4oMini", Some("gpt-4o-mini")),
            ("GPT_4O_MINI", Some("gpt-4o-mini")),
            ("GPT_4_1", Some("gpt-4.1")),
            ("GPT3Dot5Turbo", Some("gpt-3.5-turbo")),
            ("ChatModelGPT4oMini2024_07_18", Some("gpt-4o-mini-2024-07-18")),
            ("ModelClaude3_7SonnetLatest", Some("claude-3-7-sonnet-latest")),
            ("CLAUDE_3_5_HAIKU_LATEST", Some("claude-3-5-haiku-latest")),
            ("O1_MINI", Some("o1-mini")),
            ("TEXT_EMBEDDING_3_SMALL", Some("text-embedding-3-small")),
            ("model", None),
            ("DEFAULT", None),
        ] {
            assert_eq!(model(name).as_deref(), want, "{name}");
        }
    }

    #[test]
    fn names_of_regions() {
        for (name, want) in
            [("EUCentral1", "eu-central-1"), ("USEast2", "us-east-2"), ("APSoutheast1", "ap-southeast-1")]
        {
            assert_eq!(region(name), want);
        }
    }
}
