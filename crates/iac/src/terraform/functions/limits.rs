//! What one function call may cost. Every function is bounded by these, whatever its arguments are.
//!
//! The limits of a whole evaluation (calls, files, modules) are not here: they are the evaluator's.

/// Bytes of text that a call may produce.
pub(in crate::terraform) const MAX_TEXT: usize = 1 << 20;
/// Elements that a call may produce, at any depth.
pub(in crate::terraform) const MAX_ITEMS: usize = 100_000;
/// Levels of lists and objects that a call follows.
pub(in crate::terraform) const MAX_DEPTH: usize = 64;
/// Nodes that a call looks at. Nodes are shared, so a small value can spell out a vast one.
pub(in crate::terraform) const MAX_NODES: usize = 1_000_000;

/// The nodes that a walk may still look at.
#[derive(Debug)]
pub(in crate::terraform) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Budget(MAX_NODES)
    }
}

impl Budget {
    /// Accounts for one more node at `depth`.
    pub(in crate::terraform) fn visit(&mut self, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err(format!("the value is nested deeper than {MAX_DEPTH} levels"));
        }
        self.0 = self.0.checked_sub(1).ok_or_else(|| format!("the value has more than {MAX_NODES} parts"))?;
        Ok(())
    }
}

/// Refuses a collection that would be too large.
pub(in crate::terraform) fn items(count: usize) -> Result<(), String> {
    if count > MAX_ITEMS { Err(format!("the result has more than {MAX_ITEMS} elements")) } else { Ok(()) }
}

/// Refuses text that would be too long.
pub(in crate::terraform) fn text(bytes: usize) -> Result<(), String> {
    if bytes > MAX_TEXT { Err(format!("the result is longer than {MAX_TEXT} bytes")) } else { Ok(()) }
}
