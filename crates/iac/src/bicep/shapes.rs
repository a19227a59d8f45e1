//! What a type says that matters to a value: its base, whether it may be null, and what of it is secret.
//!
//! Types are followed through aliases, members and imports; their bounds and allowed values are not looked at.

use std::sync::Arc;

use formats::bicep::{Declaration, DeclarationKind, Decorator, Expr, ExprKind, Type, TypeKind};

use super::files::{Files, Parsed};

/// Steps for the types of one file: types may refer to themselves.
const MAX_STEPS: usize = 100_000;
const MAX_DEPTH: usize = 32;
/// Secret places of one parameter.
const MAX_PATHS: usize = 200;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// `string`, `int`, `bool`, `object`, `array`, or `any`.
    pub(crate) of: &'static str,
    pub(crate) secure: bool,
    pub(crate) nullable: bool,
    /// `users.*.password`
    pub(crate) secure_paths: Vec<Arc<str>>,
}

impl Shape {
    fn any() -> Shape {
        Shape { of: "any", ..Shape::default() }
    }

    /// Takes in the secrets of something inside.
    fn inner(&mut self, name: &str, inner: &Shape) {
        if inner.secure && self.secure_paths.len() < MAX_PATHS {
            self.secure_paths.push(name.into());
        }
        let free = MAX_PATHS.saturating_sub(self.secure_paths.len());
        let paths = inner.secure_paths.iter().take(free).map(|path| format!("{name}.{path}").into());
        self.secure_paths.extend(paths);
    }
}

pub(crate) struct Shapes<'f> {
    files: &'f Files,
    steps: usize,
}

/// A type with the file in which its names are meant.
#[derive(Clone, Copy)]
struct At<'f> {
    file: &'f Parsed,
    of: &'f Type,
    secure: bool,
}

fn is_secure(decorators: &[Decorator]) -> bool {
    decorators.iter().any(|decorator| &*decorator.name.text == "secure")
}

impl<'f> Shapes<'f> {
    pub(crate) fn new(files: &'f Files) -> Self {
        Shapes { files, steps: 0 }
    }

    pub(crate) fn of(&mut self, file: &'f Parsed, of: &'f Type) -> Shape {
        self.shape(At { file, of, secure: false }, 0)
    }

    fn shape(&mut self, at: At<'f>, depth: usize) -> Shape {
        let mut shape = self.plain(at, depth + 1);
        shape.secure |= at.secure;
        shape
    }

    fn plain(&mut self, at: At<'f>, depth: usize) -> Shape {
        self.steps += 1;
        if depth > MAX_DEPTH || self.steps > MAX_STEPS {
            return Shape::any();
        }
        let inner = |of: &'f Type| At { of, secure: false, ..at };
        match &at.of.kind {
            TypeKind::Literal(of) => literal(of),
            TypeKind::Name(name) => match base(name) {
                Some(of) => Shape { of, ..Shape::default() },
                None => self.followed(at, depth),
            },
            TypeKind::Member { .. }
            | TypeKind::Index { .. }
            | TypeKind::Items(_)
            | TypeKind::Additional(_) => self.followed(at, depth),
            TypeKind::Unary(_, of) | TypeKind::Parens(of) => self.shape(inner(of), depth),
            TypeKind::Nullable(of) => Shape { nullable: true, ..self.shape(inner(of), depth) },
            TypeKind::NonNull(of) => Shape { nullable: false, ..self.shape(inner(of), depth) },
            TypeKind::Array(of) => {
                let mut shape = Shape { of: "array", ..Shape::default() };
                let item = self.shape(inner(of), depth);
                shape.inner("*", &item);
                shape
            }
            TypeKind::Tuple(items) => {
                let mut shape = Shape { of: "array", ..Shape::default() };
                for item in items {
                    let found =
                        self.shape(At { secure: is_secure(&item.decorators), ..inner(&item.of) }, depth);
                    shape.inner("*", &found);
                }
                shape
            }
            TypeKind::Object(properties) => {
                let mut shape = Shape { of: "object", ..Shape::default() };
                for property in properties {
                    let secure = is_secure(&property.decorators);
                    let found = self.shape(At { secure, ..inner(&property.of) }, depth);
                    shape.inner(property.name.as_ref().map_or("*", |name| &name.text), &found);
                }
                shape
            }
            TypeKind::Union(members) => {
                let mut shapes = members.iter().map(|member| self.shape(inner(member), depth));
                let mut whole = shapes.next().unwrap_or_else(Shape::any);
                for shape in shapes {
                    if whole.of == "any" && whole.nullable {
                        whole.of = shape.of;
                    }
                    whole.nullable |= shape.nullable;
                    whole.secure |= shape.secure;
                    whole.secure_paths.extend(shape.secure_paths);
                    whole.secure_paths.truncate(MAX_PATHS);
                }
                whole.secure_paths.sort();
                whole.secure_paths.dedup();
                whole
            }
            TypeKind::Generic { .. } | TypeKind::Resource(_) | TypeKind::Invalid => Shape::any(),
        }
    }

