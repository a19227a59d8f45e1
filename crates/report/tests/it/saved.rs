//! Saved attack paths held against those of now.

use model::{AttackPaths, Evidence, Verdict};
use report::paths::{Fate, Format, Saved, verify};

use crate::paths::{attacked, written};

#[test]
fn saved_paths_are_there_changed_or_gone() {
    let saved = Saved::read(&written(&attacked(), Format::Json)).unwrap();
    let fates = |change: &dyn Fn(&mut AttackPaths)| {
        let mut now = attacked().attack;
        change(&mut now);
        let all = verify(&saved, &now);
        (all.iter().map(|v| v.fate).collect::<Vec<_>>(), all[0].says.join("\n"))
    };
    let (there, changed, gone) = (Fate::There, Fate::Changed, Fate::Gone);
    let (fate, says) = fates(&|_| {});
    assert_eq!((fate, &*says), (vec![there, there], ""));
    let (fate, says) = fates(&|now| _ = now.paths.remove(0));
    assert_eq!(fate, [gone, there]);
    assert!(says.contains("step 5 is gone: reads data (it rested on infra/ai/main.tf:2:3)"), "{says}");
    let (fate, says) = fates(&|now| now.paths[0].steps[2].verdict = Verdict::Allowed);
    assert_eq!((fate, &*says), (vec![changed, there], "step 3 was conditional and is allowed"));
    let (fate, says) = fates(&|now| now.paths[0].steps[0].evidence.clear());
    assert_eq!(fate, [changed, there]);
    assert_eq!(says, "step 1 no longer rests on: it is open (infra/ai/main.tf:5:3)");
    let (fate, says) = fates(&|now| {
        let Evidence::Source(at) = &mut now.paths[0].steps[0].evidence[0].evidence else { return };
        at.line = 9;
    });
    assert_eq!(fate, [there, there]);
    assert_eq!(says, "step 1: what stood at infra/ai/main.tf:5:3 stands at infra/ai/main.tf:9:3");
    let (fate, says) = fates(&|now| {
        now.paths[0].id = "path-00000000dd".into();
        now.paths[0].steps.remove(1);
    });
    assert_eq!((fate, &*says), (vec![changed, there], "step 2 is gone: uses prod-openai"));
    assert!(Saved::read("{}").is_err() && Saved::read("[").is_err());
}
