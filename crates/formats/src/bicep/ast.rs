//! The syntax tree of Bicep. Every declaration, property, expression and type has its span.

use std::sync::Arc;

use crate::Span;

/// What one file holds.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// In the order of the source.
    pub declarations: Vec<Declaration>,
    pub comments: Vec<Comment>,
}

/// A `//` or `/* */` comment, for the last one entry for each line; also `#disable-next-line` and its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    pub span: Span,
    /// Without the comment marks, trimmed.
    pub text: String,
}

/// An identifier where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub text: Arc<str>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Declaration {
    pub decorators: Vec<Decorator>,
    pub kind: DeclarationKind,
    /// From the keyword to what stands before `=`: where a finding about the whole declaration points.
    pub header: Span,
    /// From the first decorator to the end.
    pub span: Span,
}

/// `@name(…)` or `@namespace.name(…)`.
#[derive(Clone, Debug)]
pub struct Decorator {
    pub namespace: Option<Name>,
    pub name: Name,
    pub arguments: Vec<Expr>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum DeclarationKind {
    /// `targetScope = 'subscription'`
    TargetScope(Expr),
    /// `metadata name = value`
    Metadata {
        name: Name,
        value: Expr,
    },
    /// `type name = type`
    Type {
        name: Name,
        value: Type,
    },
    /// `param name type = default`; in a file of parameters `param name = value`, without a type.
    Parameter {
        name: Name,
        of: Option<Type>,
        value: Option<Expr>,
    },
    /// `var name = value`, perhaps with a type.
    Variable {
        name: Name,
        of: Option<Type>,
        value: Expr,
    },
    /// `func name(parameter type, …) type => body`
    Function {
        name: Name,
        parameters: Vec<(Name, Type)>,
        returns: Type,
        body: Expr,
    },
    Resource(Resource),
    Module(Module),
    /// `output name type = value`
    Output {
        name: Name,
        of: Type,
        value: Expr,
    },
    /// `assert name = condition`
    Assert {
        name: Name,
        value: Expr,
    },
    /// `test name 'path' = { … }`
    Test {
        name: Name,
        path: Expr,
        body: Object,
    },
    /// `import { a, b as c } from 'path'` or `import * as name from 'path'`
    Import {
        what: Imported,
        from: Expr,
    },
    /// `extension name`, `extension 'br:…' with { … } as name`; also the older words `provider` and `import`.
    Extension {
        of: Expr,
        with: Option<Object>,
        alias: Option<Name>,
    },
    /// `extensionConfig name with { … }`, in a file of parameters.
    ExtensionConfig {
        name: Name,
        with: Option<Object>,
    },
    /// `using 'path'`; nothing for `using none`.
    Using {
        path: Option<Expr>,
        with: Option<Object>,
    },
    /// `extends 'path'`
    Extends(Expr),
}

/// `resource name 'type@version' existing = body`
#[derive(Clone, Debug)]
pub struct Resource {
    pub name: Name,
    /// `Microsoft.Storage/storageAccounts@2023-05-01`; for a nested resource without the types of its parents.
    pub of: Expr,
    pub existing: bool,
    pub body: Body,
}

/// `module name 'path' = body`
#[derive(Clone, Debug)]
pub struct Module {
    pub name: Name,
    /// A path, or `br:…`, `br/alias:…`, `ts:…`, `ts/alias:…`.
    pub path: Expr,
    pub body: Body,
}

/// `{ … }`, `if (condition) { … }`, `[for item in list: { … }]` or `[for item in list: if (condition) { … }]`.
#[derive(Clone, Debug)]
pub struct Body {
    pub repeat: Option<Repeat>,
    pub condition: Option<Expr>,
    pub object: Object,
    pub span: Span,
}

/// `for item in collection`, `for (item, index) in collection`
#[derive(Clone, Debug)]
pub struct Repeat {
    pub item: Name,
    pub index: Option<Name>,
    pub over: Expr,
}

#[derive(Clone, Debug)]
pub enum Imported {
    /// Each with the name that it has here, if that is another. The first is text where it is no identifier.
    Symbols(Vec<(Name, Option<Name>)>),
    /// `* as name`
    All(Name),
}

#[derive(Clone, Debug)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum ExprKind {
    Null,
    Bool(bool),
    /// Without a sign: the negative is [`UnaryOp::Neg`] of it.
    Int(u64),
    /// Text without interpolation, escapes resolved.
    String(Arc<str>),
    Template(Vec<Part>),
    Array(Vec<Item>),
    Object(Object),
    /// A parameter, variable, resource, module, local variable, namespace or imported symbol.
    Variable(Arc<str>),
    /// `of.name`, `of.?name`
    Member {
        of: Box<Expr>,
        name: Name,
        safe: bool,
    },
    /// `of[index]`, `of[?index]`, `of[^index]`, `of[?^index]`
    Index {
        of: Box<Expr>,
        index: Box<Expr>,
        safe: bool,
        from_end: bool,
    },
    /// `of::name`: a resource nested in another.
    Nested {
        of: Box<Expr>,
        name: Name,
    },
    /// `of!`
    NonNull(Box<Expr>),
    /// `name(…)`, or `on.name(…)` of a namespace (`az`, `sys`, an imported one) or a resource.
    Call {
        on: Option<Box<Expr>>,
        name: Name,
        arguments: Vec<Expr>,
    },
    Unary(UnaryOp, Box<Expr>),
    Binary(Box<Expr>, BinaryOp, Box<Expr>),
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `name => body`, `(a, b) => body`
    Lambda {
        parameters: Vec<Name>,
        body: Box<Expr>,
    },
    /// `[for … in …: body]`
    For(Box<For>),
    Parens(Box<Expr>),
    /// What stands here could not be read.
    Invalid,
}

