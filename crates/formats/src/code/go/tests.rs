//! Tests of `go`.

use super::super::show::show;
use super::*;

fn parse(source: &str) -> Unit<'_> {
    super::super::parse(Language::Go, source)
}

fn shown(source: &str) -> String {
    show(&parse(source))
}

#[test]
fn imports() {
    let source = "package main\nimport (\n\tg \"x/y/z\"\n\t\"github.com/a/b/v2\"\n\t\"gopkg.in/yaml.v3\"\n\t_ \"x/q\"\n\t. \"x/r\"\n)\nimport \"fmt\"\n";
    let unit = parse(source);
    assert_eq!(unit.package.as_deref(), Some("main"));
    assert_eq!(
        show(&unit),
        "import x/y/z as g\nimport github.com/a/b/v2 as b\nimport gopkg.in/yaml.v3 as yaml\nimport x/q as _\nimport x/r as *\nimport fmt as fmt\n"
    );
}

#[test]
fn statements() {
    for (source, want) in [
        ("a, err := f(x, y...)", "[a, err] := f(x, *y)\n"),
        ("a := 1", "a := 1\n"),
        ("a.b += \"x\"", "a.b += \"x\"\n"),
        ("var e, g *openai.Client = f()", "[e, g]: openai.Client := f()\n"),
        ("const m = \"gpt-4o\"", "m := \"gpt-4o\"\n"),
        (
            "if v, ok := m[\"a\"]; ok { f(v) } else if g { h() }",
            "[v, ok] := m[\"a\"]\nif ok\n  f(v)\nelse\n  if g\n    h()\n",
        ),
        ("for i, x := range xs { f(x) }", "loop [i, x] in xs\n  f(x)\n"),
        ("for i := 0; i < 3; i++ { f(i) }", "i := 0\nloop  in (i <=> 3)\n  f(i)\n  i\n"),
        (
            "switch x := f(); x {\ncase 1, 2: a()\ndefault: b()\n}",
            "x := f()\nif (x <=> [1, 2])\n  a()\nif x\n  b()\n",
        ),
        ("switch t := v.(type) {\ncase *T: a(t)\n}", "if v\n  t: T := v\n  a(t)\n"),
        ("select {\ncase m := <-ch: f(m)\n}", "if ?()\n  m = await ch\n  f(m)\n"),
        ("defer c.Close()\ngo func() { f() }()\n", "c.Close()\nfn _() { f() }()\n"),
        ("return a, nil", "return [a, null]\n"),
        ("ch <- v", "?(ch, v)\n"),
    ] {
        assert_eq!(shown(&format!("func f() {{\n{source}\n}}")), indented(want), "{source}");
    }
}

fn indented(want: &str) -> String {
    std::iter::once("def f()\n".to_owned()).chain(want.lines().map(|line| format!("  {line}\n"))).collect()
}

#[test]
fn expressions() {
    for (source, want) in [
        ("&openai.Request{Model: \"m\", N: -1}", "new openai.Request(Model=\"m\", N=-1)"),
        ("map[string]any{\"a\": T{1}, k: nil}", "{\"a\": new T(1), k: null}"),
        ("[]*T{{A: 1}, {\"k\"}, x}", "[new T(A=1), new T(\"k\"), x]"),
        ("map[string][]T{\"a\": {{1}}}", "{\"a\": [new T(1)]}"),
        ("[]struct{ A int }{{1}, {2}}", "[new class _(1), new class _(2)]"),
        ("[...]string{\"a\", 1: \"b\"}", "[\"a\", \"b\"]"),
        ("Pair[int]{1}", "new Pair(1)"),
        ("mcp.AddTool[In, Out](server, tool)", "mcp.AddTool(server, tool, <>=In, <>=Out)"),
        ("m[name](x)", "m[name](x)"),
        ("f[T](x)", "f(x, <>=T)"),
        ("string(x) + `a\\n` + \"\\n\"", "((string(x) + \"a\\\\n\") + \"\\n\")"),
        ("[]byte(\"x\")", "\"x\""),
        ("v.(*T).Name", "v.Name"),
        ("*p == nil || !ok", "((p <=> null) or ?(ok))"),
        ("xs[1:n]", "xs[?(1, n)]"),
        (
            "func(a, b string, o ...T) (x R, err error) { return g(a) }",
            "fn _(a: string, b: string, *o: T) -> [R, error] { return g(a) }",
        ),
        ("func(map[string]int, chan<- T) []T { }", "fn _(_: map[[string, int]], _: chan[T]) -> [T] {  }"),
        ("'a'", "97"),
        ("0.7", "0.7"),
    ] {
        assert_eq!(shown(&format!("var x = {source}")), format!("x := {want}\n"), "{source}");
    }
}

#[test]
fn methods_stand_in_the_class_of_their_receiver() {
    let source = "\
// Run runs.
// Twice.
func (s *Server[T]) Run(ctx context.Context) error { return nil }

// not its documentation

// Server serves.
type Server[T any] struct {
\topenai.Client
\tA, b *x.Y `json:\"a\"`
}
func (other) Go() {}
type I interface { Base; Foo(x int) (string, error) }
type (
\t// Names.
\tNames []string
)
";
    assert_eq!(
        shown(source),
        "\
class Server(openai.Client)
  \"Server serves.\"
  A: x.Y
  b: x.Y
  def Run(this s: Server, ctx: context.Context) -> error
    \"Run runs.\nTwice.\"
    return null
class I(Base)
  def Foo(x: int) -> [string, error]
Names := [string]
class other()
  def Go(this _: other)
"
    );
    let unit = parse(source);
    assert!(unit.functions.iter().all(|function| function.class.is_some()));
}

#[test]
fn what_cannot_be_read_is_a_problem_and_the_rest_is_there() {
    let unit = parse("package a\nfunc f( {\n x := 1\n}\nfunc g() { y := 2 }\n");
    assert!(!unit.problems.is_empty());
    assert!(show(&unit).contains("y := 2"), "{}", show(&unit));
}
