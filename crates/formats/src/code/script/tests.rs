//! What each form becomes, and what holds of any text.

use proptest::prelude::*;

use super::super::show::show;
use super::super::{Expr, ExprId, Language, parse};

fn shown(source: &str) -> String {
    show(&parse(Language::TypeScript, source))
}

fn shown_tsx(source: &str) -> String {
    show(&parse(Language::Tsx, source))
}

#[test]
fn imports_and_exports() {
    for (source, want) in [
        (
            "import OpenAI, { tool as t, type X } from '@scope/m'\nimport * as fs from \"node:fs\"\nimport 'dotenv/config'",
            "import @scope/m . default as OpenAI\nimport @scope/m . tool as t\nimport @scope/m . X as X\nimport node:fs as fs\nimport dotenv/config as _\n",
        ),
        ("import type { A } from './a'", "import ./a . A as A\n"),
        ("import x = require('m')\nimport y = a.b.c", "import m as x\ny := a.b.c\n"),
        (
            "const x = require('m').y, {z} = await import('n')",
            "x := require(\"m\").y\n{\"z\": z} := await import(\"n\")\n",
        ),
        ("export default f(1)", "export default = f(1)\n"),
        ("export default function f() {}", "def f()\nexport default = f\n"),
        ("export default class { a = 1 }", "export default = class _\n"),
        ("export const a = 1, b = 2", "a := 1\nb := 2\n"),
        ("export { a as b, c as default, d as 'e f' }", "export b = a\nexport default = c\nexport e f = d\n"),
        ("export { a as b } from './m'", "export b from ./m . a\n"),
        ("export * from 'm'\nexport * as ns from 'm'", "export * from m . *\nexport ns from m . *\n"),
        (
            "module.exports = { a }\nexports.b = c\nexport = d",
            "module.exports = {\"a\": a}\nexports.b = c\nmodule.exports = d\n",
        ),
    ] {
        assert_eq!(shown(source), want, "{source}");
    }
}

#[test]
fn statements() {
    for (source, want) in [
        (
            "'use server'\nlet a = 1, b: string, { c, d: [e = 2, , ...f], ...g } = h",
            "\"use server\"\na := 1\nb: string\n{\"c\": c, \"d\": [(e = 2), ?(), *f], **g} := h\n",
        ),
        (
            "a = b = c; a += 'x'; a ||= b; a ??= c; a -= 1; i++",
            "a = (b = c)\na += \"x\"\na = (a or b)\na = (a or c)\na = (a · 1)\n?(i)\n",
        ),
        (
            "[a, b.c = 1] = d; ({ a, x: b[0], ...c } = d)",
            "[a, (b.c = 1)] = d\n{\"a\": a, \"x\": b[0], **c} = d\n",
        ),
        ("if (a) b(); else if (c) { d() } else e()", "if a\n  b()\nelse\n  if c\n    d()\n  else\n    e()\n"),
        ("for (const [k, v] of Object.entries(o)) f(k)", "loop [k, v] in Object.entries(o)\n  f(k)\n"),
        ("for await (const x of s) f(x)\nfor (a.b in c) d()", "loop x in s\n  f(x)\nloop a.b in c\n  d()\n"),
        ("for (let i = 0; i < n; i++) f(i)", "i := 0\nloop  in (i <=> n)\n  f(i)\n  ?(i)\n"),
        (
            "while (a) b()\ndo c(); while (d)\nx: for (;;) { break x }",
            "loop  in a\n  b()\nloop  in d\n  c()\nloop  in \n",
        ),
        (
            "switch (a) { case 'x': case 'y': f(); break; case 'z': g(); default: h() }",
            "if ?((a <=> \"x\"), (a <=> \"y\"))\n  f()\nif (a <=> \"z\")\n  g()\nif a\n  h()\n",
        ),
        ("try { a() } catch (e) { b(e) } finally { c() }", "try\n  a()\nhandler\n  b(e)\nfinally\n  c()\n"),
        ("{ using a = f(); a.g() }\nthrow new E('x')", "with f() as a\na.g()\nnew E(\"x\")\n"),
        ("a(), b = c, d && e()", "a()\nb = c\n(d and e())\n"),
        ("enum A { X, Y = 5, Z, 'w-w' = 'v' }", "class A()\n  X := 0\n  Y := 5\n  Z := 6\n  w-w := \"v\"\n"),
        ("namespace A.B { export const x = 1 }\ndeclare module 'm' { function f(): void }", "x := 1\n"),
        (
            "interface A extends B { c: OpenAI; 'd'?: string; f(): void }",
            "class A(B)\n  c: OpenAI\n  d: string\n",
        ),
        ("type A = { c: a.B[] }\ntype B = C\ntype D = z.infer<typeof D>", "class A()\n  c: ?(a.B)\nB := C\n"),
        (
            "function* f() { yield a; const x = yield* b; return }",
            "def f()\n  yield a\n  x := ?(b)\n  return \n",
        ),
    ] {
        assert_eq!(shown(source), want, "{source}");
    }
}

