//! Tests of `rust`.

use super::super::show::show;
use super::*;

fn parse(source: &str) -> Unit<'_> {
    super::super::parse(Language::Rust, source)
}

fn shown(source: &str) -> String {
    show(&parse(source))
}

fn inside(body: &str) -> String {
    let out = shown(&format!("fn f() {{\n{body}\n}}\n"));
    let out = out.strip_prefix("def f()\n").unwrap_or(&out);
    out.lines().map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line))).collect()
}

#[test]
fn imports() {
    assert_eq!(
        shown(
            "use a::b::{C as D, e::*, self, f::{G, H}};\nuse crate::x;\nuse super::y::Z as _;\npub use q;\nextern crate r as s;\n"
        ),
        "import a.b . C as D\nimport a.b.e . * as *\nimport a . b as b\nimport a.b.f . G as G\nimport a.b.f . H as H\nimport crate . x as x\nimport super.y . Z as _\nimport q as q\nimport r as s\n"
    );
}

#[test]
fn statements() {
    for (source, want) in [
        ("let x: &str = f(); let (mut a, b) = p;", "x: str := f()\n[a, b] := p\n"),
        ("let Some(y) = f() else { return Err(1) };", "y := f()\nif f()\n  return Err(1)\n"),
        (
            "if let Some(z) = g() { h(z); } else if a && let Ok(q) = r { k(q); };",
            "if g()\n  z := g()\n  h(z)\nelse\n  if (a and r)\n    q := r\n    k(q)\n",
        ),
        (
            "match x { Some(v) if v.ok => f(v), None | A { b, c: d } => { g(); } \"m\" => h(), _ => {} };",
            "if v.ok\n  v := x\n  f(v)\nif x\n  g()\nif (x <=> \"m\")\n  h()\nif x\n",
        ),
        ("match p { A { b, c: d } => g(b), };", "if p\n  {\"b\": b, \"c\": d} := p\n  g(b)\n"),
        (
            "for (i, x) in xs.iter() { f(x); } while let Some(y) = it.next() { g(y); } loop { break 1; }",
            "loop [i, x] in xs.iter()\n  f(x)\nloop  in it.next()\n  y := it.next()\n  g(y)\nloop  in \n  1\n",
        ),
        ("x += 1; *y = 2; self.z = a;", "x += 1\ny = 2\nself.z = a\n"),
        ("let v = match x { 1 => \"a\", _ => { g(); b } };", "if x\n  g()\nv := (\"a\" if x else b)\n"),
        (
            "let v = if let Some(q) = a { q } else { return; };",
            "if a\n  q := a\nif a\n  return \nv := (q if a else q)\n",
        ),
        ("let v = { let a = 1; a };", "a := 1\nv := a\n"),
        ("unsafe { f(); } g()", "f()\nreturn g()\n"),
        ("h(); if a { 1 } else { 2 }", "h()\nreturn (1 if a else 2)\n"),
    ] {
        assert_eq!(inside(source), want, "{source}");
    }
}

#[test]
fn expressions() {
    for (source, want) in [
        ("a.b::<T>(1)?.c.await?", "await await await a.b(1, <>=T).c"),
        ("S { client: c, b, ..Default::default() }", "new S(client=c, b=b, *Default.default())"),
        ("m::S::<T> { x: 1 }", "new m.S(x=1)"),
        ("|a, (b, c): (i32, i32)| -> i32 { g(); a }", "fn _(a, [b, c]: [i32, i32]) -> i32 { g(); return a }"),
        ("async move { g().await }", "fn _() { return await g() }"),
        ("Vec::<String>::new(), <T as X>::f(), Self::y()", "Vec.new(), T.f(), Self.y()"),
        (
            "&x, &mut *y, z as i32, -1, !b, (1, 2), [1, 2], [0; 3], ()",
            "x, y, z, -1, ?(b), [1, 2], [1, 2], [0], null",
        ),
        (
            "r#\"raw \"x\"\"#, b\"x\", \"a\\\n   b\", 'c', 1_000u64, 0.5f32",
            "\"raw \\\"x\\\"\", \"x\", \"ab\", \"c\", 1000, 0.5",
        ),
        ("xs[0].f, a..b, x == y || z", "xs[0].f, ?(a, b), ((x <=> y) or z)"),
    ] {
        assert_eq!(inside(&format!("f({source});")), format!("f({want})\n"), "{source}");
    }
}

#[test]
fn classes_and_functions_keep_their_marks_and_documentation() {
    let source = "\
/// Does a.
#[derive(Tool)]
#[tool(description = \"d\", name(\"x\"))]
pub struct S<T> { #[serde(skip)] pub client: Arc<dyn m::Client<T>>, b: Option<&'a str> }
struct P(String, i32);
#[tool_router]
impl<T> Tool for S<T> {
  const NAME: &'static str = \"x\";
  /// Runs.
  /// Twice.
  #[tool]
  async fn run(&self, #[arg(\"q\")] a: &mut m::B, Parameters(Req { x, .. }): Parameters<Req>) -> Result<(), E> { g() }
}
trait Q: R + m::S { fn f(&self); }
enum E { A(String), B { x: i32 }, C = 1 }
mod m { pub fn g() {} }
impl m::Other { fn h() {} }
type A = B;
";
    assert_eq!(
        shown(source),
        "\
@derive(Tool)
@tool(description=\"d\", name(\"x\"))
@tool_router
class S(Tool)
  \"Does a.\"
  client: Arc[m.Client[T]]
  b: Option[str]
  NAME: str := \"x\"
  @tool
  def run(this self, @arg(\"q\") a: m.B, {\"x\": x}: Parameters[Req]) -> Result[[null, E]]
    \"Runs.
Twice.\"
    return g()
class P()
  0: String
  1: i32
class Q(R, m.S)
  def f(this self)
class E()
  A
  B
  C := 1
def g()
A := B
class Other()
  def h()
"
    );
}

#[test]
fn what_cannot_be_read_is_a_problem_and_the_rest_is_there() {
    let unit = parse("fn f( {\n let x = 1;\n}\nfn g() { let y = 2; }\n");
    assert!(!unit.problems.is_empty());
    assert!(show(&unit).contains(":= 2"), "{}", show(&unit));
}
