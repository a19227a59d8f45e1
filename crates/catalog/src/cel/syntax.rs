//! From text to the expression tree that is evaluated: operators and macros resolved, names checked.

use std::sync::Arc;

use cel::common::ast::operators;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr as Parsed, IdedExpr, LiteralValue};
use cel::parser::Parser;
use model::Number;

use super::functions::{self, Function};

/// Deeper than any honest expression; bounds the recursion of evaluation.
const MAX_DEPTH: u16 = 64;
const MAX_LENGTH: usize = 16 * 1024;
/// Operators, selections and calls of one expression: a chain of them nests as deeply as it is long, which the parser's
/// own limit does not count.
const MAX_OPERATORS: usize = 300;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    All,
    Exists,
    ExistsOne,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    In,
}

/// An expression, ready to be evaluated.
#[derive(Clone, Debug)]
pub enum Expr {
    Null,
    Bool(bool),
    Number(Number),
    Text(Arc<str>),
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    Variable(Arc<str>),
    Select(Box<Expr>, Arc<str>),
    /// `has(a.b)`
    Has(Box<Expr>, Arc<str>),
    Index(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Quantified(Quantifier, Box<Expr>, Arc<str>, Box<Expr>),
    /// `range.filter(v, keep)` and `range.map(v, [keep,] result)`.
    Collect {
        range: Box<Expr>,
        variable: Arc<str>,
        keep: Option<Box<Expr>>,
        result: Option<Box<Expr>>,
    },
    /// The target of a method call is its first argument.
    Call(&'static Function, Vec<Expr>),
    /// A call of a function that is not of ours, as the conditions of a provider have them; see [`Program::foreign`].
    Foreign(Arc<str>, Vec<Expr>),
}

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Program {
    pub expr: Expr,
}

/// What a name may be, for checking expressions when a catalogue is loaded.
pub trait Names {
    /// `None` if `path` (of `doc`, lists written as `[]`) exists, else a message.
    fn document(&self, path: &str) -> Option<String>;
    /// The same for `asset.NAME`.
    fn attribute(&self, name: &str) -> Option<String>;
    /// The same for a relation's name in `asset.out("…")`.
    fn relation(&self, name: &str) -> Option<String>;
    /// The same for the kind in `asset.out("…", "kind")`.
    fn kind(&self, name: &str) -> Option<String>;
}

impl Program {
    /// Compiles `source`; the message of an error is one line.
    pub fn compile(source: &str) -> Result<Program, String> {
        let program = Program::foreign(source)?;
        match foreign_call(&program.expr) {
            Some(message) => Err(message),
            None => Ok(program),
        }
    }

    /// Compiles an expression of somebody else's, which may call functions that are not known here.
    pub fn foreign(source: &str) -> Result<Program, String> {
        if source.len() > MAX_LENGTH {
            return Err(format!("expression is longer than {MAX_LENGTH} bytes"));
        }
        if operators(source) > MAX_OPERATORS {
            return Err(format!("expression has more than {MAX_OPERATORS} operators"));
        }
        // `in` is an operator in CEL's grammar, so `asset.in(…)` needs another spelling on its way through it.
        let source = source.replace(".in(", ".in_(");
        let parsed = Parser::new().max_recursion_depth(MAX_DEPTH).parse(&source).map_err(|errors| {
            let first = errors.errors.first();
            first
                .map_or_else(|| "cannot be read".into(), |e| format!("{} (column {})", e.msg, e.pos.1.max(1)))
        })?;
        Ok(Program { expr: lower(parsed)? })
    }

    /// Every name that does not exist, as messages.
    pub fn check(&self, names: &dyn Names) -> Vec<String> {
        let mut checker = Checker { names, variables: Vec::new(), messages: Vec::new() };
        checker.visit(&self.expr);
        checker.messages
    }
}

/// Operators, selections, indexes and calls outside of text literals.
fn operators(source: &str) -> usize {
    let mut quote = None;
    let mut escaped = false;
    let mut count = 0;
    for byte in source.bytes() {
        match (quote, byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(q), b) if q == b => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (
                None,
                b'+' | b'-' | b'*' | b'/' | b'%' | b'<' | b'>' | b'=' | b'!' | b'?' | b'.' | b'[' | b'(',
            ) => count += 1,
            // Two of these make one operator.
            (None, b'&' | b'|') => count += 1,
            _ => {}
        }
    }
    count
}

fn boxed(expr: IdedExpr) -> Result<Box<Expr>, String> {
    lower(expr).map(Box::new)
}

fn lower(expr: IdedExpr) -> Result<Expr, String> {
    Ok(match expr.expr {
        Parsed::Literal(literal) => self::literal(literal)?,
        Parsed::Ident(name) => Expr::Variable(name.into()),
        Parsed::Select(select) => {
            let operand = boxed(*select.operand)?;
            if select.test {
                Expr::Has(operand, select.field.into())
            } else {
                Expr::Select(operand, select.field.into())
            }
        }
        Parsed::List(list) => Expr::List(list.elements.into_iter().map(lower).collect::<Result<_, _>>()?),
        Parsed::Map(map) => {
            let entries = map.entries.into_iter().map(|entry| match entry.expr {
                cel::common::ast::EntryExpr::MapEntry(e) => Ok((lower(e.key)?, lower(e.value)?)),
                cel::common::ast::EntryExpr::StructField(_) => Err("messages are not supported".to_owned()),
            });
            Expr::Map(entries.collect::<Result<_, _>>()?)
        }
        Parsed::Call(call) => self::call(call)?,
        Parsed::Comprehension(comprehension) => macro_of(*comprehension)?,
        Parsed::Struct(_) => return Err("messages are not supported".into()),
        Parsed::Unspecified => return Err("empty expression".into()),
    })
}

fn literal(literal: LiteralValue) -> Result<Expr, String> {
    Ok(match literal {
        LiteralValue::Null => Expr::Null,
        LiteralValue::Boolean(b) => Expr::Bool(b.into_inner()),
        LiteralValue::Int(i) => Expr::Number(Number::Int(i.into_inner())),
        LiteralValue::UInt(u) => match i64::try_from(u.into_inner()) {
            Ok(int) => Expr::Number(Number::Int(int)),
            Err(_) => return Err("number is too large".into()),
        },
        LiteralValue::Double(d) => {
            Expr::Number(Number::from_f64(d.into_inner()).ok_or("not a finite number")?)
        }
        LiteralValue::String(s) => Expr::Text(s.into_inner().into()),
        LiteralValue::Bytes(_) => return Err("byte strings are not supported".into()),
    })
}

fn call(call: CallExpr) -> Result<Expr, String> {
    let CallExpr { func_name, target, args } = call;
    let binary = match &*func_name {
        operators::EQUALS => Some(Operator::Equal),
        operators::NOT_EQUALS => Some(Operator::NotEqual),
        operators::LESS => Some(Operator::Less),
        operators::LESS_EQUALS => Some(Operator::LessEqual),
        operators::GREATER => Some(Operator::Greater),
        operators::GREATER_EQUALS => Some(Operator::GreaterEqual),
        operators::ADD => Some(Operator::Add),
        operators::SUBSTRACT => Some(Operator::Subtract),
        operators::MULTIPLY => Some(Operator::Multiply),
        operators::DIVIDE => Some(Operator::Divide),
        operators::MODULO => Some(Operator::Modulo),
        operators::IN => Some(Operator::In),
        _ => None,
    };
    let mut args = args.into_iter().map(lower).collect::<Result<Vec<_>, _>>()?;
    if let Some(operator) = binary {
        let [left, right] = take(args)?;
        return Ok(Expr::Binary(operator, Box::new(left), Box::new(right)));
    }
    match &*func_name {
        operators::LOGICAL_NOT => take(args).map(|[a]| Expr::Not(Box::new(a))),
        operators::NEGATE => take(args).map(|[a]| Expr::Negate(Box::new(a))),
        operators::LOGICAL_AND => fold(args, Expr::And),
        operators::LOGICAL_OR => fold(args, Expr::Or),
        operators::CONDITIONAL => {
            take(args).map(|[c, a, b]| Expr::Conditional(Box::new(c), Box::new(a), Box::new(b)))
        }
        operators::INDEX => take(args).map(|[a, i]| Expr::Index(Box::new(a), Box::new(i))),
        name => {
            let name = if name == "in_" { "in" } else { name };
            if let Some(target) = target {
                args.insert(0, lower(*target)?);
            }
            match functions::find(name).filter(|function| function.arity.contains(&args.len())) {
                Some(function) => Ok(Expr::Call(function, args)),
                None => Ok(Expr::Foreign(name.into(), args)),
            }
        }
    }
}

/// What is wrong with the first call of an expression that is not of ours.
fn foreign_call(expr: &Expr) -> Option<String> {
    if let Expr::Foreign(name, args) = expr {
        if functions::find(name).is_some() {
            return Some(format!("{name} is called with {} arguments", args.len()));
        }
        let known = functions::FUNCTIONS.iter().map(|f| f.name);
        return Some(format!("unknown function {name:?}{}", crate::suggest::did_you_mean(name, known)));
    }
    expr.children().into_iter().find_map(foreign_call)
}

impl Expr {
    /// The expressions directly in this one, in the order of writing.
    pub fn children(&self) -> Vec<&Expr> {
        match self {
            Expr::Null | Expr::Bool(_) | Expr::Number(_) | Expr::Text(_) | Expr::Variable(_) => Vec::new(),
            Expr::Select(a, _) | Expr::Has(a, _) | Expr::Not(a) | Expr::Negate(a) => vec![a],
            Expr::Index(a, b) | Expr::And(a, b) | Expr::Or(a, b) | Expr::Binary(_, a, b) => vec![a, b],
            Expr::Quantified(_, range, _, predicate) => vec![range, predicate],
            Expr::Conditional(condition, then, otherwise) => vec![condition, then, otherwise],
            Expr::Collect { range, keep, result, .. } => {
                let inner = keep.iter().chain(result).map(|e| &**e);
                std::iter::once(&**range).chain(inner).collect()
            }
            Expr::List(items) | Expr::Call(_, items) | Expr::Foreign(_, items) => items.iter().collect(),
            Expr::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
        }
    }
}

fn take<const N: usize>(args: Vec<Expr>) -> Result<[Expr; N], String> {
    <[Expr; N]>::try_from(args).map_err(|args| format!("operator with {} operands", args.len()))
}

fn fold(args: Vec<Expr>, make: fn(Box<Expr>, Box<Expr>) -> Expr) -> Result<Expr, String> {
    args.into_iter()
        .reduce(|a, b| make(Box::new(a), Box::new(b)))
        .ok_or_else(|| "operator without operands".into())
}

/// The parser expands macros to folds; a fold's step still shows which macro it was.
fn macro_of(fold: ComprehensionExpr) -> Result<Expr, String> {
    let unsupported = || "only all, exists, exists_one, map and filter are supported".to_owned();
    let variable: Arc<str> = fold.iter_var.into();
    let range = boxed(fold.iter_range)?;
    let Parsed::Call(step) = fold.loop_step.expr else { return Err(unsupported()) };
    let mut args = step.args.into_iter();
    match (&*step.func_name, fold.accu_init.expr) {
        (operators::LOGICAL_OR, _) => {
            let predicate = boxed(args.nth(1).ok_or_else(unsupported)?)?;
            Ok(Expr::Quantified(Quantifier::Exists, range, variable, predicate))
        }
        (operators::LOGICAL_AND, _) => {
            let predicate = boxed(args.nth(1).ok_or_else(unsupported)?)?;
            Ok(Expr::Quantified(Quantifier::All, range, variable, predicate))
        }
        (operators::CONDITIONAL, Parsed::Literal(_)) => {
            let predicate = boxed(args.next().ok_or_else(unsupported)?)?;
            Ok(Expr::Quantified(Quantifier::ExistsOne, range, variable, predicate))
        }
        (operators::CONDITIONAL, Parsed::List(_)) => {
            let keep = Some(boxed(args.next().ok_or_else(unsupported)?)?);
            let result = appended(args.next().ok_or_else(unsupported)?).ok_or_else(unsupported)?;
            Ok(Expr::Collect { range, variable, keep, result: Some(boxed(result)?) })
        }
        (operators::ADD, Parsed::List(_)) => {
            let list = args.nth(1).ok_or_else(unsupported)?;
            let result = only_element(list).ok_or_else(unsupported)?;
            Ok(Expr::Collect { range, variable, keep: None, result: Some(boxed(result)?) })
        }
        _ => Err(unsupported()),
    }
}

/// `x` of `result + [x]`.
fn appended(expr: IdedExpr) -> Option<IdedExpr> {
    match expr.expr {
        Parsed::Call(call) if call.func_name == operators::ADD => only_element(call.args.into_iter().nth(1)?),
        _ => None,
    }
}

fn only_element(list: IdedExpr) -> Option<IdedExpr> {
    match list.expr {
        Parsed::List(list) if list.elements.len() == 1 => list.elements.into_iter().next(),
        _ => None,
    }
}

/// Walks an expression and checks the names in it. A variable stands for a document path where that is known.
struct Checker<'n> {
    names: &'n dyn Names,
    /// Macro variables and the document path of what they range over, if it is one.
    variables: Vec<(Arc<str>, Option<String>)>,
    messages: Vec<String>,
}

