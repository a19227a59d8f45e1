#[test]
fn dump() {
    let Ok(root) = std::env::var("DUMP") else { return };
    let catalog = catalog::Catalog::embedded();
    let tree = collect::Tree::open(std::path::Path::new(&root), collect::Limits::default(), iac::wants).unwrap();
    let g = crate::graphs::of_tree(&catalog, &tree);
    for (i, a) in g.assets().iter().enumerate() {
        println!("{i} {} {} name={} scope={} addr={} aliases={:?}", a.id, a.kind, a.name, a.scope, a.address, a.aliases);
        if a.kind.contains("authoriz") || a.kind.contains("identity") || a.kind.contains("sql-role")|| std::env::var("ALL").is_ok() { println!("     {}", serde_json::to_string(&a.document).unwrap()); }
        for e in g.outgoing(i) { println!("      --{}--> {} {}", e.relation, g.assets()[e.to as usize].kind, g.assets()[e.to as usize].name); }
    }
    for r in g.relations().iter().filter(|r| !r.resolved) { println!("OPEN {} {} {}", r.from, r.relation, r.to); }
}
