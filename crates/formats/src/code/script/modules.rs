//! Imports and exports.

use oxc_ast::ast;
use oxc_span::GetSpan as _;

use super::*;

impl<'s> Lower<'s> {
    pub(super) fn module(&mut self, module: &ast::ModuleDeclaration, out: &mut Vec<Stmt<'s>>) {
        match module {
            ast::ModuleDeclaration::ImportDeclaration(import) => self.import(import, out),
            ast::ModuleDeclaration::ExportDeclaration(export) => {
                self.anchor = Some(export.span.start);
                self.declaration(&export.declaration, out);
                self.anchor = None;
            }
            ast::ModuleDeclaration::ExportDefaultDeclaration(export) => self.default(export, out),
            ast::ModuleDeclaration::ExportNamedDeclaration(export) => {
                for specifier in &export.specifiers {
                    let local = self.export_name(&specifier.local);
                    let value = Some(self.add(Expr::Name(local), specifier.local.span()));
                    let name = self.export_name(&specifier.exported);
                    out.push(Stmt::Export(Export { name, value, from: None, span: span(specifier.span) }));
                }
            }
            ast::ModuleDeclaration::ExportFromDeclaration(export) => {
                for specifier in &export.specifiers {
                    let from = Some((self.quoted(&export.source), self.export_name(&specifier.local)));
                    let name = self.export_name(&specifier.exported);
                    out.push(Stmt::Export(Export { name, value: None, from, span: span(specifier.span) }));
                }
            }
            ast::ModuleDeclaration::ExportAllDeclaration(export) => {
                let name = export.exported.as_ref().map_or("*", |name| self.export_name(name));
                let from = Some((self.quoted(&export.source), "*"));
                out.push(Stmt::Export(Export { name, value: None, from, span: span(export.span) }));
            }
            // `export = e` is how TypeScript writes `module.exports = e`.
            ast::ModuleDeclaration::TSExportAssignment(export) => {
                let value = Some(self.expr(&export.expression));
                let of = self.add(Expr::Name("module"), export.span);
                let target = self.add(Expr::Member { of, name: "exports" }, export.span);
                out.push(Stmt::Assign { target, value, kind: None, assigning: Assigning::Set });
            }
            ast::ModuleDeclaration::TSNamespaceExportDeclaration(_) => {}
        }
    }

    fn import(&mut self, import: &ast::ImportDeclaration, out: &mut Vec<Stmt<'s>>) {
        let module = self.quoted(&import.source);
        let mut bind = |name, local, at| {
            let module = module.clone();
            out.push(Stmt::Import(Import { module, up: 0, name, local, span: span(at) }));
        };
        let specifiers = import.specifiers.iter().flatten();
        for specifier in specifiers {
            match specifier {
                ast::ImportDeclarationSpecifier::ImportSpecifier(s) => {
                    bind(Some(self.export_name(&s.imported)), self.slice(s.local.span), s.span);
                }
                ast::ImportDeclarationSpecifier::ImportDefaultSpecifier(s) => {
                    bind(Some("default"), self.slice(s.local.span), s.span);
                }
                ast::ImportDeclarationSpecifier::ImportNamespaceSpecifier(s) => {
                    bind(None, self.slice(s.local.span), s.span);
                }
            }
        }
        if import.specifiers.as_ref().is_none_or(|specifiers| specifiers.is_empty()) {
            bind(None, "_", import.span);
        }
    }

    /// `import x = require('m')`, `import x = a.b`.
    pub(super) fn import_equals(&mut self, import: &ast::TSImportEqualsDeclaration, out: &mut Vec<Stmt<'s>>) {
        let value = match &import.module_reference {
            ast::TSModuleReference::ExternalModuleReference(module) => {
                return out.push(Stmt::Import(Import {
                    module: self.quoted(&module.expression),
                    up: 0,
                    name: None,
                    local: self.slice(import.id.span),
                    span: span(import.span),
                }));
            }
            ast::TSModuleReference::IdentifierReference(name) => self.name(name.span),
            ast::TSModuleReference::QualifiedName(name) => self.qualified(name),
        };
        let (target, value) = (self.name(import.id.span), Some(value));
        out.push(Stmt::Assign { target, value, kind: None, assigning: Assigning::Declare });
    }

    fn default(&mut self, export: &ast::ExportDefaultDeclaration, out: &mut Vec<Stmt<'s>>) {
        self.anchor = Some(export.span.start);
        let value = match &export.declaration {
            ast::ExportDefaultDeclarationKind::FunctionDeclaration(f) if f.body.is_none() => None,
            ast::ExportDefaultDeclarationKind::FunctionDeclaration(f) => {
                let function = self.function(f, f.span);
                Some(match &f.id {
                    Some(name) => {
                        out.push(Stmt::Function(function));
                        self.name(name.span)
                    }
                    None => self.add(Expr::Function(function), f.span),
                })
            }
            ast::ExportDefaultDeclarationKind::ClassDeclaration(c) => {
                let class = self.class(c);
                Some(match &c.id {
                    Some(name) => {
                        out.push(Stmt::Class(class));
                        self.name(name.span)
                    }
                    None => self.add(Expr::Class(class), c.span),
                })
            }
            ast::ExportDefaultDeclarationKind::TSInterfaceDeclaration(interface) => {
                let interface = self.interface(interface);
                out.push(Stmt::Class(interface));
                None
            }
            value => value.as_expression().map(|value| self.expr(value)),
        };
        self.anchor = None;
        if value.is_some() {
            out.push(Stmt::Export(Export { name: "default", value, from: None, span: span(export.span) }));
        }
    }

    fn export_name(&self, name: &ast::ModuleExportName) -> &'s str {
        match name {
            ast::ModuleExportName::StringLiteral(text) => self.unquoted(text),
            name => self.slice(name.span()),
        }
    }
}
