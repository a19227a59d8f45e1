//! Where the nodes and edges of a picture stand: layers from left to right, few crossings, no overlaps. Nothing here
//! knows what is drawn.

/// Sweeps that put nodes beside what they are joined to.
const SWEEPS: usize = 8;

/// A graph to lay out: heights of nodes and edges between them.
pub(super) struct Plan<'a> {
    pub(super) heights: &'a [f64],
    pub(super) edges: &'a [(usize, usize)],
    /// Room above and below each node.
    pub(super) gap: f64,
}

/// Where everything stands.
pub(super) struct Layout {
    /// The layer of each node, from the left.
    pub(super) layers: Vec<usize>,
    /// The upper edge of each node.
    pub(super) tops: Vec<f64>,
    /// For each edge, the heights at which it passes the layers between its ends; none for one that leads back.
    pub(super) passes: Vec<Option<Vec<f64>>>,
    pub(super) depth: usize,
    pub(super) height: f64,
}

/// Lays a graph out. The same graph gives the same layout.
pub(super) fn layout(plan: &Plan<'_>) -> Layout {
    let count = plan.heights.len();
    let forward = forward(count, plan.edges);
    let layers = layers(count, plan.edges, &forward);
    let depth = layers.iter().copied().max().map_or(0, |last| last + 1);
    // Where an edge passes a layer it has a place of its own there, as if it were a small node.
    let mut heights = plan.heights.to_vec();
    let mut layer_of = layers.clone();
    let mut joined: Vec<(usize, usize)> = Vec::new();
    let mut places: Vec<Vec<usize>> = Vec::new();
    for (index, (from, to)) in plan.edges.iter().enumerate() {
        let mut own = Vec::new();
        if forward[index] {
            let mut last = *from;
            for layer in layers[*from] + 1..layers[*to] {
                let place = heights.len();
                heights.push(0.0);
                layer_of.push(layer);
                joined.push((last, place));
                own.push(place);
                last = place;
            }
            joined.push((last, *to));
        }
        places.push(own);
    }
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); depth];
    for (node, layer) in layer_of.iter().enumerate() {
        rows[*layer].push(node);
    }
    let neighbours = neighbours(heights.len(), &joined);
    order(&mut rows, &neighbours, heights.len());
    let tops = tops(&rows, &neighbours, &heights, plan.gap);
    let least = tops.iter().copied().reduce(f64::min).unwrap_or(0.0);
    let tops: Vec<f64> = tops.into_iter().map(|top| top - least).collect();
    let bottom = tops.iter().zip(&heights).map(|(top, height)| top + height).reduce(f64::max);
    let passes = places
        .iter()
        .zip(&forward)
        .map(|(own, forward)| forward.then(|| own.iter().map(|place| tops[*place]).collect()));
    Layout {
        layers,
        passes: passes.collect(),
        depth,
        height: bottom.unwrap_or(0.0),
        tops: tops[..count].to_vec(),
    }
}

/// Whether each edge is kept when edges that close a circle are left out.
fn forward(count: usize, edges: &[(usize, usize)]) -> Vec<bool> {
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (index, (from, _)) in edges.iter().enumerate() {
        out[*from].push(index);
    }
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; count];
    let mut forward = vec![true; edges.len()];
    for start in 0..count {
        if marks[start] != Mark::New {
            continue;
        }
        marks[start] = Mark::Open;
        let mut stack = vec![(start, 0)];
        while let Some((node, next)) = stack.last_mut() {
            let Some(edge) = out[*node].get(*next).copied() else {
                marks[*node] = Mark::Done;
                stack.pop();
                continue;
            };
            *next += 1;
            let to = edges[edge].1;
            match marks[to] {
                Mark::New => {
                    marks[to] = Mark::Open;
                    stack.push((to, 0));
                }
                Mark::Open => forward[edge] = false,
                Mark::Done => {}
            }
        }
    }
    forward
}

/// The longest way to each node.
fn layers(count: usize, edges: &[(usize, usize)], forward: &[bool]) -> Vec<usize> {
    let mut into = vec![0_usize; count];
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); count];
    for ((from, to), _) in edges.iter().zip(forward).filter(|(_, forward)| **forward) {
        into[*to] += 1;
        out[*from].push(*to);
    }
    let mut layers = vec![0; count];
    let mut ready: Vec<usize> = (0..count).filter(|node| into[*node] == 0).collect();
    while let Some(node) = ready.pop() {
        for to in &out[node] {
            layers[*to] = layers[*to].max(layers[node] + 1);
            into[*to] -= 1;
            if into[*to] == 0 {
                ready.push(*to);
            }
        }
    }
    layers
}

/// For each node, those before it and those after it.
fn neighbours(count: usize, joined: &[(usize, usize)]) -> Vec<[Vec<usize>; 2]> {
    let mut neighbours = vec![[Vec::new(), Vec::new()]; count];
    for (from, to) in joined {
        neighbours[*to][0].push(*from);
        neighbours[*from][1].push(*to);
    }
    neighbours
}

