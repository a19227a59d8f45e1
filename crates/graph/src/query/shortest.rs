//! Shortest paths, breadth first: each node is reached once, so that the cost is that of the graph and not of its paths.

use std::collections::BTreeMap;

use super::ast::Shortest;
use super::error::QueryError;
use super::evaluate::{Context, Row};
use super::find::{Hop, Take, node_at, used};
use super::plan::Expand;

type Result<T> = std::result::Result<T, QueryError>;

/// How a node was reached: in how many steps, and from where, by every shortest way.
struct Reached {
    depth: usize,
    ways: Vec<Hop>,
}

impl Context<'_> {
    /// One or all shortest paths from a node that is known to the node that is known, or to every node that fits.
    pub(super) fn shortest(
        &self,
        expand: &Expand,
        which: Shortest,
        row: &mut Row,
        next: &mut Take<'_>,
    ) -> Result<bool> {
        let Some(start) = node_at(row, expand.from) else { return Ok(true) };
        let into = if expand.into { Some(node_at(row, expand.to)) } else { None };
        let (least, most) =
            expand.length.map_or((1, 1), |length| (length.from, length.to.unwrap_or(usize::MAX)));
        if least == 0 && !self.arrive(expand, &[], start, into, row, next)? {
            return Ok(false);
        }
        let reached = self.flood(expand, start, into.flatten(), most, row)?;
        for (node, how) in &reached {
            if *node == start || how.depth < least || into.is_some_and(|into| into != Some(*node)) {
                continue;
            }
            let more = match which {
                Shortest::One => {
                    let path = trace(&reached, *node, start);
                    self.budget.look(path.len())?;
                    self.arrive(expand, &path, *node, into, row, next)?
                }
                Shortest::All => self.every_way(expand, &reached, (*node, start), into, row, next)?,
            };
            if !more {
                return Ok(false);
            }
        }
        self.budget.release(reached.len());
        Ok(true)
    }

    /// Every node that is reached in at most `most` steps, or up to the step that reaches `goal`.
    fn flood(
        &self,
        expand: &Expand,
        start: u32,
        goal: Option<u32>,
        most: usize,
        row: &mut Row,
    ) -> Result<BTreeMap<u32, Reached>> {
        let wanted = self.wanted(expand, row)?;
        let mut reached = BTreeMap::from([(start, Reached { depth: 0, ways: Vec::new() })]);
        let mut front = vec![start];
        let mut depth = 0;
        while !front.is_empty()
            && depth < most
            && goal.is_none_or(|goal| goal == start || !reached.contains_key(&goal))
        {
            depth += 1;
            let mut following = Vec::new();
            for node in front {
                for hop in self.hops(expand, node) {
                    self.budget.look(1)?;
                    if used(hop.relationship, &expand.unique, row) || !self.fits(hop.relationship, &wanted) {
                        continue;
                    }
                    let back = Hop { relationship: hop.relationship, node };
                    match reached.get_mut(&hop.node) {
                        Some(known) if known.depth == depth => known.ways.push(back),
                        Some(_) => {}
                        None => {
                            self.budget.hold(4)?;
                            reached.insert(hop.node, Reached { depth, ways: vec![back] });
                            following.push(hop.node);
                        }
                    }
                }
            }
            front = following;
        }
        Ok(reached)
    }

    /// Every shortest path to a node, backwards from it, without recursion.
    fn every_way(
        &self,
        expand: &Expand,
        reached: &BTreeMap<u32, Reached>,
        (node, start): (u32, u32),
        into: Option<Option<u32>>,
        row: &mut Row,
        next: &mut Take<'_>,
    ) -> Result<bool> {
        let ways = |node: u32| reached.get(&node).map_or(&[][..], |reached| &reached.ways);
        // For each step back the ways that are still to be tried.
        let mut open = vec![ways(node)];
        let mut back: Vec<Hop> = Vec::new();
        while let Some(left) = open.last_mut() {
            let Some((hop, others)) = left.split_first() else {
                open.pop();
                back.pop();
                continue;
            };
            *left = others;
            self.budget.look(1)?;
            back.push(*hop);
            if hop.node != start {
                open.push(ways(hop.node));
                continue;
            }
            let path: Vec<Hop> = forward(&back, node);
            if !self.arrive(expand, &path, node, into, row, next)? {
                return Ok(false);
            }
            back.pop();
        }
        Ok(true)
    }
}

/// The first way back from a node to the start, as a path from there.
fn trace(reached: &BTreeMap<u32, Reached>, node: u32, start: u32) -> Vec<Hop> {
    let mut back = Vec::new();
    let mut at = node;
    while at != start {
        let Some(hop) = reached.get(&at).and_then(|reached| reached.ways.first()) else { break };
        back.push(*hop);
        at = hop.node;
    }
    forward(&back, node)
}

/// Steps back from `node`, each with the node it leads back to, as steps forward to it.
fn forward(back: &[Hop], node: u32) -> Vec<Hop> {
    let mut path = Vec::new();
    let mut to = node;
    for hop in back {
        path.push(Hop { relationship: hop.relationship, node: to });
        to = hop.node;
    }
    path.reverse();
    path
}