impl Checker<'_> {
    /// Checks `expr`; the result is its path in the document, if it is one.
    fn visit(&mut self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Null | Expr::Bool(_) | Expr::Number(_) | Expr::Text(_) => None,
            Expr::Variable(name) => self.variable(name),
            Expr::Select(operand, field) | Expr::Has(operand, field) => self.select(operand, field),
            Expr::Index(operand, index) => {
                let base = self.visit(operand);
                self.visit(index);
                match (&**index, base) {
                    (Expr::Text(key), Some(path)) => Some(join(&path, key)),
                    (_, Some(path)) => Some(format!("{path}[]")),
                    _ => None,
                }
            }
            Expr::Not(a) | Expr::Negate(a) => self.visit_all([&**a]),
            Expr::And(a, b) | Expr::Or(a, b) | Expr::Binary(_, a, b) => self.visit_all([&**a, &**b]),
            Expr::Conditional(c, a, b) => self.visit_all([&**c, &**a, &**b]),
            Expr::List(items) => self.visit_all(items),
            Expr::Map(entries) => self.visit_all(entries.iter().flat_map(|(k, v)| [k, v])),
            Expr::Quantified(_, range, variable, predicate) => {
                let element = self.visit(range).map(|path| format!("{path}[]"));
                self.scoped(variable, element, [&**predicate]);
                None
            }
            Expr::Collect { range, variable, keep, result } => {
                let path = self.visit(range);
                let inner = [keep, result].into_iter().flatten().map(|e| &**e);
                self.scoped(variable, path.as_ref().map(|p| format!("{p}[]")), inner);
                // A filter yields elements of its range; what a map yields is not followed.
                matches!(result.as_deref(), Some(Expr::Variable(v)) if v == variable).then_some(path)?
            }
            Expr::Call(function, args) => self.call(function.name, args),
            Expr::Foreign(_, args) => self.visit_all(args),
        }
    }

    fn visit_all<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) -> Option<String> {
        exprs.into_iter().for_each(|e| _ = self.visit(e));
        None
    }

    fn scoped<'e>(
        &mut self,
        variable: &Arc<str>,
        path: Option<String>,
        inner: impl IntoIterator<Item = &'e Expr>,
    ) {
        self.variables.push((variable.clone(), path));
        self.visit_all(inner);
        self.variables.pop();
    }

    fn variable(&mut self, name: &str) -> Option<String> {
        if let Some((_, path)) = self.variables.iter().rev().find(|(v, _)| &**v == name) {
            return path.clone();
        }
        match name {
            "doc" => Some(String::new()),
            "asset" | "today" => None,
            _ => {
                self.messages
                    .push(format!("unknown name {name:?}; an expression reads `doc`, `asset` and `today`"));
                None
            }
        }
    }

    fn select(&mut self, operand: &Expr, field: &str) -> Option<String> {
        if matches!(operand, Expr::Variable(v) if &**v == "asset" && !self.variables.iter().any(|(n, _)| n == v))
        {
            if field == "doc" {
                return Some(String::new());
            }
            self.messages.extend(self.names.attribute(field));
            return None;
        }
        let path = join(&self.visit(operand)?, field);
        self.messages.extend(self.names.document(&path));
        Some(path)
    }

    fn call(&mut self, name: &str, args: &[Expr]) -> Option<String> {
        if let ("matches", [_, Expr::Text(pattern)]) = (name, args) {
            self.messages.extend(functions::regex(pattern).err().map(|undecided| undecided.reason()));
        }
        if matches!(name, "out" | "in" | "relation_exists") {
            for (argument, is_kind) in args.iter().skip(1).zip([false, true]) {
                if let Expr::Text(text) = argument {
                    self.messages.extend(if is_kind {
                        self.names.kind(text)
                    } else {
                        self.names.relation(text)
                    });
                }
            }
        }
        let first = args.iter().map(|a| self.visit(a)).collect::<Vec<_>>().into_iter().next().flatten();
        // These hand their first argument through.
        first.filter(|_| matches!(name, "otherwise" | "as_list"))
    }
}

fn join(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}
