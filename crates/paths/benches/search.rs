//! The search on synthetic estates of a million and ten million edges, beside petgraph on the same edges.
//!
//! Everything runs on one thread, so the fastest time is CPU time. `max alloc` is the peak of memory over the net.

use std::hint::black_box;
use std::sync::LazyLock;

use divan::{AllocProfiler, Bencher};
use estate::{Estate, INTERNET};
use paths::search::{FixId, Net, NodeId, Removal};
use petgraph::graph::{DiGraph, NodeIndex};

#[path = "../tests/it/estate.rs"]
#[expect(clippy::expect_used, reason = "a helper of tests")]
mod estate;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

const MILLION: usize = 1_000_000;
const SIZES: [usize; 2] = [MILLION, 10 * MILLION];

/// An estate with its net, made when it is first asked for.
struct Ready {
    estate: Estate,
    net: Net,
}

impl Ready {
    fn new(estate: Estate) -> Self {
        Ready { net: estate.net(), estate }
    }

    fn of(edges: usize) -> &'static Self {
        static ONE: LazyLock<Ready> = LazyLock::new(|| Ready::new(Estate::new(MILLION)));
        static TEN: LazyLock<Ready> = LazyLock::new(|| Ready::new(Estate::new(10 * MILLION)));
        if edges == MILLION { &ONE } else { &TEN }
    }

    /// The same edges where one premise is always enough.
    fn plain() -> &'static Self {
        static PLAIN: LazyLock<Ready> = LazyLock::new(|| Ready::new(Estate::new(MILLION).without_all()));
        &PLAIN
    }
}

fn main() {
    divan::main();
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn load(bencher: Bencher<'_, '_>, edges: usize) {
    let estate = &Ready::of(edges).estate;
    bencher.bench(|| estate.net());
}

#[divan::bench(args = SIZES, sample_count = 20)]
fn reach(bencher: Bencher<'_, '_>, edges: usize) {
    let net = &Ready::of(edges).net;
    bencher.bench(|| net.reach(&[INTERNET]));
}

#[divan::bench(args = SIZES, sample_count = 20)]
fn reach_without_a_fix(bencher: Bencher<'_, '_>, edges: usize) {
    let Ready { estate, net } = Ready::of(edges);
    let fixes: Vec<_> = estate.steps.iter().find_map(|step| step.fix).map(FixId).into_iter().collect();
    bencher.bench(|| net.reach_without(&[INTERNET], &Removal { fixes: &fixes, ..Removal::default() }));
}

#[divan::bench(args = SIZES, sample_count = 20)]
fn cheapest(bencher: Bencher<'_, '_>, edges: usize) {
    let net = &Ready::of(edges).net;
    bencher.bench(|| net.cheapest(&[INTERNET]));
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn derivations(bencher: Bencher<'_, '_>, edges: usize) {
    let net = &Ready::of(edges).net;
    let costs = net.cheapest(&[INTERNET]);
    bencher.bench(|| net.derivations(&costs));
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn a_proof_for_every_target(bencher: Bencher<'_, '_>, edges: usize) {
    let Ready { estate, net } = Ready::of(edges);
    let costs = net.cheapest(&[INTERNET]);
    bencher.bench(|| estate.targets.iter().filter_map(|target| net.proof(&costs, *target)).count());
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn shares(bencher: Bencher<'_, '_>, edges: usize) {
    let Ready { estate, net } = Ready::of(edges);
    let costs = net.cheapest(&[INTERNET]);
    bencher.bench(|| net.shares(&costs, &estate.targets));
}

#[divan::bench(sample_count = 20)]
fn choke_nodes_by_dominators(bencher: Bencher<'_, '_>) {
    let Ready { estate, net } = Ready::plain();
    bencher.bench(|| net.choke_nodes(&[INTERNET], &estate.targets, 0));
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn choke_nodes_by_removal_of_64(bencher: Bencher<'_, '_>, edges: usize) {
    let Ready { estate, net } = Ready::of(edges);
    bencher.bench(|| net.choke_nodes(&[INTERNET], &estate.targets, 64));
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn choke_fixes_64(bencher: Bencher<'_, '_>, edges: usize) {
    let Ready { estate, net } = Ready::of(edges);
    bencher.bench(|| net.choke_fixes(&[INTERNET], &estate.targets, 64));
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn matrix_of_64_entries(bencher: Bencher<'_, '_>, edges: usize) {
    let Ready { estate, net } = Ready::of(edges);
    let entries: Vec<_> = (1..65).map(|at| NodeId(at * (estate.nodes / 65))).collect();
    bencher.bench(|| net.matrix(&entries, &estate.targets));
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn five_best_proofs(bencher: Bencher<'_, '_>, edges: usize) {
    let Ready { estate, net } = Ready::of(edges);
    let reached = net.reach(&[INTERNET]);
    let target = estate.targets.iter().rfind(|target| reached.contains(target.0 as usize));
    bencher.bench(|| target.map(|target| net.k_best(&[INTERNET], *target, 5, u64::MAX)));
}

#[divan::bench(args = [1, 10, 100], sample_count = 3)]
fn smallest_fixes_by_cut_and_hitting_sets(bencher: Bencher<'_, '_>, targets: usize) {
    let Ready { estate, net } = Ready::of(MILLION);
    let targets = &estate.targets[estate.targets.len() - targets..];
    bencher.bench(|| net.smallest_fixes(&[INTERNET], targets, |_| Some(1), 100_000_000));
}

#[divan::bench(args = [1, 10, 100], sample_count = 3)]
fn smallest_fixes_by_cut(bencher: Bencher<'_, '_>, targets: usize) {
    let Ready { estate, net } = Ready::plain();
    let targets = &estate.targets[estate.targets.len() - targets..];
    bencher.bench(|| net.smallest_fixes(&[INTERNET], targets, |_| Some(1), 100_000_000));
}

/// petgraph on the same edges, where one premise is always enough.
mod peer {
    use super::*;

    static GRAPH: LazyLock<DiGraph<(), u32>> = LazyLock::new(|| {
        DiGraph::from_edges(Ready::plain().estate.steps.iter().map(|s| (s.from, s.to, u32::from(s.cost))))
    });

    fn start() -> NodeIndex {
        NodeIndex::new(0)
    }

    #[divan::bench(sample_count = 20)]
    fn reach(bencher: Bencher<'_, '_>) {
        let graph = &*GRAPH;
        bencher.bench(|| {
            let mut walk = petgraph::visit::Dfs::new(graph, start());
            while let Some(node) = walk.next(graph) {
                black_box(node);
            }
        });
    }

    #[divan::bench(sample_count = 5)]
    fn cheapest(bencher: Bencher<'_, '_>) {
        let graph = &*GRAPH;
        bencher.bench(|| petgraph::algo::dijkstra(graph, start(), None, |edge| *edge.weight()));
    }

    #[divan::bench(sample_count = 5)]
    fn dominators(bencher: Bencher<'_, '_>) {
        let graph = &*GRAPH;
        bencher.bench(|| petgraph::algo::dominators::simple_fast(graph, start()));
    }
}
