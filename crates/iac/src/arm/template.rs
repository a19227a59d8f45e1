//! A deployment template as ARM JSON and Bicep both mean it: what their front ends make, and what the evaluator reads.
//!
//! No syntax is known here, and nothing is evaluated. What a front end must provide:
//! - A [`Library`] of every template that a root may reach, by its path below the scanned root. A module that is a file
//!   names it by path ([`ModuleSource::File`]); whether files lead in a circle is the evaluator's to find out.
//! - Names are left unresolved: [`ExprKind::Name`] is a local, parameter, variable, resource, module, import or
//!   namespace, whichever the evaluator finds first. ARM's `parameters('x')` and its kin stay calls.
//! - Spans are of the template's own file. A piece that a file borrows from another (an import) stays in its own template.
//! - Nesting of expressions is bounded by the front end ([`MAX_NESTING`]): the evaluator recurses along it.
//! - What stands beside the document in the dialect (type, name, parent, scope, condition, loop, nested resources) is taken
//!   out of a resource's body; `dependsOn`, `comments`, `metadata` and their kind are dropped.
//! - One word for one thing: `copy` and `for` are a [`Loop`], a decorator `@secure()` and a type `securestring` are
//!   `secure`, a classic list and a symbolic map of resources are one list.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use formats::Span;

use crate::file::SourceFile;

/// Expressions inside each other that a front end lets through.
pub(crate) const MAX_NESTING: usize = 128;

/// One template: a `.bicep` file, a JSON template file, or one that is written inside another.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) file: Arc<SourceFile>,
    pub(crate) target_scope: TargetScope,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) functions: Vec<Function>,
    pub(crate) imports: Vec<Import>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) modules: Vec<Module>,
    pub(crate) outputs: Vec<Output>,
    /// Made when first asked for; a front end leaves it empty.
    pub(crate) index: OnceLock<Index>,
}

/// Where a template is deployed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TargetScope {
    #[default]
    ResourceGroup,
    Subscription,
    ManagementGroup,
    Tenant,
}

#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: Arc<str>,
    /// From the declaration's first word to the default.
    pub(crate) span: Span,
    /// In lower case: `string`, `int`, `bool`, `object`, `array`; other text for what is none of these.
    pub(crate) of: Arc<str>,
    /// Absent: given by whoever deploys.
    pub(crate) default: Option<Expr>,
    pub(crate) secure: bool,
    /// Null where nothing is given.
    pub(crate) nullable: bool,
    /// Paths of properties that its type declares secure, `*` for each element: `users.*.password`.
    pub(crate) secure_paths: Vec<Arc<str>>,
}

#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: Arc<str>,
    pub(crate) value: Expr,
}

/// A function of the template's own.
#[derive(Debug)]
pub(crate) struct Function {
    /// In ARM JSON: `contoso` of `contoso.uniqueName()`.
    pub(crate) namespace: Option<Arc<str>>,
    pub(crate) name: Arc<str>,
    pub(crate) parameters: Vec<Arc<str>>,
    pub(crate) body: Expr,
}

/// Names of another template that this one may use: variables and functions. Imported types need no entry.
#[derive(Debug)]
pub(crate) struct Import {
    /// What it is called here: of `* as name` the name of the whole.
    pub(crate) name: Arc<str>,
    /// What it is called there; nothing for the whole.
    pub(crate) exported: Option<Arc<str>>,
    /// Below the scanned root.
    pub(crate) path: Arc<str>,
}

#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) name: Arc<str>,
    pub(crate) span: Span,
    /// As in [`Parameter::of`].
    pub(crate) of: Arc<str>,
    pub(crate) secure: bool,
    pub(crate) condition: Option<Expr>,
    /// An output of several values is an [`ExprKind::For`].
    pub(crate) value: Expr,
}

