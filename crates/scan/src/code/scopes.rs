//! What each name of one file may stand for: scopes, their bindings, the attributes of classes, and every call.
//!
//! One walk over a unit; nothing is evaluated here.

use formats::code::{
    Assigning, ClassId, Export, Expr, ExprId, FunctionId, Import, Language, Passing, Stmt, Unit,
};
use rustc_hash::FxHashMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ScopeId(pub(crate) u32);

/// How a value is reached from the expression that a binding names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken<'s> {
    Whole,
    Index(u32),
    Key(&'s str),
    /// An element of it: a loop's variable.
    Element,
    /// What the context manager gives.
    Entered,
}

/// What a name was bound to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bound<'s> {
    Value {
        value: ExprId,
        taken: Taken<'s>,
    },
    /// Only its type is said.
    Kind(ExprId),
    Import(u32),
    Function(FunctionId),
    Class(ClassId),
    Param(FunctionId, u32),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Binding<'s> {
    pub(crate) bound: Bound<'s>,
    /// Byte of the source where it is bound.
    pub(crate) at: u32,
    /// Under a condition, in a loop or handler: what was bound before may still hold.
    pub(crate) maybe: bool,
    /// `x += …`: adds to what was there.
    pub(crate) adds: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScopeKind {
    Module,
    Class(ClassId),
    Function(FunctionId),
}

#[derive(Debug)]
pub(crate) struct Scope<'s> {
    pub(crate) parent: Option<ScopeId>,
    pub(crate) kind: ScopeKind,
    pub(crate) names: FxHashMap<&'s str, Vec<Binding<'s>>>,
}

/// Everything about the names of one unit.
#[derive(Debug)]
pub(crate) struct Scopes<'s> {
    pub(crate) scopes: Vec<Scope<'s>>,
    /// The scope that each expression stands in.
    of: Vec<u32>,
    pub(crate) imports: Vec<Import<'s>>,
    pub(crate) exports: Vec<Export<'s>>,
    /// Every call, in the order of the source.
    pub(crate) calls: Vec<ExprId>,
    /// Attributes of each class: of its body, and those that methods set on its objects.
    pub(crate) attributes: Vec<FxHashMap<&'s str, Vec<Binding<'s>>>>,
    /// What is put on other objects: by what they are written as and the name, `app.state` and `client`.
    pub(crate) put: FxHashMap<(&'s str, &'s str), Vec<Binding<'s>>>,
    /// What each function returns.
    pub(crate) returns: Vec<Vec<ExprId>>,
    pub(crate) function_scopes: Vec<ScopeId>,
}

impl<'s> Scopes<'s> {
    pub(crate) fn of(unit: &Unit<'s>) -> Self {
        let module = Scope { parent: None, kind: ScopeKind::Module, names: FxHashMap::default() };
        let scopes = Scopes {
            scopes: vec![module],
            of: vec![0; unit.len() as usize],
            imports: Vec::new(),
            exports: Vec::new(),
            calls: Vec::new(),
            attributes: (0..unit.classes.len()).map(|_| FxHashMap::default()).collect(),
            put: FxHashMap::default(),
            returns: vec![Vec::new(); unit.functions.len()],
            function_scopes: vec![ScopeId(0); unit.functions.len()],
        };
        let mut walk = Walk { unit, scopes, scope: ScopeId(0), maybe: false };
        walk.block(&unit.body);
        walk.scopes
    }

    pub(crate) fn scope_of(&self, expr: ExprId) -> ScopeId {
        ScopeId(self.of[expr.0 as usize])
    }

