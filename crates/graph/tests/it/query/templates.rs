//! The queries of the catalogue: each parses, names only what an estate can have, and has the columns it says.

use catalog::{Catalog, Constant};
use graph::query::{Limits, Parameters, Query, Value, estate};

fn of_constant(constant: &Constant) -> Value {
    match constant {
        Constant::Null => Value::Null,
        Constant::Bool(truth) => Value::Boolean(*truth),
        Constant::Int(number) => Value::Integer(*number),
        Constant::Float(number) => Value::Float(*number),
        Constant::Text(text) => Value::Text(text.clone()),
        Constant::List(items) => Value::list(items.iter().map(of_constant).collect()).unwrap(),
        Constant::Map(_) => panic!("no template takes a map"),
    }
}

#[test]
fn every_template_is_a_query_of_the_estate() {
    let catalog = Catalog::embedded();
    let vocabulary = estate::vocabulary(&catalog);
    assert!(catalog.queries.len() >= 27);
    for card in &catalog.queries {
        let name = &*card.query;
        assert!(card.file.ends_with(&format!("queries/{name}.yaml")), "{name} lies in {}", card.file);
        let parameters: Parameters =
            card.parameters.iter().map(|p| (p.name.text.clone(), of_constant(&p.default))).collect();
        let query = Query::parse(&card.cypher).unwrap_or_else(|mistake| panic!("{name}: {mistake}"));
        let answer = query
            .run(&vocabulary, &parameters, &Limits::default())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(answer.notes, Vec::<String>::new(), "{name}");
        assert_eq!(answer.columns, card.columns, "{name}");
    }
}