/// A resource, or several by a loop, or one that exists already.
#[derive(Debug)]
pub(crate) struct Resource {
    /// The symbolic name. Absent in a classic ARM template.
    pub(crate) symbol: Option<Arc<str>>,
    /// The whole type without version: for a nested resource behind its parents' ([`nested_type`]).
    pub(crate) native: Arc<str>,
    pub(crate) api_version: Option<Expr>,
    pub(crate) existing: bool,
    /// All segments behind each other with `/`, or only the last.
    pub(crate) name: Option<Expr>,
    /// Bicep's `parent:`. The parent that a nested resource stands in is not repeated.
    pub(crate) parent: Option<Expr>,
    /// What it hangs on or is deployed to: in Bicep a resource, a module's or a function's scope, in ARM text that names one.
    pub(crate) scope: Option<Expr>,
    /// An extension whose resource it is, when that is not Azure's own: `microsoftGraph`.
    pub(crate) extension: Option<Arc<str>>,
    pub(crate) condition: Option<Expr>,
    pub(crate) repeat: Option<Loop>,
    /// An object, without what the fields above and below hold.
    pub(crate) body: Expr,
    /// Written inside this one.
    pub(crate) children: Vec<Resource>,
    /// Where a finding about the whole declaration points: what stands before the body, or the body's first line.
    pub(crate) header: Span,
}

/// A template that is deployed with arguments.
#[derive(Debug)]
pub(crate) struct Module {
    /// As in [`Resource::symbol`].
    pub(crate) symbol: Option<Arc<str>>,
    /// The deployment's name.
    pub(crate) name: Option<Expr>,
    pub(crate) source: ModuleSource,
    /// An object, parameter name → value.
    pub(crate) arguments: Option<Expr>,
    /// Bicep's `scope:`: a resource group, a subscription, …
    pub(crate) scope: Option<Expr>,
    /// ARM's `subscriptionId` and `resourceGroup`.
    pub(crate) subscription: Option<Expr>,
    pub(crate) resource_group: Option<Expr>,
    pub(crate) condition: Option<Expr>,
    pub(crate) repeat: Option<Loop>,
    pub(crate) header: Span,
}

#[derive(Debug)]
pub(crate) enum ModuleSource {
    /// A template of the [`Library`], by its path.
    File(Arc<str>),
    /// Written in place, and evaluated for itself.
    Inner(Arc<Template>),
    /// Written in place, its expressions meant in the template around it.
    Outer(Arc<Template>),
    /// ARM's `templateLink`: text that ends in a file's path, or a relative path.
    Link(Expr),
    /// Not to be had, and why: `module br/public:avm/res/… is not on disk`.
    Absent(Arc<str>),
}

/// `for item, index in over` or `copy`.
#[derive(Clone, Debug)]
pub(crate) struct Loop {
    /// The `copy` loop's name, which `copyIndex('name')` asks for.
    pub(crate) name: Option<Arc<str>>,
    pub(crate) item: Option<Arc<str>>,
    pub(crate) index: Option<Arc<str>>,
    pub(crate) over: Over,
}

#[derive(Clone, Debug)]
pub(crate) enum Over {
    /// The elements of an array.
    Items(Expr),
    /// A number of times.
    Count(Expr),
}

/// The values that somebody gives a root's parameters: a `.bicepparam` file, or a JSON parameters file.
#[derive(Debug)]
pub(crate) struct ParameterFile {
    /// What the values are meant in: the file itself with its variables, functions and imports, and no resources.
    pub(crate) template: Arc<Template>,
    pub(crate) values: Vec<Given>,
    /// Bicep's `extends`: the values below these, nearest first.
    pub(crate) bases: Vec<Arc<ParameterFile>>,
}

#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) name: Arc<str>,
    pub(crate) value: Expr,
}

/// Every template that the roots may reach, by path below the scanned root; or why it cannot be had.
#[derive(Debug, Default)]
pub(crate) struct Library {
    pub(crate) templates: HashMap<Arc<str>, Result<Arc<Template>, Arc<str>>>,
}

