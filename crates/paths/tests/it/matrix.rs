//! Entries by targets, against a reach for each entry.

use paths::search::NodeId;
use proptest::prelude::*;

use crate::estate::{Estate, INTERNET};
use crate::plan::{SMALL, plans};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_row_is_what_its_entry_reaches_alone(plan in plans(SMALL), targets in prop::collection::vec(0..10u32, 0..8)) {
        let net = plan.net();
        let entries: Vec<_> = plan.nodes().map(NodeId).collect();
        let targets: Vec<_> = targets.into_iter().map(NodeId).collect();
        let matrix = net.matrix(&entries, &targets);
        for entry in entries {
            let reached = net.reach(&[entry]);
            for target in &targets {
                prop_assert_eq!(matrix.reaches(entry, *target), reached.contains(target.0 as usize));
            }
            prop_assert!(matrix.reached(entry).all(|target| reached.contains(target.0 as usize)));
        }
    }
}

#[test]
fn many_entries_take_several_walks() {
    let estate = Estate::new(4000);
    let net = estate.net();
    let entries: Vec<_> = (0..estate.nodes).step_by(3).map(NodeId).chain([INTERNET]).collect();
    let matrix = net.matrix(&entries, &estate.targets);
    assert!(entries.len() > 128 && matrix.reached(INTERNET).count() > 0);
    for entry in entries {
        let reached = net.reach(&[entry]);
        let alone = estate.targets.iter().copied().filter(|target| reached.contains(target.0 as usize));
        assert_eq!(matrix.reached(entry).collect::<Vec<_>>(), alone.collect::<Vec<_>>());
    }
}
