//! Tests of `java`.

use super::super::show::show;
use super::*;

fn parse(source: &str) -> Unit<'_> {
    super::super::parse(Language::Java, source)
}

fn shown(source: &str) -> String {
    show(&parse(source))
}

fn inside(body: &str) -> String {
    let out = shown(&format!("class A {{ void f() {{\n{body}\n}} }}"));
    let out = out.strip_prefix("class A()\n  def f() -> void\n").unwrap_or(&out);
    out.lines().map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line))).collect()
}

#[test]
fn imports() {
    let unit =
        parse("package a.b;\nimport a.b.C;\nimport static a.b.C.m;\nimport a.b.*;\nimport static a.C.*;\n");
    assert_eq!(unit.package.as_deref(), Some("a.b"));
    assert_eq!(
        show(&unit),
        "import a.b . C as C\nimport a.b.C . m as m\nimport a.b . * as *\nimport a.C . * as *\n"
    );
}

#[test]
fn statements() {
    for (source, want) in [
        ("var x = f(); String a = \"m\", b;", "x := f()\na: String := \"m\"\nb: String\n"),
        ("this.a = b; s += \"x\";", "this.a = b\ns += \"x\"\n"),
        ("if (a) b(); else if (c) { d(); }", "if a\n  b()\nelse\n  if c\n    d()\n"),
        ("for (var q : qs) f(q);", "loop q in qs\n  f(q)\n"),
        ("for (int i = 0; i < 1; i++) f();", "i: int := 0\nloop  in (i <=> 1)\n  f()\n  ?(i)\n"),
        ("while (x) { y(); } do { z(); } while (x);", "loop  in x\n  y()\nloop  in x\n  z()\n"),
        (
            "try (var in = open(); r) { f(); } catch (A | B e) { g(); } finally { h(); }",
            "try\n  with open() as in, r\n    f()\nhandler\n  g()\nfinally\n  h()\n",
        ),
        (
            "switch (k) { case 1: case 2: a(); break; default: b(); }",
            "if (k <=> 1)\nif (k <=> 2)\n  a()\nif k\n  b()\n",
        ),
        (
            "switch (k) { case A a when a.x -> f(a); default -> { g(); } }",
            "if a.x\n  a: A := k\n  f(a)\nif k\n  g()\n",
        ),
        (
            "int z = switch (k) { case 1, 2 -> 3; case 4 -> { f(); yield 5; } default -> throw e; };",
            "if (k <=> 4)\n  f()\nif k\n  e\nz: int := (3 if k else 5)\n",
        ),
        ("if (o instanceof Foo f && f.x()) g(f);", "f: Foo := o\nif ((o <=> Foo) and f.x())\n  g(f)\n"),
        ("throw new E(\"m\");", "new E(\"m\")\n"),
        ("synchronized (l) { f(); } x: g();", "l\nf()\ng()\n"),
    ] {
        assert_eq!(inside(source), want, "{source}");
    }
}

#[test]
fn expressions() {
    for (source, want) in [
        ("a.b().<T>c(1).d", "a.b().c(1, <>=T).d"),
        ("new a.Foo<Bar>(1, \"x\")", "new a.Foo(1, \"x\")"),
        ("new String[]{\"a\", b}", "[\"a\", b]"),
        (
            "g(a -> a + 1, (a, b) -> { return a; }, (int q) -> q)",
            "g(fn _(a) { return (a + 1) }, fn _(a, b) { return a }, fn _(q: int) { return q })",
        ),
        ("g(Foo::bar, Foo::new, this::x)", "g(Foo.bar, Foo.new, this.x)"),
        ("\"\"\"\n      a\n        \\\"b\\\"\\n\"\"\"", "\"a\\n  \\\"b\\\"\\n\""),
        ("STR.\"a \\{b} c\"", "f\"a {b} c\""),
        ("(String) x.y[0] + Foo.class", "(x.y[0] + Foo.class)"),
        ("new I() { public void m() {} }", "new class _()"),
        ("a ? b : -1", "(b if a else -1)"),
        ("a = b = c", "(a = (b = c))"),
        ("1_000L + 0.7f + 'c'", "((1000 + 0.7) + \"c\")"),
        ("(a)", "a"),
    ] {
        assert_eq!(inside(&format!("f({source});")), format!("f({want})\n"), "{source}");
    }
}

#[test]
fn classes_and_functions_keep_their_marks_and_documentation() {
    let source = "\
/** Does a. */
@Tool(name = \"x\", value = {\"d\", E})
@a.Bean
public class A<T> extends B<T> implements I, a.J<K> {
  @Nullable private final ChatClient<String> client = x, other;
  public A(@Qualifier(\"q\") ChatClient c, String... rest) { super(c); this.client = c; }
  static { f(); }
  /** Does f. */
  @Tool(\"d\") <X> List<? extends String[]> f(Map<String, int[]> a) throws E { return null; }
}
record R(@P String a) { R { check(); } }
enum E { A(\"x\"), B; int v; }
interface I extends J { String X = \"a\"; @UserMessage(\"m\") String chat(@V(\"x\") String y); }
@interface M { String value() default \"\"; }
";
    assert_eq!(
        shown(source),
        "\
@Tool(name=\"x\", value=[\"d\", E])
@a.Bean
class A(B[T], I, a.J[K])
  \"Does a.\"
  client: ChatClient[String] := x
  other: ChatClient[String]
  def constructor(@Qualifier(\"q\") c: ChatClient, *rest: String)
    super(c)
    this.client = c
  f()
  @Tool(\"d\")
  def f(a: Map[[String, [int]]]) -> List[[String]]
    \"Does f.\"
    return null
class R()
  a: String
  def constructor(@P a: String)
    this.a = a
  def constructor(@P a: String)
    check()
class E()
  A := new E(\"x\")
  B
  v: int
class I(J)
  X: String := \"a\"
  @UserMessage(\"m\")
  def chat(@V(\"x\") y: String) -> String
class M()
  def value() -> String
"
    );
}

#[test]
fn what_cannot_be_read_is_a_problem_and_the_rest_is_there() {
    let unit = parse("class A { void f( { int x = 1; } void g() { int y = 2; } }");
    assert!(!unit.problems.is_empty());
    assert!(show(&unit).contains(":= 2"), "{}", show(&unit));
}
