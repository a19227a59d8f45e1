//! Tests of `kotlin`.

use super::super::show::show;
use super::*;

fn parse(source: &str) -> Unit<'_> {
    super::super::parse(Language::Kotlin, source)
}

fn shown(source: &str) -> String {
    show(&parse(source))
}

fn inside(body: &str) -> String {
    let out = shown(&format!("fun f() {{\n{body}\n}}\n"));
    let out = out.strip_prefix("def f()\n").unwrap_or(&out);
    out.lines().map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line))).collect()
}

#[test]
fn imports() {
    let unit = parse("package a.b\n\nimport a.b.C\nimport a.b.C as D\nimport a.c.*\n");
    assert_eq!(unit.package.as_deref(), Some("a.b"));
    assert_eq!(show(&unit), "import a.b . C as C\nimport a.b . C as D\nimport a.c . * as *\n");
}

#[test]
fn statements() {
    for (source, want) in [
        ("val x: List<Foo?> = f()\nvar (a, b) = p", "x: List[Foo] := f()\n[a, b] := p\n"),
        ("a.b = c\na += 1\na[0] = 2", "a.b = c\na += 1\na[0] = 2\n"),
        ("if (a) b() else if (c) { d() }", "if a\n  b()\nelse\n  if c\n    d()\n"),
        (
            "when (x) {\n1, 2 -> a()\nis Foo -> { b() }\nelse -> c()\n}",
            "if (x <=> [1, 2])\n  a()\nif (x <=> Foo)\n  b()\nif x\n  c()\n",
        ),
        ("when {\na -> b()\n}", "if a\n  b()\n"),
        (
            "for ((k, v) in m) { f(k) }\nwhile (a) { b() }\ndo { c() } while (d)",
            "loop [k, v] in m\n  f(k)\nloop  in a\n  b()\nloop  in d\n  c()\n",
        ),
        ("try { a() } catch (e: E) { b() } finally { c() }", "try\n  a()\nhandler\n  b()\nfinally\n  c()\n"),
        ("val z = if (a) { f(); 1 } else 2", "if a\n  f()\nz := (1 if a else 2)\n"),
        ("val w = when (x) {\n1 -> \"a\"\nelse -> { c(); d }\n}", "if x\n  c()\nw := (\"a\" if x else d)\n"),
        ("val t = try { a() } catch (e: E) { null }", "t := (a() if ?() else null)\n"),
        ("val y = x ?: return null", "if ?()\n  return null\ny := (x or ?())\n"),
        ("return f(1)\nthrow E(\"m\")", "return f(1)\nE(\"m\")\n"),
        ("val c by lazy { g() }", "c := lazy(fn _() { return g() })\n"),
    ] {
        assert_eq!(inside(source), want, "{source}");
    }
}

#[test]
fn expressions() {
    for (source, want) in [
        ("foo<T>(1, name = 2, *xs) { it + 1 }", "foo(1, name=2, *xs, fn _() { return (it + 1) }, <>=T)"),
        ("a.use { x: Int, (k, v) -> x }", "a.use(fn _(x: Int, [k, v]) { return x })"),
        ("agent(\"a\") { f() }.run { }", "agent(\"a\", fn _() { return f() }).run(fn _() {  })"),
        ("a?.b!!.c as T", "a.b.c"),
        ("\"a $x ${e.f()}\\n\\$y $\"", "f\"a {x} {e.f()}\n$y $\""),
        ("\"\"\"raw $y\\n\n  b\"\"\"", "f\"raw {y}\\n\nb\""),
        ("\"plain\"", "\"plain\""),
        ("object : I, B(1) {\n  fun m() {}\n}", "class _"),
        ("fun(x: Int): Int { return x }", "fn _(x: Int) -> Int { return x }"),
        ("\"k\" to listOf(1)", "\"k\".to(listOf(1))"),
        ("::foo, A::bar, A::class.java", "foo, A.bar, A.class.java"),
        ("this, null, true, -1, 0.7f, 'c'", "this, null, true, -1, 0.7, \"c\""),
        ("a is T, x in xs, a ?: b", "(a <=> T), (x <=> xs), (a or b)"),
        ("m[\"k\"][0]", "m[\"k\"][0]"),
    ] {
        assert_eq!(inside(&format!("f({source})")), format!("f({want})\n"), "{source}");
    }
}

#[test]
fn classes_and_functions_keep_their_marks_and_documentation() {
    let source = "\
/** Does a. */
@Tool(\"x\", name = \"y\")
class A<T>(private val client: X, @P(\"n\") b: Int = 1) : B<T>(client), a.I {
  val p: a.List<Foo?> = f()
  val r: String
    get() = \"a\"
  init { g() }
  constructor(x: Int) : this(x, 1) { h() }
  companion object {
    const val M = \"gpt\"
  }
  /**
   * Does f.
   */
  @Tool suspend fun <R> f(@P(\"c\") a: String, vararg b: Int = null): R? = a.b
}
enum class E(val v: String) { A(\"x\"), B }
object O : B() { }
interface J {
  fun x(): Int
}
fun a.B.ext(x: Int) { }
typealias X = Y
";
    assert_eq!(
        shown(source),
        "\
@Tool(\"x\", name=\"y\")
class A(B[T], a.I)
  \"Does a.\"
  client: X
  def constructor(client: X, @P(\"n\") b: Int = 1)
    this.client = client
  p: a.List[Foo] := f()
  r: String := \"a\"
  g()
  def constructor(x: Int)
    this(x, 1)
    h()
  M := \"gpt\"
  @Tool
  def f(@P(\"c\") a: String, *b: Int = null) -> R
    \"Does f.\"
    return a.b
class E()
  v: String
  def constructor(v: String)
    this.v = v
  A := new E(\"x\")
  B
class O(B)
class J()
  def x() -> Int
def ext(this this: a.B, x: Int)
X := Y
"
    );
}

#[test]
fn what_cannot_be_read_is_a_problem_and_the_rest_is_there() {
    let unit = parse("fun f() {\n val x = = 1\n}\nfun g() {\n val y = 2\n}\n");
    assert!(!unit.problems.is_empty());
    assert!(show(&unit).contains(":= 2"), "{}", show(&unit));
}