/// Puts each node where the mean of its neighbours stands, to and fro.
fn order(rows: &mut [Vec<usize>], neighbours: &[[Vec<usize>; 2]], count: usize) {
    let mut at = vec![0.0; count];
    let number = |row: &[usize], at: &mut Vec<f64>| {
        for (place, node) in row.iter().enumerate() {
            at[*node] = place as f64;
        }
    };
    rows.iter().for_each(|row| number(row, &mut at));
    for sweep in 0..SWEEPS {
        let side = sweep % 2;
        let turn: Vec<usize> =
            if side == 0 { (0..rows.len()).collect() } else { (0..rows.len()).rev().collect() };
        for layer in turn {
            let mean = |node: usize| {
                let all = &neighbours[node][side];
                match all.len() {
                    0 => at[node],
                    many => all.iter().map(|other| at[*other]).sum::<f64>() / many as f64,
                }
            };
            let mut keyed: Vec<(f64, usize)> = rows[layer].iter().map(|node| (mean(*node), *node)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            rows[layer] = keyed.into_iter().map(|(_, node)| node).collect();
            number(&rows[layer], &mut at);
        }
    }
}

/// Heights: in the order of each row, as near as there is room to what each node is joined to.
fn tops(rows: &[Vec<usize>], neighbours: &[[Vec<usize>; 2]], heights: &[f64], gap: f64) -> Vec<f64> {
    let mut tops = vec![0.0; heights.len()];
    for row in rows {
        let mut top = 0.0;
        for node in row {
            tops[*node] = top;
            top += heights[*node] + gap;
        }
    }
    for sweep in 0..SWEEPS {
        let side = sweep % 2;
        let turn: Vec<&Vec<usize>> =
            if side == 0 { rows.iter().collect() } else { rows.iter().rev().collect() };
        for row in turn {
            let wanted: Vec<f64> = row
                .iter()
                .map(|node| {
                    let all = &neighbours[*node][side];
                    let middle = |n: usize| tops[n] + heights[n] / 2.0;
                    match all.len() {
                        0 => tops[*node],
                        many => {
                            all.iter().map(|n| middle(*n)).sum::<f64>() / many as f64 - heights[*node] / 2.0
                        }
                    }
                })
                .collect();
            place(row, &wanted, heights, gap, &mut tops);
        }
    }
    tops
}

/// Places a row near to what is wanted: neighbours that would overlap move apart as one block.
fn place(row: &[usize], wanted: &[f64], heights: &[f64], gap: f64, tops: &mut [f64]) {
    struct Block {
        first: usize,
        /// Sum of where its members would have the block's upper edge.
        sum: f64,
        members: usize,
        height: f64,
    }
    let mut blocks: Vec<Block> = Vec::new();
    let top = |b: &Block| b.sum / b.members as f64;
    for (index, node) in row.iter().enumerate() {
        blocks.push(Block { first: index, sum: wanted[index], members: 1, height: heights[*node] + gap });
        while let [.., before, last] = &blocks[..]
            && top(before) + before.height > top(last)
        {
            let sum = before.sum + last.sum - before.height * last.members as f64;
            let merged = Block {
                first: before.first,
                sum,
                members: before.members + last.members,
                height: before.height + last.height,
            };
            blocks.truncate(blocks.len() - 2);
            blocks.push(merged);
        }
    }
    for block in &blocks {
        let mut y = top(block);
        for node in &row[block.first..block.first + block.members] {
            tops[*node] = y;
            y += heights[*node] + gap;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid(count: usize, edges: &[(usize, usize)]) -> Layout {
        layout(&Plan { heights: &vec![10.0; count], edges, gap: 5.0 })
    }

    #[test]
    fn edges_lead_to_the_right() {
        for (count, edges) in [
            (4, vec![(0, 1), (1, 2), (0, 2), (2, 3)]),
            (5, vec![(0, 4), (4, 1), (4, 2), (1, 3), (2, 3), (0, 3)]),
            (1, vec![]),
            (0, vec![]),
        ] {
            let layout = laid(count, &edges);
            for (index, (from, to)) in edges.iter().enumerate() {
                let between = layout.layers[*to] - layout.layers[*from] - 1;
                assert_eq!(layout.passes[index].as_ref().map(Vec::len), Some(between));
            }
        }
    }

    #[test]
    fn a_circle_is_cut_once() {
        let edges = [(0, 1), (1, 2), (2, 0)];
        let layout = laid(3, &edges);
        assert_eq!(layout.layers, [0, 1, 2]);
        assert_eq!(layout.passes.iter().filter(|p| p.is_none()).count(), 1);
    }

    #[test]
    fn nothing_overlaps() {
        // Every third node of 40 is joined to several others.
        let edges: Vec<(usize, usize)> = (0..40)
            .flat_map(|i| [(i, (i * 7 + 3) % 40), (i, (i * 3 + 11) % 40)])
            .filter(|(a, b)| a != b)
            .collect();
        let layout = laid(40, &edges);
        for a in 0..40 {
            for b in a + 1..40 {
                let apart = (layout.tops[a] - layout.tops[b]).abs() >= 14.999;
                assert!(layout.layers[a] != layout.layers[b] || apart, "{a} and {b}");
            }
            assert!(layout.tops[a] >= 0.0 && layout.tops[a] + 10.0 <= layout.height + 0.001);
        }
    }
}