#[test]
fn expressions() {
    for (source, want) in [
        ("`a${b.c}\\n${d}`", "f\"a{b.c}\n{d}\""),
        ("`a\\n`", "\"a\\n\""),
        ("sql`select ${a}`", "sql(f\"select {a}\")"),
        ("'it\\'s' + \"x\"", "(\"it's\" + \"x\")"),
        ("f(1, -2.5, 0x1f, 1e3, 10n, ...r)", "f(1, -2.5, 31, 1000.0, 10, *r)"),
        ("[a, , ...b, null, undefined, void 0, true, /x/g]", "[a, null, *b, null, null, null, true, ?()]"),
        ("f({ a, 'b-c': 1, 2: x, [k]: v, ...rest })", "f({\"a\": a, \"b-c\": 1, 2: x, k: v, **rest})"),
        (
            "f({ async m(a) { return a }, get g() { return 1 } })",
            "f({\"m\": fn m(a) { return a }, \"g\": fn g() { return 1 }})",
        ),
        ("(a ?? b) || c && d", "((a or b) or (c and d))"),
        ("a?.b?.[c]?.(d)!.e", "a.b[c](d).e"),
        ("new a.C({ x: 1 })", "new a.C({\"x\": 1})"),
        ("(a as any as B)!.c satisfies D", "a.c"),
        ("<T>a", "a"),
        ("f<T>(a)", "f(a)"),
        ("a ? b : c ? d : e", "(b if a else (d if c else e))"),
        ("await import('m', { with: {} })", "await import(\"m\", {\"with\": {}})"),
        ("import.meta.env.KEY", "import.meta.env.KEY"),
        (
            "async (a, { b, c: d = 1 }, [e], f = 2, ...g) => h",
            "fn _(a, {\"b\": b, \"c\": (d = 1)}, [e], f = 2, *g) { return h }",
        ),
        ("a => { f(a); return a }", "fn _(a) { f(a); return a }"),
        (
            "(function f(a?: string): Promise<A> { this.x() })()",
            "fn f(a: string) -> Promise[A] { this.x() }()",
        ),
        ("(a += b, c)", "a += b\nc"),
        ("f((a += b, c))", "f(?((a = (a + b)), c))"),
        ("a.#b + super.c", "(a.#b + super.c)"),
        ("!a === typeof b instanceof c", "(?(a) <=> (?(b) <=> c))"),
        ("a | b % c ** d", "(a · (b · (c · d)))"),
    ] {
        assert_eq!(
            shown(&format!("class X extends Y {{ static {{ {source} }} }}"))
                .lines()
                .skip(1)
                .collect::<Vec<_>>()
                .join("\n")
                .replace("\n  ", "\n")
                .trim_start(),
            want,
            "{source}"
        );
    }
}

#[test]
fn types_keep_what_they_name() {
    for (kind, want) in [
        ("string", "string"),
        ("a.b.C", "a.b.C"),
        ("Map<string, C[]>", "Map[[string, ?(C)]]"),
        ("'x' | 'y' | null", "?(\"x\", \"y\", null)"),
        ("[a: A, ...B[]]", "[?(A), ?(B)]"),
        ("{ a: A; b?: readonly B[] }", "{\"a\": A, \"b\": ?(B)}"),
        ("typeof client", "?(client)"),
        ("import('m').A.B", "import(\"m\").A.B"),
        ("(a: A) => B", "?(B)"),
        ("A['b']", "A[\"b\"]"),
        ("keyof A", "?(A)"),
        ("A extends B ? 1 : -1", "?(A, B, 1, -1)"),
        ("{ [K in A]: B }", "?(A, B)"),
    ] {
        assert_eq!(shown(&format!("let x: {kind}")), format!("x: {want}\n"), "{kind}");
    }
}

