//! Our side of the comparison: literals, templates, operators on literals and calls of functions.
//!
//! It stands alone so that the functions can be compared before, and apart from, the evaluator of configurations.

use formats::hcl::{Expr, ExprKind, Part, UnaryOp, parse_expression};
use iac::terraform::functions::{self, Files};
use iac::terraform::types;
use model::{Node, Number, Piece, Value};

/// The folder is empty, as the one that Terraform runs in.
struct EmptyFolder;

impl Files for EmptyFolder {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        Err(format!("no file exists at {path:?}"))
    }
    fn exists(&self, path: &str) -> Result<bool, String> {
        if path == "." { Err("a folder, not a file".to_owned()) } else { Ok(false) }
    }
    fn list(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
}

/// The value of an expression, or why it has none.
pub(crate) fn evaluate(text: &str) -> Result<Node, String> {
    let (expr, problems) = parse_expression(text);
    eval(&expr.ok_or_else(|| format!("{problems:?}"))?)
}

fn eval(expr: &Expr) -> Result<Node, String> {
    Ok(match &expr.kind {
        ExprKind::Null => Node::null(),
        ExprKind::Bool(b) => (*b).into(),
        ExprKind::Int(i) => (*i).into(),
        ExprKind::Float(f) => Value::Number(Number::from_f64(*f).ok_or("infinite")?).into(),
        ExprKind::String(s) => s.clone().into(),
        ExprKind::Parens(inner) => eval(inner)?,
        ExprKind::Unary(UnaryOp::Neg, inner) => {
            let number = types::to_number(&eval(inner)?)?;
            let Value::Number(n) = number.value else { return Err("not a number".to_owned()) };
            let negated = functions::number::subtract(Number::Int(0), n).ok_or("out of range")?;
            Value::Number(negated).into()
        }
        ExprKind::List(items) => Value::list(items.iter().map(eval).collect::<Result<_, _>>()?).into(),
        ExprKind::Object(entries) => {
            let entry = |(key, value): &(Expr, Expr)| {
                let key = types::to_string(&eval(key)?)?;
                Ok((key.as_str().ok_or("the key is not known")?.into(), eval(value)?))
            };
            Value::map(entries.iter().map(entry).collect::<Result<_, String>>()?).into()
        }
        ExprKind::Template(parts) => {
            let part = |part: &Part| -> Result<Piece, String> {
                match part {
                    Part::Text(text, _) => Ok(Piece::Text(text.clone())),
                    Part::Interpolation(inner) => match types::to_string(&eval(inner)?)?.value {
                        Value::String(text) => Ok(Piece::Text(text)),
                        _ => Err("not known".to_owned()),
                    },
                    _ => Err("directives are not evaluated here".to_owned()),
                }
            };
            Value::text(parts.iter().map(part).collect::<Result<Vec<_>, _>>()?).into()
        }
        ExprKind::Call { name, args, spread: false } => {
            let args: Vec<Node> = args.iter().map(eval).collect::<Result<_, _>>()?;
            functions::call(name, &args, &EmptyFolder)?
        }
        other => return Err(format!("{other:?} is not evaluated here")),
    })
}
