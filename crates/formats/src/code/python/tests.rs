//! Tests of `python`.

use super::super::show::show;
use super::*;

fn shown(source: &str) -> String {
    show(&parse(source))
}

#[test]
fn statements() {
    for (source, want) in [
        (
            "import a.b, c.d as e\nfrom ..x import y as z, w\n",
            "import a as a\nimport c.d as e\nimport ..x . y as z\nimport ..x . w as w\n",
        ),
        ("a = b = f(1, *r, k='v', **kw)\n", "a = f(1, *r, k=\"v\", *kw)\nb = f(1, *r, k=\"v\", *kw)\n"),
        ("x: int = -3\ny += 'a'\n", "x: int := -3\ny += \"a\"\n"),
        ("if a:\n  b\nelif c:\n  d\nelse:\n  e\n", "if a\n  b\nelse\n  if c\n    d\n  else\n    e\n"),
        ("for a, b in c:\n  d(a)\nwhile x:\n  y()\n", "loop [a, b] in c\n  d(a)\nloop  in x\n  y()\n"),
        ("with open(p) as f, g:\n  f.read()\n", "with open(p) as f, g\n  f.read()\n"),
        (
            "try:\n  a()\nexcept E as e:\n  b()\nfinally:\n  c()\n",
            "try\n  a()\nhandler\n  b()\nfinally\n  c()\n",
        ),
        (
            "match m:\n  case {'k': v} if v:\n    f(v)\n  case _:\n    g()\n",
            "if v\n  v = m\n  f(v)\nif m\n  g()\n",
        ),
        ("def g():\n  yield a\n  return b\n", "def g()\n  yield a\n  return b\n"),
    ] {
        assert_eq!(shown(source), want, "{source}");
    }
}

#[test]
fn expressions() {
    for (source, want) in [
        ("f'{a.b}/x' 'y'", "f\"{a.b}/xy\""),
        ("f('a' 'b\\n')", "f(\"ab\\n\")"),
        ("a or b or 'c'", "((a or b) or \"c\")"),
        ("a['k'][0]", "a[\"k\"][0]"),
        ("[x for xs in ys for x in xs if x]", "[[x for x in xs] for xs in ys]"),
        ("{k: v for k, v in d.items()}", "[{k: v} for [k, v] in d.items()]"),
        ("{'a': 1, **rest}", "{\"a\": 1, **rest}"),
        ("lambda x, *y: f(x)", "fn _(x, *y) { return f(x) }"),
        ("await c.create(model=m)", "await c.create(model=m)"),
        ("a if t else b", "(a if t else b)"),
        ("(n := f())", "(n = f())"),
        ("a + b % c", "(a + (b % c))"),
        ("a < b < c", "(a <=> ?(b, c))"),
    ] {
        assert_eq!(shown(source), format!("{want}\n"), "{source}");
    }
}

#[test]
fn classes_and_functions_keep_their_marks_and_documentation() {
    let source = "@tool('x')\nclass A(B, metaclass=M):\n  '''Does a.'''\n  m = 'gpt'\n  @staticmethod\n  def s(a): pass\n  def f(self, a: str, *, k=1) -> int:\n    \"\"\"Does f.\"\"\"\n    return a\n";
    assert_eq!(
        shown(source),
        "@tool(\"x\")\nclass A(B)\n  \"Does a.\"\n  m = \"gpt\"\n  @staticmethod\n  def s(a)\n  def f(this self, a: str, k = 1) -> int\n    \"Does f.\"\n    return a\n"
    );
}

#[test]
fn what_cannot_be_read_is_a_problem_and_the_rest_is_there() {
    let unit = parse("a = (\nb = 2\ndef f(:\n  x\nc = 3\n");
    assert!(!unit.problems.is_empty());
    assert!(show(&unit).contains("c = 3"), "{}", show(&unit));
}

#[test]
fn nesting_without_measure_is_cut() {
    for source in [
        format!("x = {}", "1 + ".repeat(100_000) + "1"),
        format!("x = a{}", ".b()".repeat(100_000)),
        format!("x = {}1{}", "[".repeat(1_500), "]".repeat(1_500)),
    ] {
        let unit = parse(&source);
        assert!(!unit.problems.is_empty());
    }
}

#[test]
fn magic_lines_of_notebooks_are_passed_over() {
    assert_eq!(shown("%pip install openai\n!ls\nx = 1\n"), "x = 1\n");
}