    /// The shape of what a name, a member or an element stands for.
    fn followed(&mut self, at: At<'f>, depth: usize) -> Shape {
        match self.follow(at, depth) {
            Some(found) => self.shape(found, depth),
            None => Shape::any(),
        }
    }

    /// One step from a name, a member or an element to a type.
    fn follow(&mut self, at: At<'f>, depth: usize) -> Option<At<'f>> {
        match &at.of.kind {
            TypeKind::Name(name) => self.named(at.file, name, depth),
            TypeKind::Member { of, name } => {
                if let TypeKind::Name(space) = &of.kind
                    && let Some(file) = self.wildcard(at.file, space)
                {
                    return self.named(file, &name.text, depth);
                }
                let owner = self.structure(At { of, ..at }, depth)?;
                let TypeKind::Object(properties) = &owner.of.kind else { return None };
                self.steps += properties.len() / 8;
                let named = |name: &str| {
                    properties.iter().find(|p| p.name.as_ref().is_some_and(|own| *own.text == *name))
                };
                let property = named(&name.text)?;
                Some(At { file: owner.file, of: &property.of, secure: is_secure(&property.decorators) })
            }
            TypeKind::Additional(of) => {
                let owner = self.structure(At { of, ..at }, depth)?;
                let TypeKind::Object(properties) = &owner.of.kind else { return None };
                let property = properties.iter().find(|property| property.name.is_none())?;
                Some(At { file: owner.file, of: &property.of, secure: is_secure(&property.decorators) })
            }
            TypeKind::Items(of) => {
                let owner = self.structure(At { of, ..at }, depth)?;
                let TypeKind::Array(item) = &owner.of.kind else { return None };
                Some(At { file: owner.file, of: item, secure: false })
            }
            TypeKind::Index { of, index } => {
                let owner = self.structure(At { of, ..at }, depth)?;
                let (TypeKind::Tuple(items), ExprKind::Int(index)) = (&owner.of.kind, &index.kind) else {
                    return None;
                };
                let item = items.get(usize::try_from(*index).ok()?)?;
                Some(At { file: owner.file, of: &item.of, secure: is_secure(&item.decorators) })
            }
            _ => None,
        }
    }

    /// The type behind names, members and marks.
    fn structure(&mut self, at: At<'f>, depth: usize) -> Option<At<'f>> {
        let mut at = at;
        for _ in depth..MAX_DEPTH {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return None;
            }
            at = match &at.of.kind {
                TypeKind::Parens(of) | TypeKind::Nullable(of) | TypeKind::NonNull(of) => At { of, ..at },
                TypeKind::Object(_) | TypeKind::Array(_) | TypeKind::Tuple(_) => return Some(at),
                _ => self.follow(at, depth + 1)?,
            };
        }
        None
    }

    /// The type that a name stands for in a file: declared there, or imported.
    fn named(&mut self, file: &'f Parsed, name: &str, depth: usize) -> Option<At<'f>> {
        self.steps += 1;
        if depth > MAX_DEPTH || self.steps > MAX_STEPS {
            return None;
        }
        if let Some((declaration, of)) = file.type_of(name) {
            return Some(At { file, of, secure: is_secure(&declaration.decorators) });
        }
        let from = file.import(name)?;
        let exported = from.exported.as_ref()?;
        self.named(self.imported(file, &from.reference)?, exported, depth + 1)
    }

    /// The file that a name stands for as a whole.
    fn wildcard(&self, file: &'f Parsed, space: &str) -> Option<&'f Parsed> {
        let from = file.import(space).filter(|from| from.exported.is_none())?;
        self.imported(file, &from.reference)
    }

    fn imported(&self, file: &Parsed, reference: &str) -> Option<&'f Parsed> {
        self.files.get(&file.target(reference)?)
    }
}

fn base(name: &str) -> Option<&'static str> {
    ["string", "int", "bool", "object", "array", "any"].into_iter().find(|base| *base == name)
}

fn literal(of: &Expr) -> Shape {
    let (of, nullable) = match of.kind {
        ExprKind::String(_) | ExprKind::Template(_) => ("string", false),
        ExprKind::Int(_) => ("int", false),
        ExprKind::Bool(_) => ("bool", false),
        ExprKind::Null => ("any", true),
        _ => ("any", false),
    };
    Shape { of, nullable, ..Shape::default() }
}

/// What a parameter or output of this type and with these decorators is.
pub(crate) fn declared<'f>(
    shapes: &mut Shapes<'f>,
    file: &'f Parsed,
    declaration: &Declaration,
    of: Option<&'f Type>,
) -> Shape {
    let mut shape = of.map_or_else(Shape::any, |of| shapes.of(file, of));
    shape.secure |= is_secure(&declaration.decorators);
    shape
}