    pub(crate) fn scope(&self, id: ScopeId) -> &Scope<'s> {
        &self.scopes[id.0 as usize]
    }

    /// The function that a scope is inside of.
    pub(crate) fn function_of(&self, mut id: ScopeId) -> Option<FunctionId> {
        loop {
            let scope = self.scope(id);
            if let ScopeKind::Function(function) = scope.kind {
                return Some(function);
            }
            id = scope.parent?;
        }
    }

    /// The class whose methods a scope is inside of.
    pub(crate) fn class_of(&self, unit: &Unit, mut id: ScopeId) -> Option<ClassId> {
        loop {
            let scope = self.scope(id);
            match scope.kind {
                ScopeKind::Class(class) => return Some(class),
                ScopeKind::Function(function) => {
                    if let Some(class) = unit.function(function).class {
                        return Some(class);
                    }
                }
                ScopeKind::Module => {}
            }
            id = scope.parent?;
        }
    }

    /// The bindings of a name as a use at `at` in a scope sees them, the likeliest first.
    pub(crate) fn find(&self, language: Language, scope: ScopeId, name: &str, at: u32) -> Vec<Binding<'s>> {
        let mut id = scope;
        let skips_classes = matches!(
            language,
            Language::Python | Language::JavaScript | Language::TypeScript | Language::Tsx | Language::Rust
        );
        loop {
            let here = self.scope(id);
            let passed = skips_classes && id != scope && matches!(here.kind, ScopeKind::Class(_));
            if let Some(bindings) = here.names.get(name).filter(|_| !passed) {
                return seen(bindings, (id == scope).then_some(at));
            }
            if let (ScopeKind::Class(class), false) = (here.kind, passed)
                && let Some(bindings) = self.attributes[class.0 as usize].get(name)
            {
                return seen(bindings, None);
            }
            match here.parent {
                Some(parent) => id = parent,
                None => return Vec::new(),
            }
        }
    }

    /// The bindings of a name of the module itself.
    pub(crate) fn top(&self, name: &str) -> Vec<Binding<'s>> {
        self.scopes[0].names.get(name).map(|bindings| seen(bindings, None)).unwrap_or_default()
    }
}

/// Of bindings in the order of the source those that may hold at a place, the last first.
fn seen<'s>(bindings: &[Binding<'s>], at: Option<u32>) -> Vec<Binding<'s>> {
    let before = match at {
        Some(at) => bindings.iter().take_while(|b| b.at <= at).count(),
        None => bindings.len(),
    };
    // A use before every binding sees what a loop or another call left.
    let before = if before == 0 { bindings.len() } else { before };
    let mut found = Vec::new();
    for binding in bindings[..before].iter().rev() {
        found.push(*binding);
        if found.len() == 8 || (!binding.maybe && !binding.adds && at.is_some()) {
            break;
        }
    }
    found
}

struct Walk<'u, 's> {
    unit: &'u Unit<'s>,
    scopes: Scopes<'s>,
    scope: ScopeId,
    maybe: bool,
}

