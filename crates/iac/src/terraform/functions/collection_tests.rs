use model::Node;

use crate::terraform::functions::testing::{NoFiles, check, list, map, n, name, partly};
use crate::terraform::functions::{call, limits};

fn later() -> Node {
    Node::unknown("later")
}
fn identifier() -> Node {
    let from = model::Reference { address: "a.b".into(), attribute: "id".into(), via: None };
    Node { from: Some(std::sync::Arc::new(from)), ..later() }
}
fn texts<const N: usize>(items: [&str; N]) -> Node {
    list(items.map(Node::from))
}

#[test]
fn known_values() {
    check(&[
        ("length", vec!["👨‍👩‍👧é".into()], "2"),
        ("length", vec![5.into()], "error: a list, a map or a string is needed, not a number"),
        ("element", vec![texts(["a", "b"]), 5.into()], r#""b""#),
        ("element", vec![list([]), 0.into()], "error: an empty list has no elements"),
        ("element", vec![texts(["a"]), (-1).into()], "error: an index must not be negative"),
        ("lookup", vec![map([("a", 1.into())]), "b".into(), Node::null()], "null"),
        ("lookup", vec![map([("a", 1.into())]), "b".into()], "error: the map has no key \"b\""),
        ("merge", vec![map([("a", 1.into())]), Node::null(), map([("a", 2.into())])], r#"{"a":2}"#),
        ("merge", vec![], "{}"),
        ("merge", vec![list([])], "error: a map is needed, not a list"),
        ("zipmap", vec![list([1.into()]), texts(["x"])], r#"{"1":"x"}"#),
        ("zipmap", vec![texts(["a"]), list([])], "error: there are 1 keys, but 0 values"),
        (
            "transpose",
            vec![map([("a", texts(["x", "y"])), ("b", texts(["y"]))])],
            r#"{"x":["a"],"y":["a","b"]}"#,
        ),
        ("flatten", vec![list([list([1.into(), list([2.into()])]), list([]), map([])])], "[1,2,{}]"),
        ("slice", vec![texts(["a", "b"]), 1.into(), 3.into()], "error: the end 3 is beyond the 2 elements"),
        ("chunklist", vec![texts(["a", "b", "c"]), 2.into()], r#"[["a","b"],["c"]]"#),
        ("chunklist", vec![list([]), 0.into()], "[]"),
        ("range", vec![0.into(), 1.into(), n(0.25)], "[0,0.25,0.5,0.75]"),
        ("range", vec![4.into(), 1.into()], "[4,3,2]"),
        ("range", vec![1.into(), 2.into(), 0.into()], "error: more than 1024 values would be generated"),
        (
            "range",
            vec![1.into(), 4.into(), (-1).into()],
            "error: the end must lie in the direction of the step",
        ),
        ("contains", vec![list([1.into()]), "1".into()], "false"),
        ("index", vec![texts(["a", "b"]), "b".into()], "1"),
        ("alltrue", vec![list([true.into(), Node::null()])], "false"),
        ("anytrue", vec![list([false.into(), "true".into()])], "true"),
        ("compact", vec![list(["a".into(), "".into(), Node::null(), 1.into()])], r#"["a","1"]"#),
        ("coalesce", vec!["".into(), Node::null(), 1.into(), "a".into()], r#""1""#),
        ("coalesce", vec![1.into(), true.into()], "error: all arguments must be of one type"),
        ("coalesce", vec!["".into()], "error: every argument is null or empty"),
        ("coalescelist", vec![list([]), texts(["a"])], r#"["a"]"#),
        ("one", vec![list([])], "null"),
        ("one", vec![list([1.into(), 2.into()])], "error: a list of at most one element is needed, not of 2"),
        (
            "matchkeys",
            vec![texts(["a", "b", "c"]), list([1.into(), 2.into(), 3.into()]), texts(["3"])],
            r#"["c"]"#,
        ),
        ("sort", vec![list(["b".into(), 1.into(), "Z".into(), "é".into()])], r#"["1","Z","b","é"]"#),
    ]);
}

#[test]
fn partly_known_values() {
    check(&[
        ("length", vec![list([later(), 1.into()])], "2"),
        ("merge", vec![map([("a", 1.into())]), later()], "unknown: later"),
        ("merge", vec![map([("a", 1.into())]), map([("b", later())])], r#"{"a":1,"b":${? later}}"#),
        ("keys", vec![map([("a", later())])], r#"["a"]"#),
        ("contains", vec![list([later(), 1.into()]), 1.into()], "true"),
        ("contains", vec![list([later(), 1.into()]), 2.into()], "unknown: later"),
        ("contains", vec![list([partly("x", "")]), "y".into()], "false"),
        ("index", vec![list([later(), 1.into()]), 1.into()], "unknown: later"),
        ("flatten", vec![list([list([later()]), list([1.into()])])], "[${? later},1]"),
        ("flatten", vec![list([later(), list([1.into()])])], "unknown: later"),
        ("alltrue", vec![list([later(), false.into()])], "false"),
        ("anytrue", vec![list([later(), false.into()])], "unknown: later"),
        (
            "compact",
            vec![list([identifier(), "".into(), partly("x", "")])],
            r#"["${a.b.id}","x${a.b.name}"]"#,
        ),
        ("compact", vec![list([later(), "a".into()])], "unknown: later"),
        ("coalesce", vec![Node::null(), later(), "a".into()], "unknown: later"),
        ("coalesce", vec![Node::null(), identifier(), "a".into()], "${a.b.id}"),
        ("sort", vec![list([later(), "a".into()])], "unknown: later"),
        ("lookup", vec![map([("a", 1.into())]), later(), 2.into()], "unknown: later"),
        ("zipmap", vec![texts(["a"]), list([later()])], r#"{"a":${? later}}"#),
        ("distinct", vec![list([identifier(), "a".into(), identifier()])], r#"["${a.b.id}","a"]"#),
        ("toset", vec![list([later(), "b".into(), "a".into()])], r#"["a","b",${? later}]"#),
        ("setsubtract", vec![texts(["a", "b"]), list([later()])], "unknown: later"),
        ("setintersection", vec![texts(["a"]), texts(["b"])], "[]"),
    ]);
}

#[test]
fn elements_are_handed_through_whole() {
    let element = Node { from: name(), sensitive: true, assumed: true, ..Node::from("x") };
    let whole = |node: &Node| node.from.is_some() && node.sensitive && node.assumed;
    let calls: [(&str, Vec<Node>); 5] = [
        ("element", vec![list([element.clone()]), 0.into()]),
        ("lookup", vec![map([("a", element.clone())]), "a".into()]),
        ("coalesce", vec![Node::null(), element.clone()]),
        ("one", vec![list([element.clone()])]),
        ("tostring", vec![element.clone()]),
    ];
    for (function, args) in calls {
        assert!(whole(&call(function, &args, &NoFiles).unwrap()), "{function}");
    }
    let calls: [(&str, Vec<Node>); 7] = [
        ("values", vec![map([("a", element.clone())])]),
        ("concat", vec![list([]), list([element.clone()])]),
        ("flatten", vec![list([list([element.clone()])])]),
        ("toset", vec![list([element.clone()])]),
        ("distinct", vec![list([element.clone()])]),
        ("compact", vec![list([element.clone()])]),
        ("sort", vec![list([element])]),
    ];
    for (function, args) in calls {
        let got = call(function, &args, &NoFiles).unwrap();
        assert!(whole(&got.as_list().unwrap()[0]), "{function}");
        assert!(!got.sensitive, "{function}: only the element is secret");
    }
}

#[test]
fn what_was_computed_from_a_secret_is_one() {
    let secret = Node { from: name(), sensitive: true, ..Node::from("x") };
    let joined = call("join", &[",".into(), list([secret.clone()])], &NoFiles).unwrap();
    assert!(joined.sensitive && joined.from.is_none());
    assert!(call("upper", std::slice::from_ref(&secret), &NoFiles).unwrap().sensitive);
    assert!(!call("length", &[list([secret])], &NoFiles).unwrap().sensitive);
    let hidden = Node { sensitive: true, ..list(["a".into()]) };
    assert!(call("element", &[hidden.clone(), 0.into()], &NoFiles).unwrap().sensitive);
    assert!(call("length", &[hidden], &NoFiles).unwrap().sensitive);
}

#[test]
fn errors_do_not_quote_a_secret() {
    let secret = Node { sensitive: true, ..Node::from("hunter2") };
    for function in ["parseint", "timeadd", "cidrhost", "uuidv5", "regex", "format"] {
        let error = call(function, &[secret.clone(), "!".into()], &NoFiles).unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn every_growth_is_bounded() {
    let many = list((0..400).map(Node::from));
    let nested = (0..80).fold(list([]), |inner, _| list([inner]));
    let double = (0..40).fold(list([1.into()]), |inner, _| list([inner.clone(), inner]));
    for (function, args, want) in [
        ("setproduct", vec![many.clone(), many], "elements"),
        ("flatten", vec![nested], "nested deeper"),
        ("flatten", vec![double.clone()], "elements"),
        ("tolist", vec![double.clone()], "parts"),
        (
            "join",
            vec!["x".repeat(1 << 19).as_str().into(), list(["a".into(), "b".into(), "c".into(), "d".into()])],
            "longer",
        ),
        (
            "replace",
            vec!["a".repeat(2000).as_str().into(), "a".into(), "b".repeat(2000).as_str().into()],
            "longer",
        ),
        ("indent", vec![1_000_000.into(), "\n\n\n".into()], "longer"),
        ("flatten", vec![(0..40).fold(list([]), |inner, _| list([inner.clone(), inner]))], "parts"),
        ("yamlencode", vec![double], "longer"),
    ] {
        let error = call(function, &args, &NoFiles).unwrap_err();
        assert!(error.contains(want) || error.contains("too large"), "{function}: {error}");
    }
    assert!(limits::items(limits::MAX_ITEMS).is_ok());
}

mod laws {
    use proptest::prelude::*;

    use super::*;
    use crate::terraform::functions::{NAMES, render_json};

    fn run(function: &str, args: &[Node]) -> Node {
        call(function, args, &NoFiles).unwrap()
    }

    fn words() -> impl Strategy<Value = Node> {
        proptest::collection::vec("[a-cé]{0,3}", 0..8)
            .prop_map(|words| list(words.iter().map(|w| Node::from(w.as_str()))))
    }

    /// Any value: known, partly known, secret, nested.
    fn anything() -> impl Strategy<Value = Node> {
        let leaf = prop_oneof![
            Just(Node::null()),
            Just(later()),
            Just(identifier()),
            any::<bool>().prop_map(Node::from),
            (-40i64..40).prop_map(Node::from),
            any::<f64>().prop_filter("finite", |f| f.is_finite()).prop_map(n),
            "\\PC{0,6}".prop_map(|t| Node::from(t.as_str())),
            "[-%0-9a-zA-Z:./+*(){}\\[\\]?$\"' ]{0,12}".prop_map(|t| Node::from(t.as_str())),
            ("[a:/]{0,3}", "[a:/]{0,3}").prop_map(|(before, after)| partly(&before, &after)),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(list),
                proptest::collection::btree_map("[a-c]", inner.clone(), 0..4)
                    .prop_map(|m| map(m.iter().map(|(k, v)| (k.as_str(), v.clone())))),
                inner.clone().prop_map(|n| model::Value::Json(std::sync::Arc::new(n)).into()),
                inner.prop_map(|n| Node { sensitive: true, ..n }),
            ]
        })
    }

    proptest! {
        #[test]
        fn sorting_twice_is_sorting_once(words in words()) {
            for function in ["sort", "distinct", "compact", "toset"] {
                let once = run(function, std::slice::from_ref(&words));
                let twice = run(function, std::slice::from_ref(&once));
                prop_assert_eq!(render_json(&once), render_json(&twice), "{}", function);
            }
        }

        #[test]
        fn sets_are_sets(a in words(), b in words()) {
            let union = run("setunion", &[a.clone(), b.clone()]);
            prop_assert_eq!(render_json(&union), render_json(&run("setunion", &[b.clone(), a.clone()])));
            prop_assert_eq!(render_json(&union), render_json(&run("toset", &[run("concat", &[a.clone(), b.clone()])])));
            let rest = run("setsubtract", &[a.clone(), b.clone()]);
            let both = run("setintersection", &[a.clone(), b]);
            prop_assert_eq!(render_json(&run("setunion", &[rest, both])), render_json(&run("toset", &[a])));
        }

        #[test]
        fn keys_and_values_make_the_map_again(words in words(), values in words()) {
            let keys = run("distinct", &[words]);
            let size = keys.as_list().unwrap().len().min(values.as_list().unwrap().len());
            let cut = |node: &Node| run("slice", &[node.clone(), 0.into(), (size as i64).into()]);
            let map = run("zipmap", &[cut(&keys), cut(&values)]);
            let again = run("zipmap", &[run("keys", std::slice::from_ref(&map)), run("values", std::slice::from_ref(&map))]);
            prop_assert_eq!(render_json(&map), render_json(&again));
        }

        #[test]
        fn joining_undoes_splitting(text in "[a,b]{0,12}") {
            let parts = run("split", &[",".into(), text.as_str().into()]);
            let joined = run("join", &[",".into(), parts]);
            prop_assert_eq!(joined.as_str(), Some(text.as_str()));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn no_arguments_make_a_function_panic(args in proptest::collection::vec(anything(), 0..4)) {
            for function in NAMES {
                _ = call(function, &args, &NoFiles);
            }
        }
    }
}