/// An expression and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum ExprKind {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<str>),
    /// `'a-${b}'`: the parts behind each other.
    Interpolation(Vec<Expr>),
    Array(Vec<Item>),
    Object(Vec<Entry>),
    /// A name of the template, of a loop, a lambda or a function, or a namespace.
    Name(Arc<str>),
    /// `of.name`, `of.?name`
    Property {
        of: Box<Expr>,
        name: Arc<str>,
        safe: bool,
    },
    /// `of[index]`, `of[?index]`, `of[^index]`
    Index {
        of: Box<Expr>,
        index: Box<Expr>,
        safe: bool,
        from_end: bool,
    },
    /// `of::name`: a resource nested in another.
    Nested {
        of: Box<Expr>,
        name: Arc<str>,
    },
    /// `name(…)`
    Call {
        name: Arc<str>,
        arguments: Vec<Expr>,
    },
    /// `of.name(…)`: a function of a namespace (`az`, an import, a template's own), or of a resource.
    Method {
        of: Box<Expr>,
        name: Arc<str>,
        arguments: Vec<Expr>,
    },
    Unary(UnaryOp, Box<Expr>),
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    Lambda {
        parameters: Vec<Arc<str>>,
        body: Box<Expr>,
    },
    For(Box<For>),
    /// What could not be read, and why; a problem has been reported.
    Invalid(Arc<str>),
}

#[derive(Clone, Debug)]
pub(crate) struct For {
    pub(crate) repeat: Loop,
    pub(crate) body: Expr,
}

#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) value: Expr,
    /// `...value`
    pub(crate) spread: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Entry {
    Pair { key: Expr, value: Expr },
    Spread(Expr),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnaryOp {
    Negate,
    Not,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Equal,
    NotEqual,
    /// `=~`: text without regard to case.
    Like,
    NotLike,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
    Coalesce,
}

/// Where a name of a template is declared: an index into the list of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Symbol {
    Parameter(usize),
    Variable(usize),
    Function(usize),
    Import(usize),
    /// Its number among all ([`Index::all`]).
    Resource(usize),
    Module(usize),
}

/// Where the names of one template are.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// In lower case, because ARM's names are read without regard to case.
    pub(crate) parameters: HashMap<String, usize>,
    pub(crate) variables: HashMap<String, usize>,
    pub(crate) outputs: HashMap<String, usize>,
    /// Every name as it is spelled; the first of two.
    pub(crate) symbols: HashMap<Arc<str>, Symbol>,
    /// Every resource, each before those inside it: a resource's number is its place here.
    pub(crate) all: Vec<Numbered>,
    /// By type in lower case, those that do not exist already.
    pub(crate) by_type: HashMap<String, Vec<usize>>,
}

/// A resource among all of its template.
#[derive(Debug)]
pub(crate) struct Numbered {
    /// The number of the resource that it is written inside of.
    pub(crate) around: Option<usize>,
    /// The way to it: an index into the template's list, then into the children.
    way: Vec<usize>,
    /// The numbers of those written inside it.
    pub(crate) children: Vec<usize>,
}

impl Template {
    /// An empty template of a file.
    pub(crate) fn new(file: Arc<SourceFile>) -> Self {
        Template {
            file,
            target_scope: TargetScope::default(),
            parameters: Vec::new(),
            variables: Vec::new(),
            functions: Vec::new(),
            imports: Vec::new(),
            resources: Vec::new(),
            modules: Vec::new(),
            outputs: Vec::new(),
            index: OnceLock::new(),
        }
    }

    pub(crate) fn index(&self) -> &Index {
        self.index.get_or_init(|| self.indexed())
    }

    /// The resource of that number; numbers come from the index.
    pub(crate) fn resource(&self, number: usize) -> &Resource {
        let way = &self.index().all[number].way;
        way[1..].iter().fold(&self.resources[way[0]], |resource, at| &resource.children[*at])
    }