#[test]
fn classes_and_functions_keep_their_marks_and_documentation() {
    let source = "
/** Does a. */
@Tool({ name: 'x' })
export class A extends B<C> implements D {
  @Prop() model: string = 'gpt';
  #key = 1;
  static [x] = 2;
  /**
   * Makes it.
   * @param client who
   */
  constructor(@Inject(T) private readonly client: OpenAI, k = 1) { super(); }
  get g() { return this.#key }
  /** Runs. */
  run = async () => 1;
  abstract f(): void;
}
/** Not this one. */

/** Adds. */
export const add = (a: number) => a;
// no
function plain() {}
";
    assert_eq!(
        shown(source),
        "@Tool({\"name\": \"x\"})
class A(B, D)
  \"Does a.\"
  Prop()
  model: string := \"gpt\"
  #key := 1
  this[x] := 2
  def constructor(@Inject(T) client: OpenAI, k = 1)
    \"Makes it.
@param client who\"
    this.client: OpenAI = client
    super()
  def g()
    return this.#key
  run := fn _() { return 1 }
add := fn _(a: number) { return a }
def plain()
"
    );
    let unit = parse(Language::TypeScript, source);
    let documented: Vec<_> =
        unit.functions.iter().filter_map(|f| Some(&*f.documentation.as_ref()?.0)).collect();
    assert_eq!(documented, ["Makes it.\n@param client who", "Runs.", "Adds."]);
    let methods: Vec<_> = unit.functions.iter().map(|f| (f.name, f.class.is_some())).collect();
    assert_eq!(
        methods,
        [
            (Some("constructor"), true),
            (Some("g"), true),
            (None, false),
            (None, false),
            (Some("plain"), false)
        ]
    );
}

#[test]
fn elements() {
    for (source, want) in [
        (
            "<p className=\"a\" hidden x={b} {...c}>hi {d} {/* no */}<e.F />\n </p>",
            "<\"p\" className=\"a\" hidden=true x=b **c>\"hi \", d, <e.F></></>",
        ),
        ("<><A.B.C t:u='&amp;' v=<i/> /></>", "<\"\"><A.B.C t:u=\"&amp;\" v=<\"i\"></>></></>"),
        (
            "<div dangerouslySetInnerHTML={{ __html: a }} />",
            "<\"div\" dangerouslySetInnerHTML={\"__html\": a}></>",
        ),
    ] {
        assert_eq!(shown_tsx(source), format!("{want}\n"), "{source}");
    }
}

#[test]
fn javascript_with_types_or_without_modules_is_read() {
    let show = |source| show(&parse(Language::JavaScript, source));
    assert_eq!(
        show("#!/usr/bin/env node\nwith (a) b(await => 1)\nreturn 3"),
        "with a\n  b(fn _(await) { return 1 })\nreturn 3\n"
    );
    assert_eq!(show("const f = (a: string): A => <b/>"), "f := fn _(a: string) -> A { return <\"b\"></> }\n");
}

#[test]
fn texts_borrow_from_the_source() {
    let source = "f('plain', `plain`, 'a\\x62')";
    let unit = parse(Language::TypeScript, source);
    let borrowed: Vec<_> = (0..unit.len())
        .filter_map(|id| match unit.expr(ExprId(id)) {
            Expr::Text(text) => Some((text.as_ref(), matches!(text, std::borrow::Cow::Borrowed(_)))),
            _ => None,
        })
        .collect();
    assert_eq!(borrowed, [("plain", true), ("plain", true), ("ab", false)]);
}

#[test]
fn what_cannot_be_read_is_a_problem() {
    for (source, at) in [("const a = ;\nb()", 10), ("f(", 2), ("let s = 'x", 8), ("}", 0)] {
        let unit = parse(Language::TypeScript, source);
        assert_eq!(unit.problems.first().map(|p| p.span.start), Some(at), "{source}: {:?}", unit.problems);
        assert!(
            unit.problems.last().is_some_and(|p| p.message.starts_with("nothing of this file")),
            "{source}"
        );
    }
}

/// Forms that the parser or the lowering goes into once for each time they are repeated: before, in the middle, after.
const NESTED: [[&str; 3]; 60] = [
    ["[", "1", "]"],
    ["[", "", ""],
    ["(", "a", ")"],
    ["(", "", ""],
    ["x={a:", "1", "}"],
    ["({a:", "", ""],
    ["{", "", "}"],
    ["!", "a", ""],
    ["- ", "a", ""],
    ["typeof ", "a", ""],
    ["await ", "a", ""],
    ["new ", "a", ""],
    ["`${", "a", "}`"],
    ["a?b:", "c", ""],
    ["a?", "b", ":c"],
    ["a?(b):c=>", "d", ""],
    ["a=>", "a", ""],
    ["async a=>", "a", ""],
    ["a=>{", "a", "}"],
    ["([a=", "1", "])"],
    ["(a=", "1", ")=>1"],
    ["({a=", "1", "})"],
    ["a=", "a", ""],
    ["a**", "a", ""],
    ["a+", "a", ""],
    ["a&&", "a", ""],
    ["a,", "a", ""],
    ["<a>", "", "</a>"],
    ["<a>", "", ""],
    ["<a b=", "<c/>", "/>"],
    ["<>{", "1", "}</>"],
    ["if(a)", "b", ""],
    ["if(a);else ", "b", ""],
    ["for(;;)", "b", ""],
    ["while(a)", "b", ""],
    ["do ", "b", " while(a)"],
    ["f(", "a", ")"],
    ["a<", "b", ">"],
    ["a<(", "b", ")"],
    ["a<", "b", ""],
    ["<T>", "a", ""],
    ["({a(){", "b", "}})"],
    ["function f(){", "b", "}"],
    ["x=function(a=", "1", "){}"],
    ["class A{a=", "1", "}"],
    ["class A{a=class extends ", "B", "{}}"],
    ["var a=[...", "b", "]"],
    ["a[", "b", "]"],
    ["import(", "a", ")"],
    ["switch(a){case 1:", "b", "}"],
    ["try{", "b", "}finally{}"],
    ["namespace a{", "b", "}"],
    ["let x:A<", "b", ">"],
    ["keyof ", "b", ""],
    ["@(", "a", ")"],
    ["yield ", "a", ""],
    ["\"[\"(/[(/", "a", ")"],
    ["a={}/1/[", "b", "]"],
    ["</", "b", "/>"],
    ["{}/\"/[", "b", "]"],
];

#[test]
fn nesting_without_measure_is_cut() {
    let hostile = || {
        for [before, middle, after] in NESTED {
            let source = |times| format!("{}{middle}{}", before.repeat(times), after.repeat(times));
            for language in [Language::TypeScript, Language::Tsx, Language::JavaScript] {
                for prefix in ["", "let x: ", "type x = "] {
                    let _ = parse(language, &format!("{prefix}{}", source(300)));
                }
            }
            let source = source(100_000);
            let unit = parse(Language::Tsx, &source);
            // What follows commas is side by side and all read.
            assert!(!unit.problems.is_empty() || before == "a,", "{before}{middle}{after}");
        }
        for tail in [".b", "()", "[0]", "!", "?.b", "``", " as b", "<b>", " || b", " extends b"] {
            let _ = parse(Language::TypeScript, &format!("a{}", tail.repeat(100_000)));
        }
    };
    // As small as a stack of a worker is.
    let worker = std::thread::Builder::new().stack_size(2 << 20).spawn(hostile);
    worker.expect("a thread").join().expect("no overflow and no panic");
}

/// Pieces of the language in any order: much nearer to a file than any string is.
fn fragments() -> impl Strategy<Value = String> {
    let fragment = proptest::sample::select(vec![
        "a",
        "b",
        "é",
        "1",
        "'s'",
        "\"",
        "`",
        "${",
        "}",
        "{",
        "(",
        ")",
        "[",
        "]",
        "<",
        ">",
        "</",
        "/>",
        "/",
        "/x/",
        "//",
        "/*",
        "*/",
        "\n",
        " ",
        ";",
        ",",
        ".",
        "?.",
        "?",
        ":",
        "=",
        "=>",
        "...",
        "+",
        "!",
        "#a",
        "@",
        "\\",
        "\\u0061",
        "await ",
        "async ",
        "function ",
        "class ",
        "extends ",
        "return ",
        "if ",
        "else ",
        "for ",
        "of ",
        "in ",
        "const ",
        "let ",
        "using ",
        "import ",
        "export ",
        "default ",
        "from ",
        "as ",
        "type ",
        "interface ",
        "enum ",
        "namespace ",
        "new ",
        "yield ",
        "typeof ",
        "switch ",
        "case ",
        "try ",
        "catch ",
        "/** d */",
        "<a>",
        "</a>",
        "<!--",
        "\u{2028}",
        "\r",
    ]);
    proptest::collection::vec(fragment, 0..40).prop_map(|fragments| fragments.concat())
}

fn holds(source: &str) -> Result<(), TestCaseError> {
    for language in [Language::JavaScript, Language::TypeScript, Language::Tsx] {
        let unit = parse(language, source);
        let ids = (0..unit.len()).map(ExprId);
        for span in ids.map(|id| unit.span(id)).chain(unit.problems.iter().map(|p| p.span)) {
            let slice = source.get(span.start as usize..span.end as usize);
            prop_assert!(slice.is_some(), "{span:?} is no range of {source:?}");
        }
        let _ = show(&unit);
    }
    let ranges =
        super::scripts_of(source).into_iter().map(|(_, range)| range).chain(super::markup_of(source));
    for range in ranges {
        prop_assert!(source.get(range.clone()).is_some(), "{range:?} is no range of {source:?}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_read(source in "\\PC{0,60}") {
        holds(&source)?;
    }

    #[test]
    fn fragments_in_any_order_are_read(source in fragments()) {
        holds(&source)?;
    }
}
