//! What a source yields: assets, parts of assets, links and coverage. A source never judges.

use std::sync::Arc;

use crate::{Asset, AssetId, Coverage, Evidence, Mirror, Node};

/// A piece of another asset's document that the source language cuts off as a resource of its own
/// (`aws_s3_bucket_public_access_block`).
#[derive(Clone, Debug)]
pub struct Part {
    /// The kind of the owner.
    pub kind: Arc<str>,
    /// The configuration that the part belongs to.
    pub scope: Arc<str>,
    /// The part's own address, for messages.
    pub address: Arc<str>,
    /// The value that names the owner: a reference, an id or a name.
    pub owner: Node,
    /// Where in the owner's document the body goes: a dotted path, empty for the root; `path[]` appends to a list.
    pub into: Arc<str>,
    pub body: Node,
    pub evidence: Evidence,
}

/// A relation as a document states it: one end is an asset, the other is a value that names one.
#[derive(Clone, Debug)]
pub struct Link {
    pub from: AssetId,
    pub relation: Arc<str>,
    /// The kinds the named thing may have; empty for any.
    pub kinds: Vec<Arc<str>>,
    pub target: Node,
    /// The relation runs from the named thing to `from`.
    pub reverse: bool,
}

/// A comment line, kept because it may carry an exception (`stance:allow`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    pub path: Arc<str>,
    pub line: u32,
    pub text: String,
}

/// Everything a source saw.
#[derive(Clone, Debug, Default)]
pub struct Observations {
    pub assets: Vec<Asset>,
    pub parts: Vec<Part>,
    pub links: Vec<Link>,
    /// Scopes that tell of the same resources as others.
    pub mirrors: Vec<Mirror>,
    pub comments: Vec<Comment>,
    pub coverage: Vec<Coverage>,
}

impl Observations {
    pub fn extend(&mut self, other: Observations) {
        self.assets.extend(other.assets);
        self.parts.extend(other.parts);
        self.links.extend(other.links);
        self.mirrors.extend(other.mirrors);
        self.comments.extend(other.comments);
        self.coverage.extend(other.coverage);
    }
}
