//! The forms of the tree, and the arena they live in. How a language becomes these forms is each language's own file.

use std::borrow::Cow;

use crate::{Problem, Span};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    Python,
    /// JavaScript and TypeScript, with or without JSX.
    JavaScript,
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
    Go,
    Java,
    CSharp,
    Rust,
    Kotlin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprId(pub u32);
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionId(pub u32);
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(pub u32);

/// How two values become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// `+`: of texts and lists their concatenation.
    Add,
    /// `a or b`, `a || b`, `a ?? b`: the first that holds something.
    Or,
    And,
    /// `%` on a text in Python, `String.format` has a name of its own.
    Percent,
    /// `|` of mappings, pipes and unions.
    Bar,
    /// Comparison: gives a truth value, never text of its operands.
    Compare,
    /// Any other operator.
    Other,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr<'s> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'s, str>),
    /// Text with holes: f-strings, template literals, interpolated strings.
    Format(Box<[Part<'s>]>),
    Name(&'s str),
    /// `of.name`, `of?.name`, `of::name`.
    Member {
        of: ExprId,
        name: &'s str,
    },
    /// `of[key]`.
    Index {
        of: ExprId,
        key: ExprId,
    },
    Call(Box<Call<'s>>),
    /// A list, tuple, set or array.
    List(Box<[ExprId]>),
    /// A dictionary or object; an entry without a key is spread into it.
    Map(Box<[(Option<ExprId>, ExprId)]>),
    Join {
        join: Join,
        left: ExprId,
        right: ExprId,
    },
    /// `then if test else other`, `test ? then : other`.
    Choose {
        test: ExprId,
        then: ExprId,
        other: ExprId,
    },
    /// A lambda, arrow or anonymous function.
    Function(FunctionId),
    /// A class expression.
    Class(ClassId),
    /// `await e`, `e?` and `e!`: the value behind it.
    Wait(ExprId),
    /// `*e`, `...e`.
    Spread(ExprId),
    /// An assignment that is a value: `(n := f())`, `a = b = c` in JavaScript.
    Assign {
        target: ExprId,
        value: ExprId,
    },
    /// `element for target in over`: a list of what `element` is for each.
    Each {
        target: ExprId,
        over: ExprId,
        element: ExprId,
    },
    /// A JSX element.
    Element(Box<Element<'s>>),
    /// Anything else, with the expressions in it.
    Other(Box<[ExprId]>),
}

/// A piece of a text with holes.
#[derive(Clone, Debug, PartialEq)]
pub enum Part<'s> {
    Text(Cow<'s, str>),
    Hole(ExprId),
}

/// A call; also `new C(…)`, a composite literal `C{…}` and an object initialiser, whose fields are named arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Call<'s> {
    pub callee: ExprId,
    pub args: Box<[Arg<'s>]>,
    /// `new C(…)`, `C{…}`: makes an object of the callee for certain.
    pub construct: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Arg<'s> {
    /// Of a named argument.
    pub name: Option<&'s str>,
    pub value: ExprId,
    /// `*args`, `**kwargs`, `...rest`.
    pub spread: bool,
}

/// `<name attribute=…>children</name>`; a spread attribute has no name.
#[derive(Clone, Debug, PartialEq)]
pub struct Element<'s> {
    /// [`Expr::Name`] or [`Expr::Member`] of a component, [`Expr::Text`] of an element of HTML.
    pub name: ExprId,
    pub attributes: Vec<(Option<&'s str>, ExprId)>,
    pub children: Vec<ExprId>,
}

/// How an assignment treats what was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assigning {
    /// `let x = …`, `x := …`, a field of a class: a new name.
    Declare,
    /// `x = …`.
    Set,
    /// `x += …`.
    Add,
}

/// A statement. What is under a condition, in a loop or in a handler may or may not run.
#[derive(Clone, Debug, PartialEq)]
pub enum Stmt<'s> {
    Expr(ExprId),
    /// `target: kind = value`; without a value only the type is declared. A target that takes a value apart is a
    /// [`Expr::List`] or a [`Expr::Map`] (`{a, b: c}`: keys are texts, values are the names that are bound).
    Assign {
        target: ExprId,
        value: Option<ExprId>,
        /// The declared type.
        kind: Option<ExprId>,
        assigning: Assigning,
    },
    Return(Option<ExprId>),
    /// `yield e`.
    Yield(ExprId),
    Import(Import<'s>),
    Export(Export<'s>),
    Function(FunctionId),
    Class(ClassId),
    If {
        test: ExprId,
        then: Vec<Stmt<'s>>,
        other: Vec<Stmt<'s>>,
    },
    /// `for target in over`, `while over`; the body runs any number of times.
    Loop {
        target: Option<ExprId>,
        over: Option<ExprId>,
        body: Vec<Stmt<'s>>,
    },
    /// `with value as target`, `using`, `try (…)` with resources.
    With {
        items: Vec<(ExprId, Option<ExprId>)>,
        body: Vec<Stmt<'s>>,
    },
    /// `try`, and each handler, which may or may not run.
    Try {
        body: Vec<Stmt<'s>>,
        handlers: Vec<Vec<Stmt<'s>>>,
        finally: Vec<Stmt<'s>>,
    },
}

/// One imported name.
#[derive(Clone, Debug, PartialEq)]
pub struct Import<'s> {
    /// As it is written, with dots between its parts where the language has its own separator inside (`a::b` → `a.b`); a
    /// module of JavaScript or Go stays as it is: `@scope/name`, `./local`, `github.com/a/b`.
    pub module: Cow<'s, str>,
    /// Dots before a relative module of Python: `from ..a import b` has two.
    pub up: u32,
    /// What of the module: nothing for the module itself, `default` for the default export, `*` for everything.
    pub name: Option<&'s str>,
    /// What it is called here; `*` when everything comes in under its own name, `_` when only its effects are wanted.
    pub local: &'s str,
    pub span: Span,
}

/// What a module gives away under a name other than its own: `export default e`, `export { a as b }`, `module.exports = e`.
#[derive(Clone, Debug, PartialEq)]
pub struct Export<'s> {
    /// `default`, the outer name, or `*` with `from` for all of another module.
    pub name: &'s str,
    pub value: Option<ExprId>,
    /// `export … from 'module'`, and the name inside it.
    pub from: Option<(Cow<'s, str>, &'s str)>,
    pub span: Span,
}

/// How a parameter takes arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    Plain,
    /// `self`, `cls`, `this`: the object the method is called on.
    Receiver,
    /// `*args`, `...rest`.
    Rest,
    /// `**kwargs`.
    Named,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Param<'s> {
    /// Empty when the parameter takes its argument apart.
    pub name: &'s str,
    /// The [`Expr::Map`] or [`Expr::List`] that takes it apart.
    pub pattern: Option<ExprId>,
    pub default: Option<ExprId>,
    /// The declared type.
    pub kind: Option<ExprId>,
    pub passing: Passing,
    /// Annotations: `@P("the city")`, `[Description("…")]`.
    pub marks: Vec<ExprId>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Function<'s> {
    pub name: Option<&'s str>,
    pub params: Vec<Param<'s>>,
    /// Decorators, annotations and attributes, the outermost first.
    pub marks: Vec<ExprId>,
    /// The declared type of what it returns.
    pub returns: Option<ExprId>,
    /// A docstring or documentation comment, without its marks.
    pub documentation: Option<(Cow<'s, str>, Span)>,
    pub body: Vec<Stmt<'s>>,
    pub class: Option<ClassId>,
    /// The whole definition.
    pub span: Span,
    /// Its name, for messages.
    pub name_span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Class<'s> {
    pub name: Option<&'s str>,
    pub bases: Vec<ExprId>,
    /// Decorators, annotations and attributes, the outermost first.
    pub marks: Vec<ExprId>,
    pub documentation: Option<(Cow<'s, str>, Span)>,
    /// Fields are [`Stmt::Assign`] to a name, methods are [`Stmt::Function`].
    pub body: Vec<Stmt<'s>>,
    pub span: Span,
    pub name_span: Span,
}

/// One source file.
#[derive(Clone, Debug)]
pub struct Unit<'s> {
    pub language: Language,
    pub source: &'s str,
    /// `package a.b`, `namespace A.B`: what the names of this file are known under.
    pub package: Option<Cow<'s, str>>,
    pub body: Vec<Stmt<'s>>,
    pub functions: Vec<Function<'s>>,
    pub classes: Vec<Class<'s>>,
    pub problems: Vec<Problem>,
    exprs: Vec<Expr<'s>>,
    spans: Vec<Span>,
}

impl<'s> Unit<'s> {
    pub fn new(language: Language, source: &'s str) -> Self {
        Unit {
            language,
            source,
            package: None,
            body: Vec::new(),
            functions: Vec::new(),
            classes: Vec::new(),
            problems: Vec::new(),
            exprs: Vec::new(),
            spans: Vec::new(),
        }
    }

    pub fn expr(&self, id: ExprId) -> &Expr<'s> {
        &self.exprs[id.0 as usize]
    }

    pub fn span(&self, id: ExprId) -> Span {
        self.spans[id.0 as usize]
    }

    /// The source text of an expression.
    pub fn text(&self, id: ExprId) -> &'s str {
        let Span { start, end } = self.span(id);
        self.source.get(start as usize..end as usize).unwrap_or_default()
    }

    pub fn function(&self, id: FunctionId) -> &Function<'s> {
        &self.functions[id.0 as usize]
    }

    pub fn class(&self, id: ClassId) -> &Class<'s> {
        &self.classes[id.0 as usize]
    }

    /// How many expressions there are; their ids are below it.
    pub fn len(&self) -> u32 {
        self.exprs.len() as u32
    }

    pub fn is_empty(&self) -> bool {
        self.exprs.is_empty()
    }

    /// Puts an expression into the arena.
    pub(crate) fn add(&mut self, expr: Expr<'s>, span: Span) -> ExprId {
        self.exprs.push(expr);
        self.spans.push(span);
        ExprId(self.exprs.len() as u32 - 1)
    }

    pub(crate) fn add_function(&mut self, function: Function<'s>) -> FunctionId {
        self.functions.push(function);
        FunctionId(self.functions.len() as u32 - 1)
    }

    pub(crate) fn add_class(&mut self, class: Class<'s>) -> ClassId {
        self.classes.push(class);
        ClassId(self.classes.len() as u32 - 1)
    }

    /// Notes what could not be read; of very many the first.
    pub(crate) fn problem(&mut self, span: Span, message: impl Into<String>) {
        if self.problems.len() < 100 {
            self.problems.push(Problem { span, message: message.into() });
        }
    }

    /// The expressions directly inside one.
    pub fn children(&self, id: ExprId, mut with: impl FnMut(ExprId)) {
        match self.expr(id) {
            Expr::Null | Expr::Bool(_) | Expr::Int(_) | Expr::Float(_) | Expr::Text(_) | Expr::Name(_) => {}
            Expr::Function(_) | Expr::Class(_) => {}
            Expr::Format(parts) => parts.iter().for_each(|part| {
                if let Part::Hole(hole) = part {
                    with(*hole);
                }
            }),
            Expr::Member { of, .. } => with(*of),
            Expr::Index { of, key } => [*of, *key].into_iter().for_each(with),
            Expr::Call(call) => {
                with(call.callee);
                call.args.iter().for_each(|arg| with(arg.value));
            }
            Expr::List(items) | Expr::Other(items) => items.iter().copied().for_each(with),
            Expr::Map(entries) => entries.iter().for_each(|(key, value)| {
                key.iter().copied().for_each(&mut with);
                with(*value);
            }),
            Expr::Join { left, right, .. } => [*left, *right].into_iter().for_each(with),
            Expr::Choose { test, then, other } => [*test, *then, *other].into_iter().for_each(with),
            Expr::Wait(of) | Expr::Spread(of) => with(*of),
            Expr::Assign { target, value } => [*target, *value].into_iter().for_each(with),
            Expr::Each { target, over, element } => [*target, *over, *element].into_iter().for_each(with),
            Expr::Element(element) => {
                with(element.name);
                element.attributes.iter().for_each(|(_, value)| with(*value));
                element.children.iter().copied().for_each(with);
            }
        }
    }
}