impl Parsed {
    fn type_of(&self, name: &str) -> Option<(&Declaration, &Type)> {
        let at = self.types.get(name)?;
        let declaration = self.syntax.declarations.get(*at)?;
        match &declaration.kind {
            DeclarationKind::Type { value, .. } => Some((declaration, value)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use collect::Tree;
    use formats::bicep::DeclarationKind;

    use super::*;

    const OTHER: &str = "
@export()
@secure()
type secret = string
@export()
type login = { user: string, password: secret? }
";

    fn shape(before: &str, of: &str) -> Shape {
        let text = format!(
            "import {{ login, secret as hidden }} from './o.bicep'\nimport * as o from 'o.bicep'\n{before}\nparam p {of}\n"
        );
        let tree = Tree::of_texts([("a/main.bicep", text.as_str()), ("a/o.bicep", OTHER)]);
        let files = Files::read(&tree);
        let file = files.get("a/main.bicep").unwrap();
        let last = file.syntax.declarations.last().unwrap();
        let DeclarationKind::Parameter { of, .. } = &last.kind else { return Shape::any() };
        declared(&mut Shapes::new(&files), file, last, of.as_ref())
    }

    /// What stands before, the type, its base, whether it is secure, whether it may be null, and its secure places.
    type Case = (&'static str, &'static str, &'static str, bool, bool, &'static [&'static str]);

    #[test]
    fn shapes() {
        let cases: [Case; 20] = [
            ("", "string", "string", false, false, &[]),
            ("", "int?", "int", false, true, &[]),
            ("", "'a' | 'b' | null", "string", false, true, &[]),
            ("", "null | 1", "int", false, true, &[]),
            ("", "string[]", "array", false, false, &[]),
            ("", "{ a: int }", "object", false, false, &[]),
            ("", "resourceInput<'a/b@1'>.properties", "any", false, false, &[]),
            ("@secure()", "string", "string", true, false, &[]),
            ("type t = bool", "t?", "bool", false, true, &[]),
            ("type t = bool?", "t!", "bool", false, false, &[]),
            ("@secure()\ntype t = string", "t", "string", true, false, &[]),
            ("type t = {\n@secure()\nkey: string\n}", "t[]", "array", false, false, &["*.key"]),
            ("type t = {\n@secure()\n*: string\n}", "{ a: { b: t } }", "object", false, false, &["a.b.*"]),
            ("type t = { a: { b: int[] } }", "t.a.b[*]", "int", false, false, &[]),
            ("type t = [int, {\n@secure()\nk: object\n}]", "t[1].k", "object", true, false, &[]),
            ("type t = { *: bool }", "t.*", "bool", false, false, &[]),
            ("", "hidden", "string", true, false, &[]),
            ("", "login", "object", false, false, &["password"]),
            ("", "o.login.password", "string", true, true, &[]),
            ("type t = { next: t?, name: string }", "t", "object", false, false, &[]),
        ];
        for (before, of, base, secure, nullable, paths) in cases {
            let found = shape(before, of);
            let found_paths: Vec<&str> = found.secure_paths.iter().map(|path| &**path).collect();
            assert_eq!((found.of, found.secure, found.nullable), (base, secure, nullable), "{before} {of}");
            assert_eq!(found_paths, paths, "{before} {of}");
        }
    }

    #[test]
    fn types_that_refer_to_themselves_end() {
        let wide =
            "type t = { a: t, b: t, c: t, d: t[], e: u }\ntype u = { a: t, b: u.a, c: v.a }\ntype v = v";
        assert_eq!(shape(wide, "t").of, "object");
        assert_eq!(shape("type t = t.a", "t").of, "any");
        assert_eq!(shape("type t = u\ntype u = t", "t").of, "any");
    }
}