#[derive(Clone, Debug)]
pub struct For {
    pub repeat: Repeat,
    pub body: Expr,
}

#[derive(Clone, Debug)]
pub enum Part {
    Text(Arc<str>, Span),
    /// `${ … }`
    Interpolation(Expr),
}

#[derive(Clone, Debug)]
pub enum Item {
    Value(Expr),
    /// `...value`
    Spread(Expr),
}

/// `{ … }`: the span begins and ends with the braces.
#[derive(Clone, Debug, Default)]
pub struct Object {
    pub entries: Vec<Entry>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Entry {
    Property(Property),
    /// `...value`. What could not be read of an object is a spread of [`ExprKind::Invalid`]: it may hold any property.
    Spread(Expr),
    /// Only in the body of a resource.
    Resource(Box<Declaration>),
}

/// `key: value`
#[derive(Clone, Debug)]
pub struct Property {
    /// A bare name arrives as [`ExprKind::String`]; a key with interpolation is an [`ExprKind::Template`].
    pub key: Expr,
    pub value: Expr,
    /// From the key to the end of the value.
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    Neg,
    Not,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Eq,
    NotEq,
    /// `=~`: equal without regard to case.
    Like,
    /// `!~`
    NotLike,
    Less,
    LessEq,
    Greater,
    GreaterEq,
    And,
    Or,
    /// `??`
    Coalesce,
}

#[derive(Clone, Debug)]
pub struct Type {
    pub kind: TypeKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum TypeKind {
    /// A literal as a type: null, a boolean, a number or a text.
    Literal(Box<Expr>),
    /// `string`, `object`, a declared or imported type.
    Name(Arc<str>),
    /// `name<…>`, or `on.name<…>`: `resourceInput<'Microsoft.Storage/storageAccounts@2023-05-01'>`.
    Generic {
        on: Option<Box<Type>>,
        name: Name,
        arguments: Vec<Type>,
    },
    /// `resource 'type@version'`; the type may be missing on an output.
    Resource(Option<Box<Expr>>),
    /// `of.name`
    Member {
        of: Box<Type>,
        name: Name,
    },
    /// `of[0]`: the type of one item of a tuple.
    Index {
        of: Box<Type>,
        index: Box<Expr>,
    },
    /// `of[*]`: the type of the items of an array.
    Items(Box<Type>),
    /// `of.*`: the type of the additional properties of an object.
    Additional(Box<Type>),
    /// `of[]`
    Array(Box<Type>),
    Tuple(Vec<TupleItem>),
    Object(Vec<TypeProperty>),
    Union(Vec<Type>),
    /// `of?`
    Nullable(Box<Type>),
    /// `of!`
    NonNull(Box<Type>),
    /// `-1`, `!true`
    Unary(UnaryOp, Box<Type>),
    Parens(Box<Type>),
    /// What stands here could not be read.
    Invalid,
}

#[derive(Clone, Debug)]
pub struct TupleItem {
    pub decorators: Vec<Decorator>,
    pub of: Type,
}

/// `name: type`, or `*: type` for the properties that are not named.
#[derive(Clone, Debug)]
pub struct TypeProperty {
    pub decorators: Vec<Decorator>,
    /// Nothing for `*`.
    pub name: Option<Name>,
    pub of: Type,
    /// From the name to the end of the type.
    pub span: Span,
}

impl Expr {
    /// The text, if it is a text without interpolation.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::String(text) => Some(text),
            _ => None,
        }
    }
}

impl Object {
    /// The value of the property of that name. A later property of the same name is the compiler's error to report.
    pub fn get(&self, name: &str) -> Option<&Expr> {
        self.properties().find(|property| property.key.as_str() == Some(name)).map(|property| &property.value)
    }

    pub fn properties(&self) -> impl Iterator<Item = &Property> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Property(property) => Some(property),
            Entry::Spread(_) | Entry::Resource(_) => None,
        })
    }
}

impl Declaration {
    /// The name that the declaration brings into its file.
    pub fn name(&self) -> Option<&Name> {
        use DeclarationKind as Kind;
        match &self.kind {
            Kind::Metadata { name, .. }
            | Kind::Type { name, .. }
            | Kind::Parameter { name, .. }
            | Kind::Variable { name, .. }
            | Kind::Function { name, .. }
            | Kind::Resource(Resource { name, .. })
            | Kind::Module(Module { name, .. })
            | Kind::Output { name, .. }
            | Kind::Assert { name, .. }
            | Kind::Test { name, .. }
            | Kind::ExtensionConfig { name, .. } => Some(name),
            Kind::Extension { alias, .. } => alias.as_ref(),
            Kind::TargetScope(_) | Kind::Import { .. } | Kind::Using { .. } | Kind::Extends(_) => None,
        }
    }

    /// The decorator of that name, whether written `@name` or `@sys.name`.
    pub fn decorator(&self, name: &str) -> Option<&Decorator> {
        self.decorators.iter().find(|decorator| &*decorator.name.text == name)
    }
}