    fn indexed(&self) -> Index {
        fn lower<'n>(names: impl Iterator<Item = &'n Arc<str>>) -> HashMap<String, usize> {
            let mut found = HashMap::new();
            for (at, name) in names.enumerate() {
                found.entry(name.to_lowercase()).or_insert(at);
            }
            found
        }
        let mut index = Index {
            parameters: lower(self.parameters.iter().map(|p| &p.name)),
            variables: lower(self.variables.iter().map(|v| &v.name)),
            outputs: lower(self.outputs.iter().map(|o| &o.name)),
            ..Index::default()
        };
        let mut symbols: HashMap<Arc<str>, Symbol> = HashMap::new();
        let mut declare = |name: Option<&Arc<str>>, symbol: Symbol| {
            if let Some(name) = name {
                symbols.entry(name.clone()).or_insert(symbol);
            }
        };
        for (at, it) in self.parameters.iter().enumerate() {
            declare(Some(&it.name), Symbol::Parameter(at));
        }
        for (at, it) in self.variables.iter().enumerate() {
            declare(Some(&it.name), Symbol::Variable(at));
        }
        for (at, it) in self.functions.iter().enumerate() {
            declare(Some(&it.name).filter(|_| it.namespace.is_none()), Symbol::Function(at));
        }
        for (at, it) in self.imports.iter().enumerate() {
            declare(Some(&it.name), Symbol::Import(at));
        }
        for (at, it) in self.modules.iter().enumerate() {
            declare(it.symbol.as_ref(), Symbol::Module(at));
        }
        for (at, it) in self.resources.iter().enumerate() {
            declare(it.symbol.as_ref(), Symbol::Resource(index.all.len()));
            index.number(it, &[at], None);
        }
        index.symbols = symbols;
        index
    }
}

impl Index {
    fn number(&mut self, resource: &Resource, way: &[usize], around: Option<usize>) {
        let number = self.all.len();
        self.all.push(Numbered { around, way: way.to_vec(), children: Vec::new() });
        if let Some(around) = around {
            self.all[around].children.push(number);
        }
        if !resource.existing {
            let own = own_type(&resource.native).to_ascii_lowercase();
            self.by_type.entry(own).or_default().push(number);
        }
        for (at, child) in resource.children.iter().enumerate() {
            self.number(child, &[way, &[at]].concat(), Some(number));
        }
    }
}

impl Expr {
    pub(crate) fn new(kind: ExprKind, span: Span) -> Self {
        Expr { kind, span }
    }

    pub(crate) fn text(text: impl Into<Arc<str>>, span: Span) -> Self {
        Expr { kind: ExprKind::Text(text.into()), span }
    }

    /// The text, if it is written as plain text.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// What stands beside the document in the body of a Bicep resource or module.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    pub(crate) taken: BTreeMap<&'static str, Expr>,
    /// The entries that are left.
    pub(crate) rest: Vec<Entry>,
}

/// Takes the properties of these names out of an object.
pub(crate) fn take(entries: Vec<Entry>, names: &[&'static str]) -> Beside {
    let mut beside = Beside::default();
    for entry in entries {
        match entry {
            Entry::Pair { key, value } => match names.iter().find(|name| key.as_str() == Some(**name)) {
                Some(name) => _ = beside.taken.entry(name).or_insert(value),
                None => beside.rest.push(Entry::Pair { key, value }),
            },
            spread @ Entry::Spread(_) => beside.rest.push(spread),
        }
    }
    beside
}

/// The whole type of a resource that stands inside one of type `parent`: `own` may be whole already, or one segment.
pub(crate) fn nested_type(parent: &str, own: &str) -> Arc<str> {
    let first = own.split('/').next().unwrap_or_default();
    let is_whole = first.contains('.') && own.contains('/');
    if is_whole { own.into() } else { format!("{parent}/{own}").into() }
}

/// The type of an extension resource that is written behind what it hangs on
/// (`Microsoft.Storage/storageAccounts/providers/roleAssignments`); any other type is its own.
pub(crate) fn own_type(native: &str) -> Arc<str> {
    let Some((_, own)) = native.split_once("/providers/") else { return native.into() };
    if own.split('/').next().is_some_and(|first| first.contains('.')) {
        return own.into();
    }
    // The namespace stands in the name then; these are the extensions that are written so.
    let first = own.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let namespace = match first.as_str() {
        "diagnosticsettings" => "Microsoft.Insights",
        "eventsubscriptions" => "Microsoft.EventGrid",
        "configurationassignments" => "Microsoft.Maintenance",
        "links" => "Microsoft.Resources",
        _ => "Microsoft.Authorization",
    };
    format!("{namespace}/{own}").into()
}