impl<'s> Walk<'_, 's> {
    fn block(&mut self, body: &[Stmt<'s>]) {
        for stmt in body {
            self.statement(stmt);
        }
    }

    /// A block that may not run.
    fn perhaps(&mut self, body: &[Stmt<'s>]) {
        let before = std::mem::replace(&mut self.maybe, true);
        self.block(body);
        self.maybe = before;
    }

    fn statement(&mut self, stmt: &Stmt<'s>) {
        match stmt {
            Stmt::Expr(e) | Stmt::Yield(e) => {
                self.expr(*e);
                if let (Stmt::Yield(e), Some(function)) = (stmt, self.scopes.function_of(self.scope)) {
                    self.scopes.returns[function.0 as usize].push(*e);
                }
            }
            Stmt::Assign { target, value, kind, assigning } => {
                for e in value.iter().chain(kind) {
                    self.expr(*e);
                }
                let adds = *assigning == Assigning::Add;
                match (value, kind) {
                    (Some(value), _) if *assigning == Assigning::Set && self.is_field(*target) => {
                        let bound = Bound::Value { value: *value, taken: Taken::Whole };
                        self.bind_field(*target, bound);
                    }
                    (Some(value), _) => {
                        self.bind(*target, Bound::Value { value: *value, taken: Taken::Whole }, adds);
                    }
                    (None, Some(kind)) => self.bind(*target, Bound::Kind(*kind), false),
                    (None, None) => {}
                }
                self.expr(*target);
                if let Some(value) = value {
                    self.common_exports(*target, *value);
                }
            }
            Stmt::Return(value) => {
                if let Some(value) = value {
                    self.expr(*value);
                    if let ScopeKind::Function(function) = self.scopes.scope(self.scope).kind {
                        self.scopes.returns[function.0 as usize].push(*value);
                    }
                }
            }
            Stmt::Import(import) => {
                let index = self.scopes.imports.len() as u32;
                self.scopes.imports.push(import.clone());
                self.bind_name(import.local, Bound::Import(index), import.span.start, false);
            }
            Stmt::Export(export) => {
                if let Some(value) = export.value {
                    self.expr(value);
                }
                self.scopes.exports.push(export.clone());
            }
            Stmt::Function(id) => {
                let function = self.unit.function(*id);
                let in_class = matches!(self.scopes.scope(self.scope).kind, ScopeKind::Class(_));
                if let (Some(name), false) = (function.name, in_class) {
                    self.bind_name(name, Bound::Function(*id), function.span.start, false);
                }
                self.function(*id);
            }
            Stmt::Class(id) => {
                if let Some(name) = self.unit.class(*id).name {
                    self.bind_name(name, Bound::Class(*id), self.unit.class(*id).span.start, false);
                }
                self.class(*id);
            }
            Stmt::If { test, then, other } => {
                self.expr(*test);
                self.perhaps(then);
                self.perhaps(other);
            }
            Stmt::Loop { target, over, body } => {
                if let Some(over) = over {
                    self.expr(*over);
                }
                if let (Some(target), Some(over)) = (target, over) {
                    self.bind(*target, Bound::Value { value: *over, taken: Taken::Element }, false);
                    self.expr(*target);
                }
                self.perhaps(body);
            }
            Stmt::With { items, body } => {
                for (value, target) in items {
                    self.expr(*value);
                    if let Some(target) = target {
                        self.bind(*target, Bound::Value { value: *value, taken: Taken::Entered }, false);
                        self.expr(*target);
                    }
                }
                self.block(body);
            }
            Stmt::Try { body, handlers, finally } => {
                self.block(body);
                handlers.iter().for_each(|handler| self.perhaps(handler));
                self.block(finally);
            }
        }
    }

    fn bind_name(&mut self, name: &'s str, bound: Bound<'s>, at: u32, adds: bool) {
        let binding = Binding { bound, at, maybe: self.maybe, adds };
        if let ScopeKind::Class(class) = self.scopes.scope(self.scope).kind {
            self.scopes.attributes[class.0 as usize].entry(name).or_default().push(binding);
        } else {
            self.scopes.scopes[self.scope.0 as usize].names.entry(name).or_default().push(binding);
        }
    }

    fn bind(&mut self, target: ExprId, bound: Bound<'s>, adds: bool) {
        let at = self.unit.span(target).start;
        match self.unit.expr(target) {
            Expr::Name(name) => self.bind_name(name, bound, at, adds),
            Expr::Member { of, name } => self.bind_attribute(*of, name, bound, at, adds),
            Expr::Spread(inner) => self.bind(*inner, bound, adds),
            Expr::List(items) => {
                for (index, item) in items.clone().iter().enumerate() {
                    let part = part(bound, Taken::Index(index as u32));
                    self.bind(*item, part, adds);
                }
            }
            Expr::Map(entries) => {
                for (key, item) in entries.clone().iter() {
                    let key = key.and_then(|key| match self.unit.expr(key) {
                        Expr::Name(name) => Some(*name),
                        Expr::Text(std::borrow::Cow::Borrowed(name)) => Some(*name),
                        _ => None,
                    });
                    let part = key.map_or(bound, |key| part(bound, Taken::Key(key)));
                    self.bind(*item, part, adds);
                }
            }
            Expr::Assign { target, value } => {
                let (target, value) = (*target, *value);
                self.bind(target, bound, adds);
                self.expr(value);
            }
            _ => {}
        }
    }

    /// `module.exports = { a, b: c }`, `exports.a = b`.
    fn common_exports(&mut self, target: ExprId, value: ExprId) {
        let Expr::Member { of, name } = self.unit.expr(target) else { return };
        let is_module = |e: ExprId| {
            matches!(self.unit.expr(e), Expr::Name("exports"))
                || matches!(self.unit.expr(e), Expr::Member { of, name: "exports" } if matches!(self.unit.expr(*of), Expr::Name("module")))
        };
        let span = self.unit.span(target);
        let given = |name, value| Export { name, value: Some(value), from: None, span };
        if is_module(*of) {
            self.scopes.exports.push(given(name, value));
        } else if is_module(target) {
            self.scopes.exports.push(given("default", value));
            if let Expr::Map(entries) = self.unit.expr(value) {
                for (key, value) in entries.iter() {
                    let key = key.and_then(|key| match self.unit.expr(key) {
                        Expr::Name(name) => Some(*name),
                        Expr::Text(std::borrow::Cow::Borrowed(name)) => Some(*name),
                        _ => None,
                    });
                    self.scopes.exports.extend(key.map(|key| given(key, *value)));
                }
            }
        }
    }

    /// Whether a name is set that no function around declares, in a language where that is a field of the class.
    fn is_field(&self, target: ExprId) -> bool {
        let Expr::Name(name) = self.unit.expr(target) else { return false };
        if !matches!(self.unit.language, Language::Java | Language::Kotlin | Language::CSharp) {
            return false;
        }
        let mut scope = Some(self.scope);
        while let Some(id) = scope {
            let here = self.scopes.scope(id);
            match here.kind {
                ScopeKind::Class(_) => return true,
                _ if here.names.contains_key(name) => return false,
                _ => scope = here.parent,
            }
        }
        false
    }

    fn bind_field(&mut self, target: ExprId, bound: Bound<'s>) {
        let Expr::Name(name) = self.unit.expr(target) else { return };
        let Some(class) = self.scopes.class_of(self.unit, self.scope) else { return };
        let binding = Binding { bound, at: self.unit.span(target).start, maybe: self.maybe, adds: false };
        self.scopes.attributes[class.0 as usize].entry(name).or_default().push(binding);
    }

    /// `self.name = …` inside a method.
    fn bind_attribute(&mut self, of: ExprId, name: &'s str, bound: Bound<'s>, at: u32, adds: bool) {
        let on = self.unit.text(of);
        if on.len() < 64 && !matches!(on, "self" | "this" | "cls") {
            let binding = Binding { bound, at, maybe: self.maybe, adds };
            self.scopes.put.entry((on, name)).or_default().push(binding);
        }
        let Expr::Name(receiver) = self.unit.expr(of) else { return };
        let mut scope = Some(self.scope);
        while let Some(id) = scope {
            let here = self.scopes.scope(id);
            if let ScopeKind::Function(function) = here.kind {
                let function = self.unit.function(function);
                let named =
                    function.params.iter().any(|p| p.passing == Passing::Receiver && p.name == *receiver);
                if let Some(class) = function.class.filter(|_| named || *receiver == "this") {
                    let binding = Binding { bound, at, maybe: self.maybe, adds };
                    self.scopes.attributes[class.0 as usize].entry(name).or_default().push(binding);
                    return;
                }
            }
            scope = here.parent;
        }
    }

    fn enter(&mut self, kind: ScopeKind) -> (ScopeId, bool) {
        let parent = Some(self.scope);
        self.scopes.scopes.push(Scope { parent, kind, names: FxHashMap::default() });
        let before = (self.scope, self.maybe);
        self.scope = ScopeId(self.scopes.scopes.len() as u32 - 1);
        self.maybe = false;
        before
    }

    fn leave(&mut self, before: (ScopeId, bool)) {
        (self.scope, self.maybe) = before;
    }

    fn function(&mut self, id: FunctionId) {
        let unit = self.unit;
        let function = unit.function(id);
        if let (ScopeKind::Class(class), Some(name)) = (self.scopes.scope(self.scope).kind, function.name) {
            let binding =
                Binding { bound: Bound::Function(id), at: function.span.start, maybe: false, adds: false };
            self.scopes.attributes[class.0 as usize].entry(name).or_default().push(binding);
        }
        for e in function.marks.iter().chain(&function.returns) {
            self.expr(*e);
        }
        for param in &function.params {
            for e in param.default.iter().chain(&param.kind).chain(&param.marks) {
                self.expr(*e);
            }
        }
        let before = self.enter(ScopeKind::Function(id));
        self.scopes.function_scopes[id.0 as usize] = self.scope;
        for (index, param) in function.params.iter().enumerate() {
            let bound = Bound::Param(id, index as u32);
            match param.pattern {
                None => self.bind_name(param.name, bound, param.span.start, false),
                Some(pattern) => {
                    self.bind(pattern, bound, false);
                    self.expr(pattern);
                }
            }
        }
        self.block(&function.body);
        self.leave(before);
    }

    fn class(&mut self, id: ClassId) {
        let unit = self.unit;
        let class = unit.class(id);
        for e in class.marks.iter().chain(&class.bases) {
            self.expr(*e);
        }
        let before = self.enter(ScopeKind::Class(id));
        self.block(&class.body);
        self.leave(before);
    }

    fn expr(&mut self, id: ExprId) {
        self.scopes.of[id.0 as usize] = self.scope.0;
        match self.unit.expr(id) {
            Expr::Call(_) => self.scopes.calls.push(id),
            Expr::Function(function) => return self.function(*function),
            Expr::Class(class) => return self.class(*class),
            Expr::Assign { target, value } => {
                self.bind(*target, Bound::Value { value: *value, taken: Taken::Whole }, false);
            }
            Expr::Each { target, over, .. } => {
                self.bind(*target, Bound::Value { value: *over, taken: Taken::Element }, false);
            }
            _ => {}
        }
        let unit = self.unit;
        unit.children(id, |child| self.expr(child));
    }
}

/// A part of what is bound; of a part of a part only the last step is kept.
fn part<'s>(bound: Bound<'s>, taken: Taken<'s>) -> Bound<'s> {
    match bound {
        Bound::Value { value, taken: Taken::Whole | Taken::Element | Taken::Entered } => {
            Bound::Value { value, taken }
        }
        other => other,
    }
}
