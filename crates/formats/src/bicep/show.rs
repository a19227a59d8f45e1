//! The tree as short text, for tests: what a reader can judge at a glance, and every span of a file.

use super::*;

pub(super) fn problems(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|p| format!("{}..{} {}", p.span.start, p.span.end, p.message)).collect()
}

fn join<T>(items: &[T], with: &str, show: impl Fn(&T) -> String) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(with)
}

pub(super) fn expr(from: &Expr) -> String {
    match &from.kind {
        ExprKind::Null => "null".to_owned(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Int(value) => value.to_string(),
        ExprKind::String(text) => format!("{text:?}"),
        ExprKind::Template(parts) => {
            let part = |part: &Part| match part {
                Part::Text(text, _) => format!("{text:?}"),
                Part::Interpolation(of) => expr(of),
            };
            format!("<{}>", join(parts, " ", part))
        }
        ExprKind::Array(items) => {
            let item = |item: &Item| match item {
                Item::Value(of) => expr(of),
                Item::Spread(of) => format!("...{}", expr(of)),
            };
            format!("[{}]", join(items, " ", item))
        }
        ExprKind::Object(of) => object(of),
        ExprKind::Variable(name) => name.to_string(),
        ExprKind::Member { of, name, safe } => {
            format!("{}{}{}", expr(of), if *safe { ".?" } else { "." }, name.text)
        }
        ExprKind::Index { of, index, safe, from_end } => {
            let (safe, hat) = (if *safe { "?" } else { "" }, if *from_end { "^" } else { "" });
            format!("{}[{safe}{hat}{}]", expr(of), expr(index))
        }
        ExprKind::Nested { of, name } => format!("{}::{}", expr(of), name.text),
        ExprKind::NonNull(of) => format!("{}!", expr(of)),
        ExprKind::Call { on, name, arguments } => {
            let on = on.iter().map(|on| format!("{}.", expr(on))).collect::<String>();
            format!("{on}{}({})", name.text, join(arguments, " ", expr))
        }
        ExprKind::Unary(operator, of) => format!("({operator:?} {})", expr(of)),
        ExprKind::Binary(left, operator, right) => {
            format!("({operator:?} {} {})", expr(left), expr(right))
        }
        ExprKind::Conditional(condition, yes, no) => {
            format!("(if {} {} {})", expr(condition), expr(yes), expr(no))
        }
        ExprKind::Lambda { parameters, body } => {
            format!("({} => {})", join(parameters, " ", |name| name.text.to_string()), expr(body))
        }
        ExprKind::For(of) => format!("({}{})", repeat(&of.repeat), expr(&of.body)),
        ExprKind::Parens(inner) => format!("({})", expr(inner)),
        ExprKind::Invalid => "?".to_owned(),
    }
}

fn object(from: &Object) -> String {
    let entry = |entry: &Entry| match entry {
        Entry::Property(Property { key, value, .. }) => format!("{}: {}", expr(key), expr(value)),
        Entry::Spread(of) => format!("...{}", expr(of)),
        Entry::Resource(of) => declaration(of),
    };
    format!("{{{}}}", join(&from.entries, ", ", entry))
}

fn repeat(from: &Repeat) -> String {
    let index = from.index.iter().map(|name| format!(",{}", name.text)).collect::<String>();
    format!("for {}{index} in {}: ", from.item.text, expr(&from.over))
}

fn body(from: &Body) -> String {
    let condition = from.condition.iter().map(|of| format!("if {} ", expr(of))).collect::<String>();
    format!("{}{condition}{}", from.repeat.iter().map(repeat).collect::<String>(), object(&from.object))
}

pub(super) fn of_type(from: &Type) -> String {
    match &from.kind {
        TypeKind::Literal(of) => expr(of),
        TypeKind::Name(name) => name.to_string(),
        TypeKind::Generic { on, name, arguments } => {
            let on = on.iter().map(|on| format!("{}.", of_type(on))).collect::<String>();
            format!("{on}{}<{}>", name.text, join(arguments, " ", of_type))
        }
        TypeKind::Resource(of) => {
            format!("resource{}", of.iter().map(|of| format!(" {}", expr(of))).collect::<String>())
        }
        TypeKind::Member { of, name } => format!("{}.{}", of_type(of), name.text),
        TypeKind::Index { of, index } => format!("{}[{}]", of_type(of), expr(index)),
        TypeKind::Items(of) => format!("{}[*]", of_type(of)),
        TypeKind::Additional(of) => format!("{}.*", of_type(of)),
        TypeKind::Array(of) => format!("{}[]", of_type(of)),
        TypeKind::Tuple(items) => {
            format!("[{}]", join(items, " ", |item| decorators(&item.decorators) + &of_type(&item.of)))
        }
        TypeKind::Object(properties) => {
            let property = |of: &TypeProperty| {
                let name = of.name.as_ref().map_or("*".to_owned(), |name| name.text.to_string());
                format!("{}{name}: {}", decorators(&of.decorators), of_type(&of.of))
            };
            format!("{{{}}}", join(properties, ", ", property))
        }
        TypeKind::Union(members) => format!("({})", join(members, " | ", of_type)),
        TypeKind::Nullable(of) => format!("{}?", of_type(of)),
        TypeKind::NonNull(of) => format!("{}!", of_type(of)),
        TypeKind::Unary(operator, of) => format!("({operator:?} {})", of_type(of)),
        TypeKind::Parens(of) => format!("({})", of_type(of)),
        TypeKind::Invalid => "?".to_owned(),
    }
}

fn decorators(from: &[Decorator]) -> String {
    from.iter()
        .map(|of| {
            let namespace = of.namespace.iter().map(|name| format!("{}.", name.text)).collect::<String>();
            format!("@{namespace}{}({}) ", of.name.text, join(&of.arguments, " ", expr))
        })
        .collect()
}

pub(super) fn declaration(from: &Declaration) -> String {
    use DeclarationKind as Kind;
    let typed = |of: &Option<Type>| of.iter().map(|of| format!(" {}", of_type(of))).collect::<String>();
    let with = |of: &Option<Object>| of.iter().map(|of| format!(" with {}", object(of))).collect::<String>();
    let said = match &from.kind {
        Kind::TargetScope(value) => format!("targetScope = {}", expr(value)),
        Kind::Metadata { name, value } => format!("metadata {} = {}", name.text, expr(value)),
        Kind::Type { name, value } => format!("type {} = {}", name.text, of_type(value)),
        Kind::Parameter { name, of, value } => {
            let value = value.iter().map(|value| format!(" = {}", expr(value))).collect::<String>();
            format!("param {}{}{value}", name.text, typed(of))
        }
        Kind::Variable { name, of, value } => format!("var {}{} = {}", name.text, typed(of), expr(value)),
        Kind::Function { name, parameters, returns, body } => {
            let parameters = join(parameters, ", ", |(name, of)| format!("{} {}", name.text, of_type(of)));
            format!("func {}({parameters}) {} => {}", name.text, of_type(returns), expr(body))
        }
        Kind::Resource(of) => {
            let existing = if of.existing { " existing" } else { "" };
            format!("resource {} {}{existing} = {}", of.name.text, expr(&of.of), body(&of.body))
        }
        Kind::Module(of) => format!("module {} {} = {}", of.name.text, expr(&of.path), body(&of.body)),
        Kind::Output { name, of, value } => {
            format!("output {} {} = {}", name.text, of_type(of), expr(value))
        }
        Kind::Assert { name, value } => format!("assert {} = {}", name.text, expr(value)),
        Kind::Test { name, path, body } => format!("test {} {} = {}", name.text, expr(path), object(body)),
        Kind::Import { what, from } => {
            let what = match what {
                Imported::All(name) => format!("* as {}", name.text),
                Imported::Symbols(symbols) => join(symbols, ", ", |(name, alias)| {
                    let alias = alias.iter().map(|alias| format!(" as {}", alias.text)).collect::<String>();
                    format!("{}{alias}", name.text)
                }),
            };
            format!("import {what} from {}", expr(from))
        }
        Kind::Extension { of, with: object, alias } => {
            let alias = alias.iter().map(|name| format!(" as {}", name.text)).collect::<String>();
            format!("extension {}{}{alias}", expr(of), with(object))
        }
        Kind::ExtensionConfig { name, with: object } => {
            format!("extensionConfig {}{}", name.text, with(object))
        }
        Kind::Using { path, with: object } => {
            format!("using {}{}", path.as_ref().map_or("none".to_owned(), expr), with(object))
        }
        Kind::Extends(path) => format!("extends {}", expr(path)),
    };
    decorators(&from.decorators) + &said
}

pub(super) fn file(from: &File) -> Vec<String> {
    from.declarations.iter().map(declaration).collect()
}

/// Every span of a file, and the greatest height of its trees.
#[derive(Default)]
pub(super) struct Spans {
    pub(super) all: Vec<Span>,
    depth: usize,
    pub(super) height: usize,
}

impl Spans {
    pub(super) fn of_file(file: &File) -> Spans {
        let mut spans = Spans::default();
        spans.all.extend(file.comments.iter().map(|comment| comment.span));
        file.declarations.iter().for_each(|of| spans.declaration(of));
        spans
    }

    fn name(&mut self, name: &Name) {
        self.all.push(name.span);
    }

    fn declaration(&mut self, from: &Declaration) {
        use DeclarationKind as Kind;
        self.all.extend([from.header, from.span]);
        self.decorators(&from.decorators);
        from.name().iter().for_each(|name| self.name(name));
        match &from.kind {
            Kind::TargetScope(value)
            | Kind::Metadata { value, .. }
            | Kind::Assert { value, .. }
            | Kind::Extends(value) => self.expr(value),
            Kind::Type { value, .. } => self.of_type(value),
            Kind::Parameter { of, value, .. } => {
                of.iter().for_each(|of| self.of_type(of));
                value.iter().for_each(|value| self.expr(value));
            }
            Kind::Variable { of, value, .. } => {
                of.iter().for_each(|of| self.of_type(of));
                self.expr(value);
            }
            Kind::Function { parameters, returns, body, .. } => {
                parameters.iter().for_each(|(name, of)| {
                    self.name(name);
                    self.of_type(of);
                });
                self.of_type(returns);
                self.expr(body);
            }
            Kind::Resource(Resource { of: head, body, .. })
            | Kind::Module(Module { path: head, body, .. }) => {
                self.expr(head);
                self.all.push(body.span);
                body.repeat.iter().for_each(|of| self.repeat(of));
                body.condition.iter().for_each(|of| self.expr(of));
                self.object(&body.object);
            }
            Kind::Output { of, value, .. } => {
                self.of_type(of);
                self.expr(value);
            }
            Kind::Test { path, body, .. } => {
                self.expr(path);
                self.object(body);
            }
            Kind::Import { what, from } => {
                self.expr(from);
                match what {
                    Imported::All(name) => self.name(name),
                    Imported::Symbols(symbols) => symbols.iter().for_each(|(name, alias)| {
                        self.name(name);
                        alias.iter().for_each(|alias| self.name(alias));
                    }),
                }
            }
            Kind::Extension { of, with, .. } => {
                self.expr(of);
                with.iter().for_each(|with| self.object(with));
            }
            Kind::ExtensionConfig { with, .. } => with.iter().for_each(|with| self.object(with)),
            Kind::Using { path, with } => {
                path.iter().for_each(|path| self.expr(path));
                with.iter().for_each(|with| self.object(with));
            }
        }
    }

    fn decorators(&mut self, from: &[Decorator]) {
        for decorator in from {
            self.all.push(decorator.span);
            self.name(&decorator.name);
            decorator.arguments.iter().for_each(|of| self.expr(of));
        }
    }

    fn repeat(&mut self, from: &Repeat) {
        self.name(&from.item);
        from.index.iter().for_each(|name| self.name(name));
        self.expr(&from.over);
    }

    fn object(&mut self, from: &Object) {
        self.all.push(from.span);
        for entry in &from.entries {
            match entry {
                Entry::Property(Property { key, value, span }) => {
                    self.all.push(*span);
                    self.expr(key);
                    self.expr(value);
                }
                Entry::Spread(of) => self.expr(of),
                Entry::Resource(of) => self.declaration(of),
            }
        }
    }

    pub(super) fn expr(&mut self, from: &Expr) {
        self.all.push(from.span);
        self.depth += 1;
        self.height = self.height.max(self.depth);
        match &from.kind {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::String(_)
            | ExprKind::Variable(_)
            | ExprKind::Invalid => {}
            ExprKind::Template(parts) => parts.iter().for_each(|part| match part {
                Part::Text(_, span) => self.all.push(*span),
                Part::Interpolation(of) => self.expr(of),
            }),
            ExprKind::Array(items) => items.iter().for_each(|item| match item {
                Item::Value(of) | Item::Spread(of) => self.expr(of),
            }),
            ExprKind::Object(of) => self.object(of),
            ExprKind::Member { of, name, .. } | ExprKind::Nested { of, name } => {
                self.expr(of);
                self.name(name);
            }
            ExprKind::Index { of, index, .. } => [of, index].into_iter().for_each(|of| self.expr(of)),
            ExprKind::Call { on, name, arguments } => {
                on.iter().for_each(|on| self.expr(on));
                self.name(name);
                arguments.iter().for_each(|of| self.expr(of));
            }
            ExprKind::NonNull(of) | ExprKind::Unary(_, of) | ExprKind::Parens(of) => self.expr(of),
            ExprKind::Binary(left, _, right) => [left, right].into_iter().for_each(|of| self.expr(of)),
            ExprKind::Conditional(a, b, c) => [a, b, c].into_iter().for_each(|of| self.expr(of)),
            ExprKind::Lambda { parameters, body } => {
                parameters.iter().for_each(|name| self.name(name));
                self.expr(body);
            }
            ExprKind::For(of) => {
                self.repeat(&of.repeat);
                self.expr(&of.body);
            }
        }
        self.depth -= 1;
    }

    fn of_type(&mut self, from: &Type) {
        self.all.push(from.span);
        self.depth += 1;
        self.height = self.height.max(self.depth);
        match &from.kind {
            TypeKind::Name(_) | TypeKind::Invalid => {}
            TypeKind::Literal(of) => self.expr(of),
            TypeKind::Resource(of) => of.iter().for_each(|of| self.expr(of)),
            TypeKind::Generic { on, name, arguments } => {
                on.iter().for_each(|on| self.of_type(on));
                self.name(name);
                arguments.iter().for_each(|of| self.of_type(of));
            }
            TypeKind::Member { of, name } => {
                self.of_type(of);
                self.name(name);
            }
            TypeKind::Index { of, index } => {
                self.of_type(of);
                self.expr(index);
            }
            TypeKind::Items(of)
            | TypeKind::Additional(of)
            | TypeKind::Array(of)
            | TypeKind::Nullable(of)
            | TypeKind::NonNull(of)
            | TypeKind::Unary(_, of)
            | TypeKind::Parens(of) => self.of_type(of),
            TypeKind::Tuple(items) => items.iter().for_each(|item| {
                self.decorators(&item.decorators);
                self.of_type(&item.of);
            }),
            TypeKind::Object(properties) => properties.iter().for_each(|property| {
                self.decorators(&property.decorators);
                property.name.iter().for_each(|name| self.name(name));
                self.all.push(property.span);
                self.of_type(&property.of);
            }),
            TypeKind::Union(members) => members.iter().for_each(|of| self.of_type(of)),
        }
        self.depth -= 1;
    }
}
