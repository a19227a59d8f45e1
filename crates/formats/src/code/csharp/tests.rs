//! Tests of `csharp`.

use super::super::show::show;
use super::*;

fn parse(source: &str) -> Unit<'_> {
    super::super::parse(Language::CSharp, source)
}

fn shown(source: &str) -> String {
    show(&parse(source))
}

#[test]
fn imports() {
    let unit = parse(
        "using A.B;\nusing static A.B.C;\nusing X = A.B.C;\nglobal using Z.Y;\nnamespace N.M;\nclass K {}\n",
    );
    assert_eq!(unit.package.as_deref(), Some("N.M"));
    assert_eq!(
        show(&unit),
        "import A.B . * as *\nimport A.B.C . * as *\nimport A.B . C as X\nimport Z.Y . * as *\nclass K()\n"
    );
    assert_eq!(parse("namespace A.B { class C {} }").package.as_deref(), Some("A.B"));
}

#[test]
fn statements() {
    for (source, want) in [
        ("var x = f(); C y = new(1) { A = v };", "x := f()\ny: C := new C(1, A=v)\n"),
        ("a.b = c; a += \"x\"; (a, var b) = t;", "a.b = c\na += \"x\"\n[a, b] = t\n"),
        ("foreach (var (a, b) in ab) { f(a); }", "loop [a, b] in ab\n  f(a)\n"),
        ("await foreach (var m in c.S()) f(m);", "loop m in c.S()\n  f(m)\n"),
        ("for (int i = 0; i < 1; i++) f();", "i: int := 0\nloop  in (i <=> 1)\n  f()\n  ?(i)\n"),
        ("using (var u = f(this)) { g(); } using var v = h();", "with f(this) as u\n  g()\nv := h()\n"),
        (
            "try { a(); } catch (E e) when (e.x) { b(); } finally { c(); }",
            "try\n  a()\nhandler\n  b()\nfinally\n  c()\n",
        ),
        (
            "switch (o) { case 1: case \"x\": a(); break; case Foo q when q.x: b(q); break; default: c(); break; }",
            "if (o <=> 1)\nif (o <=> \"x\")\n  a()\nif q.x\n  q: Foo := o\n  b(q)\nif o\n  c()\n",
        ),
        (
            "if (o is Foo f && f.x) g(f); else h();",
            "f: Foo := o\nif ((o <=> Foo) and f.x)\n  g(f)\nelse\n  h()\n",
        ),
        (
            "var s = o switch { 1 => \"a\", Foo g => g.x, _ => throw e };",
            "if (o <=> Foo)\n  g: Foo := o\nif o\n  if ?()\n    e\ns := (\"a\" if o else (g.x if o else ?()))\n",
        ),
        ("yield return 1; lock (x) { f(); } throw new E();", "yield 1\nx\nf()\nnew E()\n"),
        ("int G(int a) => a;", "def G(a: int) -> int\n  return a\n"),
    ] {
        assert_eq!(shown(source), want, "{source}");
    }
}

#[test]
fn expressions() {
    for (source, want) in [
        ("new C { A = v, B = { D = 1 } }", "new C(A=v, B={\"D\": 1})"),
        ("new N.C(x, y: 2) { A = v }", "new N.C(x, y=2, A=v)"),
        ("new Dictionary<string, int> { [\"a\"] = 1, { \"b\", 2 } }", "{\"a\": 1, \"b\": 2}"),
        ("new List<string> { \"a\" }", "[\"a\"]"),
        ("new Arguments { [\"a\"] = 1 }", "new Arguments([]={\"a\": 1})"),
        ("new[] { 1 }, new string[] { \"a\" }", "[1], [\"a\"]"),
        ("[\"a\", ..b]", "[\"a\", *b]"),
        ("new { A = 1, b.C, d }", "{\"A\": 1, \"C\": b.C, \"d\": d}"),
        ("sp.Get<T>(1, n: 2, out var o)", "sp.Get(1, n=2, o, <>=T)"),
        ("Get<T>()", "Get(<>=T)"),
        ("await a?.B(c)?.D[0]!", "await a.B(c).D[0]"),
        ("a?[0] ?? (T)b", "(a[0] or b)"),
        (
            "x => x + 1, async (a, b) => { return a; }, delegate (int q) { return q; }",
            "fn _(x) { return (x + 1) }, fn _(a, b) { return a }, fn _(q: int) { return q }",
        ),
        ("$\"a {x:F2} {{b}}\\n\"", "f\"a {x} {b}\n\""),
        ("$@\"a\\{x}\"\"b\"", "f\"a\\{x}\"b\""),
        ("@\"a\"\"b\\\"", "\"a\\\"b\\\\\""),
        ("\"\"\"\n      a\n        \"b\"\n      \"\"\"", "\"a\\n  \\\"b\\\"\""),
        ("$\"\"\"\n      a {x}\n        b\n      \"\"\"", "f\"a {x}\n  b\""),
        ("$$\"\"\"{{x}} {y}\"\"\"", "f\"{x} {y}\""),
        ("typeof(T), x as T, default, -1.5M, true, null, 'c'", "T.class, x, ?(), -1.5, true, null, \"c\""),
        ("(1, b: 2)", "[1, 2]"),
        ("global::A.B.C()", "A.B.C()"),
    ] {
        assert_eq!(shown(&format!("f({source});")), format!("f({want})\n"), "{source}");
    }
}

#[test]
fn classes_and_functions_keep_their_marks_and_documentation() {
    let source = "\
namespace N {
/// <summary>
/// Does a.
/// </summary>
[McpServerToolType, N.Tool(Name = \"x\")]
public class A<T>(IChatClient client) : B<T>(client), N.I where T : class {
  private readonly OpenAIClient? _c = new(client), _d;
  public string P { get; set; } = \"a\";
  public Foo Q => new(1);
  public string R { get { return f(); } }
#if DEBUG
  public A(int y) : base(y, this) { _c = null!; }
#endif
  /// Does f.
  [Tool] [return: X]
  public async Task<List<string>> F([Description(\"p\")] string a, int b = 1, params string[] r) => await g(a);
}
record R(string A);
enum E { A = 1, B }
interface I { Task X(N.K<int> y); }
}
";
    assert_eq!(
        shown(source),
        "\
@McpServerToolType
@N.Tool(Name=\"x\")
class A(B[T], N.I)
  \"Does a.\"
  client: IChatClient
  def constructor(client: IChatClient)
    this.client = client
  _c: OpenAIClient := new OpenAIClient(client)
  _d: OpenAIClient
  P: string := \"a\"
  Q: Foo := new Foo(1)
  R: string
  def R() -> string
    return f()
  def constructor(y: int)
    base(y, this)
    _c = null
  @Tool
  @X
  def F(@Description(\"p\") a: string, b: int = 1, *r: [string]) -> Task[List[string]]
    \"Does f.\"
    return await g(a)
class R()
  A: string
  def constructor(A: string)
    this.A = A
class E()
  A := 1
  B
class I()
  def X(y: N.K[int]) -> Task
"
    );
}

#[test]
fn what_cannot_be_read_is_a_problem_and_the_rest_is_there() {
    let unit = parse("class A { void F( { int x = 1; } void G() { int y = 2; } }");
    assert!(!unit.problems.is_empty());
    assert!(show(&unit).contains(":= 2"), "{}", show(&unit));
}
